"""Rules of activities and fairs: what is put aside, and what their tills sold."""

from typing import Any

from sqlalchemy import Select, String, and_, cast, func, literal, or_, select
from sqlalchemy.orm import aliased

from catalog.products.models import Product, Variant
from catalog.stock.models import StockMovement
from catalog.stock.queries import sums_by
from orders.fairs.models import (
    REFERENCE,
    Activity,
    ActivityCooperative,
    Allotment,
    TillLine,
    TillSale,
)
from orders.sales.models import Channel, SalesEntry
from orders.sales.rules import MILLI
from shop.breaches.comparing import compared, summed
from shop.db import total

LEFT = Allotment.allotted - Allotment.sold - Allotment.released


def wrong_allotments() -> Select[Any]:
    """Of each allotment: what is left is held, and what was sold went out, by its movements."""
    moved = sums_by(StockMovement.variant_id, StockMovement.reference)
    return (
        select(Allotment.id)
        .outerjoin(
            moved,
            and_(
                moved.c.variant_id == Allotment.variant_id,
                moved.c.reference == literal(REFERENCE) + cast(Allotment.id, String),
            ),
        )
        .where(
            or_(
                func.coalesce(moved.c.held, 0) != LEFT,
                func.coalesce(moved.c.sold, 0) - func.coalesce(moved.c.returned, 0)
                != Allotment.sold,
            )
        )
        .order_by(Allotment.id)
    )


def wrongly_sold() -> Select[Any]:
    """What an allotment sold is the sum of the till's lines that count."""
    lines = summed(
        select(TillLine.allotment_id.label("of"), total(TillLine.quantity).label("units")).where(
            TillLine.entry_id.is_not(None), TillLine.reversal_id.is_(None)
        ),
        TillLine.allotment_id,
    )
    return compared(Allotment, lines, Allotment.sold != func.coalesce(lines.c.units, 0))


def still_held() -> Select[Any]:
    """A closed activity holds nothing."""
    return (
        select(Allotment.id)
        .join(Allotment.activity)
        .where(Activity.closed_at.is_not(None), LEFT != 0)
        .order_by(Allotment.id)
    )


def of_strangers() -> Select[Any]:
    """Only who takes part has goods there."""
    takes_part = and_(
        ActivityCooperative.activity_id == Allotment.activity_id,
        ActivityCooperative.cooperative_id == Product.cooperative_id,
    )
    return (
        select(Allotment.id)
        .join(Allotment.variant)
        .join(Variant.product)
        .outerjoin(ActivityCooperative, takes_part)
        .where(ActivityCooperative.activity_id.is_(None), Allotment.allotted > Allotment.released)
        .order_by(Allotment.id)
    )


def wrong_till_entries() -> Select[Any]:
    """What counts of a till is in the ledger as it was sold, and what was taken back is there
    negative."""
    back = aliased(SalesEntry)
    return (
        select(TillLine.id)
        .join(TillLine.sale)
        .join(TillLine.allotment)
        .join(SalesEntry, SalesEntry.id == TillLine.entry_id)
        .outerjoin(back, back.id == TillLine.reversal_id)
        .where(
            or_(
                SalesEntry.channel != Channel.FAIR,
                SalesEntry.activity_id != TillSale.activity_id,
                SalesEntry.sold_on != TillSale.sold_on,
                SalesEntry.buyer_type != TillSale.buyer_type,
                SalesEntry.amount_fen != TillLine.amount_fen,
                SalesEntry.quantity_milli != TillLine.quantity * MILLI,
                Allotment.activity_id != TillSale.activity_id,
                back.corrects_id != SalesEntry.id,
                and_(TillLine.reversal_id.is_not(None), TillSale.undone_at.is_(None)),
                and_(TillLine.reversal_id.is_(None), TillSale.undone_at.is_not(None)),
            )
        )
        .order_by(TillLine.id)
    )


def wrong_till_sales() -> Select[Any]:
    lines = summed(
        select(TillLine.sale_id.label("of"), total(TillLine.amount_fen).label("fen")),
        TillLine.sale_id,
    )
    return compared(TillSale, lines, TillSale.total_fen != func.coalesce(lines.c.fen, 0))
