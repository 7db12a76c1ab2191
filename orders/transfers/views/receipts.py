"""Money that came in, by what is to be done about it."""

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.exc import IntegrityError
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.payments.rules import spoken
from orders.transfers.errors import AlreadyPaid, MistypedCode, ReceiptTaken, UnknownOrder
from orders.transfers.forms import MatchForm, ReturnForm
from orders.transfers.models import BankReceipt
from orders.transfers.queries.receipts import (
    OPEN_QUEUES,
    Queue,
    count_queues,
    get_payment,
    get_receipt,
    list_candidates,
    list_companions,
    list_receipts,
    list_twins,
    queue_of,
)
from orders.transfers.rules import looks_like_code
from orders.transfers.services import matches
from shop import clock
from shop.db import transaction
from shop.web.audience import Role, allow, shows
from shop.web.fields import clean_line
from shop.web.paging import page_number

blueprint = Blueprint("bank_receipts", __name__, url_prefix="/finance/receipts")

LONGEST_SEARCH = 80
Answer = str | Response | tuple[str, int]


@blueprint.get("")
@allow(Role.FINANCE)
@shows("payers", "bank_receipt")
def index() -> str:
    counts = count_queues()
    asked = request.args.get("show", "")
    first = next((queue for queue in OPEN_QUEUES if counts.get(queue)), Queue.UNMATCHED)
    queue = Queue(asked) if asked in set(Queue) else first
    words = clean_line(request.args.get("q", ""))[:LONGEST_SEARCH]
    return render_template(
        "orders/transfers/receipts.html",
        page=list_receipts(page_number(request.args.get("page")), queue, words),
        queue=queue,
        queues=tuple(Queue),
        counts=counts,
        words=words,
        spoken=spoken,
    )


@blueprint.get("/<int:receipt_id>")
@allow(Role.FINANCE)
@shows("payer", "bank_receipt", "receipt_id")
def show(receipt_id: int) -> str:
    return _page(get_receipt(receipt_id))


@blueprint.post("/<int:receipt_id>/matches")
@allow(Role.FINANCE)
def match(receipt_id: int) -> Answer:
    """Propose which order it pays for."""
    receipt, by = get_receipt(receipt_id), current_user.id
    form = MatchForm()
    form.offer(list_companions(receipt))
    if not form.validate_on_submit():
        return _page(receipt, form), 422
    try:
        payment_id = get_payment(form.order.data).id
        with transaction():
            matches.propose_match(
                [receipt_id, *form.other_ids], payment_id, form.note.data, by=by, at=clock.now()
            )
    except UnknownOrder as error:
        wrong = MistypedCode() if looks_like_code(form.order.data) else error
        form.order.errors = [str(wrong)]
        return _page(receipt, form), 422
    except AlreadyPaid as error:
        form.order.errors = [str(error)]
        return _page(receipt, form), 409
    except (ReceiptTaken, IntegrityError):
        return _taken(receipt_id)
    return _proposed()


@blueprint.post("/<int:receipt_id>/returns")
@allow(Role.FINANCE)
def give_back(receipt_id: int) -> Answer:
    """Propose that it goes back to who sent it."""
    receipt, by = get_receipt(receipt_id), current_user.id
    form = ReturnForm()
    if not form.validate_on_submit():
        return _page(receipt, give_back=form), 422
    try:
        with transaction():
            matches.propose_return(receipt_id, form.reason.data, by=by, at=clock.now())
    except (ReceiptTaken, IntegrityError):
        return _taken(receipt_id)
    return _proposed()


def _page(
    receipt: BankReceipt, form: MatchForm | None = None, give_back: ReturnForm | None = None
) -> str:
    queue = queue_of(receipt.id)
    others = list_companions(receipt)
    if form is None:
        known = clean_line(request.args.get("order", ""))[:40]
        form = MatchForm(
            formdata=None, order=known or (spoken(receipt.code) if receipt.code else "")
        )
    form.offer(others)
    return render_template(
        "orders/transfers/receipt.html",
        receipt=receipt,
        queue=queue,
        is_open=queue in OPEN_QUEUES,
        form=form,
        give_back=give_back or ReturnForm(formdata=None),
        candidates=list_candidates(receipt) if queue in OPEN_QUEUES else [],
        others=others,
        twins=list_twins(receipt.id),
        spoken=spoken,
    )


def _taken(receipt_id: int) -> Response:
    flash(str(ReceiptTaken()), "error")
    return redirect(url_for("bank_receipts.show", receipt_id=receipt_id), 303)


def _proposed() -> Response:
    flash(gettext("已提议，等另一位财务复核。"), "success")
    return redirect(url_for("receipt_matches.index"), 303)
