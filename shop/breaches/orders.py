"""Rules of orders and their parts: sums, sending, fetching and the end."""

from typing import Any

from sqlalchemy import (
    Select,
    and_,
    func,
    or_,
    select,
)

from orders.deliveries.models import ShipmentLine
from orders.pickups.models import Pickup
from orders.records.models import Order, OrderLine, SubOrder
from shop.breaches.comparing import compared, summed
from shop.breaches.stock import WAITING
from shop.db import total


def wrong_orders() -> Select[Any]:
    parts = summed(
        select(
            SubOrder.order_id.label("of"),
            total(SubOrder.goods_fen).label("goods_fen"),
            total(SubOrder.freight_fen).label("freight_fen"),
        ),
        SubOrder.order_id,
    )
    differs = or_(
        parts.c.of.is_(None),
        Order.goods_fen != parts.c.goods_fen,
        Order.freight_fen != parts.c.freight_fen,
    )
    return compared(Order, parts, differs)


def wrong_parts() -> Select[Any]:
    lines = summed(
        select(
            OrderLine.sub_order_id.label("of"),
            total(OrderLine.amount_fen).label("goods_fen"),
            total(OrderLine.net_weight_g * OrderLine.quantity).label("weight_g"),
        ),
        OrderLine.sub_order_id,
    )
    differs = or_(
        lines.c.of.is_(None),
        SubOrder.goods_fen != lines.c.goods_fen,
        SubOrder.weight_g != lines.c.weight_g,
    )
    return compared(SubOrder, lines, differs)


def sent_unpaid() -> Select[Any]:
    return (
        select(SubOrder.id)
        .join(SubOrder.order)
        .where(SubOrder.dispatched_at.is_not(None), Order.paid_at.is_(None))
    )


def wrong_ends() -> Select[Any]:
    """A part is sent when nothing of it waits and something was sent, cancelled when nothing
    waits and nothing was sent."""
    lines = summed(
        select(
            OrderLine.sub_order_id.label("of"),
            total(WAITING).label("waiting"),
            total(OrderLine.dispatched_quantity).label("sent"),
        ),
        OrderLine.sub_order_id,
    )
    is_sent = and_(lines.c.waiting == 0, lines.c.sent > 0)
    is_cancelled = and_(lines.c.waiting == 0, lines.c.sent == 0)
    differs = or_(
        SubOrder.dispatched_at.is_not(None) != is_sent,
        SubOrder.cancelled_at.is_not(None) != is_cancelled,
    )
    return compared(SubOrder, lines, differs)


def wrong_shipments() -> Select[Any]:
    shipped = summed(
        select(ShipmentLine.order_line_id.label("of"), total(ShipmentLine.quantity).label("units")),
        ShipmentLine.order_line_id,
    )
    differs = OrderLine.dispatched_quantity != func.coalesce(shipped.c.units, 0)
    return compared(OrderLine, shipped, differs)


def wrong_pickups() -> Select[Any]:
    """A code comes with the payment, goods lie at a point once all was sent, and what was handed
    over the buyer has."""
    return (
        select(Pickup.sub_order_id)
        .join(Pickup.sub_order)
        .join(SubOrder.order)
        .where(
            or_(
                Pickup.code.is_not(None) != Order.paid_at.is_not(None),
                and_(Pickup.arrived_at.is_not(None), SubOrder.dispatched_at.is_(None)),
                and_(Pickup.handed_over_at.is_not(None), SubOrder.arrived_at.is_(None)),
            )
        )
    )
