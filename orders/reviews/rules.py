"""What can be reviewed, and until when."""

from datetime import datetime, timedelta

from orders.records.models import OrderLine, SubOrder

REVIEWABLE_FOR = timedelta(days=180)


def may_review(part: SubOrder, line: OrderLine, at: datetime) -> bool:
    """Whether the buyer accepted some of a line and kept it, within the last 180 days."""
    if part.accepted_at is None or at > part.accepted_at + REVIEWABLE_FOR:
        return False
    kept = line.quantity - line.cancelled_quantity - line.returned_quantity
    return kept > 0 and line.refunded_fen < line.amount_fen
