"""Rules of the sales ledger."""

from typing import Any

from sqlalchemy import (
    Select,
    String,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from orders.intake.models import Grain, IntakeMark, IntakeSum, Moment
from orders.intake.queries import DayInZhuhai, accepted_lines, moment_of
from orders.records.models import Order, OrderLine, SubOrder
from orders.sales.models import EntryKind, SalesEntry
from orders.sales.rules import MILLI
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
                OrderLine.net_weight_g * SalesEntry.quantity_milli
                != SalesEntry.net_weight_g * MILLI,
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


def uneven_reversals() -> Select[Any]:
    """A reversal takes back just what its sale counted, wherever and whatever that was."""
    sale = aliased(SalesEntry)
    differs = [getattr(SalesEntry, name) != getattr(sale, name) for name in FROZEN]
    return (
        select(SalesEntry.id)
        .join(sale, sale.id == SalesEntry.corrects_id)
        .where(
            SalesEntry.kind == EntryKind.REVERSAL,
            or_(
                sale.kind != EntryKind.SALE,
                SalesEntry.net_fen != -sale.net_fen,
                SalesEntry.quantity_milli != -sale.quantity_milli,
                func.coalesce(SalesEntry.net_weight_g, 0) != -func.coalesce(sale.net_weight_g, 0),
                SalesEntry.channel != sale.channel,
                SalesEntry.mode != sale.mode,
                SalesEntry.buyer_type != sale.buyer_type,
                SalesEntry.counted_on < sale.counted_on,
                *differs,
            ),
        )
        .order_by(SalesEntry.id)
    )


def wrong_months() -> Select[Any]:
    """The month of a sale that was not online is that of the day on which it counts."""
    day = cast(SalesEntry.counted_on, String)
    return (
        select(SalesEntry.id)
        .where(SalesEntry.order_line_id.is_(None), SalesEntry.month != func.substr(day, 1, 7))
        .order_by(SalesEntry.id)
    )


def uneven_intake() -> Select[Any]:
    """What was ordered and paid for is kept in every grain, by day and by month, as the lines of
    the ledger up to the watermark say: the months in which it is not."""
    kept = select(
        cast(IntakeSum.grain, String).label("grain"),
        IntakeSum.daily,
        cast(IntakeSum.moment, String).label("moment"),
        IntakeSum.month,
        IntakeSum.amount_fen,
    )
    lines = _ordered_and_paid().cte("lines").c
    said = [lines.moment, lines.month, -lines.fen]
    both = union_all(
        kept,
        *(
            select(literal(grain.value), literal(daily), *said)
            for grain in Grain
            for daily in (0, 1)
        ),
    ).subquery()
    return (
        select(both.c.month)
        .group_by(both.c.grain, both.c.daily, both.c.moment, both.c.month)
        .having(total(both.c.amount_fen) != 0)
    )


def _ordered_and_paid() -> Select[Any]:
    """By moment and month, of the lines up to the watermark."""
    mark = select(func.coalesce(func.max(IntakeMark.through_id), 0)).scalar_subquery()
    of_moments = []
    for moment in Moment:
        at = moment_of(moment)
        of_moments.append(
            accepted_lines(
                literal(moment.value).label("moment"),
                func.substr(DayInZhuhai(at), 1, 7).label("month"),
                OrderLine.amount_fen,
            ).where(SalesEntry.id <= mark, at.is_not(None))
        )
    lines = union_all(*of_moments).subquery().c
    return select(lines.moment, lines.month, total(lines.amount_fen).label("fen")).group_by(
        lines.moment, lines.month
    )
