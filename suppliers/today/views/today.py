"""What a cooperative has to do today, and the stock and the price of all that it sells."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, make_response, render_template, request
from flask_login import current_user

from catalog.batches.queries import list_lacking
from catalog.products.models import Product, Variant
from catalog.products.rules import unit_price_text
from catalog.reviews.models import ListingChange
from catalog.reviews.queries import list_open_of
from orders.claims.queries import waiting_for_cooperative
from orders.pickups.queries import list_to_points
from shop import clock
from shop.web.audience import Role, allow
from shop.web.offline import kept_offline
from shop.web.paging import page_number
from suppliers.fulfilment.queries import Pick, get_figures, list_picks
from suppliers.today.forms import ChangeForm
from suppliers.today.queries import list_on_sale

blueprint = Blueprint("coop_today", __name__)


@blueprint.get("/cooperative")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
@kept_offline
def show() -> Response:
    return page()


def page(refused: Mapping[tuple[str, int], ChangeForm] | None = None) -> Response:
    """The page; a form that came back (by ``stock`` or ``price`` and the variant) keeps what was
    typed."""
    cooperative_id = current_user.cooperative.id
    now = clock.now()
    today = clock.day_of(now)
    here = place()
    on_sale = list_on_sale(cooperative_id, here.get("page", 1), only_low="show" in here)
    picks = list_picks(cooperative_id)
    sets_prices = current_user.manages
    html = render_template(
        "suppliers/today/show.html",
        now=now,
        today=today,
        figures=get_figures(
            cooperative_id, today=today, month_start=clock.start_of(today.replace(day=1))
        ),
        picks=picks,
        lacking=_lacking(cooperative_id, picks),
        to_points=list_to_points(cooperative_id),
        claims=waiting_for_cooperative(cooperative_id),
        on_sale=on_sale,
        waiting=_waiting(cooperative_id, on_sale.page.items) if sets_prices else {},
        only_low="show" in here,
        refused=refused or {},
        new_key=lambda: str(uuid4()),
        sets_prices=sets_prices,
        price_step=_price_step,
        unit_price_of=_unit_price_of,
        here=here,
    )
    return make_response(html, 422 if refused else 200)


def _lacking(cooperative_id: int, picks: Sequence[Pick]) -> list[Product]:
    """What waits to be sent and can't be, for want of a certified batch."""
    waiting = {pick.product_id for pick in picks if pick.ships_on is None}
    if not waiting:
        return []
    return [product for product in list_lacking(cooperative_id) if product.id in waiting]


def _waiting(cooperative_id: int, variants: Sequence[Variant]) -> dict[int, ListingChange]:
    """The prices that wait for the platform, by variant."""
    changes = list_open_of(cooperative_id, {variant.product_id for variant in variants})
    return {change.variant_id: change for change in changes if change.variant_id is not None}


def place() -> dict[str, Any]:
    """Which page of what is on sale an address names, as arguments of another address."""
    number = page_number(request.args.get("page"))
    low = {"show": "low"} if request.args.get("show") == "low" else {}
    return low | ({"page": number} if number > 1 else {})


def _price_step(price_fen: int) -> int:
    """By how many fen one tap moves a price: small steps for what costs little."""
    if price_fen < 1_000:
        return 10
    return 50 if price_fen < 10_000 else 100


def _unit_price_of(variant: Variant) -> str:
    return unit_price_text(variant.price_fen, variant.measure, variant.measure_amount, variant.unit)
