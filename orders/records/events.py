"""What happens to an order, told to whoever listens. Times are aware UTC."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orders.records.models import AcceptedBy, Order


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """The order comes along with its parts and lines as they were written, for reading."""

    order: Order
    at: datetime


@dataclass(frozen=True, slots=True)
class TransferDue:
    """An order waits for a bank transfer, and will close within a day."""

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
class ShipmentSent:
    """A cooperative handed some or all of what waited of its part to a carrier."""

    shipment_id: int
    sub_order_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class SubOrderDispatched:
    """The last unit of a part that was not cancelled was sent."""

    sub_order_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class AcceptanceDue:
    """A part is about to be accepted; its row is locked. Who knows why it must not be (an open
    claim) raises NotToBeAccepted."""

    sub_order_id: int
    accepted_by: AcceptedBy
    at: datetime


@dataclass(frozen=True, slots=True)
class SubOrderAccepted:
    sub_order_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class UnitsCancelled:
    """Units of one cooperative's part were called off before they were sent, by either side.
    ``is_told`` says that whoever it concerns reads about it otherwise."""

    cancellation_id: int
    at: datetime
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    """The last unit of a paid order was called off; nothing of it was ever sent."""

    order_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundGranted:
    """Money for goods or freight was promised back; the parts it is for are locked."""

    refund_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundReported:
    """The payment provider says how far it is with sending money back: payments' RefundReport."""

    report: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class TransferRefundGranted:
    """Money is to go back to a bank account: a person has to pay it out."""

    refund_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundFailed:
    """A refund that was under way came back: people of finance have to send it again."""

    refund_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundRerouted:
    """The provider will never move a refund: people of finance pay it out by bank transfer."""

    refund_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundMoved:
    """The provider or the bank has sent a refund on its way."""

    refund_id: int
    at: datetime
