"""Take in a sheet of listings: keep its rows, check them piece by piece, take them over in one act.

Nothing of a sheet counts before it is taken over, and then all of it counts at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import delete, insert, or_, select, update

from catalog.products.models import Measure, Product, Tier, Variant
from catalog.products.services.drafts import ProductDraft, VariantDraft, draft_of
from catalog.products.services.locks import lock_own_products, lock_own_variants
from catalog.products.services.products import (
    create_products,
    delist_products,
    edit_products,
    relist,
)
from catalog.products.services.variants import add_variants, edit_variants
from catalog.stock.services import count_many
from shop.accounts.audit.services import record
from shop.db import db, insert_once
from shop.organisations.models import Organisation
from shop.sheets.errors import ColumnsUnclear, ImportDone, NotChecked, TooManyWaiting
from shop.sheets.rules.heads import Brought, Head, learned_from
from suppliers.sheets.errors import NothingToApply
from suppliers.sheets.models import ImportRow, KnownHead, ListingImport
from suppliers.sheets.queries import (
    category_ids,
    count_states,
    count_waiting,
    find_listings,
    get_own_import,
    list_of_products,
)
from suppliers.sheets.rules.columns import OF_PRODUCT, OF_VARIANT, Column
from suppliers.sheets.rules.comparing import (
    EFFECTIVE,
    Found,
    RowState,
    Verdict,
    compare,
    needs_review,
)
from suppliers.sheets.rules.faults import Fault, FaultKind
from suppliers.sheets.rules.reading import read_row

MOST_WAITING = 10
ROWS_AT_A_TIME = 250
_OF_DESCRIPTION = tuple(column for column in OF_PRODUCT if column is not Column.DELIST)
_OF_DRAFT = tuple(column for column in OF_VARIANT if column is not Column.STOCK)
# Without one of them nobody knows what a row is about.
_IDENTIFYING = (Column.NAME, Column.VARIANT)


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a sheet: how many rows were taken over, or how many have to be looked at
    again because somebody changed their listing meanwhile; then none was. Some of the changes may
    wait for the platform."""

    rows: int
    stale: int
    waits: int = 0


# ── Bring a sheet ───────────────────────────────────────────────────────────────────────────────


def stage(
    cooperative_id: int,
    file_name: str,
    brought: Brought,
    *,
    by: int,
    at: datetime,
) -> ListingImport:
    """Keep a sheet's rows, with their numbers, as they were read. Raises TooManyWaiting."""
    if count_waiting(cooperative_id) >= MOST_WAITING:
        raise TooManyWaiting
    listing_import = ListingImport(
        cooperative_id=cooperative_id,
        file_name=file_name,
        sha256=brought.sha256,
        uploaded_at=at,
        uploaded_by_id=by,
        heads=[[head.text, head.column] for head in brought.heads],
        row_count=len(brought.rows),
        counts={},
    )
    if _is_clear([head.column for head in brought.heads]):
        listing_import.named_at = at
    db.session.add(listing_import)
    db.session.flush()
    kept = [
        {"import_id": listing_import.id, "number": number, "cells": cells, "is_stale": False}
        for number, cells in brought.rows
    ]
    db.session.execute(insert(ImportRow), kept)
    record("upload_listings", "listing_import", listing_import.id, by=by, at=at, file=file_name)
    return listing_import


def name_columns(
    cooperative_id: int, import_id: int, columns: Sequence[str], *, by: int, at: datetime
) -> None:
    """Say what each column of a sheet means, empty for one to be ignored, and remember it for the
    cooperative's next sheet. Raises NotFound, ImportDone or ColumnsUnclear."""
    listing_import = _lock_open(cooperative_id, import_id)
    if listing_import.named_at is not None:
        raise ImportDone
    _require_clear(columns)
    names = [str(text) for text, _ in listing_import.heads]
    listing_import.heads = [[text, column] for text, column in zip(names, columns, strict=True)]
    listing_import.named_at = at
    for head, column in learned_from(names, columns).items():
        _remember(cooperative_id, head, column, by, at)


