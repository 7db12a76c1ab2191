"""List products, describe them anew, and take them off sale.

What is done to many asks once who may sell, and tells the search once; one is many of one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from catalog.categories.queries import get_category
from catalog.products.errors import CategoryClosed
from catalog.products.events import SaleIntended
from catalog.products.models import Product
from catalog.products.queries import get_own_picture, get_own_product
from catalog.products.services.drafts import EditedProduct, ProductDraft, VariantDraft
from catalog.products.services.locks import lock_own_products, require_all
from catalog.products.services.notes import changes_of, note_act
from catalog.products.services.searching import refresh_search
from catalog.products.services.sellers import lock_seller, require_honest
from catalog.products.services.variants import new_variant
from catalog.products.services.waiting import Waiting, list_waiting
from catalog.reviews.models import ListingChange
from catalog.reviews.services import propose_origin, withdraw_origin
from shop.db import db
from shop.events import announce
from shop.organisations.models import Organisation


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
    (product,) = create_products(cooperative_id, [(draft, variants)], by=by, at=at, drawing=drawing)
    return product


def create_products(
    cooperative_id: int,
    drafts: Sequence[tuple[ProductDraft, Collection[VariantDraft]]],
    *,
    by: int | None,
    at: datetime,
    drawing: str | None = None,
) -> list[Product]:
    """Put products on sale, with nothing in stock yet. Raises what ``create_product`` raises."""
    seller = lock_seller(cooperative_id, at)
    products = [_new_product(seller, draft, variants, drawing, at) for draft, variants in drafts]
    db.session.add_all(products)
    db.session.flush()
    for product, (draft, _) in zip(products, drafts, strict=True):
        _note_creation(product, draft, by, at)
    refresh_search([product.id for product in products], at=at)
    return products


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
    product = get_own_product(cooperative_id, product_id)
    waits = edit_products(
        cooperative_id,
        {product_id: draft},
        by=by,
        at=at,
        review_origin=review_origin,
        reason=reason,
    )
    return EditedProduct(product, waits[0] if waits else None)


def edit_products(
    cooperative_id: int,
    drafts: Mapping[int, ProductDraft],
    *,
    by: int,
    at: datetime,
    review_origin: bool = False,
    reason: str = "",
) -> list[ListingChange]:
    """Describe products anew, by their ids; the answer is what waits of it. Raises what
    ``edit_product`` raises."""
    lock_seller(cooperative_id, at)
    products = lock_own_products(cooperative_id, drafts)
    require_all(products, drafts)
    waiting = list_waiting(cooperative_id, drafts)
    waits = [
        _redescribe(
            product,
            drafts[product_id],
            by,
            at,
            waiting,
            review_origin=review_origin,
            reason=reason,
        )
        for product_id, product in products.items()
    ]
    refresh_search(drafts, at=at)
    return [change for change in waits if change is not None]


def delist(cooperative_id: int, product_id: int, *, by: int, at: datetime) -> Product:
    """Take a product off sale; orders that have it go on. Raises NotFound."""
    product = get_own_product(cooperative_id, product_id)
    delist_products(cooperative_id, [product_id], by=by, at=at)
    return product


def delist_products(
    cooperative_id: int, product_ids: Collection[int], *, by: int, at: datetime
) -> None:
    """Take products off sale; orders that have them go on. Raises NotFound."""
    products = lock_own_products(cooperative_id, product_ids)
    require_all(products, product_ids)
    on_sale = [product for product in products.values() if product.delisted_at is None]
    for product in on_sale:
        product.delisted_at = at
        note_act("product.delist", product, by, at)
    refresh_search([product.id for product in on_sale], at=at)


def relist(cooperative_id: int, product_id: int, *, by: int, at: datetime) -> Product:
    """Put a product on sale again.

    Raises NotFound, MayNotSell, and ForbiddenClaim for a text from before that rule.
    """
    product = get_own_product(cooperative_id, product_id)
    lock_seller(cooperative_id, at)
    require_honest(product.name, product.description, product.village)
    if product.delisted_at is not None:
        announce(SaleIntended(cooperative_id, product.category.slug, at))
        product.delisted_at = None
        note_act("product.relist", product, by, at)
        refresh_search([product_id], at=at)
    return product


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
    require_honest(*(said for v in variants for said in (v.spec, v.unit)))
    product.variants = [new_variant(variant, place) for place, variant in enumerate(variants)]
    return product


def _note_creation(product: Product, draft: ProductDraft, by: int | None, at: datetime) -> None:
    prices = [variant.price_fen for variant in product.variants]
    note_act("product.create", product, by, at, **asdict(draft), prices_fen=prices)


def _redescribe(
    product: Product,
    draft: ProductDraft,
    by: int,
    at: datetime,
    waiting: Waiting,
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
    note_act("product.edit", product, by, at, **changes_of(before, product))
    return waits


def _describe(product: Product, draft: ProductDraft, at: datetime) -> None:
    require_honest(draft.name, draft.description, draft.village)
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
