"""The platform calls batches back, and follows whom the news reached."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from catalog.batches.models import Batch
from catalog.batches.queries import get_batch
from catalog.batches.services import recall
from orders.recalls.forms import RecallForm
from orders.recalls.gateways import write_reached
from orders.recalls.queries import count_orders, list_reached, list_recalls, stream_reached
from orders.recalls.services import record_export
from shop import clock
from shop.db import transaction
from shop.errors import DomainError, NotFound
from shop.sheets.gateways.writing import MIME_TYPE
from shop.web.audience import Role, allow, shows
from shop.web.fields import clean_line
from shop.web.paging import page_number

blueprint = Blueprint("recalls", __name__, url_prefix="/platform/recalls")

Answer = str | AnyResponse | tuple[str, int]


@blueprint.get("")
@allow(Role.ADMINISTRATOR)
def index() -> Answer:
    """Every recall; a code that somebody typed leads to its batch."""
    code = clean_line(request.args.get("code", "")).upper()
    if code:
        try:
            return redirect(url_for("recalls.show", batch_code=get_batch(code).code), 303)
        except NotFound:
            flash(gettext("没有这个批次编号。"), "error")
    page = list_recalls(page_number(request.args.get("page")))
    return render_template("orders/recalls/index.html", page=page, code=code[:12])


@blueprint.get("/<batch_code>")
@allow(Role.ADMINISTRATOR)
@shows("names, phones", "batch", "batch_code")
def show(batch_code: str) -> str:
    return _page(get_batch(batch_code), RecallForm())


@blueprint.post("/<batch_code>")
@allow(Role.ADMINISTRATOR)
def create(batch_code: str) -> Answer:
    by = current_user.id
    batch = get_batch(batch_code)
    form = RecallForm()
    if not form.validate_on_submit():
        return _page(batch, form), 422
    try:
        with transaction():
            recall(batch_code, form.reason.data, by=by, at=clock.now())
    except NotFound:
        raise
    except DomainError as error:
        form.form_errors.append(str(error))
        return _page(get_batch(batch_code), form), error.status
    flash(gettext("已召回：剩下的不能再发货，买过的人正在收到通知。"), "success")
    return redirect(url_for("recalls.show", batch_code=batch_code), 303)


@blueprint.get("/<batch_code>/buyers.xlsx")
@allow(Role.ADMINISTRATOR)
def buyers(batch_code: str) -> Response:
    return list_as_file(get_batch(batch_code))


def list_as_file(batch: Batch) -> Response:
    """The list of buyers to take home. Raises NotFound where nothing was called back."""
    if batch.recall is None:
        raise NotFound
    code, content = batch.code, write_reached(stream_reached(batch))
    by = current_user.id
    with transaction():
        record_export(code, by=by, at=clock.now())
    answer = Response(content, mimetype=MIME_TYPE)
    answer.headers["Content-Disposition"] = f'attachment; filename="recall-{code}.xlsx"'
    answer.cache_control.no_store = True
    return answer


def _page(batch: Batch, form: RecallForm) -> str:
    return render_template(
        "orders/recalls/show.html",
        batch=batch,
        form=form,
        orders=count_orders(batch.id),
        page=list_reached(batch, page_number(request.args.get("page"))),
    )
