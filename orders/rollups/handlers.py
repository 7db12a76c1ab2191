"""The watermark follows the ledger, minute by minute."""

from datetime import datetime

from orders.rollups.errors import LedgerBusy
from orders.rollups.queries import through_id
from orders.rollups.services import begin_again, roll_up, settled_id
from shop.db import transaction
from shop.jobs import every

# So many lines are added in one act: the next writer on SQLite waits for half a second.
AT_ONCE = 5_000


@every(minutes=1)
def move_watermark(at: datetime) -> int:
    """Roll up the lines that came since; return up to which line the sums reach now."""
    try:
        with transaction():
            settled = settled_id()
    except LedgerBusy:
        return through_id()
    if settled > through_id():
        _roll_up_to(settled, AT_ONCE, at)
    return settled


def rebuild(at: datetime, at_once: int = AT_ONCE) -> int:
    """Make all sums again from the ledger, act by act; return up to which line they reach.

    Every figure stays exact meanwhile. Killed halfway, the minute's job goes on where it ended.
    """
    with transaction():
        begin_again(at=at)
    with transaction():
        settled = settled_id()
    _roll_up_to(settled, at_once, at)
    return settled


def _roll_up_to(settled: int, at_once: int, at: datetime) -> None:
    more = True
    while more:
        with transaction():
            more = roll_up(settled, at_once, at=at)
