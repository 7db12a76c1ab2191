"""Every night re-checks are opened whose time has come, and the late ones warned or paused."""

from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from shop import clock
from shop.db import transaction
from shop.jobs import nightly
from suppliers.rechecks.queries import list_late, list_verified_before
from suppliers.rechecks.rules import WARNED_AFTER, opens_on
from suppliers.rechecks.services import look_after, open_recheck

# Nobody's next round opens sooner after the last one: six months have 181 days at least.
SOONEST = timedelta(days=181 - 30)


@nightly
def open_rechecks(at: datetime) -> int:
    """Open what is due, each in a transaction of its own; return how many. Again it opens none."""
    today, opened = clock.day_of(at), 0
    for cooperative_id, verified_at in list_verified_before(at - SOONEST):
        if today >= opens_on(clock.day_of(verified_at)):
            try:
                with transaction():
                    opened += open_recheck(cooperative_id, at=at)
            except IntegrityError:
                continue  # Another worker was faster.
    return opened


@nightly
def look_after_late_ones(at: datetime) -> int:
    """Warn of what is late, and pause what is very late; return how many were looked at."""
    late = list_late(clock.day_of(at) - timedelta(days=WARNED_AFTER - 1))
    for cooperative_id in late:
        with transaction():
            look_after(cooperative_id, at=at)
    return len(late)
