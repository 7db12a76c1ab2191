"""Read what harvests are expected to bring, and what they brought."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import aliased, joinedload

from catalog.batches.models import Batch
from catalog.expectations.models import HarvestExpectation
from catalog.expectations.rules import Week, by_week, read_week
from catalog.products.models import Product
from shop.db import db, total
from shop.organisations.queries import may_sell


def holds() -> ColumnElement[bool]:
    """The condition that no later version takes an expectation's place."""
    later = aliased(HarvestExpectation)
    return ~exists().where(
        later.product_id == HarvestExpectation.product_id,
        later.week == HarvestExpectation.week,
        later.version > HarvestExpectation.version,
    )


def list_versions(product_id: int, weeks: Iterable[Week]) -> Sequence[HarvestExpectation]:
    """All versions of a product's expectations of some weeks, the first version first, with who
    said them."""
    query = (
        select(HarvestExpectation)
        .where(
            HarvestExpectation.product_id == product_id,
            HarvestExpectation.week.in_([week.code for week in weeks]),
        )
        .options(joinedload(HarvestExpectation.said_by).lazyload("*"))
        .order_by(HarvestExpectation.version)
    )
    return db.session.scalars(query).all()


def list_newest(product_id: int, weeks: Iterable[Week]) -> dict[Week, HarvestExpectation]:
    """What holds of a product's weeks, taken back or not."""
    return newest_of(list_versions(product_id, weeks))


def newest_of(versions: Iterable[HarvestExpectation]) -> dict[Week, HarvestExpectation]:
    """The last of each week, of versions in their order."""
    return {week: each for each in versions if (week := read_week(each.week))}


def sum_expected(product_ids: Collection[int], weeks: Sequence[Week]) -> dict[int, dict[Week, int]]:
    """What holds of some products and weeks, in grams, by product; weeks of which nothing is
    expected are left out."""
    query = select(
        HarvestExpectation.product_id, HarvestExpectation.week, HarvestExpectation.quantity_g
    ).where(
        HarvestExpectation.product_id.in_(product_ids),
        HarvestExpectation.week.in_([week.code for week in weeks]),
        HarvestExpectation.quantity_g.is_not(None),
        holds(),
    )
    found: dict[int, dict[Week, int]] = {}
    for product_id, code, grams in db.session.execute(query):
        week = read_week(code)
        if week and grams is not None:
            found.setdefault(product_id, {})[week] = grams
    return found


def list_silent(weeks: Iterable[Week]) -> Sequence[int]:
    """The ids of cooperatives that have something on sale and expect nothing of it in any of these
    weeks."""
    said = exists().where(
        HarvestExpectation.cooperative_id == Product.cooperative_id,
        HarvestExpectation.week.in_([week.code for week in weeks]),
        HarvestExpectation.quantity_g.is_not(None),
        holds(),
    )
    query = (
        select(Product.cooperative_id)
        .join(Product.cooperative)
        .where(Product.delisted_at.is_(None), may_sell(), ~said)
        .distinct()
        .order_by(Product.cooperative_id)
    )
    return db.session.scalars(query).all()


def sum_harvested(product_id: int, weeks: Iterable[Week]) -> dict[Week, int]:
    """What a product's batches brought in some weeks, in grams; weeks without a batch are left
    out."""
    query = (
        select(Batch.harvested_on, total(Batch.quantity_g))
        .where(
            Batch.product_id == product_id,
            or_(*(Batch.harvested_on.between(week.since, week.until) for week in weeks)),
        )
        .group_by(Batch.harvested_on)
    )
    return by_week((day, grams) for day, grams in db.session.execute(query))
