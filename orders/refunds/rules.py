"""What goes back with what. Integer fen. The rule in words: docs/refunds.md."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from orders.payments.errors import ProviderBroke
from orders.records.models import OrderLine, SubOrder
from orders.refunds.models import Refund
from shop import clock

# The longest that banks take once the money is on its way.
DAYS_OF_BANKS = 7
# Refusals that say that the money has left the provider already, or that the buyer's bank takes it
# back (docs.stripe.com, "Error codes"; the last is in the words for a part of a charge).
_MONEY_IS_GONE = ("charge_already_refunded", "charge_disputed", "unrefunded amount")
# The provider tidies up what broke half-way, so a refund may still turn up for a while.
UNTIL_TIDIED_UP = timedelta(minutes=10)
_NONE: Mapping[int, int] = {}


def freight_of_cancellation_fen(part: SubOrder, further: Mapping[int, int] = _NONE) -> int:
    """The freight that goes back once units of a part were called off, and ``further`` units by
    line with them.

    All that was paid if nothing of the part was sent or will be; else nothing: what still comes
    costs what was agreed, and is never made dearer because it became less.
    """
    comes = any(
        line.quantity > line.cancelled_quantity + further.get(line.id, 0) for line in part.lines
    )
    return 0 if comes else part.freight_fen - part.freight_refunded_fen


def waiting_units(lines: Iterable[OrderLine]) -> dict[int, int]:
    """How many units of each line can still be called off, by the line's id."""
    return {line.id: line.waiting_quantity for line in lines if line.waiting_quantity}


def has_spent_its_key(refund: Refund, at: datetime) -> bool:
    """Whether the provider would only repeat that it broke, so that another key is needed."""
    broke = refund.failure == ProviderBroke.code
    return broke and refund.asked_at is not None and at - refund.asked_at >= UNTIL_TIDIED_UP


def says_money_is_gone(reason: str) -> bool:
    """Whether a refund was refused because the buyer has the money, or gets it, by another way."""
    return any(words in reason for words in _MONEY_IS_GONE)


def money_back_by(refund: Refund) -> date:
    """The day by which the buyer's bank shows the money."""
    return clock.day_of(refund.moved_at or refund.granted_at) + timedelta(days=DAYS_OF_BANKS)
