"""What a row of a sheet would change, compared with what a listing is now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from catalog.products.models import Measure, Prices, Tier
from catalog.products.rules import tier_fault
from catalog.reviews.rules import is_large
from shop.money import yuan
from suppliers.sheets.rules.columns import OF_PRODUCT, OF_VARIANT, Column
from suppliers.sheets.rules.faults import Fault, FaultKind


class RowState(StrEnum):
    """What becomes of a row when its sheet is taken over."""

    NEW = "new"
    CHANGED = "changed"
    DELISTED = "delisted"
    UNCHANGED = "unchanged"
    WRONG = "wrong"  # left out; the person is told why

    @property
    def label(self) -> LazyString:
        return _STATES[self]


_STATES = {
    RowState.NEW: _l("新增"),
    RowState.CHANGED: _l("有改动"),
    RowState.DELISTED: _l("下架"),
    RowState.UNCHANGED: _l("没有变"),
    RowState.WRONG: _l("有误"),
}
# What is done with.
EFFECTIVE = (RowState.NEW, RowState.CHANGED, RowState.DELISTED)
_NEW_PRODUCT = (Column.NAME, Column.CATEGORY, Column.MONTHS)
_NEW_VARIANT = (Column.SPEC, Column.UNIT, Column.WEIGHT, Column.PRICE, Column.PERISHABLE)


@dataclass(frozen=True, slots=True)
class VariantFacts:
    """A variant as it is now, by column; ``stock`` is what is held for nobody's order."""

    id: int
    version: int
    now: dict[str, Any]
    # What it cost when the window began in which changes count together; None for what it costs.
    standing: Prices | None = None

    @property
    def prices(self) -> Prices:
        return prices_of(self.now)


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """A product as it is now, by column, and the ways in which it is sold."""

    id: int
    category_closed: bool
    now: dict[str, Any]
    variants: tuple[VariantFacts, ...] = field(default=())


class Found(NamedTuple):
    """Which listing a row is about, or why nobody can say."""

    product: ProductFacts | None = None
    variant: VariantFacts | None = None
    fault: Fault | None = None


class Verdict(NamedTuple):
    """What becomes of a row: each change as it is and as it would be, by column."""

    state: RowState
    changes: dict[str, list[Any]]
    faults: list[Fault]


@dataclass(frozen=True)
class Listings:
    """A cooperative's own listings, those that rows may be about."""

    by_id: Mapping[int, ProductFacts]
    by_variant: Mapping[int, ProductFacts]
    by_name: Mapping[str, list[ProductFacts]]

    def find(self, values: Mapping[str, Any]) -> Found:
        """The listing that a row means: by its ids, else by name and spec."""
        variant_id, product_id = values.get(Column.VARIANT), values.get(Column.PRODUCT)
        if variant_id is not None:
            return self._by_variant(variant_id, product_id)
        if product_id is not None:
            product = self.by_id.get(product_id)
            if product is None:
                return Found(fault=Fault(Column.PRODUCT, FaultKind.NOT_YOURS, {}))
            return _with_spec(product, values.get(Column.SPEC))
        return self._by_name(values)

    def _by_variant(self, variant_id: int, product_id: int | None) -> Found:
        product = self.by_variant.get(variant_id)
        if product is None:
            return Found(fault=Fault(Column.VARIANT, FaultKind.NOT_YOURS, {}))
        if product_id not in (None, product.id):
            return Found(fault=Fault(Column.VARIANT, FaultKind.OTHER_PRODUCT, {}))
        return Found(product, next(v for v in product.variants if v.id == variant_id))

    def _by_name(self, values: Mapping[str, Any]) -> Found:
        same = self.by_name.get(values.get(Column.NAME, ""), [])
        on_sale = [product for product in same if not product.now[Column.DELIST]]
        candidates = on_sale or same
        if not candidates:
            return Found()
        if len(candidates) > 1:
            return Found(fault=Fault(Column.NAME, FaultKind.AMBIGUOUS, {}))
        return _with_spec(candidates[0], values.get(Column.SPEC))


def _with_spec(product: ProductFacts, spec: str | None) -> Found:
    same = [variant for variant in product.variants if variant.now[Column.SPEC] == spec]
    if len(same) > 1:
        return Found(product, fault=Fault(Column.SPEC, FaultKind.AMBIGUOUS, {}))
    return Found(product, same[0] if same else None)


def compare(
    values: Mapping[str, Any], faults: list[Fault], found: Found, closed: frozenset[int]
) -> Verdict:
    """What a row that was read so, with these faults, would change; ``closed`` are the categories
    into which nothing new can be put."""
    wrong = [*faults, *([found.fault] if found.fault else [])]
    given = _without_untouched(values)
    unreadable = {fault.column for fault in faults}
    if found.fault is None:
        wrong += [
            Fault(column, FaultKind.MISSING, {})
            for column in _needed(found)
            if column not in given and column not in unreadable
        ]
        wrong += _misplaced(given, found, closed)
    amount, fault = _amount_of(given, found.variant, unreadable)
    wrong += [fault] if fault else []
    wrong += _misfitting(given, found.variant, unreadable)
    if wrong:
        return Verdict(RowState.WRONG, {}, wrong)
    changes = _changes(given, found, amount)
    if found.variant is None:
        return Verdict(RowState.NEW, changes, [])
    if changes.get(Column.DELIST, [None, None])[1] is True:
        return Verdict(RowState.DELISTED, changes, [])
    return Verdict(RowState.CHANGED if changes else RowState.UNCHANGED, changes, [])


