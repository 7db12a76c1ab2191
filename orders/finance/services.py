"""Settle money that fits nothing."""

from datetime import datetime

from orders.finance.errors import BankSaidMore
from orders.finance.queries import get_suspense, how_far
from orders.payments.services import settle_outside, take_in
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


def settle(suspense_id: int, note: str, seen: str, *, by: int, at: datetime) -> None:
    """Say that money that fits nothing was settled past the shop, knowing how far it is: ``seen``
    is what ``how_far`` said. Otherwise what the bank decided a moment ago would leave the desk
    unread.

    Raises BankSaidMore, or Conflict when somebody settled it already.
    """
    # Locks the entry: another event of the dispute was applied before, or brings another entry.
    settle_outside(suspense_id, note, by=by, at=at)
    if how_far(get_suspense(suspense_id)) != seen:
        raise BankSaidMore
