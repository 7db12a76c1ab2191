"""A town's page (一镇一品): what grows there when, who grows it, what has been sold for it."""

from flask import Blueprint, render_template
from werkzeug.exceptions import NotFound

from shop import clock
from shop.storefront.cards.views import cards_of
from shop.storefront.catalogue.queries import Filters, list_products
from shop.storefront.towns.queries import (
    get_assisted_town,
    list_cooperatives_of,
    net_sales_fen,
)
from shop.web.audience import public

blueprint = Blueprint("towns", __name__, url_prefix="/towns")

MOST_SHOWN = 24


@blueprint.get("/<code>")
@public
def show(code: str) -> str:
    if not (code.isascii() and code.isdigit()):
        raise NotFound
    today = clock.day_of(clock.now())
    town = get_assisted_town(code, today)
    products = list_products(Filters(town_code=code), limit=MOST_SHOWN)
    return render_template(
        "shop/storefront/town.html",
        town=town,
        month=today.month,
        products=products,
        cards=cards_of(products, today),
        may_be_more=len(products) == MOST_SHOWN,
        cooperatives=list_cooperatives_of(code),
        sold_fen=net_sales_fen(code, today),
    )
