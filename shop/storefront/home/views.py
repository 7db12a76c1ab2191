"""The first page: what is in season today, and where it comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template, url_for

from catalog.categories.queries import list_open_categories
from catalog.products.models import Product
from catalog.products.rules import days_left, in_season
from shop import clock
from shop.places.queries import list_assisted_towns
from shop.storefront.cards.views import cards_of, is_seasonal
from shop.storefront.catalogue.queries import count_on_sale
from shop.storefront.home.queries import list_seasonal_and_newest
from shop.web.audience import public

blueprint = Blueprint("home", __name__)

# The first one is wide on the phone; on the desk they fill whole rows.
ROW = 4
FEWEST_NOW, MOST_NOW = ROW, 2 * ROW
NEWEST_SHOWN = 2 * ROW


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
    products = list_seasonal_and_newest(today.month, NEWEST_SHOWN + FEWEST_NOW)
    now = _to_have_now(products, today)
    shown = {product.id for product in now}
    newest = [product for product in products if product.id not in shown][:NEWEST_SHOWN]
    by_category, by_town = count_on_sale()
    whole_rows = max(ROW, len(newest) // ROW * ROW)
    return render_template(
        "shop/storefront/home.html",
        today=today,
        now=cards_of(now, today),
        newest=cards_of(newest[:whole_rows], today),
        towns=_towns(today, by_town),
        categories=[
            (category, by_category[category.id])
            for category in list_open_categories()
            if category.id in by_category
        ],
    )


def _to_have_now(products: Sequence[Product], today: date) -> list[Product]:
    """What can be had now and not always, what ends first comes first; in a month that has little
    of its own, what can always be had fills up."""
    seasonal = [p for p in products if is_seasonal(p) and in_season(p.season_mask, today.month)]
    seasonal.sort(key=lambda product: days_left(product.season_mask, today))
    always = [product for product in products if not is_seasonal(product)]
    return seasonal[:MOST_NOW] + always[: max(0, FEWEST_NOW - len(seasonal))]


def _towns(today: date, counts: Mapping[str, int]) -> list[TownTile]:
    """The assisted towns; those that sell most kinds first."""
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
