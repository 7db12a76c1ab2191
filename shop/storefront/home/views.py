"""The first page: what is in season today, and where it comes from."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template, url_for

from catalog.products.models import Product
from catalog.products.rules import days_left, in_season
from shop import clock
from shop.places.queries import list_assisted_towns
from shop.storefront.cards.views import cards_of, is_seasonal
from shop.storefront.catalogue.queries import count_by_category, count_by_town
from shop.storefront.home.queries import list_seasonal_and_newest
from shop.web.audience import public

blueprint = Blueprint("home", __name__)

SEASONAL_SHOWN = 9
NEWEST_SHOWN = 8


@dataclass(frozen=True)
class TownTile:
    name: str
    county_name: str
    count: int
    url: str


@blueprint.get("/")
@public
def index() -> str:
    today = clock.day_of(clock.now())
    products = list_seasonal_and_newest(today.month, NEWEST_SHOWN)
    seasonal = _in_season_now(products, today)
    return render_template(
        "shop/storefront/home.html",
        today=today,
        seasonal=cards_of(seasonal, today),
        newest=cards_of(products[:NEWEST_SHOWN], today),
        towns=_towns(today),
        categories=count_by_category(),
    )


def _in_season_now(products: list[Product], today: date) -> list[Product]:
    """What can be had now and not always; what ends first comes first."""
    found = [
        product
        for product in products
        if is_seasonal(product)
        and in_season(product.season_mask, today.month)
        and any(v.available > 0 and v.withdrawn_at is None for v in product.variants)
    ]
    return sorted(found, key=lambda p: days_left(p.season_mask, today))[:SEASONAL_SHOWN]


def _towns(today: date) -> list[TownTile]:
    """The assisted towns; those that sell most kinds first."""
    counts = count_by_town()
    tiles = [
        TownTile(
            town.name,
            town.county.name,
            counts.get(town.code, 0),
            url_for("towns.show", code=town.code),
        )
        for town in list_assisted_towns(today)
    ]
    return sorted(tiles, key=lambda tile: -tile.count)
