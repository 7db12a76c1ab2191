"""Rules of goods that were missing: what was called off is what was said to be missing."""

from typing import Any

from sqlalchemy import Select, func, or_, select

from orders.records.models import OrderLine, SubOrder
from orders.refunds.models import Cancellation, CancellationItem, Side
from orders.shortages.models import Shortage, ShortageLine
from shop.breaches.comparing import compared, summed
from shop.db import total


def wrong_shortages() -> Select[Any]:
    lines = summed(
        select(ShortageLine.shortage_id.label("of"), total(ShortageLine.units).label("units")),
        ShortageLine.shortage_id,
    )
    return compared(Shortage, lines, func.coalesce(lines.c.units, 0) != Shortage.units)


def wrong_shortage_lines() -> Select[Any]:
    """Each names a line of the same goods, and the cancellation of just these units."""
    return (
        select(ShortageLine.id)
        .join(ShortageLine.shortage)
        .join(ShortageLine.line)
        .join(SubOrder, SubOrder.id == OrderLine.sub_order_id)
        .join(ShortageLine.cancellation)
        .outerjoin(
            CancellationItem,
            (CancellationItem.cancellation_id == ShortageLine.cancellation_id)
            & (CancellationItem.order_line_id == ShortageLine.order_line_id),
        )
        .where(
            or_(
                CancellationItem.id.is_(None),
                CancellationItem.quantity != ShortageLine.units,
                Cancellation.side != Side.COOPERATIVE,
                Cancellation.refund_id.is_(None),
                OrderLine.variant_id != Shortage.variant_id,
                SubOrder.cooperative_id != Shortage.cooperative_id,
            )
        )
        .order_by(ShortageLine.id)
    )
