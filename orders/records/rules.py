"""What an order is called, derived from three things that move by themselves: payment, delivery
of each part, and refund."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from orders.records.models import Order, SubOrder


class PartState(StrEnum):
    """Where one cooperative's part is."""

    WAITING = "waiting"
    SENT = "sent"
    ACCEPTED = "accepted"
    CANCELLED = "cancelled"

    @property
    def label(self) -> LazyString:
        return _PARTS[self]


class RefundState(StrEnum):
    NONE = "none"
    GRANTED = "granted"  # promised; the money has not all moved
    MOVED = "moved"


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


_PARTS = {
    PartState.WAITING: _l("待发货"),
    PartState.SENT: _l("已发货"),
    PartState.ACCEPTED: _l("已收货"),
    PartState.CANCELLED: _l("已取消"),
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


@dataclass(frozen=True, slots=True)
class Axes:
    """The three things that an order's word is derived from."""

    paid_at: datetime | None
    closed_at: datetime | None
    parts: tuple[PartState, ...]
    refund: RefundState = RefundState.NONE


def axes_of(order: Order, refund: RefundState = RefundState.NONE) -> Axes:
    parts = tuple(part_state(part) for part in order.sub_orders)
    return Axes(order.paid_at, order.closed_at, parts, refund)


def part_state(part: SubOrder) -> PartState:
    if part.cancelled_at is not None:
        return PartState.CANCELLED
    if part.accepted_at is not None:
        return PartState.ACCEPTED
    return PartState.WAITING if part.dispatched_at is None else PartState.SENT


def order_state(axes: Axes) -> OrderState:
    """The one word for an order. A part that was cancelled no longer counts beside others."""
    if axes.paid_at is None:
        closed = _after_the_end(axes.refund, OrderState.CLOSED)
        return OrderState.UNPAID if axes.closed_at is None else closed
    alive = set(axes.parts) - {PartState.CANCELLED}
    if not alive:
        return _after_the_end(axes.refund, OrderState.CANCELLED)
    if PartState.WAITING in alive:
        return OrderState.TO_SEND if len(alive) == 1 else OrderState.PARTLY_SENT
    return OrderState.DONE if alive == {PartState.ACCEPTED} else OrderState.SENT


def may_cancel(axes: Axes) -> bool:
    """Whether a paid order can still be called off: nothing of it was sent."""
    return axes.paid_at is not None and _all_waiting(axes.parts)


def _all_waiting(parts: Collection[PartState]) -> bool:
    return set(parts) == {PartState.WAITING}


def _after_the_end(refund: RefundState, otherwise: OrderState) -> OrderState:
    ended = {RefundState.GRANTED: OrderState.REFUNDING, RefundState.MOVED: OrderState.REFUNDED}
    return ended.get(refund, otherwise)
