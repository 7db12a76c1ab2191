"""Make what was proposed, once the platform has agreed."""

from dataclasses import replace
from datetime import datetime

from catalog.products.services.drafts import draft_of
from catalog.products.services.locks import lock_own_products, lock_own_variants, require_all
from catalog.products.services.notes import changes_of, note_act
from catalog.products.services.searching import refresh_search
from catalog.products.services.sellers import lock_seller
from catalog.products.services.variants import change_variants
from catalog.reviews.models import ListingChange


def make_change(change: ListingChange, *, by: int, at: datetime) -> None:
    """Make what was proposed, once the platform has agreed.

    Raises NotFound for what is not sold any more, MayNotSell, TiersDontFit.
    """
    own = change.cooperative_id
    lock_seller(own, at)
    if change.variant_id is not None:
        variants = lock_own_variants(own, [change.variant_id])
        require_all(variants, [change.variant_id])
        variant = variants[change.variant_id]
        draft = replace(draft_of(variant), **change.new_prices._asdict())
        change_variants([(variant, draft)], by, at)
    else:
        product = lock_own_products(own, [change.product_id])[change.product_id]
        before = product.village
        product.village = change.new_village or ""
        note_act("product.edit", product, by, at, **changes_of({"village": before}, product))
    refresh_search([change.product_id], at=at)
