"""Where cooperatives write down the invoices they issued; finance can do it for all of them."""

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.invoices.errors import (
    BadDay,
    BadNumber,
    NothingToInvoice,
    NotInThatState,
    NumberTaken,
)
from orders.invoices.forms import DocumentForm, FileForm, RejectionForm, issue_form
from orders.invoices.models import Invoice
from orders.invoices.queries import (
    HEAPS,
    Reader,
    count_heaps,
    get_invoice,
    get_items,
    list_invoices,
)
from orders.invoices.rules import InvoiceState, Item, state_of, total_fen, unit_price
from orders.invoices.services import invoices as services
from shop import clock
from shop.db import transaction
from shop.web.audience import Role, allow, shows
from shop.web.paging import page_number

blueprint = Blueprint("invoice_desk", __name__, url_prefix="/invoices")


@blueprint.get("")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.ACCOUNTANT, Role.FINANCE)
@shows("titles", "invoice")
def index() -> str:
    shown = request.args.get("show")
    heap = next((each for each in HEAPS if each == shown), InvoiceState.REQUESTED)
    page = list_invoices(reader(), heap, page_number(request.args.get("page")))
    return render_template(
        "orders/invoices/index.html",
        desk=desk(),
        page=page,
        heap=heap,
        heaps=list(HEAPS),
        counts=count_heaps(reader()),
        states={invoice.id: state_of(invoice) for invoice in page.items},
    )


@blueprint.get("/<int:invoice_id>")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.ACCOUNTANT, Role.FINANCE)
@shows("title, e-mail, phone", "invoice", "invoice_id")
def show(invoice_id: int) -> str:
    invoice = get_invoice(reader(), invoice_id)
    return page_of(invoice)


@blueprint.post("/<int:invoice_id>/issuance")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.ACCOUNTANT, Role.FINANCE)
def issue(invoice_id: int) -> Response | tuple[str, int]:
    invoice = get_invoice(reader(), invoice_id)
    items = _items_of(invoice)
    form = issue_form(items)
    if not form.validate_on_submit():
        return page_of(invoice, issuing=form), 422
    number, day, rates = form.number.data, form.issued_on.data, form.rates
    try:
        with transaction():
            services.issue(invoice_id, number, day, rates, by=current_user.id, at=clock.now())
    except (BadNumber, NumberTaken) as error:
        form.number.errors = [str(error)]
    except BadDay as error:
        form.issued_on.errors = [str(error)]
    except (NotInThatState, NothingToInvoice) as error:
        flash(str(error), "error")
        return back_to(invoice_id)
    else:
        flash(gettext("已登记，买家会收到通知。"), "success")
        return back_to(invoice_id)
    return page_of(get_invoice(reader(), invoice_id), issuing=form), 422


@blueprint.post("/<int:invoice_id>/reversal")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.ACCOUNTANT, Role.FINANCE)
def reverse(invoice_id: int) -> Response | tuple[str, int]:
    invoice = get_invoice(reader(), invoice_id)
    form = DocumentForm()
    if not form.validate_on_submit():
        return page_of(invoice, reversing=form), 422
    number, day = form.number.data, form.issued_on.data
    try:
        with transaction():
            rest = services.reverse(invoice_id, number, day, by=current_user.id, at=clock.now())
            rest_id = rest.id if rest else invoice_id
    except (BadNumber, NumberTaken) as error:
        form.number.errors = [str(error)]
    except BadDay as error:
        form.issued_on.errors = [str(error)]
    except NotInThatState as error:
        flash(str(error), "error")
        return back_to(invoice_id)
    else:
        done, left = gettext("已冲红。"), gettext("已冲红，请为余下的金额重新开票。")
        flash(done if rest_id == invoice_id else left, "success")
        return back_to(rest_id)
    again = get_invoice(reader(), invoice_id)
    return page_of(again, reversing=form), 422


@blueprint.post("/<int:invoice_id>/rejection")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.ACCOUNTANT, Role.FINANCE)
def reject(invoice_id: int) -> Response | tuple[str, int]:
    invoice = get_invoice(reader(), invoice_id)
    form = RejectionForm()
    if not form.validate_on_submit():
        return page_of(invoice, rejecting=form), 422
    try:
        with transaction():
            services.reject(invoice_id, form.reason.data, by=current_user.id, at=clock.now())
        flash(gettext("已回复买家。"), "success")
    except NotInThatState as error:
        flash(str(error), "error")
    return back_to(invoice_id)


@blueprint.post("/<int:invoice_id>/sending")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.ACCOUNTANT, Role.FINANCE)
def send(invoice_id: int) -> Response:
    get_invoice(reader(), invoice_id)
    try:
        with transaction():
            services.mark_sent(invoice_id, by=current_user.id, at=clock.now())
        flash(gettext("已记为发送。"), "success")
    except NotInThatState as error:
        flash(str(error), "error")
    return back_to(invoice_id)


def reader() -> Reader:
    """Finance sees all invoices, a cooperative its own."""
    if Role.FINANCE in current_user.roles:
        return Reader(None)
    return Reader(current_user.cooperative.id)


def desk() -> str:
    """The desk whose page this is."""
    of_finance = Role.FINANCE in current_user.roles
    return "orders/finance/desk.html" if of_finance else "suppliers/desk.html"


def _items_of(invoice: Invoice) -> list[Item]:
    """What an issued invoice says, or what it would say now."""
    if invoice.blue is None:
        return get_items(invoice.sub_order)
    names = ("order_line_id", "name", "spec", "unit", "quantity", "amount_fen", "rate")
    return [Item(**{name: getattr(item, name) for name in names}) for item in invoice.items]


def page_of(
    invoice: Invoice,
    *,
    issuing: DocumentForm | None = None,
    reversing: DocumentForm | None = None,
    rejecting: RejectionForm | None = None,
    filing: FileForm | None = None,
) -> str:
    items = _items_of(invoice)
    today = clock.day_of(clock.now())
    return render_template(
        "orders/invoices/show.html",
        desk=desk(),
        invoice=invoice,
        state=state_of(invoice),
        part=invoice.sub_order,
        items=items,
        total_fen=total_fen(items),
        unit_price=unit_price,
        issuing=issuing or issue_form(items, formdata=None, issued_on=today),
        reversing=reversing or DocumentForm(formdata=None, issued_on=today),
        rejecting=rejecting or RejectionForm(formdata=None),
        filing=filing or FileForm(invoice.documents, formdata=None),
    )


def back_to(invoice_id: int) -> Response:
    return redirect(url_for("invoice_desk.show", invoice_id=invoice_id), 303)
