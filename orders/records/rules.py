"""What an order is called, derived from three things that move by themselves: payment, delivery
of each part, and refund."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from orders.records.models import BuyerType, Order, SubOrder

BUYER_TYPES = {
    BuyerType.RESIDENT: _l("市民"),
    BuyerType.BUDGET_UNIT: _l("预算单位"),
    BuyerType.UNION: _l("工会"),
    BuyerType.STATE_OWNED: _l("国企"),
    BuyerType.PRIVATE: _l("民企"),
}
# How sheets call them.
BUYER_NAMES = {
    **dict.fromkeys("市民 居民 个人 群众 消费者 resident".split(), BuyerType.RESIDENT),
    **dict.fromkeys(
        "预算单位 机关 机关事业单位 事业单位 政府 学校 budget_unit".split(), BuyerType.BUDGET_UNIT
    ),
    **dict.fromkeys("工会 union".split(), BuyerType.UNION),
    **dict.fromkeys("国企 国有企业 state_owned".split(), BuyerType.STATE_OWNED),
    **dict.fromkeys("民企 民营企业 企业 私企 private".split(), BuyerType.PRIVATE),
}


class PaymentState(StrEnum):
    """Where an order's money is, whatever became of the goods."""

    UNPAID = "unpaid"
    CLOSED = "closed"
    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"

    @property
    def label(self) -> LazyString:
        return _PAYMENTS[self]


class PartState(StrEnum):
    """Where one cooperative's part is."""

    WAITING = "waiting"
    PARTLY_SENT = "partly_sent"
    SENT = "sent"
    AT_PICK_UP = "at_pick_up"
    ARRIVED = "arrived"
    ACCEPTED = "accepted"
    CANCELLED = "cancelled"

    @property
    def label(self) -> LazyString:
        return _PARTS[self]

    @property
    def mood(self) -> str:
        """How the word is coloured: good, wait, bad or note."""
        return _PART_MOODS.get(self, "note")


class RefundState(StrEnum):
    """How far money that goes back has come."""

    NONE = "none"
    GRANTED = "granted"  # promised; the money has not all moved
    MOVED = "moved"
    FAILED = "failed"  # some of it could not be moved yet


class OrderState(StrEnum):
    """The one word that the buyer reads."""

    UNPAID = "unpaid"
    CLOSED = "closed"
    TO_SEND = "to_send"
    PARTLY_SENT = "partly_sent"
    SENT = "sent"
    DONE = "done"
    CANCELLED = "cancelled"
    REFUNDING = "refunding"
    REFUNDED = "refunded"

    @property
    def label(self) -> LazyString:
        return _ORDERS[self]

    @property
    def mood(self) -> str:
        """How the word is coloured: good, wait, bad or note."""
        return _MOODS.get(self, "note")


_PAYMENTS = {
    PaymentState.UNPAID: _l("待付款"),
    PaymentState.CLOSED: _l("已关闭"),
    PaymentState.PAID: _l("已付款"),
    PaymentState.PARTLY_REFUNDED: _l("已退一部分"),
    PaymentState.REFUNDED: _l("已全部退款"),
}
_PARTS = {
    PartState.WAITING: _l("待发货"),
    PartState.PARTLY_SENT: _l("部分已发货"),
    PartState.SENT: _l("已发货"),
    PartState.AT_PICK_UP: _l("到自提点了"),
    PartState.ARRIVED: _l("已送到"),
    PartState.ACCEPTED: _l("已收货"),
    PartState.CANCELLED: _l("已取消"),
}
_PART_MOODS = {
    PartState.WAITING: "wait",
    PartState.PARTLY_SENT: "wait",
    PartState.AT_PICK_UP: "good",
    PartState.ARRIVED: "good",
    PartState.ACCEPTED: "good",
    PartState.CANCELLED: "bad",
}
_ORDERS = {
    OrderState.UNPAID: _l("待付款"),
    OrderState.CLOSED: _l("已关闭"),
    OrderState.TO_SEND: _l("待发货"),
    OrderState.PARTLY_SENT: _l("部分已发货"),
    OrderState.SENT: _l("待收货"),
    OrderState.DONE: _l("已完成"),
    OrderState.CANCELLED: _l("已取消"),
    OrderState.REFUNDING: _l("退款中"),
    OrderState.REFUNDED: _l("已退款"),
}
_MOODS = {
    OrderState.UNPAID: "wait",
    OrderState.TO_SEND: "wait",
    OrderState.DONE: "good",
    OrderState.REFUNDING: "wait",
    OrderState.CLOSED: "bad",
    OrderState.CANCELLED: "bad",
}


