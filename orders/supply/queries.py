"""Read supply by category and week: expectations, pre-sales, the ledger, open orders."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    select,
    text,
    union_all,
)

from catalog.categories.models import Category
from catalog.expectations.models import HarvestExpectation
from catalog.expectations.queries import holds
from catalog.expectations.rules import Week, read_week
from catalog.products.models import Product, Variant
from orders.records.models import Order, OrderLine, SubOrder
from orders.rollups.queries import sums_by
from orders.rollups.rules import Dimension, Span
from orders.sales.queries import Slice, chosen
from orders.statistics.queries.figures import lines_chosen, products_chosen
from orders.statistics.queries.places import list_categories
from orders.supply.rules.tables import Known, Place, Supplied, Table, table_of
from shop.db import UtcDateTime, db, total
from shop.organisations.models import Organisation
from shop.places.models import County, Town
from shop.web.paging import Page

PER_PAGE = 50


def get_table(part: Slice, weeks: Sequence[Week], present: Week) -> Table:
    """A slice's categories in some weeks on end. The slice's days don't count, but for its last:
    what comes after it can't have been accepted yet."""
    categories = [(str(each.id), each.name) for each in list_categories()]
    return table_of(weeks, present, categories, known_of(part, weeks, present))


def known_of(part: Slice, weeks: Sequence[Week], present: Week) -> Known:
    """All that is known of a slice's categories in some weeks on end, and of what was supplied in
    the same weeks a year earlier; see get_table."""
    ahead = [week for week in weeks if week >= present]
    earlier = [before for week in ahead if (before := week.year_before)]
    over = [week for week in weeks if week <= present]
    return Known(
        expected=_sum_expected(part, weeks),
        presold=_sum_presold(part, ahead),
        supplied=_sum_supplied(part, [*over, *earlier]),
        ordered=_sum_ordered(part, ahead, present),
    )


@dataclass(frozen=True)
class Announced:
    """What is expected of a product in a week; of a pre-sale nobody said anything else."""

    cooperative: str
    place: str
    category: str
    product: str
    grams: int
    said_at: datetime | None

    @property
    def is_presold(self) -> bool:
        return self.said_at is None


@dataclass(frozen=True)
class Wanted:
    """What of a product is ordered for a week and was neither accepted nor cancelled."""

    cooperative: str
    place: str
    category: str
    product: str
    orders: int
    grams: int


def list_announced(part: Slice, week: Week, present: Week, number: int) -> Page[Announced]:
    """What the expected harvest of a week is made of, by cooperative."""
    said = select(
        HarvestExpectation.cooperative_name.label("cooperative"),
        (HarvestExpectation.county_name + HarvestExpectation.town_name).label("place"),
        HarvestExpectation.category_name.label("category"),
        HarvestExpectation.product_name.label("product"),
        HarvestExpectation.product_id.label("product_id"),
        HarvestExpectation.quantity_g.label("grams"),
        HarvestExpectation.said_at.label("said_at"),
    ).where(*_expected_in(part, [week]))
    both: Any = said
    if week >= present:
        both = union_all(said, _presold_by_product(part, week))
    rows = both.subquery()
    query = select(
        rows.c.cooperative, rows.c.place, rows.c.category, rows.c.product, rows.c.grams
    ).add_columns(rows.c.said_at)
    order = (rows.c.cooperative, rows.c.product_id, rows.c.said_at.is_(None))
    return _page(query, order, number, Announced)


def list_wanted(part: Slice, week: Week, present: Week, number: int) -> Page[Wanted]:
    """What is ordered for a week, by cooperative and product."""
    query = (
        select(
            func.min(OrderLine.cooperative_name),
            func.min(OrderLine.county_name + OrderLine.town_name),
            func.min(OrderLine.category_name),
            func.min(OrderLine.product_name),
            func.count(OrderLine.sub_order_id.distinct()),
            total(_open_g(present)),
        )
        .join(SubOrder, SubOrder.id == OrderLine.sub_order_id)
        .join(Order, Order.id == SubOrder.order_id)
        .where(*_open(part), _ships_in([week], present), _open_g(present) > 0)
        .group_by(OrderLine.cooperative_id, OrderLine.product_id)
    )
    order = (func.min(OrderLine.cooperative_name), OrderLine.cooperative_id, OrderLine.product_id)
    return _page(query, order, number, Wanted)


def _page(
    query: Select[*tuple[Any, ...]], order: Iterable[Any], number: int, of: type[Any]
) -> Page[Any]:
    count = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = db.session.execute(
        query.order_by(*order).limit(PER_PAGE).offset((number - 1) * PER_PAGE)
    )
    return Page([of(*row) for row in rows], number, PER_PAGE, count)


# ── What is expected ────────────────────────────────────────────────────────────────────────────


def _sum_expected(part: Slice, weeks: Sequence[Week]) -> dict[Place, int]:
    query = (
        select(
            HarvestExpectation.category_id,
            HarvestExpectation.week,
            total(HarvestExpectation.quantity_g),
        )
        .where(*_expected_in(part, weeks))
        .group_by(HarvestExpectation.category_id, HarvestExpectation.week)
    )
    return _by_place(db.session.execute(query))


