"""Remind cooperatives of the report of a quarter that is over."""

from datetime import datetime

from orders.benefits.rules import OVERDUE, Quarter
from orders.notices.queries import list_managers
from shop.accounts.notices.services import tell
from shop.db import db
from shop.organisations.models import Organisation


def remind(cooperative_id: int, quarter: Quarter, which: str, *, at: datetime) -> int:
    """Tell those who run a cooperative that its report is due, once for each reminder.

    Returns how many were told just now.
    """
    cooperative = db.session.get_one(Organisation, cooperative_id)
    told = {
        "cooperative": cooperative.name,
        "year": quarter.year,
        "quarter": quarter.number,
        "due_on": quarter.due_on.isoformat(),
    }
    letter = "suppliers/benefit_overdue" if which == OVERDUE else "suppliers/benefit_due"
    path = f"/cooperative/benefits/{quarter.code}"
    return sum(
        tell(
            manager,
            letter,
            told,
            key=f"benefit:{cooperative_id}:{quarter.code}:{which}:{manager.account_id}",
            path=path,
            at=at,
        )
        for manager in list_managers(cooperative_id)
    )
