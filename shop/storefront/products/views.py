"""A product's page: what it is, where it comes from, what it costs and when it arrives."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, make_response, render_template
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from catalog.batches.queries import find_newest
from catalog.batches.rules import CERTIFICATE
from catalog.products.models import Product, Variant
from catalog.products.queries import find_product
from catalog.products.rules import in_season, unit_price_text, weeks_left
from catalog.stock.rules import Supply, supply_of
from orders.deliveries.queries import find_tariff
from orders.deliveries.rules import promised_on
from shop import clock
from shop.storefront.cards.views import (
    cards_of,
    is_seasonal,
    picture_url,
    unit_price_of,
    variants_on_sale,
)
from shop.storefront.catalogue.queries import Filters, list_products
from shop.web.audience import public

blueprint = Blueprint("products", __name__, url_prefix="/products")

MORE = 4
# From this many on, the exact number helps nobody.
PLENTY = 20


@dataclass(frozen=True)
class TierShown:
    """What each of more units costs, and by what that is compared."""

    from_quantity: int
    unit_price_fen: int
    unit_price_text: str


@dataclass(frozen=True)
class Choice:
    """One variant as the form offers it."""

    variant: Variant
    unit_price_text: str
    supply: Supply
    stock_text: str
    chosen: bool
    tiers: list[TierShown]


@blueprint.get("/<int:product_id>")
@public
def show(product_id: int) -> str | Response:
    product = find_product(product_id)
    if product is None:
        raise NotFound
    if (
        product.delisted_at is not None
        or product.waits_for_licence
        or not product.cooperative.may_sell
    ):
        return _no_longer_sold(product)
    now = clock.now()
    others = list_products(Filters(town_code=product.town_code), limit=MORE + 1)
    return render_template(
        "shop/storefront/product.html",
        others=cards_of(
            [other for other in others if other.id != product.id][:MORE], clock.day_of(now)
        ),
        newest=find_newest(product.id),
        certificate_words=CERTIFICATE,
        **shown_of(product, now),
    )


def shown_of(product: Product, now: datetime) -> dict[str, Any]:
    """What templates/macros/product.html draws of a product, on sale or not yet."""
    today = clock.day_of(now)
    choices = _choices(product, today)
    tariff = find_tariff(product.cooperative_id)
    return {
        "product": product,
        "picture_url": picture_url(product),
        "choices": choices,
        "most": max(choice.supply.most for choice in choices),
        "perishable": any(choice.variant.perishable for choice in choices),
        "month": today.month,
        "in_season": is_seasonal(product) and in_season(product.season_mask, today.month),
        "weeks_left": weeks_left(product.season_mask, today),
        "tariff": tariff,
        "arrival": promised_on(tariff, _sent_from(choices, now)),
    }


def _no_longer_sold(product: Product) -> Response:
    """Someone kept the address: say what happened, and offer what is alike."""
    today = clock.day_of(clock.now())
    alike = list_products(Filters(category_id=product.category_id, in_stock=True), limit=MORE)
    page = render_template(
        "shop/storefront/gone.html", product=product, cards=cards_of(alike, today)
    )
    # What has left for good is gone; everything else may come back.
    return make_response(page, 410 if product.cooperative.left_at else 404)


def _choices(product: Product, today: date) -> list[Choice]:
    """The variants on sale; chosen beforehand is the first in stock, else the first that can be
    ordered in advance."""
    supplies = [(variant, supply_of(variant, today)) for variant in variants_on_sale(product)]
    first = min(supplies, key=lambda each: (not each[1].in_stock, not each[1].most))[0]
    return [
        Choice(
            v,
            unit_price_of(v),
            supply,
            _stock_text(supply, v),
            chosen=v is first,
            tiers=_tiers_of(v),
        )
        for v, supply in supplies
    ]


def _tiers_of(variant: Variant) -> list[TierShown]:
    compared = (variant.measure, variant.measure_amount, variant.unit)
    return [
        TierShown(*tier, unit_price_text(tier.unit_price_fen, *compared)) for tier in variant.tiers
    ]


def _sent_from(choices: list[Choice], now: datetime) -> datetime:
    """When what is chosen beforehand can be sent."""
    day = next(choice.supply.ships_on(1) for choice in choices if choice.chosen)
    return now if day is None else clock.start_of(day)


def _stock_text(supply: Supply, variant: Variant) -> str:
    if supply.most <= 0:
        return str(_("暂时售罄"))
    if supply.in_stock <= 0:
        return str(_("还可预订 %(count)s %(unit)s", count=supply.in_advance, unit=variant.unit))
    if supply.in_stock < PLENTY:
        return str(_("还剩 %(count)s %(unit)s", count=supply.in_stock, unit=variant.unit))
    return str(_("有货"))