# Of these, the buyer has something on its way or in hand.
_GONE = {PartState.SENT, PartState.AT_PICK_UP, PartState.ARRIVED}


@dataclass(frozen=True, slots=True)
class Axes:
    """The three things that an order's word is derived from. Amounts in fen."""

    paid_at: datetime | None
    closed_at: datetime | None
    parts: tuple[PartState, ...]
    refund: RefundState = RefundState.NONE
    # What was granted back of the order's own lines and freight, and what it cost.
    refunded_fen: int = 0
    total_fen: int = 1


def axes_of(order: Order, refund: RefundState = RefundState.NONE) -> Axes:
    parts = tuple(part_state(part) for part in order.sub_orders)
    refunded_fen = refunded_of(order)
    return Axes(order.paid_at, order.closed_at, parts, refund, refunded_fen, order.total_fen)


def refunded_of(order: Order) -> int:
    """What was granted back of an order's lines and freight, in fen."""
    return sum(
        part.freight_refunded_fen + sum(line.refunded_fen for line in part.lines)
        for part in order.sub_orders
    )


def payment_state(axes: Axes) -> PaymentState:
    """An order that was refunded whole never reads as paid, wherever its parcels are."""
    if axes.paid_at is None:
        return PaymentState.UNPAID if axes.closed_at is None else PaymentState.CLOSED
    if axes.refunded_fen >= axes.total_fen:
        return PaymentState.REFUNDED
    return PaymentState.PARTLY_REFUNDED if axes.refunded_fen else PaymentState.PAID


def part_state(part: SubOrder, *, at_pick_up: bool = False) -> PartState:
    """Where a part is; ``at_pick_up`` says that it lies ready at its pick-up point."""
    if part.cancelled_at is not None:
        return PartState.CANCELLED
    if part.accepted_at is not None:
        return PartState.ACCEPTED
    if part.dispatched_at is None:
        is_begun = any(line.dispatched_quantity for line in part.lines)
        return PartState.PARTLY_SENT if is_begun else PartState.WAITING
    if part.arrived_at is not None:
        return PartState.ARRIVED
    return PartState.AT_PICK_UP if at_pick_up else PartState.SENT


def order_state(axes: Axes) -> OrderState:
    """The one word for an order. A part that was cancelled no longer counts beside others, and
    when all the money went back nothing else matters any more."""
    payment = payment_state(axes)
    if axes.paid_at is None:
        closed = _after_the_end(axes.refund, OrderState.CLOSED)
        return OrderState.UNPAID if payment is PaymentState.UNPAID else closed
    alive = set(axes.parts) - {PartState.CANCELLED}
    if not alive:
        return _after_the_end(axes.refund, OrderState.CANCELLED)
    if payment is PaymentState.REFUNDED:
        return _after_the_end(axes.refund, OrderState.REFUNDED)
    return _of_parts(alive)


def may_cancel(axes: Axes) -> bool:
    """Whether a paid order can still be called off whole: nothing of it was sent, and something
    waits."""
    parts = set(axes.parts)
    waits = PartState.WAITING in parts and parts <= {PartState.WAITING, PartState.CANCELLED}
    return axes.paid_at is not None and waits


def may_confirm(state: PartState) -> bool:
    """Whether a buyer can say that a part arrived."""
    return state in _GONE


def _of_parts(alive: Collection[PartState]) -> OrderState:
    if alive == {PartState.WAITING}:
        return OrderState.TO_SEND
    if PartState.WAITING in alive or PartState.PARTLY_SENT in alive:
        return OrderState.PARTLY_SENT
    return OrderState.DONE if alive == {PartState.ACCEPTED} else OrderState.SENT


def _after_the_end(refund: RefundState, otherwise: OrderState) -> OrderState:
    ended = {
        RefundState.GRANTED: OrderState.REFUNDING,
        RefundState.FAILED: OrderState.REFUNDING,
        RefundState.MOVED: OrderState.REFUNDED,
    }
    return ended.get(refund, otherwise)
