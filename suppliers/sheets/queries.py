"""Read sheets of listings, and the listings that their rows are about."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from catalog.categories.models import Category
from catalog.products.models import PriceTier, Product, Variant
from catalog.reviews.queries import find_standing
from shop.db import db
from shop.errors import NotFound
from shop.web.paging import Page, paginate
from suppliers.sheets.models import ImportRow, KnownHead, ListingImport
from suppliers.sheets.rules.columns import Column
from suppliers.sheets.rules.comparing import Listings, ProductFacts, RowState, VariantFacts

PER_PAGE = 50
# How many values one statement names.
AT_A_TIME = 400


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the check of a sheet has come."""

    checked: int
    rows: int

    @property
    def percent(self) -> int:
        return self.checked * 100 // self.rows if self.rows else 100


# ── Sheets ──────────────────────────────────────────────────────────────────────────────────────


def list_imports(cooperative_id: int, number: int) -> Page[ListingImport]:
    """A cooperative's sheets, the newest first."""
    query = (
        select(ListingImport)
        .where(ListingImport.cooperative_id == cooperative_id)
        .options(joinedload(ListingImport.uploaded_by, innerjoin=True))
        .order_by(ListingImport.id.desc())
    )
    return paginate(query, number, PER_PAGE)


def get_own_import(cooperative_id: int, import_id: int) -> ListingImport:
    """Raises NotFound for a stranger's."""
    query = select(ListingImport).where(
        ListingImport.id == import_id, ListingImport.cooperative_id == cooperative_id
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def count_waiting(cooperative_id: int) -> int:
    """How many sheets nobody has decided about."""
    query = select(func.count(ListingImport.id)).where(
        ListingImport.cooperative_id == cooperative_id,
        ListingImport.applied_at.is_(None),
        ListingImport.discarded_at.is_(None),
    )
    return db.session.scalar(query) or 0


def find_earlier(listing_import: ListingImport) -> ListingImport | None:
    """The same file, if it was taken over before."""
    query = (
        select(ListingImport)
        .where(
            ListingImport.sha256 == listing_import.sha256,
            ListingImport.cooperative_id == listing_import.cooperative_id,
            ListingImport.id < listing_import.id,
            ListingImport.applied_at.is_not(None),
        )
        .order_by(ListingImport.id.desc())
        .limit(1)
    )
    return db.session.scalars(query).one_or_none()


def list_unchecked() -> Sequence[int]:
    """The sheets of which rows wait to be checked, the oldest first."""
    query = (
        select(ListingImport.id)
        .where(
            ListingImport.named_at.is_not(None),
            ListingImport.checked_at.is_(None),
            ListingImport.discarded_at.is_(None),
        )
        .order_by(ListingImport.id)
    )
    return db.session.scalars(query).all()


def get_progress(listing_import: ListingImport) -> Progress:
    query = select(func.count(ImportRow.id)).where(
        ImportRow.import_id == listing_import.id, ImportRow.state.is_not(None)
    )
    return Progress(db.session.scalar(query) or 0, listing_import.row_count)


def count_states(import_id: int) -> dict[str, int]:
    """How many rows there are of each state."""
    query = (
        select(ImportRow.state, func.count(ImportRow.id))
        .where(ImportRow.import_id == import_id, ImportRow.state.is_not(None))
        .group_by(ImportRow.state)
    )
    counted = dict(iter(db.session.execute(query)))
    return {state.value: counted.get(state, 0) for state in RowState}


def count_stale(import_id: int) -> int:
    """Rows whose listing somebody changed after the person had seen them."""
    query = select(func.count(ImportRow.id)).where(
        ImportRow.import_id == import_id, ImportRow.is_stale
    )
    return db.session.scalar(query) or 0


def list_rows(import_id: int, number: int, state: RowState | None) -> Page[ImportRow]:
    """A sheet's rows in their order; only those of one state if it is given."""
    query = select(ImportRow).where(ImportRow.import_id == import_id)
    if state is not None:
        query = query.where(ImportRow.state == state)
    return paginate(query.order_by(ImportRow.number), number, PER_PAGE)


def list_first_rows(import_id: int, limit: int) -> Sequence[ImportRow]:
    query = select(ImportRow).where(ImportRow.import_id == import_id)
    return db.session.scalars(query.order_by(ImportRow.number).limit(limit)).all()


def stream_wrong_rows(import_id: int) -> Iterator[ImportRow]:
    """The rows that can't be taken over."""
    query = (
        select(ImportRow)
        .where(ImportRow.import_id == import_id, ImportRow.state == RowState.WRONG)
        .order_by(ImportRow.number)
        .execution_options(yield_per=AT_A_TIME)
    )
    yield from db.session.scalars(query)


def get_known_heads(cooperative_id: int) -> dict[str, str]:
    """What this cooperative said of its own heads."""
    query = select(KnownHead.head, KnownHead.column).where(
        KnownHead.cooperative_id == cooperative_id
    )
    return dict(iter(db.session.execute(query)))


# ── Listings ────────────────────────────────────────────────────────────────────────────────────


def find_listings(
    cooperative_id: int, rows: Collection[Mapping[str, Any]], at: datetime
) -> Listings:
    """The listings of a cooperative that rows with these values may be about, at that moment."""
    variant_ids = {value for row in rows if (value := row.get(Column.VARIANT)) is not None}
    product_ids = {value for row in rows if (value := row.get(Column.PRODUCT)) is not None}
    names = {value for row in rows if (value := row.get(Column.NAME)) is not None}
    own = _products(cooperative_id)
    of_variant = select(Variant.product_id).where(Variant.withdrawn_at.is_(None))
    found: dict[int, ProductFacts] = {}
    for ids in _parts(variant_ids):
        found |= _facts(own.where(Product.id.in_(of_variant.where(Variant.id.in_(ids)))), at)
    for ids in _parts(product_ids - found.keys()):
        found |= _facts(own.where(Product.id.in_(ids)), at)
    for some in _parts(names):
        found |= _facts(own.where(Product.name.in_(some)), at)
    return _indexed(found.values())


def stream_listings(cooperative_id: int) -> Iterator[ProductFacts]:
    """All listings of a cooperative: on sale first, then as they were listed."""
    query = select(Product.id).where(Product.cooperative_id == cooperative_id)
    order = query.order_by(Product.delisted_at.is_not(None), Product.listed_at, Product.id)
    ids = db.session.scalars(order).all()
    own = _products(cooperative_id)
    for start in range(0, len(ids), AT_A_TIME):
        few = ids[start : start + AT_A_TIME]
        facts = _facts(own.where(Product.id.in_(few)))
        yield from (facts[product_id] for product_id in few if product_id in facts)


def category_ids() -> tuple[dict[str, int], frozenset[int]]:
    """All categories by name in their order, and which of them are closed."""
    query = select(Category.name, Category.id, Category.closed)
    rows = db.session.execute(query.order_by(Category.position, Category.id)).all()
    closed = frozenset(category_id for _, category_id, is_closed in rows if is_closed)
    return {name: category_id for name, category_id, _ in rows}, closed


def _products(cooperative_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Product.id,
            Product.name,
            Product.category_id,
            Product.season_mask,
            Product.village,
            Product.description,
            Product.delisted_at,
            Category.closed,
        )
        .join(Product.category)
        .where(Product.cooperative_id == cooperative_id)
    )


