"""Reports that are due don't come by themselves: every night somebody has to ask."""

from datetime import datetime

from orders.benefits.queries import list_unreported
from orders.benefits.rules import reminder_due
from shop import clock
from shop.db import db, transaction
from shop.jobs import nightly
from suppliers.benefits.services import remind


@nightly
def remind_of_reports(at: datetime) -> int:
    """Remind each cooperative that has not reported the last quarter, in a transaction of its own;
    return how many letters that made. A night that is run again makes none."""
    due = reminder_due(clock.day_of(at))
    if due is None:
        return 0
    quarter, which = due
    late = list_unreported(quarter)
    db.session.rollback()
    told = 0
    for cooperative_id in late:
        with transaction():
            told += remind(cooperative_id, quarter, which, at=at)
    return told
