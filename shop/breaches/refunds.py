"""Rules of money that went back, and of what was called off."""

from typing import Any

from sqlalchemy import (
    Select,
    func,
    select,
)

from orders.payments.models import (
    Payment,
    PaymentAttempt,
)
from orders.records.models import Order, OrderLine, SubOrder
from orders.refunds.models import Cancellation, CancellationItem, Refund, RefundItem
from shop.breaches.comparing import compared, summed
from shop.db import total


def wrong_refunds() -> Select[Any]:
    refunds = summed(
        select(Refund.payment_id.label("of"), total(Refund.amount_fen).label("fen")),
        Refund.payment_id,
    )
    return compared(Payment, refunds, Payment.refunded_fen != func.coalesce(refunds.c.fen, 0))


def wrong_attempt_refunds() -> Select[Any]:
    refunds = summed(
        select(Refund.attempt_id.label("of"), total(Refund.amount_fen).label("fen")),
        Refund.attempt_id,
    )
    differs = PaymentAttempt.refunded_fen != func.coalesce(refunds.c.fen, 0)
    return compared(PaymentAttempt, refunds, differs)


def wrong_line_refunds() -> Select[Any]:
    items = summed(
        select(RefundItem.order_line_id.label("of"), total(RefundItem.amount_fen).label("fen")),
        RefundItem.order_line_id,
    )
    return compared(OrderLine, items, OrderLine.refunded_fen != func.coalesce(items.c.fen, 0))


def wrong_freight_refunds() -> Select[Any]:
    items = summed(
        select(
            RefundItem.sub_order_id.label("of"), total(RefundItem.amount_fen).label("fen")
        ).where(RefundItem.order_line_id.is_(None)),
        RefundItem.sub_order_id,
    )
    differs = SubOrder.freight_refunded_fen != func.coalesce(items.c.fen, 0)
    return compared(SubOrder, items, differs)


def wrong_items() -> Select[Any]:
    items = summed(
        select(RefundItem.refund_id.label("of"), total(RefundItem.amount_fen).label("fen")),
        RefundItem.refund_id,
    )
    return compared(Refund, items, items.c.fen != Refund.amount_fen)


def unrefunded() -> Select[Any]:
    return (
        select(SubOrder.id)
        .join(SubOrder.order)
        .outerjoin(Cancellation, Cancellation.sub_order_id == SubOrder.id)
        .where(
            SubOrder.cancelled_at.is_not(None),
            Order.paid_at.is_not(None),
            Cancellation.refund_id.is_(None),
        )
    )


def wrong_cancellations() -> Select[Any]:
    items = summed(
        select(
            CancellationItem.order_line_id.label("of"),
            total(CancellationItem.quantity).label("units"),
        ),
        CancellationItem.order_line_id,
    )
    return compared(
        OrderLine, items, OrderLine.cancelled_quantity != func.coalesce(items.c.units, 0)
    )


def wrong_refunded_units() -> Select[Any]:
    items = summed(
        select(RefundItem.order_line_id.label("of"), total(RefundItem.quantity).label("units")),
        RefundItem.order_line_id,
    )
    units = OrderLine.cancelled_quantity + OrderLine.returned_quantity
    return compared(OrderLine, items, units != func.coalesce(items.c.units, 0))