def heads_of(listing_import: ListingImport) -> list[Head]:
    return [Head(str(text), column) for text, column in listing_import.heads]


def _remember(cooperative_id: int, head: str, column: str, by: int, at: datetime) -> None:
    own = {"cooperative_id": cooperative_id, "head": head}
    said = {"column": column, "named_at": at, "named_by_id": by}
    if insert_once(KnownHead, "cooperative_id", "head", **own, **said) is None:
        same = update(KnownHead).filter_by(**own)
        db.session.execute(same.values(said).execution_options(synchronize_session=False))


def _is_clear(columns: Sequence[str | None]) -> bool:
    return None not in columns and any(column in columns for column in _IDENTIFYING)


def _require_clear(columns: Sequence[str]) -> None:
    named = [column for column in columns if column]
    for column in named:
        if named.count(column) > 1:
            label = Column(column).label
            raise ColumnsUnclear(gettext("“%(column)s”只能对到一列。", column=label))
    if not any(column in named for column in _IDENTIFYING):
        raise ColumnsUnclear(gettext("请指出哪一列是商品名称，不然不知道每一行说的是哪个商品。"))


# ── Check it ────────────────────────────────────────────────────────────────────────────────────


def check_some(import_id: int, *, at: datetime, review_above: int) -> bool:
    """Check the next rows of a sheet; say whether there may be more. Prices that are so many
    percent away wait for the platform. Whoever is killed meanwhile has changed nothing, and the
    next one goes on from here."""
    query = select(ListingImport).where(ListingImport.id == import_id)
    locked = query.with_for_update().execution_options(populate_existing=True)
    listing_import = db.session.scalars(locked).one()
    if listing_import.checked_at is not None or listing_import.discarded_at is not None:
        return False
    unchecked = (
        select(ImportRow)
        .where(ImportRow.import_id == import_id, ImportRow.state.is_(None))
        .order_by(ImportRow.number)
        .limit(ROWS_AT_A_TIME)
    )
    rows = db.session.scalars(unchecked).all()
    if not rows:
        listing_import.checked_at = at
        listing_import.counts = count_states(import_id)
        return False
    _check(listing_import, rows, at, review_above)
    return True


def _check(
    listing_import: ListingImport, rows: Sequence[ImportRow], at: datetime, review_above: int
) -> None:
    categories, closed = category_ids()
    heads = heads_of(listing_import)
    readings = [read_row(row.cells, heads, categories) for row in rows]
    said = [each.values for each in readings]
    listings = find_listings(listing_import.cooperative_id, said, at)
    found = [listings.find(reading.values) for reading in readings]
    keys = [_keys(reading.values, each) for reading, each in zip(readings, found, strict=True)]
    above = Above(
        list_of_products(
            listing_import.id, {product for product, _ in keys if product}, rows[0].number
        )
    )
    for row, reading, each, key in zip(rows, readings, found, keys, strict=True):
        verdict = compare(reading.values, reading.faults, each, closed)
        row.values = reading.values
        row.product_key, row.variant_key = key
        conflicts = above.conflicts(row) if verdict.state is not RowState.WRONG else []
        if conflicts:
            verdict = Verdict(RowState.WRONG, {}, conflicts)
        _set_verdict(row, verdict, each, review_above)
        above.add(row)


