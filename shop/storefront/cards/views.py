"""Product cards, as every list of the shop window shows them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask import current_app, url_for

from catalog.products.models import EVERY_MONTH, Product, Variant
from catalog.products.rules import in_season, unit_price_text, weeks_left
from catalog.stock.rules import supply_of


@dataclass(frozen=True, kw_only=True)
class ProductCard:
    """What templates/macros/cards.html draws. The price is that of the cheapest variant."""

    url: str
    picture_url: str
    name: str
    spec: str
    price_fen: int
    unit_price_text: str
    town_name: str
    town_url: str
    cooperative_name: str
    in_season: bool
    weeks_left: int
    sold_out: bool
    # The day from which it is sent, when it can only be ordered in advance.
    presale_on: date | None


def cards_of(products: Iterable[Product], today: date) -> list[ProductCard]:
    return [_card(product, today) for product in products]


def _card(product: Product, today: date) -> ProductCard:
    variants = variants_on_sale(product)
    cheapest = min(variants, key=lambda variant: variant.price_fen)
    supplies = [supply_of(variant, today) for variant in variants]
    in_stock = any(supply.in_stock for supply in supplies)
    harvests = [s.harvest_on for s in supplies if s.in_advance and s.harvest_on]
    return ProductCard(
        url=url_for("products.show", product_id=product.id),
        picture_url=picture_url(product),
        name=product.name,
        spec=cheapest.spec,
        price_fen=cheapest.price_fen,
        unit_price_text=unit_price_of(cheapest),
        town_name=product.town.name,
        town_url=url_for("towns.show", code=product.town_code),
        cooperative_name=product.cooperative.name,
        in_season=is_seasonal(product) and in_season(product.season_mask, today.month),
        weeks_left=weeks_left(product.season_mask, today),
        sold_out=not in_stock and not harvests,
        presale_on=None if in_stock else min(harvests, default=None),
    )


def variants_on_sale(product: Product) -> list[Variant]:
    """A product's variants without those that were withdrawn."""
    return [variant for variant in product.variants if variant.withdrawn_at is None]


def unit_price_of(variant: Variant) -> str:
    return unit_price_text(variant.price_fen, variant.measure, variant.measure_amount, variant.unit)


def is_seasonal(product: Product) -> bool:
    """Whether there is a time without it: only then is its season worth telling."""
    return product.season_mask != EVERY_MONTH


def picture_url(product: Product) -> str:
    """The photograph, else the house's drawing of it, else that of its category."""
    if product.picture is not None:
        return url_for("pictures.show", sha256=product.picture.sha256)
    name = f"produce/{product.drawing}" if product.drawing else f"category/{product.category.slug}"
    address: str = current_app.jinja_env.globals["asset"](f"img/{name}.svg")  # type: ignore[operator]
    return address
