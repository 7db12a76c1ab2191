"""Prices by quantity, and changes that wait for the platform to look at them."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

from catalog.products.models import Product, Tier, Variant
from catalog.products.services.drafts import ProductDraft, draft_of
from catalog.products.services.products import edit_product
from catalog.products.services.variants import edit_variant
from shop.db import db, transaction
from shop.demo.people import Seller

# From so many units on, in hundredths of the price.
TIERS = ((10, 95), (30, 90))
STEP_FEN = 10
# A bad harvest, in hundredths of the price: more than may be live at once.
DEARER = 145
REVIEW_ABOVE_PERCENT = 30


def vary(sellers: list[Seller], at: datetime) -> None:
    """Whoever signs in as the demo's cooperative sells something cheaper by quantity and finds
    another price that waits; the administrator finds that and an origin of another cooperative."""
    first = next(seller for seller in sellers if seller.entry.email)
    second = next(seller for seller in sellers if not seller.entry.email)
    tiered, scarce = _variants(first)
    _sell_by_quantity(first, tiered, at - timedelta(days=3))
    _ask_for_more(first, scarce, at - timedelta(hours=5))
    _move(second, at - timedelta(hours=2))


def _variants(seller: Seller) -> list[int]:
    """The first two ways in which a cooperative sells something."""
    query = (
        select(Variant.id)
        .join(Variant.product)
        .where(Product.cooperative_id == seller.cooperative_id)
        .where(Product.delisted_at.is_(None), Variant.withdrawn_at.is_(None))
        .order_by(Variant.id)
        .limit(2)
    )
    return list(db.session.scalars(query))


def _sell_by_quantity(seller: Seller, variant_id: int, at: datetime) -> None:
    with transaction():
        variant = db.session.get_one(Variant, variant_id)
        fen = variant.price_fen
        tiers = tuple(
            Tier(units, fen * part // 100 // STEP_FEN * STEP_FEN) for units, part in TIERS
        )
        own = (seller.cooperative_id, variant.product_id, variant_id)
        edit_variant(*own, replace(draft_of(variant), tiers=tiers), by=seller.manager_id, at=at)


def _ask_for_more(seller: Seller, variant_id: int, at: datetime) -> None:
    with transaction():
        variant = db.session.get_one(Variant, variant_id)
        draft = replace(draft_of(variant), price_fen=variant.price_fen * DEARER // 100)
        own = (seller.cooperative_id, variant.product_id, variant_id)
        edit_variant(
            *own,
            draft,
            by=seller.manager_id,
            at=at,
            review_above=REVIEW_ABOVE_PERCENT,
            reason="台风以后收成少，演示用的原因。",
        )


def _move(seller: Seller, at: datetime) -> None:
    with transaction():
        query = select(Product).filter_by(cooperative_id=seller.cooperative_id, delisted_at=None)
        product = db.session.scalars(query.order_by(Product.id).limit(1)).one()
        draft = ProductDraft(
            name=product.name,
            category_id=product.category_id,
            season_mask=product.season_mask,
            description=product.description,
            village="演示新村",
        )
        own = (seller.cooperative_id, product.id)
        edit_product(
            *own, draft, by=seller.manager_id, at=at, review_origin=True, reason="换了一片地。"
        )
