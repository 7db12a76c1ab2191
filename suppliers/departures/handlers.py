"""Who wants to leave has left as soon as nothing is open any more."""

from contextlib import suppress
from datetime import datetime

from shop.db import db, transaction
from shop.jobs import every, nightly
from suppliers.departures import services
from suppliers.departures.errors import NotLeaving, NotSettled
from suppliers.departures.queries import list_open


@every(minutes=60)
def finish_departures(at: datetime) -> int:
    """Each in a transaction of its own; return how many cooperatives left."""
    leaving, left = list_open(), 0
    db.session.rollback()
    for cooperative_id in leaving:
        with suppress(NotLeaving, NotSettled), transaction():
            services.finish(cooperative_id, by=None, at=at)
            left += 1
    return left


@nightly
def end_reading(at: datetime) -> int:
    """Three years after a cooperative left, its members are nobody's; return how many."""
    with transaction():
        return services.forget_members(at=at)
