"""List products, change them, and take them off sale."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute, contains_eager
from sqlalchemy.orm.attributes import set_committed_value

from catalog.categories.queries import get_category
from catalog.products.errors import (
    BelowPromised,
    CategoryClosed,
    Changed,
    ForbiddenClaim,
    LastVariant,
    Leaves,
    MayNotSell,
    Suspended,
    TiersDontFit,
    TownNotAssisted,
)
from catalog.products.events import SaleIntended
from catalog.products.models import (
    ChangeKind,
    Measure,
    Picture,
    Prices,
    PriceTier,
    Product,
    Tier,
    Variant,
    VariantChange,
    chained,
)
from catalog.products.queries import (
    find_last_change,
    get_own_picture,
    get_own_product,
    get_own_variant,
    load_tiers,
)
from catalog.products.rules import tier_fault
from catalog.reviews.models import ListingChange
from catalog.reviews.queries import find_standing, list_open_of
from catalog.reviews.rules import is_large
from catalog.reviews.services import (
    propose_origin,
    propose_prices,
    withdraw_origin,
    withdraw_prices,
)
from catalog.wording.rules import find_forbidden
from shop import clock, outbox
from shop.accounts.audit.services import record
from shop.db import db
from shop.errors import Conflict, NotFound
from shop.events import announce
from shop.organisations.models import Organisation
from shop.places.queries import is_assisted

SEARCH = "search"
# How many ids one statement names.
IDS_AT_A_TIME = 500
_OF_TIER = ("position", "from_quantity", "unit_price_fen", "after_quantity", "after_price_fen")


@dataclass(frozen=True, kw_only=True)
class ProductDraft:
    """What a cooperative says about a product."""

    name: str
    category_id: int
    season_mask: int
    description: str = ""
    village: str = ""
    # None keeps the picture that is there.
    picture_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class VariantDraft:
    """One way in which a product is to be sold. Grams, fen; see Variant."""

    spec: str
    unit: str
    net_weight_g: int
    measure: Measure
    measure_amount: int
    price_fen: int
    perishable: bool
    # Until the day before, so many units of the coming harvest can be ordered in advance.
    presale_ships_on: date | None = None
    presale_cap: int | None = None
    # What more units cost each, the fewest first.
    tiers: tuple[Tier, ...] = ()

    @property
    def prices(self) -> Prices:
        return Prices(self.price_fen, self.tiers)


class EditedProduct(NamedTuple):
    """A product as it is now, and the part of the edit that waits for the platform."""

    product: Product
    waits: ListingChange | None


class EditedVariant(NamedTuple):
    """A variant as it is now, and the part of the edit that waits for the platform."""

    variant: Variant
    waits: ListingChange | None


def draft_of(variant: Variant) -> VariantDraft:
    """A variant as it is."""
    return VariantDraft(**{each.name: getattr(variant, each.name) for each in fields(VariantDraft)})


def create_product(
    cooperative_id: int,
    draft: ProductDraft,
    variants: Collection[VariantDraft],
    *,
    by: int | None,
    at: datetime,
    drawing: str | None = None,
) -> Product:
    """Put a product on sale, with nothing in stock yet.

    Raises MayNotSell, ForbiddenClaim, TiersDontFit, CategoryClosed or NotFound.
    """
    product = _new_product(_seller(cooperative_id, at), draft, variants, drawing, at)
    db.session.add(product)
    db.session.flush()
    _note_creation(product, draft, by, at)
    refresh_search([product.id], at=at)
    return product


def edit_product(
    cooperative_id: int,
    product_id: int,
    draft: ProductDraft,
    *,
    by: int,
    at: datetime,
    review_origin: bool = False,
    reason: str = "",
) -> EditedProduct:
    """Describe a product anew. With ``review_origin`` another village waits for the platform, as
    it must whenever the cooperative itself asks for it, with the ``reason`` if there is one; all
    else is live at once.

    Raises NotFound, MayNotSell, ForbiddenClaim or CategoryClosed.
    """
    get_own_product(cooperative_id, product_id)
    _seller(cooperative_id, at)
    (product,) = lock_own_products(cooperative_id, [product_id]).values()
    waiting = _waiting(cooperative_id, [product_id])
    waits = _redescribe(product, draft, by, at, waiting, review_origin=review_origin, reason=reason)
    refresh_search([product_id], at=at)
    return EditedProduct(product, waits)


def delist(cooperative_id: int, product_id: int, *, by: int, at: datetime) -> Product:
    """Take a product off sale; orders that have it go on. Raises NotFound."""
    product = get_own_product(cooperative_id, product_id)
    if product.delisted_at is None:
        product.delisted_at = at
        _note("product.delist", product, by, at)
        refresh_search([product_id], at=at)
    return product


def relist(cooperative_id: int, product_id: int, *, by: int, at: datetime) -> Product:
    """Put a product on sale again.

    Raises NotFound, MayNotSell, and ForbiddenClaim for a text from before that rule.
    """
    product = get_own_product(cooperative_id, product_id)
    _seller(cooperative_id, at)
    _require_honest(product.name, product.description)
    if product.delisted_at is not None:
        announce(SaleIntended(cooperative_id, product.category.slug, at))
        product.delisted_at = None
        _note("product.relist", product, by, at)
        refresh_search([product_id], at=at)
    return product


def add_variant(
    cooperative_id: int, product_id: int, draft: VariantDraft, *, by: int, at: datetime
) -> Variant:
    """Sell a product in one more way, with nothing in stock yet.

    Raises NotFound, MayNotSell, ForbiddenClaim or TiersDontFit.
    """
    product = get_own_product(cooperative_id, product_id)
    _seller(cooperative_id, at)
    _require_honest(draft.spec)
    last = select(func.max(Variant.position)).where(Variant.product_id == product_id)
    variant = _new_variant(draft, (db.session.scalar(last) or 0) + 1)
    variant.product_id = product_id
    db.session.add(variant)
    db.session.flush()
    _note("variant.add", product, by, at, variant_id=variant.id, **_facts(asdict(draft)))
    refresh_search([product_id], at=at)
    return variant


def edit_variant(
    cooperative_id: int,
    product_id: int,
    variant_id: int,
    draft: VariantDraft,
    *,
    by: int,
    at: datetime,
    seen: int | None = None,
    review_above: int | None = None,
    reason: str = "",
) -> EditedVariant:
    """Change a variant; what was ordered keeps what it was. ``seen`` is the version on whose sight
    it was decided; None doesn't ask.

    Prices that are more than ``review_above`` percent away from those of a week before wait for
    the platform, with the ``reason`` if there is one; the rest of the edit is live at once. None
    is for what the cooperative doesn't ask for itself.
    Raises NotFound, MayNotSell, ForbiddenClaim, TiersDontFit, Changed, or BelowPromised when more
    was sold in advance already than is to be.
    """
    variant = get_own_variant(cooperative_id, product_id, variant_id)
    _seller(cooperative_id, at)
    db.session.refresh(variant, with_for_update=True)
    if seen is not None:
        require_unchanged(variant, seen, ChangeKind.PRICE, ChangeKind.EDIT)
    (waits,) = _change_variants([(variant, draft)], by, at, review_above, reason)
    refresh_search([product_id], at=at)
    return EditedVariant(variant, waits)


def set_price(
    cooperative_id: int,
    variant_id: int,
    price_fen: int,
    *,
    seen: int,
    by: int,
    at: datetime,
    review_above: int | None = None,
) -> EditedVariant:
    """Change nothing but the price, decided on the sight of that version.

    Raises what ``edit_variant`` raises.
    """
    variant = get_own_variant(cooperative_id, None, variant_id)
    _seller(cooperative_id, at)
    db.session.refresh(variant, with_for_update=True)
    draft = replace(draft_of(variant), price_fen=price_fen)
    return edit_variant(
        cooperative_id,
        variant.product_id,
        variant_id,
        draft,
        by=by,
        at=at,
        seen=seen,
        review_above=review_above,
    )


def make_change(change: ListingChange, *, by: int, at: datetime) -> None:
    """Make what was proposed, once the platform has agreed.

    Raises NotFound for what is not sold any more, MayNotSell, TiersDontFit.
    """
    own = change.cooperative_id
    _seller(own, at)
    if change.variant_id is not None:
        variants = lock_own_variants(own, [change.variant_id])
        require_all(variants, [change.variant_id])
        variant = variants[change.variant_id]
        draft = replace(draft_of(variant), **change.new_prices._asdict())
        _change_variants([(variant, draft)], by, at)
    else:
        product = lock_own_products(own, [change.product_id])[change.product_id]
        before = product.village
        product.village = change.new_village or ""
        _note("product.edit", product, by, at, **_changes({"village": before}, product))
    refresh_search([change.product_id], at=at)


def require_unchanged(variant: Variant, seen: int, *kinds: ChangeKind) -> None:
    """Refuse to go on if somebody made such a change after that version was seen. The variant's
    row must be locked.

    Raises Changed, or Conflict for a version that never was.
    """
    if seen > variant.version:
        raise Conflict
    change = find_last_change(variant.id, seen, kinds)
    if change is not None:
        raise Changed(variant, change.kind, change.who, change.at)


def note_change(variant_id: int, kind: ChangeKind, *, by: int | None, at: datetime) -> int:
    """Write down that somebody changed a variant by hand; return the version that it made."""
    version: int = db.session.execute(
        update(Variant)
        .where(Variant.id == variant_id)
        .values(version=Variant.version + 1)
        .returning(Variant.version)
        .execution_options(synchronize_session=False)
    ).scalar_one()
    change = {"variant_id": variant_id, "version": version, "kind": kind, "by_id": by, "at": at}
    db.session.execute(insert(VariantChange), change)
    known = db.session.identity_map.get(db.session.identity_key(Variant, variant_id))
    if known is not None:
        set_committed_value(known, "version", version)
    return version


def withdraw_variant(
    cooperative_id: int, product_id: int, variant_id: int, *, by: int, at: datetime
) -> Variant:
    """Stop selling a product in this way, for good. Raises NotFound or LastVariant."""
    product = get_own_product(cooperative_id, product_id)
    variant = get_own_variant(cooperative_id, product_id, variant_id)
    # Two withdrawals at once wait for each other here, so that they can't leave nothing on sale.
    left = (
        select(Variant.id)
        .where(Variant.product_id == product_id, Variant.withdrawn_at.is_(None))
        .with_for_update()
    )
    if set(db.session.scalars(left)) <= {variant_id}:
        raise LastVariant
    variant.withdrawn_at = at
    withdraw_prices(variant_id, by=by, at=at)
    _note("variant.withdraw", product, by, at, variant_id=variant_id)
    refresh_search([product_id], at=at)
    return variant


def keep_picture(
    cooperative_id: int, sha256: str, width: int, height: int, *, at: datetime
) -> Picture:
    """Note that a verified picture lies in the uploads; the same one twice is one."""
    known = select(Picture).where(
        Picture.cooperative_id == cooperative_id, Picture.sha256 == sha256
    )
    picture = db.session.scalar(known.limit(1))
    if picture is None:
        picture = Picture(
            cooperative_id=cooperative_id,
            sha256=sha256,
            width=width,
            height=height,
            uploaded_at=at,
        )
        db.session.add(picture)
        db.session.flush()
    return picture


def refresh_search(product_ids: Collection[int], *, at: datetime) -> None:
    """Have the search look at these products again, once the current act is committed."""
    if product_ids:
        key = f"{SEARCH}:{uuid4().hex}"
        outbox.post(SEARCH, key, {"product_ids": sorted(product_ids)}, at=at)


# ── Many at once ────────────────────────────────────────────────────────────────────────────────
# By the same rules: only who may sell is asked once, and the search is told once.


def create_products(
    cooperative_id: int,
    drafts: Sequence[tuple[ProductDraft, Sequence[VariantDraft]]],
    *,
    by: int,
    at: datetime,
) -> list[Product]:
    """Put products on sale, with nothing in stock yet. Raises what ``create_product`` raises."""
    seller = _seller(cooperative_id, at)
    products = [_new_product(seller, draft, variants, None, at) for draft, variants in drafts]
    db.session.add_all(products)
    db.session.flush()
    for product, (draft, _) in zip(products, drafts, strict=True):
        _note_creation(product, draft, by, at)
    refresh_search([product.id for product in products], at=at)
    return products


def edit_products(
    cooperative_id: int,
    drafts: Mapping[int, ProductDraft],
    *,
    by: int,
    at: datetime,
    review_origin: bool = False,
) -> list[ListingChange]:
    """Describe products anew, by their ids; the answer is what waits of it. Raises what
    ``edit_product`` raises."""
    _seller(cooperative_id, at)
    products = lock_own_products(cooperative_id, drafts)
    require_all(products, drafts)
    waiting = _waiting(cooperative_id, drafts)
    waits = [
        _redescribe(product, drafts[product_id], by, at, waiting, review_origin=review_origin)
        for product_id, product in products.items()
    ]
    refresh_search(drafts, at=at)
    return [change for change in waits if change is not None]


def delist_products(
    cooperative_id: int, product_ids: Collection[int], *, by: int, at: datetime
) -> None:
    """Take products off sale; orders that have them go on. Raises NotFound."""
    products = lock_own_products(cooperative_id, product_ids)
    require_all(products, product_ids)
    for product in products.values():
        if product.delisted_at is None:
            product.delisted_at = at
            _note("product.delist", product, by, at)
    refresh_search(product_ids, at=at)


def add_variants(
    cooperative_id: int, drafts: Sequence[tuple[int, VariantDraft]], *, by: int, at: datetime
) -> list[Variant]:
    """Sell products, named by their ids, in more ways. Raises what ``add_variant`` raises."""
    _seller(cooperative_id, at)
    product_ids = {product_id for product_id, _ in drafts}
    products = lock_own_products(cooperative_id, product_ids)
    require_all(products, product_ids)
    last = _last_positions(products)
    added = []
    for product_id, draft in drafts:
        _require_honest(draft.spec)
        last[product_id] = last.get(product_id, 0) + 1
        variant = _new_variant(draft, last[product_id])
        variant.product_id = product_id
        added.append(variant)
    db.session.add_all(added)
    db.session.flush()
    for variant, (product_id, draft) in zip(added, drafts, strict=True):
        detail = _facts(asdict(draft))
        _note("variant.add", products[product_id], by, at, variant_id=variant.id, **detail)
    refresh_search(products, at=at)
    return added


def edit_variants(
    cooperative_id: int,
    drafts: Mapping[int, VariantDraft],
    *,
    by: int,
    at: datetime,
    review_above: int | None = None,
) -> list[ListingChange]:
    """Change variants, by their ids; what was ordered keeps what it was. Whoever decided on the
    sight of a version compares it after ``lock_own_variants``. The answer is what waits of it.

    Raises what ``edit_variant`` raises.
    """
    _seller(cooperative_id, at)
    variants = lock_own_variants(cooperative_id, drafts)
    require_all(variants, drafts)
    edits = [(variant, drafts[variant_id]) for variant_id, variant in variants.items()]
    waits = _change_variants(edits, by, at, review_above)
    refresh_search({variant.product_id for variant in variants.values()}, at=at)
    return [change for change in waits if change is not None]


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
    for few in _in_parts(ids):
        found.update({each.id: each for each in db.session.scalars(fresh.where(column.in_(few)))})
    return found


def _in_parts(ids: Collection[int]) -> Iterator[list[int]]:
    """In ascending order, as many at a time as a statement may name."""
    ascending = sorted(set(ids))
    for start in range(0, len(ascending), IDS_AT_A_TIME):
        yield ascending[start : start + IDS_AT_A_TIME]


def _last_positions(product_ids: Collection[int]) -> dict[int, int]:
    last: dict[int, int] = {}
    query = select(Variant.product_id, func.max(Variant.position)).group_by(Variant.product_id)
    for few in _in_parts(product_ids):
        last.update(dict(iter(db.session.execute(query.where(Variant.product_id.in_(few))))))
    return last


def add_rating(product_id: int, stars: int) -> None:
    """Count what a buyer gave a product, 1 to 5 stars. It changes nothing of the listing. Raises
    NotFound."""
    score = {"rating_sum": Product.rating_sum + stars, "rating_count": Product.rating_count + 1}
    changed = update(Product).where(Product.id == product_id).values(**score).returning(Product.id)
    if db.session.scalar(changed) is None:
        raise NotFound


# ── What they have in common ────────────────────────────────────────────────────────────────────


def _seller(cooperative_id: int, at: datetime) -> Organisation:
    """The cooperative, if it may sell at that moment; nobody can suspend it meanwhile."""
    lock = select(Organisation).where(Organisation.id == cooperative_id).with_for_update(read=True)
    cooperative = db.session.scalar(lock.execution_options(populate_existing=True))
    if cooperative is None or cooperative.town_code is None:
        raise NotFound
    if cooperative.admitted_at is None:
        raise MayNotSell
    if cooperative.suspended_at is not None:
        raise Suspended
    if cooperative.leaving_at is not None:
        raise Leaves
    if not is_assisted(cooperative.town_code, clock.day_of(at)):
        raise TownNotAssisted
    return cooperative


def _new_product(
    cooperative: Organisation,
    draft: ProductDraft,
    variants: Collection[VariantDraft],
    drawing: str | None,
    at: datetime,
) -> Product:
    assert cooperative.town_code is not None
    product = Product(
        cooperative_id=cooperative.id,
        town_code=cooperative.town_code,
        drawing=drawing,
        listed_at=at,
        updated_at=at,
    )
    _describe(product, draft, at)
    _require_honest(*(v.spec for v in variants))
    product.variants = [_new_variant(variant, place) for place, variant in enumerate(variants)]
    return product


def _new_variant(draft: VariantDraft, position: int) -> Variant:
    _require_fitting(draft.prices)
    said = asdict(draft)
    rows = chained(said.pop("tiers"))
    return Variant(
        position=position, on_hand=0, held=0, has_tiers=bool(rows), tier_rows=rows, **said
    )


def _note_creation(product: Product, draft: ProductDraft, by: int | None, at: datetime) -> None:
    prices = [variant.price_fen for variant in product.variants]
    _note("product.create", product, by, at, **asdict(draft), prices_fen=prices)


class _Waiting(NamedTuple):
    """What waits of some products: of origins by product, of prices by variant."""

    origins: dict[int, ListingChange]
    prices: dict[int, ListingChange]


def _waiting(cooperative_id: int, product_ids: Collection[int]) -> _Waiting:
    origins, prices = {}, {}
    for few in _in_parts(product_ids):
        for change in list_open_of(cooperative_id, few):
            if change.variant_id is None:
                origins[change.product_id] = change
            else:
                prices[change.variant_id] = change
    return _Waiting(origins, prices)


def _redescribe(
    product: Product,
    draft: ProductDraft,
    by: int,
    at: datetime,
    waiting: _Waiting,
    *,
    review_origin: bool,
    reason: str = "",
) -> ListingChange | None:
    """Change what is said of a product that is locked; the answer is what waits of it."""
    waits = waiting.origins.get(product.id)
    if draft.village == product.village:
        waits = None
    elif not review_origin:
        if waits is not None:
            withdraw_origin(product.id, by=by, at=at)
        waits = None
    else:
        if waits is None or waits.new_village != draft.village:
            waits = propose_origin(product, draft.village, by=by, at=at, reason=reason)
        draft = replace(draft, village=product.village)
    before = {name: getattr(product, name) for name in asdict(draft)}
    _describe(product, draft, at)
    _note("product.edit", product, by, at, **_changes(before, product))
    return waits


def _change_variants(
    edits: Sequence[tuple[Variant, VariantDraft]],
    by: int,
    at: datetime,
    review_above: int | None = None,
    reason: str = "",
) -> list[ListingChange | None]:
    """Change variants of one cooperative that are locked; what waits of each. Prices that are the
    same as before leave alone what waits."""
    priced = [variant for variant, draft in edits if draft.prices != variant.prices]
    waiting, standing = _Waiting({}, {}), {}
    if priced:
        cooperative_id = priced[0].product.cooperative_id
        waiting = _waiting(cooperative_id, {variant.product_id for variant in priced})
    if priced and review_above is not None:
        standing = find_standing([variant.id for variant in priced], at)
    waits: list[ListingChange | None] = []
    for variant, given in edits:
        _require_fitting(given.prices)
        draft, change = given, None
        if given.prices != variant.prices:
            change = waiting.prices.get(variant.id)
            before = standing.get(variant.id, variant.prices)
            if review_above is not None and is_large(before, given.prices, review_above):
                if change is None or change.new_prices != given.prices:
                    change = propose_prices(
                        variant.product, variant, given.prices, by=by, at=at, reason=reason
                    )
                draft = replace(given, **variant.prices._asdict())
            elif change is not None:
                withdraw_prices(variant.id, by=by, at=at)
                change = None
        waits.append(change)
        _change_variant(variant.product, variant, draft, by, at)
    return waits


def _change_variant(
    product: Product, variant: Variant, draft: VariantDraft, by: int, at: datetime
) -> None:
    """Change a variant, and write down who did, and what it cost until then."""
    if draft.presale_cap is not None and draft.presale_cap < variant.promised:
        raise BelowPromised(variant.promised)
    _require_honest(draft.spec)
    wanted = asdict(draft)
    before = {name: getattr(variant, name) for name in wanted}
    cost = variant.prices
    if wanted.pop("tiers") != variant.tiers:
        _replace_tiers(variant, draft.tiers)
    for name, value in wanted.items():
        setattr(variant, name, value)
    changes = _changes(before, variant)
    if names := set(changes["changes"]):
        variant.version += 1
        change = VariantChange(variant_id=variant.id, version=variant.version, by_id=by, at=at)
        of_price = names <= {"price_fen", "tiers"}
        change.kind = ChangeKind.PRICE if of_price else ChangeKind.EDIT
        if cost != variant.prices:
            change.price_before_fen = cost.price_fen
            change.tiers_before = [list(tier) for tier in cost.tiers]
        db.session.add(change)
    _note("variant.edit", product, by, at, variant_id=variant.id, **changes)


def _replace_tiers(variant: Variant, tiers: Sequence[Tier]) -> None:
    """Put other tiers in the place of a variant's: all go, and all come in their order, so that
    each finds the one that it follows."""
    gone = delete(PriceTier).where(PriceTier.variant_id == variant.id)
    db.session.execute(gone.execution_options(synchronize_session="fetch"))
    rows = [
        {column: getattr(row, column) for column in _OF_TIER} | {"variant_id": variant.id}
        for row in chained(tiers)
    ]
    if rows:
        db.session.execute(insert(PriceTier), rows)
    variant.has_tiers = bool(rows)
    db.session.expire(variant, ["tier_rows"])


def _require_fitting(prices: Prices) -> None:
    fault = tier_fault(prices)
    if fault is not None:
        raise TiersDontFit(prices, fault)


def _describe(product: Product, draft: ProductDraft, at: datetime) -> None:
    _require_honest(draft.name, draft.description)
    category = get_category(draft.category_id)
    if category.closed and category.id != product.category_id:
        raise CategoryClosed
    if category.id != product.category_id:
        announce(SaleIntended(product.cooperative_id, category.slug, at))
    if draft.picture_id is not None:
        product.picture_id = get_own_picture(product.cooperative_id, draft.picture_id).id
    product.category, product.category_id = category, category.id
    product.name = draft.name
    product.description = draft.description
    product.village = draft.village
    product.season_mask = draft.season_mask


def _require_honest(*texts: str) -> None:
    forbidden = find_forbidden(*texts)
    if forbidden is not None:
        raise ForbiddenClaim(forbidden)


def _changes(before: dict[str, Any], now: Product | Variant) -> dict[str, Any]:
    """What an edit changed, as it was and as it is."""
    return {
        "changes": {
            name: [_fact(value), _fact(getattr(now, name))]
            for name, value in before.items()
            if getattr(now, name) != value
        }
    }


def _facts(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _fact(value) for name, value in values.items()}


def _fact(value: Any) -> Any:
    """A value as the audit log can keep it."""
    return value.isoformat() if isinstance(value, date) else value


def _note(act: str, product: Product, by: int | None, at: datetime, **detail: Any) -> None:
    """What every change of a listing has in common, but for the search, which is told once."""
    product.updated_at = at
    record(act, "product", product.id, by=by, at=at, **detail)
