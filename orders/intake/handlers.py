"""The sums of what was ordered follow the ledger, minute by minute."""

from datetime import datetime

from orders.intake.services import begin_again, roll_up
from orders.rollups.errors import LedgerBusy
from orders.rollups.services import settled_id
from shop.db import transaction
from shop.jobs import every

# So many lines are added in one act: the next writer on SQLite waits for less than half a second.
AT_ONCE = 5_000


@every(minutes=1)
def follow_ledger(at: datetime) -> None:
    """Add the lines that came since."""
    try:
        with transaction():
            settled = settled_id()
    except LedgerBusy:
        return
    _roll_up_to(settled, AT_ONCE, at)


def rebuild(at: datetime, at_once: int = AT_ONCE) -> None:
    """Make all sums again from the orders, act by act. Every figure stays exact meanwhile."""
    with transaction():
        begin_again(at=at)
    with transaction():
        settled = settled_id()
    _roll_up_to(settled, at_once, at)


def _roll_up_to(settled: int, at_once: int, at: datetime) -> None:
    more = True
    while more:
        with transaction():
            more = roll_up(settled, at_once, at=at)
