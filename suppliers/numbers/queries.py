"""Sum up what a cooperative sold, over some days and the same days a year earlier. Only its own."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select

from orders.claims.models import Claim
from orders.records.models import OrderLine, SubOrder
from orders.reviews.models import Review
from orders.sales.models import EntryKind, SalesEntry
from orders.sales.queries import counted
from orders.statistics.rules.labels import BUYER_TYPES
from orders.statistics.rules.periods import Period
from shop import clock
from shop.db import db, total
from shop.web.paging import Page
from suppliers.numbers.rules import Payout, Rating, SettledParts, Share, Sold, Table, Wait, wait_of
from suppliers.settlements.models import PayoutRow, SettledPart, SettlementStatement

PER_PAGE = 20
# More rows than a cooperative has products or places it sells to.
ALL_ROWS = 10_000

_KEYS: dict[Table, tuple[Any, ...]] = {
    Table.PRODUCTS: (SalesEntry.product_name, SalesEntry.unit),
    Table.DISTRICTS: (SalesEntry.buyer_district,),
    Table.BUYERS: (SalesEntry.buyer_type,),
}


def get_total(cooperative_id: int, days: Period) -> Sold:
    """All that was sold."""
    return Sold("", "", *db.session.execute(_sums(cooperative_id, days)).one())


def list_sold(
    cooperative_id: int, table: Table, days: Period, number: int = 1, per_page: int = PER_PAGE
) -> Page[Sold]:
    """What was sold by product, place or buyers, as it was named on the orders; most first."""
    keys = _KEYS[table]
    net = total(_within(days, SalesEntry.net_fen))
    query = (
        _sums(cooperative_id, days)
        .add_columns(*keys, func.count().over())
        .group_by(*keys)
        .order_by(net.desc(), *keys)
        .limit(per_page)
        .offset((number - 1) * per_page)
    )
    rows = db.session.execute(query).all()
    items = [_sold(table, row[6:-1], row[:6]) for row in rows]
    return Page(items, number, per_page, rows[0][-1] if rows else 0)


def list_all_sold(cooperative_id: int, table: Table, days: Period) -> Sequence[Sold]:
    return list_sold(cooperative_id, table, days, 1, ALL_ROWS).items


def claim_shares(cooperative_id: int, days: Period) -> tuple[Share, Share]:
    """Of the parts of orders that arrived in these days, those about which there was a claim; and
    the same a year earlier."""
    has_claim = exists().where(Claim.sub_order_id == SubOrder.id)
    spans = [_between(SubOrder.arrived_at, each) for each in (days, days.year_before)]
    columns: Any = [
        total(case((condition, 1), else_=0))
        for span in spans
        for condition in (and_(span, has_claim), span)
    ]
    query = select(*columns).where(SubOrder.cooperative_id == cooperative_id, or_(*spans))
    claimed, arrived, claimed_before, arrived_before = db.session.execute(query).one()
    return Share(claimed, arrived), Share(claimed_before, arrived_before)


def ratings(cooperative_id: int, days: Period) -> tuple[Rating, Rating]:
    """What buyers gave its products in these days; and the same a year earlier."""
    spans = [_between(Review.at, each) for each in (days, days.year_before)]
    columns: Any = [
        total(case((span, column), else_=0)) for span in spans for column in (Review.stars, 1)
    ]
    query = select(*columns).where(Review.cooperative_id == cooperative_id, or_(*spans))
    stars, reviews, stars_before, reviews_before = db.session.execute(query).one()
    return Rating(stars, reviews), Rating(stars_before, reviews_before)


def waits(cooperative_id: int, days: Period) -> tuple[Wait, Wait]:
    """From acceptance to payout, of what was paid out in these days; and the same a year earlier.

    Two statements: the payouts, and what was settled by statement and day of acceptance.
    """
    spans = (days, days.year_before)
    paid = (
        select(PayoutRow.statement_id, PayoutRow.paid_at)
        .where(
            PayoutRow.cooperative_id == cooperative_id,
            PayoutRow.paid_at.is_not(None),
            PayoutRow.returned_at.is_(None),
        )
        .order_by(PayoutRow.statement_id)
    )
    payouts = [Payout(id_, clock.day_of(at)) for id_, at in db.session.execute(paid) if at]
    found = db.session.execute(_settled_parts(cooperative_id, payouts)).all() if payouts else []
    parts = [SettledParts(*row) for row in found]
    now, before = (wait_of(payouts, parts, span) for span in spans)
    return now, before


def _settled_parts(cooperative_id: int, payouts: Sequence[Payout]) -> Select[Any]:
    columns: Any = (
        SettledPart.statement_id,
        SalesEntry.accepted_on,
        func.count(SettledPart.sub_order_id.distinct()),
    )
    return (
        select(*columns)
        .join(SettlementStatement, SettlementStatement.id == SettledPart.statement_id)
        .join(OrderLine, OrderLine.sub_order_id == SettledPart.sub_order_id)
        .join(
            SalesEntry,
            and_(SalesEntry.order_line_id == OrderLine.id, SalesEntry.kind == EntryKind.SALE),
        )
        .where(
            SettlementStatement.cooperative_id == cooperative_id,
            SettledPart.statement_id <= payouts[-1].statement_id,
            SalesEntry.accepted_on.is_not(None),
        )
        .group_by(SettledPart.statement_id, SalesEntry.accepted_on)
    )


def _sums(cooperative_id: int, days: Period) -> Select[Any]:
    """Quantity, weight, amount, refunds and net of these days, and the net of a year earlier."""
    before = days.year_before
    columns: Any = [
        total(_within(days, column))
        for column in (
            SalesEntry.quantity_milli,
            SalesEntry.net_weight_g,
            SalesEntry.amount_fen,
            SalesEntry.refund_fen,
            SalesEntry.net_fen,
        )
    ]
    return select(*columns, total(_within(before, SalesEntry.net_fen))).where(
        SalesEntry.cooperative_id == cooperative_id,
        or_(counted(days.since, days.until), counted(before.since, before.until)),
    )


def _within(days: Period, column: Any) -> ColumnElement[int]:
    return case((counted(days.since, days.until), column), else_=0)


def _between(moment: Any, days: Period) -> ColumnElement[bool]:
    return and_(moment >= clock.start_of(days.since), moment < clock.end_of(days.until))


def _sold(table: Table, keys: Sequence[Any], sums: Sequence[int]) -> Sold:
    name, *unit = keys
    label = str(BUYER_TYPES[name]) if table is Table.BUYERS else name or "—"
    return Sold(label, unit[0] if unit else "", *sums)