def _facts(
    products: Select[*tuple[Any, ...]], at: datetime | None = None
) -> dict[int, ProductFacts]:
    """Products with their variants, as they are now, and with a moment as the platform compares
    their prices then: few statements, and no objects that the session keeps."""
    rows = db.session.execute(products).all()
    variants = _variants([row.id for row in rows], at)
    return {
        row.id: ProductFacts(
            row.id,
            row.closed,
            {
                Column.NAME: row.name,
                Column.CATEGORY: row.category_id,
                Column.MONTHS: row.season_mask,
                Column.VILLAGE: row.village,
                Column.DESCRIPTION: row.description,
                Column.DELIST: row.delisted_at is not None,
            },
            tuple(variants.get(row.id, ())),
        )
        for row in rows
    }


def _variants(product_ids: Sequence[int], at: datetime | None) -> dict[int, list[VariantFacts]]:
    query = (
        select(
            Variant.product_id,
            Variant.id,
            Variant.version,
            Variant.spec,
            Variant.unit,
            Variant.net_weight_g,
            Variant.measure,
            Variant.measure_amount,
            Variant.price_fen,
            Variant.has_tiers,
            Variant.perishable,
            (Variant.on_hand - Variant.held).label("unheld"),
        )
        .where(Variant.withdrawn_at.is_(None))
        .order_by(Variant.product_id, Variant.position, Variant.id)
    )
    found: dict[int, list[VariantFacts]] = {}
    for ids in _parts(product_ids):
        rows = db.session.execute(query.where(Variant.product_id.in_(ids))).all()
        tiers = _tiers([row.id for row in rows if row.has_tiers])
        standing = find_standing([row.id for row in rows], at) if at is not None else {}
        for row in rows:
            now: dict[str, Any] = {
                Column.SPEC: row.spec,
                Column.UNIT: row.unit,
                Column.WEIGHT: row.net_weight_g,
                Column.MEASURE: row.measure.value,
                Column.AMOUNT: row.measure_amount,
                Column.PRICE: row.price_fen,
                Column.TIERS: tiers.get(row.id, []),
                Column.PERISHABLE: row.perishable,
                Column.STOCK: row.unheld,
            }
            facts = VariantFacts(row.id, row.version, now, standing.get(row.id))
            found.setdefault(row.product_id, []).append(facts)
    return found


def _tiers(variant_ids: Sequence[int]) -> dict[int, list[list[int]]]:
    """What more units of these cost, as pairs of units and fen."""
    query = select(
        PriceTier.variant_id, PriceTier.from_quantity, PriceTier.unit_price_fen
    ).order_by(PriceTier.variant_id, PriceTier.position)
    found: dict[int, list[list[int]]] = {}
    for ids in _parts(variant_ids):
        for variant_id, *pair in db.session.execute(query.where(PriceTier.variant_id.in_(ids))):
            found.setdefault(variant_id, []).append(pair)
    return found


def _indexed(products: Collection[ProductFacts]) -> Listings:
    by_name: dict[str, list[ProductFacts]] = {}
    for product in products:
        by_name.setdefault(product.now[Column.NAME], []).append(product)
    return Listings(
        {product.id: product for product in products},
        {variant.id: product for product in products for variant in product.variants},
        by_name,
    )


def list_of_products(import_id: int, keys: Collection[str], before: int) -> Sequence[ImportRow]:
    """The rows above one that are about the same products."""
    found: list[ImportRow] = []
    for some in _parts(keys):
        query = select(ImportRow).where(
            ImportRow.import_id == import_id,
            ImportRow.product_key.in_(some),
            ImportRow.number < before,
        )
        found += db.session.scalars(query)
    return sorted(found, key=lambda row: row.number)


def _parts(values: Collection[Any]) -> Iterator[list[Any]]:
    ordered = sorted(values)
    for start in range(0, len(ordered), AT_A_TIME):
        yield ordered[start : start + AT_A_TIME]
