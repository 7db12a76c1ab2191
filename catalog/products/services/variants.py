"""Sell a product in more ways, change them and their prices, and withdraw them.

What is done to many asks once who may sell, and tells the search once; one is many of one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import delete, func, insert, select

from catalog.products.errors import BelowPromised, LastVariant, TiersDontFit
from catalog.products.models import (
    ChangeKind,
    Prices,
    PriceTier,
    Product,
    Tier,
    Variant,
    VariantChange,
    chained,
)
from catalog.products.queries import get_own_product, get_own_variant
from catalog.products.rules import tier_fault
from catalog.products.services.drafts import EditedVariant, VariantDraft, draft_of
from catalog.products.services.locks import (
    in_parts,
    lock_own_products,
    lock_own_variants,
    require_all,
)
from catalog.products.services.notes import changes_of, facts_of, note_act
from catalog.products.services.searching import refresh_search
from catalog.products.services.sellers import lock_seller, require_honest
from catalog.products.services.versions import require_unchanged
from catalog.products.services.waiting import Waiting, list_waiting
from catalog.reviews.models import ListingChange
from catalog.reviews.queries import find_standing
from catalog.reviews.rules import is_large
from catalog.reviews.services import propose_prices, withdraw_prices
from shop.db import db

_OF_TIER = ("position", "from_quantity", "unit_price_fen", "after_quantity", "after_price_fen")


def add_variant(
    cooperative_id: int, product_id: int, draft: VariantDraft, *, by: int, at: datetime
) -> Variant:
    """Sell a product in one more way, with nothing in stock yet.

    Raises NotFound, MayNotSell, ForbiddenClaim or TiersDontFit.
    """
    (variant,) = add_variants(cooperative_id, [(product_id, draft)], by=by, at=at)
    return variant


def add_variants(
    cooperative_id: int, drafts: Sequence[tuple[int, VariantDraft]], *, by: int, at: datetime
) -> list[Variant]:
    """Sell products, named by their ids, in more ways. Raises what ``add_variant`` raises."""
    lock_seller(cooperative_id, at)
    product_ids = {product_id for product_id, _ in drafts}
    products = lock_own_products(cooperative_id, product_ids)
    require_all(products, product_ids)
    last = _last_positions(products)
    added = []
    for product_id, draft in drafts:
        require_honest(draft.spec, draft.unit)
        last[product_id] = last.get(product_id, 0) + 1
        variant = new_variant(draft, last[product_id])
        variant.product_id = product_id
        added.append(variant)
    db.session.add_all(added)
    db.session.flush()
    for variant, (product_id, draft) in zip(added, drafts, strict=True):
        detail = facts_of(asdict(draft))
        note_act("variant.add", products[product_id], by, at, variant_id=variant.id, **detail)
    refresh_search(products, at=at)
    return added


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
    variant = _lock_to_edit(cooperative_id, product_id, variant_id, seen, at)
    return _edited(variant, draft, by, at, review_above, reason)


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
    variant = _lock_to_edit(cooperative_id, None, variant_id, seen, at)
    draft = replace(draft_of(variant), price_fen=price_fen)
    return _edited(variant, draft, by, at, review_above)


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
    lock_seller(cooperative_id, at)
    variants = lock_own_variants(cooperative_id, drafts)
    require_all(variants, drafts)
    edits = [(variant, drafts[variant_id]) for variant_id, variant in variants.items()]
    waits = change_variants(edits, by, at, review_above)
    refresh_search({variant.product_id for variant in variants.values()}, at=at)
    return [change for change in waits if change is not None]


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
    note_act("variant.withdraw", product, by, at, variant_id=variant_id)
    refresh_search([product_id], at=at)
    return variant


def _lock_to_edit(
    cooperative_id: int, product_id: int | None, variant_id: int, seen: int | None, at: datetime
) -> Variant:
    variant = get_own_variant(cooperative_id, product_id, variant_id)
    lock_seller(cooperative_id, at)
    db.session.refresh(variant, with_for_update=True)
    if seen is not None:
        require_unchanged(variant, seen, ChangeKind.PRICE, ChangeKind.EDIT)
    return variant


def _edited(
    variant: Variant,
    draft: VariantDraft,
    by: int,
    at: datetime,
    review_above: int | None,
    reason: str = "",
) -> EditedVariant:
    (waits,) = change_variants([(variant, draft)], by, at, review_above, reason)
    refresh_search([variant.product_id], at=at)
    return EditedVariant(variant, waits)


def _last_positions(product_ids: Collection[int]) -> dict[int, int]:
    last: dict[int, int] = {}
    query = select(Variant.product_id, func.max(Variant.position)).group_by(Variant.product_id)
    for few in in_parts(product_ids):
        last.update(dict(iter(db.session.execute(query.where(Variant.product_id.in_(few))))))
    return last


def new_variant(draft: VariantDraft, position: int) -> Variant:
    _require_fitting(draft.prices)
    said = asdict(draft)
    rows = chained(said.pop("tiers"))
    return Variant(
        position=position, on_hand=0, held=0, has_tiers=bool(rows), tier_rows=rows, **said
    )


def change_variants(
    edits: Sequence[tuple[Variant, VariantDraft]],
    by: int,
    at: datetime,
    review_above: int | None = None,
    reason: str = "",
) -> list[ListingChange | None]:
    """Change variants of one cooperative that are locked; what waits of each. Prices that are the
    same as before leave alone what waits."""
    priced = [variant for variant, draft in edits if draft.prices != variant.prices]
    waiting, standing = Waiting({}, {}), {}
    if priced:
        cooperative_id = priced[0].product.cooperative_id
        waiting = list_waiting(cooperative_id, {variant.product_id for variant in priced})
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
    require_honest(draft.spec, draft.unit)
    wanted = asdict(draft)
    before = {name: getattr(variant, name) for name in wanted}
    cost = variant.prices
    if wanted.pop("tiers") != variant.tiers:
        _replace_tiers(variant, draft.tiers)
    for name, value in wanted.items():
        setattr(variant, name, value)
    changes = changes_of(before, variant)
    if names := set(changes["changes"]):
        variant.version += 1
        change = VariantChange(variant_id=variant.id, version=variant.version, by_id=by, at=at)
        of_price = names <= {"price_fen", "tiers"}
        change.kind = ChangeKind.PRICE if of_price else ChangeKind.EDIT
        if cost != variant.prices:
            change.price_before_fen = cost.price_fen
            change.tiers_before = [list(tier) for tier in cost.tiers]
        db.session.add(change)
    note_act("variant.edit", product, by, at, variant_id=variant.id, **changes)


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
