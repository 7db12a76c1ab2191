"""Payout batches: one person prepares, another releases, the bank answers row by row."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.exc import IntegrityError
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from shop import clock
from shop.config import Settings
from shop.db import transaction
from shop.errors import DomainError
from shop.secrets import open_sealed
from shop.sheets.gateways.writing import MIME_TYPE
from shop.web.audience import Role, allow, shows
from shop.web.paging import page_number
from suppliers.settlements import models
from suppliers.settlements.errors import BatchDecided, NothingToPay
from suppliers.settlements.forms import RejectionForm, ReturnForm
from suppliers.settlements.gateways.files import Payment, bank_csv, bank_workbook
from suppliers.settlements.queries.payouts import (
    count_undecided,
    get_batch,
    get_row,
    list_batches,
    list_payables,
)
from suppliers.settlements.services import payouts
from suppliers.settlements.views.files import as_download

blueprint = Blueprint("payout_batches", __name__, url_prefix="/finance/payout-batches")
releases = Blueprint("payout_releases", __name__, url_prefix="/finance/payout-batches")
answers = Blueprint("payout_answers", __name__, url_prefix="/finance/payout-batches")

Answer = Response | tuple[str, int]


@blueprint.app_context_processor
def offer_count() -> dict[str, Any]:
    """For the first page of finance, which is a room below and knows nothing of payouts."""
    return {"count_undecided_payouts": count_undecided}


@blueprint.get("")
@allow(Role.FINANCE)
def index() -> str:
    return render_template(
        "suppliers/settlements/batches.html",
        payables=list_payables(),
        batches=list_batches(page_number(request.args.get("page"))),
        arrangement=_arrangement(),
    )


@blueprint.post("")
@allow(Role.FINANCE)
def create() -> Response:
    """Prepare a batch of all that can be paid now."""
    by = current_user.id
    try:
        with transaction():
            batch_id = payouts.prepare_batch(_arrangement(), by=by, at=clock.now()).id
    except IntegrityError:
        flash(str(NothingToPay()), "error")
        return redirect(url_for("payout_batches.index"), 303)
    except DomainError as refused:
        flash(str(refused), "error")
        return redirect(url_for("payout_batches.index"), 303)
    flash(gettext("已制单，等另一位财务复核放行。"), "success")
    return _to(batch_id)


@blueprint.get("/<int:batch_id>")
@allow(Role.FINANCE)
@shows("bank accounts", "payout_batch", "batch_id")
def show(batch_id: int) -> str:
    return _page(batch_id)


@blueprint.get("/<int:batch_id>/file.<any(csv, xlsx):kind>")
@allow(Role.FINANCE)
def download(batch_id: int, kind: str) -> Response:
    """The bank's file of what was released, with full account numbers."""
    batch = get_batch(batch_id)
    if batch.decision is not models.Decision.RELEASED:
        flash(gettext("这批付款还没有放行，没有银行文件。"), "error")
        return _to(batch_id)
    payments = [_payment(row) for row in batch.rows if row.outcome is models.Outcome.RELEASED]
    by = current_user.id
    with transaction():
        payouts.record_download(batch_id, kind, by=by, at=clock.now())
    if kind == "csv":
        response = Response(bank_csv(payments), content_type="text/csv; charset=gb18030")
    else:
        response = Response(bank_workbook(payments), content_type=MIME_TYPE)
    return as_download(response, f"付款_{batch_id}.{kind}")


@releases.post("/<int:batch_id>/release")
@allow(Role.FINANCE)
def create_release(batch_id: int) -> Response:
    """Another person lets it go."""
    by = current_user.id
    get_batch(batch_id)
    try:
        with transaction():
            left_out = payouts.release_batch(batch_id, _arrangement(), by=by, at=clock.now())
    except DomainError as refused:
        flash(str(refused), "error")
        return _to(batch_id)
    flash(gettext("已放行。请下载银行文件付款，再按银行结果逐行登记。"), "success")
    if left_out:
        flash(
            gettext(
                "有 %(count)s 行在制单以后有退款或换了收款账户，没有放行；下一批会重新算。",
                count=left_out,
            ),
            "warning",
        )
    return _to(batch_id)


@releases.post("/<int:batch_id>/rejection")
@allow(Role.FINANCE)
def reject(batch_id: int) -> Answer:
    form, by = RejectionForm(), current_user.id
    get_batch(batch_id)
    if not form.validate_on_submit():
        return _page(batch_id, rejection=form), 422
    try:
        with transaction():
            payouts.reject_batch(batch_id, form.note.data, by=by, at=clock.now())
        flash(gettext("已退回，可以重新制单。"), "success")
    except BatchDecided as refused:
        flash(str(refused), "error")
    return _to(batch_id)


@answers.post("/<int:batch_id>/rows/<int:row_id>/payment")
@allow(Role.FINANCE)
def pay(batch_id: int, row_id: int) -> Response:
    get_row(batch_id, row_id)
    return _answered(payouts.mark_paid, batch_id, row_id, done=gettext("已登记：银行已付。"))


@answers.post("/<int:batch_id>/rows/<int:row_id>/return")
@allow(Role.FINANCE)
def give_back(batch_id: int, row_id: int) -> Answer:
    form = ReturnForm()
    get_row(batch_id, row_id)
    if not form.validate_on_submit():
        return _page(batch_id, returned=form, row_id=row_id), 422
    done = gettext("已登记退票，这笔款重新待付。")
    return _answered(payouts.mark_returned, batch_id, row_id, form.reason.data, done=done)


def _answered(service: Callable[..., None], *given: Any, done: str) -> Response:
    by = current_user.id
    try:
        with transaction():
            service(*given, by=by, at=clock.now())
        flash(done, "success")
    except DomainError as refused:
        flash(str(refused), "error")
    return _to(given[0])


def _payment(row: models.PayoutRow) -> Payment:
    number = open_sealed(row.sealed_number)
    return (row.holder, number, row.bank, row.amount_fen, f"货款 {row.statement.number}")


def _arrangement() -> str:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.payout_arrangement


def _page(
    batch_id: int,
    *,
    rejection: RejectionForm | None = None,
    returned: ReturnForm | None = None,
    row_id: int = 0,
) -> str:
    batch = get_batch(batch_id)
    released = [row for row in batch.rows if row.outcome is models.Outcome.RELEASED]
    return render_template(
        "suppliers/settlements/batch.html",
        batch=batch,
        total_fen=sum(row.amount_fen for row in batch.rows),
        released_fen=sum(row.amount_fen for row in released),
        rejection=rejection or RejectionForm(formdata=None),
        returned=returned,
        answered_row=row_id,
        arrangement=_arrangement(),
    )


def _to(batch_id: int) -> Response:
    return redirect(url_for("payout_batches.show", batch_id=batch_id), 303)