def _expected_in(part: Slice, weeks: Sequence[Week]) -> list[ColumnElement[bool]]:
    """The conditions of expectations that hold and were not taken back."""
    return [
        HarvestExpectation.week.in_([week.code for week in weeks]),
        HarvestExpectation.quantity_g.is_not(None),
        *chosen(part, HarvestExpectation),
        holds(),
    ]


def _sum_presold(part: Slice, weeks: Sequence[Week]) -> dict[Place, int]:
    """The caps of pre-sales of which nothing else is expected."""
    if not weeks:
        return {}
    code = _code_of(Variant.presale_ships_on, weeks)
    query = (
        select(Product.category_id, code, total(_capped_g()))
        .join(Variant.product)
        .where(*_presold_in(part, weeks))
        .group_by(Product.category_id, text("2"))
    )
    return _by_place(db.session.execute(query))


def _presold_by_product(part: Slice, week: Week) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Organisation.name,
            County.name + Town.name,
            Category.name,
            Product.name,
            Product.id,
            total(_capped_g()),
            cast(null(), UtcDateTime()),
        )
        .select_from(Variant)
        .join(Variant.product)
        .join(Product.cooperative)
        .join(Product.category)
        .join(Product.town)
        .join(Town.county)
        .where(*_presold_in(part, [week]))
        .group_by(Organisation.name, County.name, Town.name, Category.name, Product.name)
        .group_by(Product.id)
    )


def _capped_g() -> ColumnElement[int]:
    return cast(Variant.presale_cap, BigInteger) * Variant.net_weight_g


def _presold_in(part: Slice, weeks: Sequence[Week]) -> list[ColumnElement[bool]]:
    said = exists().where(
        HarvestExpectation.product_id == Product.id,
        HarvestExpectation.week == _code_of(Variant.presale_ships_on, weeks),
        HarvestExpectation.quantity_g.is_not(None),
        holds(),
    )
    return [
        Variant.presale_ships_on.between(weeks[0].since, weeks[-1].until),
        Variant.withdrawn_at.is_(None),
        Product.delisted_at.is_(None),
        *products_chosen(part),
        ~said,
    ]


# ── What came ───────────────────────────────────────────────────────────────────────────────────


def _sum_supplied(part: Slice, weeks: Sequence[Week]) -> dict[Place, Supplied]:
    """What was accepted in some weeks, in one statement."""
    by_code = {week.code: week for week in weeks}
    spans = {code: Span(week.since, min(week.until, part.until)) for code, week in by_code.items()}
    found = sums_by([Dimension.CATEGORY], part, spans, ["lines", "unweighed", "weight_g"])
    return {
        (category, by_code[code]): Supplied(sums.lines, sums.unweighed, sums.weight_g)
        for (category,), held in found.items()
        for code, sums in held.items()
    }


# ── What is wanted ──────────────────────────────────────────────────────────────────────────────


def _sum_ordered(part: Slice, weeks: Sequence[Week], present: Week) -> dict[Place, int]:
    if not weeks:
        return {}
    code = _code_of(_ships_on(present), weeks)
    query = (
        select(OrderLine.category_id, code, total(_open_g(present)))
        .join(SubOrder, SubOrder.id == OrderLine.sub_order_id)
        .join(Order, Order.id == SubOrder.order_id)
        .where(*_open(part), _ships_in(weeks, present), _open_g(present) > 0)
        .group_by(OrderLine.category_id, text("2"))
    )
    return _by_place(db.session.execute(query))


def _open(part: Slice) -> list[ColumnElement[bool]]:
    """The conditions of order lines that nobody accepted yet."""
    return [
        SubOrder.accepted_at.is_(None),
        SubOrder.cancelled_at.is_(None),
        Order.closed_at.is_(None),
        *lines_chosen(part),
    ]


def _open_g(present: Week) -> ColumnElement[int]:
    """What a line asks for, in grams. What should have left before the present week counts only as
    far as it still waits: the rest is on its way."""
    uncancelled = OrderLine.quantity - OrderLine.cancelled_quantity
    is_late = _day_of_line() < present.since
    units = case((is_late, uncancelled - OrderLine.dispatched_quantity), else_=uncancelled)
    # More than 32 bits can hold.
    return units * cast(OrderLine.net_weight_g, BigInteger)


def _ships_in(weeks: Sequence[Week], present: Week) -> ColumnElement[bool]:
    return _ships_on(present).between(weeks[0].since, weeks[-1].until)


def _ships_on(present: Week) -> ColumnElement[date]:
    """The day that a line counts on: of its pre-sale, or the promised one; what is late counts in
    the present week."""
    day = _day_of_line()
    monday = literal(present.since, Date)
    return case((day < monday, monday), else_=day)


def _day_of_line() -> ColumnElement[date]:
    return func.coalesce(OrderLine.ships_on, SubOrder.promised_on)


def _code_of(day: Any, weeks: Sequence[Week]) -> ColumnElement[str]:
    """The week that a day lies in, as its code."""
    return case(
        *((and_(day >= week.since, day <= week.until), literal(week.code)) for week in weeks),
        else_=literal(""),
    )


def _by_place(rows: Iterable[Any]) -> dict[Place, int]:
    return {(str(key), week): grams for key, code, grams in rows if (week := read_week(code))}
