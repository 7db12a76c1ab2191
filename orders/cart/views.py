"""The basket, for everybody."""

import secrets

from flask import Blueprint, flash, g, render_template, session, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.cart import services
from orders.cart.errors import NotForSale, TooManyKinds
from orders.cart.forms import AddForm, QuantityForm
from orders.cart.models import MOST_PER_LINE
from orders.cart.queries import Owner, count_units, get_quote
from orders.deliveries.queries import find_destination
from orders.deliveries.rules import MAINLAND
from shop import clock
from shop.accounts.people.models import Address
from shop.accounts.people.queries import list_addresses
from shop.accounts.sessions.handlers import BASKET
from shop.db import transaction
from shop.money import yuan
from shop.web.audience import public

blueprint = Blueprint("cart", __name__)
lines = Blueprint("basket_lines", __name__)

Answer = Response | tuple[str, int]


@blueprint.get("/basket")
@public
def show() -> str:
    return _page()


@lines.post("/basket/lines")
@public
def create() -> Answer:
    form = AddForm()
    if not form.validate_on_submit():
        messages = [text for errors in form.errors.values() for text in errors]
        return _page(message=" ".join(map(str, messages))), 422
    owner = current_owner()
    if owner.is_nobody:
        owner = Owner(token=secrets.token_urlsafe(24))
    try:
        with transaction():
            services.add(owner, form.variant_id.data, form.quantity.data, at=clock.now())
    except (NotForSale, TooManyKinds) as error:
        return _page(message=str(error)), 422
    if owner.token:
        # Only now: a browser that has put nothing into a basket needs no session.
        session[BASKET] = owner.token
    flash(gettext("已放进菜篮。"), "success")
    return redirect(url_for("cart.show"), 303)


@lines.post("/basket/lines/<int:variant_id>")
@public
def update(variant_id: int) -> Answer:
    form = QuantityForm()
    if not form.validate_on_submit():
        return _page(variant_id, str(form.quantity.errors[0])), 422
    owner = current_owner()
    try:
        with transaction():
            price = services.set_quantity(owner, variant_id, form.quantity.data, at=clock.now())
    except NotForSale as error:
        return _page(variant_id, str(error)), 422
    if price.now_fen != price.before_fen:
        _say_price(price, form.quantity.data)
    return redirect(url_for("cart.show"), 303)


@lines.post("/basket/lines/<int:variant_id>/removal")
@public
def destroy(variant_id: int) -> Response:
    owner = current_owner()
    with transaction():
        services.remove(owner, variant_id, at=clock.now())
    flash(gettext("已从菜篮里拿出。"), "info")
    return redirect(url_for("cart.show"), 303)


def _say_price(price: services.Repriced, quantity: int) -> None:
    """Another quantity may cost otherwise: that is said, not left to be found."""
    before, now = yuan(price.before_fen), yuan(price.now_fen)
    flash(
        gettext(
            "买 %(quantity)s %(unit)s，每%(unit)s的价格从 ¥%(before)s 变为 ¥%(now)s。",
            quantity=quantity,
            unit=price.unit,
            before=before,
            now=now,
        ),
        "info",
    )


@blueprint.after_request
def keep_fresh(response: Response) -> Response:
    """After an order the Back button shows the basket as it is, not as it was."""
    response.cache_control.no_store = True
    return response


@blueprint.app_context_processor
def offer_count() -> dict[str, object]:
    return {"basket_count": basket_count}


def basket_count() -> int:
    """How many units are in the caller's basket; asked for once a page."""
    if "basket_count" not in g:
        g.basket_count = count_units(current_owner())
    count: int = g.basket_count
    return count


def current_owner() -> Owner:
    """Whose basket the caller's is."""
    if current_user.is_authenticated:
        return Owner(account_id=current_user.id)
    return Owner(token=session.get(BASKET))


def _page(failed_id: int | None = None, message: str = "") -> str:
    address = _latest_address()
    to = MAINLAND if address is None else find_destination(address.town_code)
    return render_template(
        "orders/cart/show.html",
        quote=get_quote(current_owner(), to=to, at=clock.now()),
        address=address,
        most=MOST_PER_LINE,
        failed_id=failed_id,
        message=message,
    )


def _latest_address() -> Address | None:
    """Where the caller had something brought to last; freight is reckoned for there."""
    if not current_user.is_authenticated:
        return None
    return next(iter(list_addresses(current_user.id)), None)
