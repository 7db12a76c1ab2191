"""The fairs that are coming, and each one's page: what, where, when, and who brings what."""

from flask import Blueprint, render_template, request

from orders.fairs.queries.activities import get_public, list_public
from orders.fairs.rules import standing_of
from shop import clock
from shop.storefront.cards.views import cards_of
from shop.storefront.fairs.queries import list_products_of
from shop.web.audience import public
from shop.web.paging import page_number

blueprint = Blueprint("fairs", __name__, url_prefix="/fairs")


@blueprint.get("")
@public
def index() -> str:
    today = clock.day_of(clock.now())
    return render_template(
        "shop/storefront/fairs.html",
        page=list_public(today, page_number(request.args.get("page"))),
        standing_of=lambda activity: standing_of(activity, today),
    )


@blueprint.get("/<int(max=2147483647):activity_id>")
@public
def show(activity_id: int) -> str:
    today = clock.day_of(clock.now())
    activity = get_public(activity_id)
    offered = list_products_of(activity)
    return render_template(
        "shop/storefront/fair.html",
        activity=activity,
        standing=standing_of(activity, today),
        cards=cards_of(offered, today),
    )
