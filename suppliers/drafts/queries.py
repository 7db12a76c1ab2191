"""Read drafts, and what a new listing can follow."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from catalog.categories.models import Category
from catalog.categories.rules import Past
from catalog.products.models import Product
from catalog.products.queries import own_products
from catalog.products.rules import months_of
from shop.db import db
from shop.errors import NotFound
from suppliers.drafts.models import ListingDraft

# So many of a cooperative's products tell what its next one is.
MOST_PAST = 200


def open_drafts(cooperative_id: int) -> Select[ListingDraft]:
    """A cooperative's drafts that are neither listed nor discarded, the latest first."""
    return (
        select(ListingDraft)
        .where(
            ListingDraft.cooperative_id == cooperative_id,
            ListingDraft.product_id.is_(None),
            ListingDraft.discarded_at.is_(None),
        )
        .options(joinedload(ListingDraft.picture))
        .order_by(ListingDraft.saved_at.desc(), ListingDraft.id.desc())
    )


def list_drafts(cooperative_id: int, limit: int) -> Sequence[ListingDraft]:
    return db.session.scalars(open_drafts(cooperative_id).limit(limit)).all()


def count_drafts(cooperative_id: int) -> int:
    query = open_drafts(cooperative_id).with_only_columns(func.count(ListingDraft.id))
    return db.session.scalar(query.order_by(None)) or 0


def get_own_draft(cooperative_id: int, draft_id: int) -> ListingDraft:
    """A cooperative's draft, whatever became of it. Raises NotFound for a stranger's."""
    query = select(ListingDraft).where(
        ListingDraft.id == draft_id, ListingDraft.cooperative_id == cooperative_id
    )
    draft = db.session.scalar(query.options(joinedload(ListingDraft.picture)))
    if draft is None:
        raise NotFound
    return draft


def list_copied(cooperative_id: int, listed_before: datetime, limit: int) -> Sequence[Product]:
    """Products worth listing again: off sale, or listed before then; the latest first."""
    old = or_(Product.delisted_at.is_not(None), Product.listed_at < listed_before)
    newest = own_products(cooperative_id).where(old).order_by(None)
    return db.session.scalars(newest.order_by(Product.id.desc()).limit(limit)).all()


def list_past(cooperative_id: int) -> list[Past]:
    """How a cooperative's latest products are called and where they stand."""
    query = (
        select(Product.name, Category.slug, Product.season_mask)
        .join(Product.category)
        .where(Product.cooperative_id == cooperative_id)
        .order_by(Product.id.desc())
        .limit(MOST_PAST)
    )
    return [
        Past(name, slug, tuple(months_of(mask))) for name, slug, mask in db.session.execute(query)
    ]
