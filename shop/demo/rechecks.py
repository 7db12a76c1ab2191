"""The six-monthly re-checks: behind most of the demo's cooperatives, in front of one."""

from datetime import datetime, timedelta

from shop.db import db, transaction
from shop.demo.people import Seller
from shop.organisations.models import Organisation
from suppliers.rechecks.services import Confirmed, confirm, open_recheck

OPENED_BEFORE = timedelta(days=6)
CONFIRMED_BEFORE = timedelta(days=2)
# The others were checked on paper before the shop did it, some days apart.
CHECKED_BEFORE = timedelta(days=20)
APART = timedelta(days=3)
MOST_APART = 30


def come_round(sellers: list[Seller], at: datetime) -> None:
    """The cooperative whose sign-in is printed waits for the town's two signatures."""
    due = next(each for each in sellers if each.entry.email)
    with transaction():
        for place, seller in enumerate(sellers):
            if seller is not due:
                cooperative = db.session.get_one(Organisation, seller.cooperative_id)
                cooperative.checked_at = at - CHECKED_BEFORE - place % MOST_APART * APART
        open_recheck(due.cooperative_id, at=at - OPENED_BEFORE)
        cooperative = db.session.get_one(Organisation, due.cooperative_id)
        told = Confirmed(
            name=cooperative.name,
            contact="演示社长",
            phone=cooperative.phone,
            village=cooperative.village,
        )
        confirm(cooperative.id, told, by=due.manager_id, at=at - CONFIRMED_BEFORE)
