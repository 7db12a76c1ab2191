"""A buyer asks for invoices, for all parts of an order at once if they like."""

from dataclasses import dataclass

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.invoices.errors import (
    InvoiceUnderWay,
    NotAcceptedYet,
    NothingToInvoice,
    NotInThatState,
)
from orders.invoices.forms import RequestForm
from orders.invoices.models import Invoice, InvoiceTitle, TitleKind
from orders.invoices.queries import get_own_order, list_invoices_of, list_titles
from orders.invoices.rules import kept_fen, state_of, unit_price
from orders.invoices.services.invoices import request_invoices
from orders.invoices.services.invoices import withdraw as take_back
from orders.records.models import Order, SubOrder
from shop import clock
from shop.db import transaction
from shop.errors import NotFound
from shop.web.audience import Role, allow

blueprint = Blueprint("invoices", __name__)


@dataclass(frozen=True, slots=True)
class Choice:
    """The parts of an order by whether an invoice can be asked for."""

    ready: list[SubOrder]
    not_accepted: list[SubOrder]


@blueprint.get("/orders/<number>/invoices")
@allow(Role.BUYER)
def show(number: str) -> str:
    order = get_own_order(current_user.id, number)
    invoices = list_invoices_of(order.id)
    titles = list_titles(current_user.id)
    form = RequestForm(_choice(order, invoices).ready, _chosen(titles) or _usual(order))
    return _page(order, invoices, form, titles)


@blueprint.post("/orders/<number>/invoices")
@allow(Role.BUYER)
def create(number: str) -> Response | tuple[str, int]:
    account_id = current_user.id
    order = get_own_order(account_id, number)
    invoices = list_invoices_of(order.id)
    form = RequestForm(_choice(order, invoices).ready)
    if not form.validate_on_submit():
        return _page(order, invoices, form, list_titles(account_id)), 422
    part_ids = [part.id for part in order.sub_orders if part.number in form.parts.data]
    title = form.title
    try:
        with transaction():
            request_invoices(part_ids, title, by=account_id, at=clock.now())
        flash(gettext("已申请，开好后会告诉您。"), "success")
    except (NotAcceptedYet, NothingToInvoice, InvoiceUnderWay) as error:
        flash(str(error), "error")
    return redirect(url_for("invoices.show", number=number), 303)


@blueprint.post("/orders/<number>/invoices/<int:invoice_id>/withdrawal")
@allow(Role.BUYER)
def withdraw(number: str, invoice_id: int) -> Response:
    order = get_own_order(current_user.id, number)
    if invoice_id not in {invoice.id for invoice in list_invoices_of(order.id)}:
        raise NotFound
    try:
        with transaction():
            take_back(invoice_id, by=current_user.id, at=clock.now())
        flash(gettext("申请已撤回，可以重新填写。"), "success")
    except NotInThatState as error:
        flash(str(error), "error")
    return redirect(url_for("invoices.show", number=number), 303)


def _choice(order: Order, invoices: list[Invoice]) -> Choice:
    open_ = {invoice.sub_order_id for invoice in invoices if invoice.closed_at is None}
    free = [part for part in order.sub_orders if part.id not in open_ and kept_fen(part)]
    return Choice(
        ready=[part for part in free if part.accepted_at],
        not_accepted=[part for part in free if not part.accepted_at],
    )


def _chosen(titles: list[InvoiceTitle]) -> InvoiceTitle | None:
    """The title that the address names, else the one used last."""
    wanted = request.args.get("title", "")
    return next((each for each in titles if str(each.id) == wanted), titles[0] if titles else None)


def _usual(order: Order) -> InvoiceTitle:
    """Whoever asks for the first time finds filled in what the shop knows."""
    enterprise = current_user.enterprise if order.organisation_id else None
    return InvoiceTitle(
        kind=TitleKind.ENTERPRISE if enterprise else TitleKind.PERSONAL,
        name=enterprise.name if enterprise else current_user.name,
        tax_code=enterprise.credit_code if enterprise else "",
        email=current_user.email or "",
        phone=current_user.phone or "",
    )


def _page(
    order: Order, invoices: list[Invoice], form: RequestForm, titles: list[InvoiceTitle]
) -> str:
    return render_template(
        "orders/invoices/requests.html",
        order=order,
        invoices=invoices,
        states={invoice.id: state_of(invoice) for invoice in invoices},
        choice=_choice(order, invoices),
        form=form,
        titles=titles,
        kept_fen=kept_fen,
        unit_price=unit_price,
    )
