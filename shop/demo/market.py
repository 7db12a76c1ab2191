"""Puts the demo's produce on sale and keeps it in stock."""

from dataclasses import dataclass
from datetime import datetime

from catalog.categories.queries import find_by_slug
from catalog.products.models import Measure, Variant
from catalog.products.rules import season_mask
from catalog.products.services.drafts import ProductDraft, VariantDraft
from catalog.products.services.products import create_product
from catalog.stock.services import receive, set_available
from shop.db import db, transaction
from shop.demo.batches import harvest
from shop.demo.goods import DemoProduct, DemoVariant
from shop.demo.people import Seller

# A store is filled up to this when it has run low.
FULL = 400
# How many the last variants of the list have left today, so that "running low" is seen.
NEARLY_SOLD_OUT = (3, 7)


@dataclass(frozen=True, slots=True)
class Ware:
    """One variant on sale, and what the story needs to know of it."""

    variant_id: int
    manager_id: int
    months: tuple[int, ...]
    price_fen: int


def list_all(sellers: list[Seller], at: datetime) -> list[Ware]:
    """Every cooperative lists what it grows."""
    wares: list[Ware] = []
    for seller in sellers:
        for product in seller.entry.products:
            with transaction():
                wares += _list(seller, product, at)
    return wares


def fill_up(ware: Ware, wanted: int, at: datetime) -> None:
    """Harvest more when fewer than wanted are left."""
    if db.session.get_one(Variant, ware.variant_id).available >= wanted:
        return
    units = FULL + wanted
    with transaction():
        variant = db.session.get_one(Variant, ware.variant_id)
        packed_g = units * variant.net_weight_g
        batch_id = harvest(variant.product, packed_g, ware.manager_id, at)
        _bring_in(ware.variant_id, units, ware.manager_id, at, batch_id)


def run_low(wares: list[Ware], month: int, at: datetime) -> None:
    """Leave a few variants of the season with little in stock, and nothing of what is out of it."""
    in_season = [ware for ware in wares if month in ware.months]
    with transaction():
        for ware in wares:
            if month not in ware.months:
                set_available(ware.variant_id, 0, by=ware.manager_id, at=at)
        for ware, left in zip(reversed(in_season), NEARLY_SOLD_OUT, strict=False):
            set_available(ware.variant_id, left, by=ware.manager_id, at=at)


def _list(seller: Seller, product: DemoProduct, at: datetime) -> list[Ware]:
    category = find_by_slug(product.category)
    assert category is not None
    draft = ProductDraft(
        name=product.name,
        category_id=category.id,
        season_mask=season_mask(list(product.months)),
        description=product.description,
        village=seller.entry.village,
    )
    drafts = [_draft(product, variant) for variant in product.variants]
    listed = create_product(
        seller.cooperative_id,
        draft,
        drafts,
        by=seller.manager_id,
        at=at,
        drawing=product.drawing,
    )
    packed_g = sum(FULL * variant.net_weight_g for variant in listed.variants)
    batch_id = harvest(listed, packed_g, seller.manager_id, at)
    for variant in listed.variants:
        _bring_in(variant.id, FULL, seller.manager_id, at, batch_id)
    return [
        Ware(variant.id, seller.manager_id, product.months, variant.price_fen)
        for variant in listed.variants
    ]


def _bring_in(variant_id: int, units: int, by: int, at: datetime, batch_id: int) -> None:
    receive(variant_id, units, by=by, at=at, reason="harvest", batch_id=batch_id)


def _draft(product: DemoProduct, variant: DemoVariant) -> VariantDraft:
    by_weight = variant.measure is Measure.WEIGHT
    return VariantDraft(
        spec=variant.spec,
        unit=variant.unit,
        net_weight_g=variant.net_weight_g,
        measure=variant.measure,
        measure_amount=variant.net_weight_g if by_weight else variant.amount,
        price_fen=variant.price_fen,
        perishable=product.perishable,
    )
