"""What happens to an order, told to whoever listens. Times are aware UTC."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    order_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderPaid:
    order_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PaidLate:
    """Money arrived that the order no longer needs: it was closed, or paid already."""

    order_id: int
    attempt_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class MoneyUnneeded:
    """Money that came late and could not open the order again: it has to go back."""

    attempt_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderClosed:
    """An unpaid order expired or was called off; its stock is free again."""

    order_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class SubOrderDispatched:
    sub_order_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class SubOrderAccepted:
    sub_order_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    """A paid order was called off before anything was sent."""

    order_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundMoved:
    """The provider has sent a refund on its way."""

    refund_id: int
    at: datetime
