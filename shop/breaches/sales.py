"""Rules of the sales ledger."""

from typing import Any

from sqlalchemy import (
    Select,
    String,
    case,
    cast,
    func,
    or_,
    select,
)

from orders.records.models import Order, OrderLine, SubOrder
from orders.sales.models import EntryKind, SalesEntry
from shop.breaches.comparing import compared, summed
from shop.db import total

# What a ledger entry holds as its order line does, under the same name.
FROZEN = (
    "city_code city_name county_code county_name town_code town_name village cooperative_id "
    "cooperative_name credit_code category_id category_name product_id product_name spec unit "
    "unit_price_fen"
).split()


def uncounted() -> Select[Any]:
    """What the ledger says of a line in all is what was paid for it and kept."""
    entries = summed(
        select(
            SalesEntry.order_line_id.label("of"),
            total(SalesEntry.net_fen).label("net_fen"),
        ).where(SalesEntry.order_line_id.is_not(None)),
        SalesEntry.order_line_id,
    )
    kept = case(
        (SubOrder.accepted_at.is_not(None), OrderLine.amount_fen - OrderLine.refunded_fen), else_=0
    )
    return (
        select(OrderLine.id)
        .join(OrderLine.sub_order)
        .outerjoin(entries, entries.c.of == OrderLine.id)
        .where(func.coalesce(entries.c.net_fen, 0) != kept)
        .order_by(OrderLine.id)
    )


def wrong_entries() -> Select[Any]:
    differs = [getattr(SalesEntry, name) != getattr(OrderLine, name) for name in FROZEN]
    return (
        select(SalesEntry.id)
        .join(OrderLine, OrderLine.id == SalesEntry.order_line_id)
        .join(OrderLine.sub_order)
        .join(SubOrder.order)
        .where(
            or_(
                SubOrder.accepted_at.is_(None),
                SalesEntry.net_weight_g != OrderLine.net_weight_g * SalesEntry.quantity,
                SalesEntry.order_number != SubOrder.number,
                SalesEntry.buyer_type != Order.buyer_type,
                SalesEntry.buyer_unit != Order.buyer_unit,
                SalesEntry.month != func.substr(cast(SalesEntry.counted_on, String), 1, 7),
                *differs,
            ),
        )
    )


def overcorrected() -> Select[Any]:
    refunds = summed(
        select(SalesEntry.corrects_id.label("of"), total(SalesEntry.refund_fen).label("fen")).where(
            SalesEntry.kind == EntryKind.REFUND
        ),
        SalesEntry.corrects_id,
    )
    return compared(SalesEntry, refunds, refunds.c.fen > SalesEntry.amount_fen)
