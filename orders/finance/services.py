"""Settle money that fits nothing."""

from datetime import datetime

from orders.payments.services import take_in
from orders.refunds.models import Refund
from orders.refunds.services.grants import grant

REASON = "收到的金额与应付的不符，退回"


def give_back(suspense_id: int, *, by: int, at: datetime) -> Refund:
    """Send a wrong amount back to where it came from. It never pays the order.

    Raises Conflict when somebody settled it already, or it can't be sent back from here: another
    currency, or no payment of ours.
    """
    attempt = take_in(suspense_id, by=by, at=at)
    return grant(attempt, attempt.received_fen, reason=REASON, by=by, at=at)
