"""Products on sale under some filters, and how many each further filter would leave."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from catalog.products.models import Measure, Product, Variant
from catalog.products.queries import can_be_ordered, is_on_sale, with_all_shown
from shop.db import db
from shop.money import GRAMS_PER_JIN
from shop.organisations.models import Organisation
from shop.places.queries import known_town

# So that prices per 斤 which differ by less than a fen still sort.
_PARTS_PER_FEN = 1000


class Sort(StrEnum):
    NEWEST = "newest"
    PRICE = "price"
    UNIT_PRICE = "unit_price"


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What a person chose. ``month`` keeps what is in season then."""

    text: str = ""
    category_id: int | None = None
    town_code: str | None = None
    cooperative_id: int | None = None
    month: int | None = None
    in_stock: bool = False


@dataclass(frozen=True)
class Counts:
    """How many products there are: in all, and with one more (or another) filter."""

    total: int
    in_season: int
    in_stock: int
    by_category: dict[int, int]
    # Code to name and count.
    by_town: dict[str, tuple[str, int]]


def list_products(
    filters: Filters, sort: Sort = Sort.NEWEST, *, offset: int = 0, limit: int
) -> Sequence[Product]:
    """Products on sale, with all that cards say of them: two statements."""
    query = with_all_shown(_select(Product, filters))
    if sort is Sort.NEWEST:
        query = query.order_by(Product.listed_at.desc(), Product.id.desc())
    else:
        lowest = _lowest_prices()
        column = lowest.c.price if sort is Sort.PRICE else lowest.c.unit_price
        query = query.join(lowest, lowest.c.product_id == Product.id).order_by(
            column.is_(None), column, lowest.c.price, Product.id
        )
    return db.session.scalars(query.offset(offset).limit(limit)).all()


def list_products_by_id(product_ids: Sequence[int]) -> list[Product]:
    """Those of these products that are on sale, in the order given: two statements."""
    query = with_all_shown(_select(Product, Filters())).where(Product.id.in_(product_ids))
    found = {product.id: product for product in db.session.scalars(query)}
    return [found[product_id] for product_id in product_ids if product_id in found]


def count_products(filters: Filters, month: int) -> Counts:
    """Counts for the facets, ``month`` being this month: one statement."""
    in_season = _in_season(month)
    in_stock = _in_stock()
    season_chosen = in_season if filters.month else None
    stock_chosen = in_stock if filters.in_stock else None
    open_ended = replace(filters, month=None, in_stock=False, category_id=None, town_code=None)
    query = _select(
        (
            Product.category_id,
            Product.town_code,
            _count_if(season_chosen, stock_chosen),
            _count_if(in_season, stock_chosen),
            _count_if(season_chosen, in_stock),
        ),
        open_ended,
    ).group_by(Product.category_id, Product.town_code)
    total, seasonal, stocked = 0, 0, 0
    by_category, by_town = Counter[int](), Counter[str]()
    for category_id, town_code, count, of_season, of_stock in db.session.execute(query):
        fits_category = filters.category_id in (None, category_id)
        fits_town = filters.town_code in (None, town_code)
        if fits_town and count:
            by_category[category_id] += count
        if fits_category and count:
            by_town[town_code] += count
        if fits_category and fits_town:
            total, seasonal, stocked = total + count, seasonal + of_season, stocked + of_stock
    return Counts(total, seasonal, stocked, dict(by_category), _named(by_town))


def count_on_sale() -> tuple[dict[int, int], dict[str, int]]:
    """How many products are on sale, by category and by town's code: one statement."""
    query = _select((Product.category_id, Product.town_code, func.count()), Filters())
    by_category, by_town = Counter[int](), Counter[str]()
    for category_id, town_code, count in db.session.execute(
        query.group_by(Product.category_id, Product.town_code)
    ):
        by_category[category_id] += count
        by_town[town_code] += count
    return dict(by_category), dict(by_town)


def _named(by_town: Mapping[str, int]) -> dict[str, tuple[str, int]]:
    """With each town's name, the town that has most first."""
    ranked = sorted(by_town.items(), key=lambda item: (-item[1], item[0]))
    towns = [(known_town(code), code, count) for code, count in ranked]
    return {code: (town.name if town else code, count) for town, code, count in towns}


def _select(what: Any, filters: Filters) -> Select[Any]:
    """Something about the products on sale that pass the filters."""
    columns = what if isinstance(what, tuple) else (what,)
    return (
        select(*columns)
        .select_from(Product)
        .join(Organisation, Organisation.id == Product.cooperative_id)
        .where(is_on_sale(), *_conditions(filters))
    )


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for word in filters.text.split():
        named = Product.name.contains(word, autoescape=True)
        conditions.append(named | Organisation.name.contains(word, autoescape=True))
    if filters.category_id is not None:
        conditions.append(Product.category_id == filters.category_id)
    if filters.town_code is not None:
        conditions.append(Product.town_code == filters.town_code)
    if filters.cooperative_id is not None:
        conditions.append(Product.cooperative_id == filters.cooperative_id)
    if filters.month is not None:
        conditions.append(_in_season(filters.month))
    if filters.in_stock:
        conditions.append(_in_stock())
    return conditions


def _in_season(month: int) -> ColumnElement[bool]:
    return Product.season_mask.bitwise_and(1 << (month - 1)) != 0


def _in_stock() -> ColumnElement[bool]:
    return Product.variants.any(can_be_ordered())


def _count_if(*conditions: ColumnElement[bool] | None) -> ColumnElement[int]:
    wanted = [condition for condition in conditions if condition is not None]
    if not wanted:
        return func.count()
    every = wanted[0] if len(wanted) == 1 else wanted[0] & wanted[1]
    return func.count(case((every, 1)))


def _lowest_prices() -> Any:
    """Each product's lowest price, and its lowest per 斤 if it is sold by weight."""
    per_jin = Variant.price_fen * (_PARTS_PER_FEN * GRAMS_PER_JIN) // Variant.measure_amount
    return (
        select(
            Variant.product_id,
            func.min(Variant.price_fen).label("price"),
            func.min(case((Variant.measure == Measure.WEIGHT, per_jin))).label("unit_price"),
        )
        .where(Variant.withdrawn_at.is_(None))
        .group_by(Variant.product_id)
        .subquery()
    )
