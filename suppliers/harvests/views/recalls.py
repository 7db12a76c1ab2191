"""A cooperative calls one of its own batches back, and sees whom the news reached."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user

from catalog.batches.models import Batch
from catalog.batches.queries import get_own_batch
from catalog.batches.services import recall
from orders.recalls.forms import RecallForm
from orders.recalls.queries import count_orders, list_reached
from orders.recalls.views import list_as_file
from shop import clock
from shop.db import transaction
from shop.errors import DomainError, NotFound
from shop.web.audience import Role, allow, shows
from shop.web.paging import page_number
from suppliers.harvests.views.batches import Answer, own_cooperative_id

blueprint = Blueprint("batch_recalls", __name__, url_prefix="/cooperative/batches/<batch_code>")


@blueprint.get("/recall")
@allow(Role.COOPERATIVE, Role.DELEGATE)
@shows("names, phones", "batch", "batch_code")
def show(batch_code: str) -> str:
    return _page(get_own_batch(own_cooperative_id(), batch_code), RecallForm())


@blueprint.post("/recall")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def create(batch_code: str) -> Answer:
    cooperative_id, by = own_cooperative_id(), current_user.id
    batch = get_own_batch(cooperative_id, batch_code)
    form = RecallForm()
    if not form.validate_on_submit():
        return _page(batch, form), 422
    reason = form.reason.data
    try:
        with transaction():
            recall(batch_code, reason, cooperative_id=cooperative_id, by=by, at=clock.now())
    except NotFound:
        raise
    except DomainError as error:
        form.form_errors.append(str(error))
        return _page(get_own_batch(cooperative_id, batch_code), form), error.status
    flash(gettext("已召回：剩下的不能再发货，买过的人正在收到通知。"), "success")
    return redirect(url_for("batch_recalls.show", batch_code=batch_code), 303)


@blueprint.get("/recall/buyers.xlsx")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def buyers(batch_code: str) -> Response:
    return list_as_file(get_own_batch(own_cooperative_id(), batch_code))


def _page(batch: Batch, form: RecallForm) -> str:
    return render_template(
        "suppliers/harvests/recall.html",
        batch=batch,
        form=form,
        orders=count_orders(batch.id),
        page=list_reached(batch, page_number(request.args.get("page"))),
    )
