"""List products, change them, and take them off sale."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm.attributes import set_committed_value

from catalog.categories.queries import get_category
from catalog.products.errors import (
    BelowPromised,
    CategoryClosed,
    Changed,
    ForbiddenClaim,
    LastVariant,
    MayNotSell,
    Suspended,
    TownNotAssisted,
)
from catalog.products.models import (
    ChangeKind,
    Measure,
    Picture,
    Product,
    Variant,
    VariantChange,
)
from catalog.products.queries import (
    find_last_change,
    get_own_picture,
    get_own_product,
    get_own_variant,
)
from catalog.wording.rules import find_forbidden
from shop import clock, outbox
from shop.accounts.audit.services import record
from shop.db import db
from shop.errors import Conflict, NotFound
from shop.organisations.models import Organisation
from shop.places.queries import is_assisted

SEARCH = "search"


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

    Raises MayNotSell, ForbiddenClaim, CategoryClosed or NotFound.
    """
    cooperative = _seller(cooperative_id, at)
    assert cooperative.town_code is not None
    product = Product(
        cooperative_id=cooperative_id,
        town_code=cooperative.town_code,
        drawing=drawing,
        listed_at=at,
        updated_at=at,
    )
    _describe(product, draft)
    _require_honest(*(v.spec for v in variants))
    product.variants = [
        Variant(position=position, on_hand=0, held=0, **asdict(variant))
        for position, variant in enumerate(variants)
    ]
    db.session.add(product)
    db.session.flush()
    prices = [variant.price_fen for variant in variants]
    _note("product.create", product, by, at, **asdict(draft), prices_fen=prices)
    return product


def edit_product(
    cooperative_id: int, product_id: int, draft: ProductDraft, *, by: int, at: datetime
) -> Product:
    """Describe a product anew.

    Raises NotFound, MayNotSell, ForbiddenClaim or CategoryClosed.
    """
    product = get_own_product(cooperative_id, product_id)
    _seller(cooperative_id, at)
    before = {name: getattr(product, name) for name in asdict(draft)}
    _describe(product, draft)
    _note("product.edit", product, by, at, **_changes(before, product))
    return product


def delist(cooperative_id: int, product_id: int, *, by: int, at: datetime) -> Product:
    """Take a product off sale; orders that have it go on. Raises NotFound."""
    product = get_own_product(cooperative_id, product_id)
    if product.delisted_at is None:
        product.delisted_at = at
        _note("product.delist", product, by, at)
    return product


def relist(cooperative_id: int, product_id: int, *, by: int, at: datetime) -> Product:
    """Put a product on sale again.

    Raises NotFound, MayNotSell, and ForbiddenClaim for a text from before that rule.
    """
    product = get_own_product(cooperative_id, product_id)
    _seller(cooperative_id, at)
    _require_honest(product.name, product.description)
    if product.delisted_at is not None:
        product.delisted_at = None
        _note("product.relist", product, by, at)
    return product


def add_variant(
    cooperative_id: int, product_id: int, draft: VariantDraft, *, by: int, at: datetime
) -> Variant:
    """Sell a product in one more way, with nothing in stock yet.

    Raises NotFound, MayNotSell or ForbiddenClaim.
    """
    product = get_own_product(cooperative_id, product_id)
    _seller(cooperative_id, at)
    _require_honest(draft.spec)
    last = select(func.max(Variant.position)).where(Variant.product_id == product_id)
    variant = Variant(
        product_id=product_id,
        position=(db.session.scalar(last) or 0) + 1,
        on_hand=0,
        held=0,
        **asdict(draft),
    )
    db.session.add(variant)
    db.session.flush()
    _note("variant.add", product, by, at, variant_id=variant.id, **_facts(asdict(draft)))
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
) -> Variant:
    """Change a variant; what was ordered keeps what it was. ``seen`` is the version on whose sight
    it was decided; None doesn't ask.

    Raises NotFound, MayNotSell, ForbiddenClaim, Changed, or BelowPromised when more was sold in
    advance already than is to be.
    """
    product = get_own_product(cooperative_id, product_id)
    variant = get_own_variant(cooperative_id, product_id, variant_id)
    _seller(cooperative_id, at)
    db.session.refresh(variant, with_for_update=True)
    if seen is not None:
        require_unchanged(variant, seen, ChangeKind.PRICE, ChangeKind.EDIT)
    if draft.presale_cap is not None and draft.presale_cap < variant.promised:
        raise BelowPromised(variant.promised)
    _require_honest(draft.spec)
    before = {name: getattr(variant, name) for name in asdict(draft)}
    for name, value in asdict(draft).items():
        setattr(variant, name, value)
    changes = _changes(before, variant)
    if names := set(changes["changes"]):
        kind = ChangeKind.PRICE if names == {"price_fen"} else ChangeKind.EDIT
        note_change(variant_id, kind, by=by, at=at)
    _note("variant.edit", product, by, at, variant_id=variant_id, **changes)
    return variant


def set_price(
    cooperative_id: int, variant_id: int, price_fen: int, *, seen: int, by: int, at: datetime
) -> Variant:
    """Change nothing but the price, decided on the sight of that version.

    Raises what ``edit_variant`` raises.
    """
    variant = get_own_variant(cooperative_id, None, variant_id)
    now = {each.name: getattr(variant, each.name) for each in fields(VariantDraft)}
    draft = replace(VariantDraft(**now), price_fen=price_fen)
    return edit_variant(
        cooperative_id, variant.product_id, variant_id, draft, by=by, at=at, seen=seen
    )


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
    _note("variant.withdraw", product, by, at, variant_id=variant_id)
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
    if not is_assisted(cooperative.town_code, clock.day_of(at)):
        raise TownNotAssisted
    return cooperative


def _describe(product: Product, draft: ProductDraft) -> None:
    _require_honest(draft.name, draft.description)
    category = get_category(draft.category_id)
    if category.closed and category.id != product.category_id:
        raise CategoryClosed
    if draft.picture_id is not None:
        product.picture_id = get_own_picture(product.cooperative_id, draft.picture_id).id
    product.category = category
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
    db.session.flush()
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
    """What every change of a listing has in common."""
    product.updated_at = at
    record(act, "product", product.id, by=by, at=at, **detail)
    refresh_search([product.id], at=at)