@dataclass
class Above:
    """What the rows above say of the same products."""

    rows: Sequence[ImportRow]
    _of_product: dict[str, dict[str, tuple[Any, int]]] = field(default_factory=dict)
    _of_variant: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row in self.rows:
            self.add(row)

    def add(self, row: ImportRow) -> None:
        if row.state is RowState.WRONG or not row.product_key:
            return
        said = self._of_product.setdefault(row.product_key, {})
        for column, value in (row.values or {}).items():
            if column in OF_PRODUCT:
                said.setdefault(column, (value, row.number))
        if row.variant_key:
            self._of_variant.setdefault(row.variant_key, row.number)

    def conflicts(self, row: ImportRow) -> list[Fault]:
        """A product or variant is one thing, whatever the number of rows that tell of it."""
        number = self._of_variant.get(row.variant_key or "")
        if number is not None:
            return [Fault(Column.SPEC, FaultKind.TWICE, {"number": number})]
        said = self._of_product.get(row.product_key or "", {})
        return [
            Fault(column, FaultKind.DISAGREES, {"number": said[column][1]})
            for column, value in (row.values or {}).items()
            if column in said and said[column][0] != value
        ]


def _keys(values: Mapping[str, Any], found: Found) -> tuple[str | None, str | None]:
    """By what rows about the same product, and the same variant, know each other."""
    name, spec = values.get(Column.NAME), values.get(Column.SPEC)
    product = f"p{found.product.id}" if found.product else f"n{name}" if name else None
    if found.variant is not None:
        return product, f"v{found.variant.id}"
    return product, f"{product}/{spec}" if product and spec else None


def _set_verdict(row: ImportRow, verdict: Verdict, found: Found, review_above: int) -> None:
    row.state = verdict.state
    row.changes = verdict.changes
    row.faults = [list(fault) for fault in verdict.faults]
    row.seen_version = found.variant.version if found.variant else None
    row.to_review = needs_review(verdict.changes, found, review_above)


# ── Take it over ────────────────────────────────────────────────────────────────────────────────


def apply(
    cooperative_id: int, import_id: int, *, by: int, at: datetime, review_above: int
) -> Applied:
    """Take over the rows that are right, all in this act. Where somebody changed a listing after
    its row was checked nothing is taken over: those rows are checked again, to be looked at.
    Prices that are more than so many percent away, and where something grows, wait for the
    platform; the rest of their rows doesn't.

    Raises NotFound, ImportDone, NotChecked, NothingToApply, or what the listings' own services
    raise.
    """
    _wait_for_others(cooperative_id)
    listing_import = _lock_open(cooperative_id, import_id)
    if listing_import.checked_at is None:
        raise NotChecked
    rows = _effective_rows(import_id)
    if not rows:
        raise NothingToApply
    changes = _Changes(listing_import.cooperative, by, at, review_above)
    changes.lock(rows)
    stale = _recheck(cooperative_id, rows, at, review_above)
    listing_import.counts = count_states(import_id) if stale else listing_import.counts
    if stale:
        return Applied(0, stale)
    for row in rows:
        changes.add(row)
    waits = changes.make()
    listing_import.applied_at, listing_import.ended_by_id = at, by
    counts = listing_import.counts
    record("apply_listings", "listing_import", import_id, by=by, at=at, **counts)
    return Applied(len(rows), 0, waits)


def discard(cooperative_id: int, import_id: int, *, by: int, at: datetime) -> None:
    """Throw a sheet away whole: nothing of it counts. Raises NotFound or ImportDone."""
    listing_import = _lock_open(cooperative_id, import_id)
    listing_import.discarded_at, listing_import.ended_by_id = at, by
    record("discard_listings", "listing_import", import_id, by=by, at=at)


def forget_rows(*, before: datetime) -> int:
    """Delete the rows of sheets that were taken over or thrown away before a moment; the answer
    says how many. What they changed stands in the audit log."""
    ended = select(ListingImport.id).where(
        or_(ListingImport.applied_at < before, ListingImport.discarded_at < before)
    )
    statement = (
        delete(ImportRow)
        .where(ImportRow.import_id.in_(ended))
        .returning(ImportRow.id)
        .execution_options(synchronize_session=False)
    )
    return len(db.session.execute(statement).all())


def _wait_for_others(cooperative_id: int) -> None:
    """One sheet of a cooperative after the other: two that bring the same new product must see
    each other."""
    query = (
        select(ListingImport.id)
        .where(
            ListingImport.cooperative_id == cooperative_id,
            ListingImport.applied_at.is_(None),
            ListingImport.discarded_at.is_(None),
        )
        .order_by(ListingImport.id)
        .with_for_update()
    )
    db.session.scalars(query).all()


