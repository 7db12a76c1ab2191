"""Say what a harvest is expected to bring. What was said before stays."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from catalog.expectations.errors import ExpectedMeanwhile, WeekOver
from catalog.expectations.models import HarvestExpectation
from catalog.expectations.queries import list_versions, newest_of
from catalog.expectations.rules import Week, coming_weeks
from catalog.products.models import Product
from catalog.products.services.locks import lock_own_products
from shop import clock
from shop.accounts.audit.services import record
from shop.db import db
from shop.errors import NotFound


@dataclass(frozen=True, slots=True)
class Said:
    """So many grams in a week, by somebody who saw a version of it (0 for none). None takes back
    what was said."""

    week: Week
    quantity_g: int | None
    seen: int


def expect(
    cooperative_id: int, product_id: int, said: Iterable[Said], *, by: int | None, at: datetime
) -> int:
    """Write down what changed of a product's weeks; return how many did.

    A week that was left as it was seen stays as it is now. Raises NotFound for a stranger's
    product, WeekOver, or ExpectedMeanwhile when a week that changes is no longer as it was seen.
    """
    product = lock_own_products(cooperative_id, [product_id]).get(product_id)
    if product is None:
        raise NotFound
    everything = list(said)
    open_weeks = coming_weeks(clock.day_of(at))
    if any(each.week not in open_weeks for each in everything):
        raise WeekOver
    changes = _changes_of(product_id, everything)
    for each, version in changes:
        db.session.add(_version_of(product, each, version, by, at))
    db.session.flush()
    if changes:
        grams = {each.week.code: each.quantity_g for each, _ in changes}
        record("expect_harvest", "product", product_id, by=by, at=at, grams=grams)
    return len(changes)


def _changes_of(product_id: int, said: list[Said]) -> list[tuple[Said, int]]:
    """What differs from what was seen, with the versions that it makes."""
    versions = list_versions(product_id, [each.week for each in said])
    amounts = {(each.week, each.version): each.quantity_g for each in versions}
    newest = newest_of(versions)
    changes, newer = [], {}
    for each in said:
        now = newest.get(each.week)
        is_as_seen = each.quantity_g == amounts.get((each.week.code, each.seen))
        if is_as_seen or each.quantity_g == (now.quantity_g if now else None):
            continue
        if now and now.version != each.seen:
            newer[each.week] = now
        changes.append((each, now.version + 1 if now else 1))
    _require_none(newer)
    return changes


def _require_none(newer: Mapping[Week, HarvestExpectation]) -> None:
    if newer:
        raise ExpectedMeanwhile(newer)


def _version_of(
    product: Product, said: Said, version: int, by: int | None, at: datetime
) -> HarvestExpectation:
    town, seller = product.town, product.cooperative
    return HarvestExpectation(
        product_id=product.id,
        week=said.week.code,
        version=version,
        quantity_g=said.quantity_g,
        county_code=town.county.code,
        county_name=town.county.name,
        town_code=town.code,
        town_name=town.name,
        cooperative_id=seller.id,
        cooperative_name=seller.name,
        category_id=product.category.id,
        category_name=product.category.name,
        product_name=product.name,
        said_at=at,
        said_by_id=by,
    )
