"""Products and variants as they are now and stay until the act ends. Whoever needs both locks
variants first."""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, contains_eager

from catalog.products.models import Product, Variant
from catalog.products.queries import load_tiers
from shop.db import db
from shop.errors import NotFound

# How many ids one statement names.
IDS_AT_A_TIME = 500


def lock_own_products(cooperative_id: int, product_ids: Collection[int]) -> dict[int, Product]:
    """Those of the products that are a cooperative's, by their ids, as they are now and stay until
    the act ends. Whoever needs variants too locks those first."""
    query = (
        select(Product)
        .where(Product.cooperative_id == cooperative_id)
        .order_by(Product.id)
        .with_for_update(key_share=True)
    )
    return _by_id(query, Product.id, product_ids)


def lock_own_variants(cooperative_id: int, variant_ids: Collection[int]) -> dict[int, Variant]:
    """Those of the variants that are a cooperative's and not withdrawn, by their ids, as they are
    now and stay until the act ends."""
    query = (
        select(Variant)
        .join(Variant.product)
        .options(contains_eager(Variant.product))
        .where(Variant.withdrawn_at.is_(None), Product.cooperative_id == cooperative_id)
        .order_by(Variant.id)
        .with_for_update(of=Variant, key_share=True)
    )
    variants = _by_id(query, Variant.id, variant_ids)
    load_tiers(variants.values())
    return variants


def require_all(found: Collection[int], ids: Collection[int]) -> None:
    """Raise NotFound if some of the ids were not found."""
    if len(found) < len(set(ids)):
        raise NotFound


def _by_id(
    query: Select[Any], column: InstrumentedAttribute[int], ids: Collection[int]
) -> dict[int, Any]:
    """What a query finds of these ids, in ascending order."""
    found = {}
    fresh = query.execution_options(populate_existing=True)
    for few in in_parts(ids):
        found.update({each.id: each for each in db.session.scalars(fresh.where(column.in_(few)))})
    return found


def in_parts(ids: Collection[int]) -> Iterator[list[int]]:
    """In ascending order, as many at a time as a statement may name."""
    ascending = sorted(set(ids))
    for start in range(0, len(ascending), IDS_AT_A_TIME):
        yield ascending[start : start + IDS_AT_A_TIME]
