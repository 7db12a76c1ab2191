"""Remind cooperatives of saying what their next weeks will bring."""

from datetime import date, datetime

from catalog.expectations.rules import Week
from orders.notices.queries import list_managers
from shop import clock
from shop.accounts.notices.services import tell
from shop.db import db
from shop.organisations.models import Organisation


def remind(cooperative_id: int, today: date, first: Week, *, at: datetime) -> int:
    """Tell those who run a cooperative that nothing is expected from a week on, once a month.

    Returns how many were told just now.
    """
    cooperative = db.session.get_one(Organisation, cooperative_id)
    return sum(
        tell(
            manager,
            "suppliers/harvest_unsaid",
            {"cooperative": cooperative.name, "since": first.since.isoformat()},
            key=f"harvest_unsaid:{cooperative_id}:{clock.month_of(today)}:{manager.account_id}",
            path="/cooperative/expectations",
            at=at,
        )
        for manager in list_managers(cooperative_id)
    )
