"""What every room does to an order's parts in the same way."""

from datetime import datetime

from orders.records.models import SubOrder


def settle_part(part: SubOrder, *, at: datetime) -> None:
    """Write down that a part has come to its end, once none of its units waits any more: sent if
    anything of it was, else cancelled. Does nothing while something waits, or the second time.

    The caller has locked the part's row, and has read or changed its lines since.
    """
    if part.dispatched_at or part.cancelled_at or any(line.waiting_quantity for line in part.lines):
        return
    if any(line.dispatched_quantity for line in part.lines):
        part.dispatched_at = at
    else:
        part.cancelled_at = at
