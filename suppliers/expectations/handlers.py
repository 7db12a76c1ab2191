"""Nobody can plan with harvests that nobody announces: at night somebody asks."""

from datetime import datetime

from catalog.expectations.queries import list_silent
from catalog.expectations.rules import coming_weeks
from shop import clock
from shop.db import db, transaction
from shop.jobs import nightly
from suppliers.expectations.services import remind


@nightly
def remind_of_harvests(at: datetime) -> int:
    """Remind each cooperative that expects nothing from the next week on, in a transaction of its
    own; return how many letters that made. A month has one reminder."""
    today = clock.day_of(at)
    ahead = coming_weeks(today)[1:]
    silent = list_silent(ahead)
    db.session.rollback()
    told = 0
    for cooperative_id in silent:
        with transaction():
            told += remind(cooperative_id, today, ahead[0], at=at)
    return told