def _lock_open(cooperative_id: int, import_id: int) -> ListingImport:
    """A sheet about which nobody has decided. Raises NotFound or ImportDone."""
    get_own_import(cooperative_id, import_id)
    listing_import = db.session.get_one(
        ListingImport, import_id, with_for_update=True, populate_existing=True
    )
    if not listing_import.is_open:
        raise ImportDone
    return listing_import


def _effective_rows(import_id: int) -> Sequence[ImportRow]:
    query = select(ImportRow).where(
        ImportRow.import_id == import_id, ImportRow.state.in_(EFFECTIVE)
    )
    return db.session.scalars(query.order_by(ImportRow.number)).all()


def _recheck(
    cooperative_id: int, rows: Sequence[ImportRow], at: datetime, review_above: int
) -> int:
    """Compare the rows with what the listings are now; how many would change something else than
    was shown. They say from now on what they would change."""
    _, closed = category_ids()
    listings = find_listings(cooperative_id, [row.values or {} for row in rows], at)
    stale = 0
    for row in rows:
        found = listings.find(row.values or {})
        verdict = compare(row.values or {}, [], found, closed)
        key, _ = _keys(row.values or {}, found)
        row.is_stale = not _is_as_seen(row, verdict, found) or key != row.product_key
        if row.is_stale:
            stale += 1
            row.product_key, row.variant_key = _keys(row.values or {}, found)
            _set_verdict(row, verdict, found, review_above)
    return stale


def _is_as_seen(row: ImportRow, verdict: Verdict, found: Found) -> bool:
    """Stock that was ordered meanwhile is nobody's change: it is counted on from what it is now."""
    seen, now = dict(row.changes or {}), dict(verdict.changes)
    counts_stock = seen.pop(Column.STOCK, None) is not None
    if found.variant is not None:
        now.pop(Column.STOCK, None)
        if counts_stock and found.variant.version != row.seen_version:
            return False
    elif row.state is RowState.NEW:
        now.pop(Column.STOCK, None)
    return seen == now and (found.variant is None) is (row.state is RowState.NEW)


