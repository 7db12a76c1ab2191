"""A cooperative's page: who sells, and what."""

from flask import Blueprint, render_template
from werkzeug.exceptions import NotFound

from shop import clock
from shop.organisations.queries import get_cooperative
from shop.storefront.cards.views import cards_of
from shop.storefront.catalogue.queries import Filters, list_products
from shop.web.audience import public

blueprint = Blueprint("cooperatives", __name__, url_prefix="/cooperatives")

MOST_SHOWN = 48


@blueprint.get("/<int:cooperative_id>")
@public
def show(cooperative_id: int) -> str | tuple[str, int]:
    cooperative = get_cooperative(cooperative_id)
    if cooperative.left_at is not None:
        return render_template("shop/storefront/left.html", cooperative=cooperative), 410
    if not cooperative.may_sell:
        raise NotFound
    today = clock.day_of(clock.now())
    products = list_products(Filters(cooperative_id=cooperative_id), limit=MOST_SHOWN)
    return render_template(
        "shop/storefront/cooperative.html",
        cooperative=cooperative,
        cards=cards_of(products, today),
    )