def _without_untouched(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without a price, tiers or a stock that still are what they were when the sheet was
    downloaded: meanwhile they may have changed, and the person did not mean to change them back."""
    price, stock, tiers = [*(values.get(Column.BASE) or []), None, None, None][:3]
    untouched = {Column.PRICE: price, Column.STOCK: stock, Column.TIERS: tiers}
    is_listed = Column.VARIANT in values
    return {
        column: value
        for column, value in values.items()
        if not (is_listed and untouched.get(Column(column)) == value is not None)
    }


def _needed(found: Found) -> tuple[Column, ...]:
    if found.variant is not None:
        return ()
    return _NEW_VARIANT if found.product is not None else (*_NEW_PRODUCT, *_NEW_VARIANT)


def _misplaced(given: Mapping[str, Any], found: Found, closed: frozenset[int]) -> list[Fault]:
    faults = []
    category = given.get(Column.CATEGORY)
    before = found.product.now[Column.CATEGORY] if found.product else None
    if category in closed and category != before:
        faults.append(Fault(Column.CATEGORY, FaultKind.CATEGORY_CLOSED, {}))
    if found.variant is None and given.get(Column.DELIST):
        faults.append(Fault(Column.DELIST, FaultKind.NEW_AND_DELISTED, {}))
    return faults


def _misfitting(
    given: Mapping[str, Any], variant: VariantFacts | None, unreadable: set[str]
) -> list[Fault]:
    """Tiers that a row's price and tiers, or those that stay, would not make fit."""
    wanted = {**(variant.now if variant else {}), **given}
    if wanted.get(Column.PRICE) is None or {Column.PRICE, Column.TIERS} & unreadable:
        return []
    prices = prices_of(wanted)
    position = tier_fault(prices)
    if position is None:
        return []
    tier = prices.tiers[position]
    details = {"quantity": tier.from_quantity, "price": yuan(tier.unit_price_fen)}
    column = Column.TIERS if Column.TIERS in given else Column.PRICE
    return [Fault(column, FaultKind.TIERS_DONT_FIT, details)]


def needs_review(changes: Mapping[str, list[Any]], found: Found, percent: int) -> bool:
    """Whether some of what a row would change waits for the platform: a price that is more than so
    many percent away, or where it grows."""
    if found.product is not None and Column.VILLAGE in changes:
        return True
    if found.variant is None or not {Column.PRICE, Column.TIERS} & changes.keys():
        return False
    wanted = found.variant.now | {column: new for column, (_, new) in changes.items()}
    return is_large(found.variant.standing or found.variant.prices, prices_of(wanted), percent)


def prices_of(values: Mapping[str, Any]) -> Prices:
    """What a variant with these values by column costs."""
    tiers = values.get(Column.TIERS) or []
    return Prices(values[Column.PRICE], tuple(Tier(*pair) for pair in tiers))


def _amount_of(
    given: Mapping[str, Any], variant: VariantFacts | None, unreadable: set[str]
) -> tuple[int | None, Fault | None]:
    """Grams, millilitres or pieces in one unit, by how the price is compared."""
    before = variant.now if variant else {}
    measure = given.get(Column.MEASURE, before.get(Column.MEASURE, Measure.WEIGHT.value))
    if measure == Measure.WEIGHT.value:
        return given.get(Column.WEIGHT, before.get(Column.WEIGHT)), None
    amount = given.get(Column.AMOUNT)
    if amount is None:
        if measure == before.get(Column.MEASURE):
            return before[Column.AMOUNT], None
        is_said = {Column.AMOUNT, Column.MEASURE} & unreadable
        return None, None if is_said else Fault(Column.AMOUNT, FaultKind.MISSING, {})
    if measure == Measure.VOLUME.value:
        return amount, None
    if amount % 1000:
        return None, Fault(Column.AMOUNT, FaultKind.NO_WHOLE_NUMBER, {})
    return amount // 1000, None


def _changes(given: Mapping[str, Any], found: Found, amount: int | None) -> dict[str, list[Any]]:
    wanted = {**given, Column.AMOUNT: amount}
    if found.variant is None:
        wanted = {Column.MEASURE: Measure.WEIGHT.value, Column.STOCK: 0, **wanted}
    now = {
        **(found.product.now if found.product else {}),
        **(found.variant.now if found.variant else {}),
    }
    return {
        column.value: [now.get(column), wanted[column]]
        for column in (*OF_PRODUCT, *OF_VARIANT)
        if column in wanted and wanted[column] != now.get(column)
    }