class _Changes:
    """All that a sheet changes, put together to be made at once."""

    def __init__(self, cooperative: Organisation, by: int, at: datetime, review_above: int) -> None:
        self._review_above = review_above
        self._cooperative_id, self._village = cooperative.id, cooperative.village
        self._who: dict[str, Any] = {"by": by, "at": at}
        self._new: dict[str, list[ImportRow]] = {}
        self._added: list[tuple[int, ImportRow]] = []
        self._edited: dict[int, dict[str, Any]] = {}
        self._described: dict[int, dict[str, Any]] = {}
        self._variants: dict[int, Variant] = {}
        self._products: dict[int, Product] = {}
        self._counted: dict[int, int] = {}

    def lock(self, rows: Sequence[ImportRow]) -> None:
        """Variants, then products, each in ascending order, as every other act does."""
        variants = [_id(row.variant_key) for row in rows if _is_of(row.variant_key, "v")]
        products = {_id(row.product_key) for row in rows if _is_of(row.product_key, "p")}
        self._variants = lock_own_variants(self._cooperative_id, variants)
        self._products = lock_own_products(self._cooperative_id, products)

    def add(self, row: ImportRow) -> None:
        """Note what a row changes."""
        wanted = _wanted(row)
        if not _is_of(row.product_key, "p"):
            self._new.setdefault(str(row.product_key), []).append(row)
            return
        product_id = _id(row.product_key)
        described = {column.value: wanted[column] for column in OF_PRODUCT if column in wanted}
        if described:
            self._described.setdefault(product_id, {}).update(described)
        if row.state is RowState.NEW:
            self._added.append((product_id, row))
            return
        variant_id = _id(row.variant_key)
        edited = {column.value: wanted[column] for column in _OF_DRAFT if column in wanted}
        if edited:
            self._edited[variant_id] = edited
        if Column.STOCK in wanted:
            before, after = (row.changes or {})[Column.STOCK]
            # What was ordered since the person counted is gone from the count as well.
            now = self._variants[variant_id].unheld
            self._counted[variant_id] = max(0, now + after - before)

    def make(self) -> int:
        """Make them by the listings' own services; the answer is how many wait for the platform."""
        own, waits = self._cooperative_id, 0
        delisted = {
            key: each.pop(Column.DELIST)
            for key, each in self._described.items()
            if Column.DELIST in each
        }
        for product_id in sorted(key for key, is_off in delisted.items() if not is_off):
            relist(own, product_id, **self._who)
        drafts = {key: self._product_draft(key) for key, each in self._described.items() if each}
        if drafts:
            waits += len(edit_products(own, drafts, **self._who, review_origin=True))
        if self._edited:
            edits = {key: self._variant_draft(key) for key in self._edited}
            above = self._review_above
            waits += len(edit_variants(own, edits, **self._who, review_above=above))
        self._make_new()
        if self._counted:
            count_many(own, self._counted, **self._who)
        if any(delisted.values()):
            off = [key for key, is_off in delisted.items() if is_off]
            delist_products(own, off, **self._who)
        return waits

    def _make_new(self) -> None:
        """New products and variants, and what there is of them."""
        made: list[tuple[Variant, ImportRow]] = []
        if self._added:
            drafts = [(product_id, _new_variant(row)) for product_id, row in self._added]
            added = add_variants(self._cooperative_id, drafts, **self._who)
            made += zip(added, (row for _, row in self._added), strict=True)
        if self._new:
            groups = list(self._new.values())
            new = [(self._new_product(rows), [*map(_new_variant, rows)]) for rows in groups]
            products = create_products(self._cooperative_id, new, **self._who)
            for product, rows in zip(products, groups, strict=True):
                made += zip(product.variants, rows, strict=True)
        for variant, row in made:
            if stock := _wanted(row).get(Column.STOCK):
                self._counted[variant.id] = stock

    def _new_product(self, rows: Sequence[ImportRow]) -> ProductDraft:
        said: dict[str, Any] = {"village": self._village}
        for row in reversed(rows):
            wanted = _wanted(row)
            said |= {column.value: wanted[column] for column in _OF_DESCRIPTION if column in wanted}
        return ProductDraft(**said)

    def _product_draft(self, product_id: int) -> ProductDraft:
        product = self._products[product_id]
        now = {column.value: getattr(product, column) for column in _OF_DESCRIPTION}
        return ProductDraft(**{**now, **self._described[product_id]})

    def _variant_draft(self, variant_id: int) -> VariantDraft:
        variant = self._variants[variant_id]
        return replace(draft_of(variant), **_measured(self._edited[variant_id]))


def _new_variant(row: ImportRow) -> VariantDraft:
    wanted = _wanted(row)
    said = {column.value: wanted[column] for column in _OF_DRAFT if column in wanted}
    return VariantDraft(**_measured(said))


def _measured(said: Mapping[str, Any]) -> dict[str, Any]:
    """A draft's fields, the measure and the tiers no longer as JSON has them."""
    plain = dict(said)
    if Column.MEASURE in plain:
        plain[Column.MEASURE] = Measure(plain[Column.MEASURE])
    if Column.TIERS in plain:
        plain[Column.TIERS] = tuple(Tier(*pair) for pair in plain[Column.TIERS])
    return {str(column): value for column, value in plain.items()}


def _wanted(row: ImportRow) -> dict[str, Any]:
    return {column: new for column, (_, new) in (row.changes or {}).items()}


def _id(key: str | None) -> int:
    """Of what is there already."""
    return int(str(key)[1:])


def _is_of(key: str | None, kind: str) -> bool:
    return key is not None and key.startswith(kind)
