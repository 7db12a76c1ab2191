"""Keep a listing that is being written, and put it on sale."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from catalog.products.models import Product
from catalog.products.queries import get_own_picture, get_own_product
from catalog.products.services.drafts import ProductDraft, VariantDraft
from catalog.products.services.products import create_product
from catalog.stock.services import set_available
from shop.db import db, insert_once
from suppliers.drafts.errors import AlreadyListed, TooManyDrafts
from suppliers.drafts.models import ListingDraft, Typed
from suppliers.drafts.queries import count_drafts, get_own_draft

MOST_DRAFTS = 100


@dataclass(frozen=True)
class Listing:
    """A draft that is complete."""

    product: ProductDraft
    variant: VariantDraft
    stock: int


def save(
    cooperative_id: int,
    key: str,
    typed: Typed,
    *,
    picture_id: int | None,
    by: int,
    at: datetime,
    copied_from_id: int | None = None,
) -> ListingDraft:
    """Keep what stands in the form now; the same key is the same draft.

    Raises NotFound for a stranger's picture, AlreadyListed or TooManyDrafts.
    """
    if picture_id is not None:
        get_own_picture(cooperative_id, picture_id)
    draft = _lock(cooperative_id, key)
    if draft is None:
        draft = _begin(cooperative_id, key, copied_from_id, by, at)
    if draft.product_id is not None:
        raise AlreadyListed
    draft.typed, draft.picture_id = typed, picture_id
    draft.saved_at, draft.saved_by_id = at, by
    draft.discarded_at = None
    db.session.flush()
    return draft


def discard(cooperative_id: int, draft_id: int, *, at: datetime) -> None:
    """Put a draft away. Raises NotFound or AlreadyListed."""
    draft = _lock_own(cooperative_id, draft_id)
    if draft.product_id is not None:
        raise AlreadyListed
    draft.discarded_at = draft.discarded_at or at


def list_draft(
    cooperative_id: int, draft_id: int, listing: Listing, *, by: int, at: datetime
) -> Product:
    """Put a draft on sale with its stock; once, however often it is asked for.

    Raises NotFound, and whatever create_product raises.
    """
    draft = _lock_own(cooperative_id, draft_id)
    if draft.product_id is not None:
        return get_own_product(cooperative_id, draft.product_id)
    product = create_product(
        cooperative_id,
        listing.product,
        [listing.variant],
        by=by,
        at=at,
        drawing=draft.copied_from.drawing if draft.copied_from else None,
    )
    set_available(product.variants[0].id, listing.stock, by=by, at=at)
    draft.product_id, draft.discarded_at = product.id, None
    return product


def _begin(
    cooperative_id: int, key: str, copied_from_id: int | None, by: int, at: datetime
) -> ListingDraft:
    if count_drafts(cooperative_id) >= MOST_DRAFTS:
        raise TooManyDrafts
    insert_once(
        ListingDraft,
        "cooperative_id",
        "key",
        cooperative_id=cooperative_id,
        key=key,
        typed={},
        copied_from_id=copied_from_id,
        begun_at=at,
        saved_at=at,
        saved_by_id=by,
    )
    draft = _lock(cooperative_id, key)
    assert draft is not None
    return draft


def _lock(cooperative_id: int, key: str) -> ListingDraft | None:
    query = select(ListingDraft).where(
        ListingDraft.cooperative_id == cooperative_id, ListingDraft.key == key
    )
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def _lock_own(cooperative_id: int, draft_id: int) -> ListingDraft:
    """Two who list or discard it at once wait for each other here."""
    draft = _lock(cooperative_id, get_own_draft(cooperative_id, draft_id).key)
    assert draft is not None
    return draft
