"""From the basket to the order: one page, one button, one order."""

from flask import Blueprint, current_app, flash, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.exc import IntegrityError
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from catalog.stock.errors import OutOfStock
from orders.cart.queries import Owner, get_quote
from orders.cart.rules import Quote
from orders.checkout.errors import (
    NoDeliveryThere,
    NothingToOrder,
    NoUnit,
    OnlyUnitsTransfer,
    PerishablesNotAgreed,
    QuoteChanged,
)
from orders.checkout.forms import UNIT, CheckoutForm
from orders.checkout.queries import find_latest_order_id
from orders.checkout.rules import changes, checkout_key
from orders.checkout.services import Consent, Placed, place_order
from orders.deliveries.queries import find_destination
from orders.deliveries.rules import MAINLAND, Destination
from orders.payments.handlers import connect, introduce
from orders.payments.queries import find_open_attempt_id
from orders.pickups.errors import PointClosed
from orders.pickups.queries import destination_of, list_open_points
from shop import clock
from shop.accounts.people.queries import list_addresses
from shop.config import Settings
from shop.db import transaction
from shop.errors import Conflict, DomainError
from shop.web.audience import Role, allow

blueprint = Blueprint("checkout", __name__)
quotes = Blueprint("quotes", __name__)

Answer = str | Response | tuple[str, int]


@blueprint.get("/checkout")
@allow(Role.BUYER)
def new() -> Answer:
    form = _form()
    quote = _quote(form)
    if not quote.parts:
        return _back_to_basket()
    return _page(form, quote)


@blueprint.post("/checkout")
@allow(Role.BUYER)
def create() -> Answer:
    form = _form()
    if not form.validate_on_submit():
        return _page(form, _quote(form)), 422
    try:
        number = _place(current_user.id, form)
    except NothingToOrder:
        return _back_to_basket()
    except (QuoteChanged, OutOfStock) as change:
        return _page(form, _quote(form), change), 409
    except PerishablesNotAgreed as error:
        form.perishables.errors = [str(error)]
    except NoDeliveryThere as error:
        form.town_code.errors = [str(error)]
    except PointClosed as error:
        form.address.errors = [str(error)]
    except NoUnit as error:
        form.buyer.errors = [str(error)]
    except OnlyUnitsTransfer as error:
        form.method.errors = [str(error)]
    else:
        return redirect(url_for("payments.show", number=number), 303)
    return _page(form, _quote(form)), 422


@quotes.post("/checkout/quote")
@allow(Role.BUYER)
def create_quote() -> Answer:
    """The same page with what is to be paid for the place that is chosen now; orders nothing."""
    form = _form()
    return _page(form, _quote(form))


def _place(account_id: int, form: CheckoutForm) -> str:
    """The number of the order that this form becomes, or has become before."""
    delivery, point = form.delivery, form.point
    point_id = None if point is None else point.id
    consent = Consent(form.quote.data or "", bool(form.perishables.data))
    for _ in range(2):
        try:
            with transaction():
                placed = place_order(
                    account_id,
                    form.checkout_key.data,
                    delivery,
                    consent,
                    point_id=point_id,
                    keep_address=True,
                    for_unit=form.buyer.data == UNIT,
                    transfer_days=_settings().transfer_days if form.by_transfer else None,
                    at=clock.now(),
                )
            break
        except IntegrityError:
            # The same key came through another door at this very moment: look again.
            continue
    else:
        raise Conflict
    _connect(placed)
    return placed.number


def _connect(placed: Placed) -> None:
    """Tell the payment provider at once, so that the next page can offer to pay. If it doesn't
    answer, that page offers to try again."""
    if placed.payment is not None:
        introduce(placed.payment)
    elif (attempt_id := find_open_attempt_id(placed.id)) is not None:
        connect(attempt_id)


def _form() -> CheckoutForm:
    form = CheckoutForm()
    form.offer(
        list_addresses(current_user.id),
        list_open_points(),
        current_user.enterprise,
        transfers=_settings().takes_transfers,
    )
    return form


def _destination(form: CheckoutForm) -> Destination:
    if form.point is not None:
        return destination_of(form.point)
    return find_destination(form.town) if form.town else MAINLAND


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


def _quote(form: CheckoutForm) -> Quote:
    """What the basket comes to at the place that is chosen."""
    return get_quote(Owner(account_id=current_user.id), to=_destination(form), at=clock.now())


def _page(form: CheckoutForm, quote: Quote, change: DomainError | None = None) -> str:
    changed = changes(form.seen.data or "", quote) if change else []
    form.show(quote, _fresh_key(current_user.id))
    return render_template(
        "orders/checkout/new.html",
        form=form,
        quote=quote,
        change=change,
        changed=changed,
        transfer_days=_settings().transfer_days,
    )


def _fresh_key(account_id: int) -> str:
    latest_order_id = find_latest_order_id(account_id) or 0
    return checkout_key(current_app.config["SECRET_KEY"], account_id, latest_order_id)


def _back_to_basket() -> Response:
    flash(gettext("菜篮里没有可以下单的商品。"), "warning")
    return redirect(url_for("cart.show"), 303)
