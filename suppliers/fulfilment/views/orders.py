"""A cooperative's orders, and sending them."""

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from catalog.stock.errors import HarvestNotIn
from orders.deliveries.errors import NotToBeSent
from orders.deliveries.queries import list_parcels
from orders.deliveries.services import dispatch
from orders.records.models import SubOrder
from orders.records.rules import part_state
from orders.refunds.queries import list_cancellations
from shop import clock
from shop.db import transaction
from shop.web.audience import Role, allow
from shop.web.paging import page_number
from suppliers.fulfilment.forms import DispatchForm
from suppliers.fulfilment.queries import get_own_part, list_parts
from suppliers.fulfilment.rules import Stage, stage_of

blueprint = Blueprint("fulfilment", __name__, url_prefix="/cooperative/orders")
dispatches = Blueprint("dispatches", __name__, url_prefix="/cooperative/orders")


@blueprint.get("")
@allow(Role.COOPERATIVE)
def index() -> str:
    stage = stage_of(request.args.get("show"))
    number = page_number(request.args.get("page"))
    return render_template(
        "suppliers/fulfilment/index.html",
        stage=stage,
        stages=list(Stage),
        page=list_parts(current_user.cooperative.id, stage, number),
        today=clock.day_of(clock.now()),
    )


@blueprint.get("/<sub_number>")
@allow(Role.COOPERATIVE)
def show(sub_number: str) -> str:
    part = get_own_part(current_user.cooperative.id, sub_number)
    return _page(part, DispatchForm())


@dispatches.post("/<sub_number>/dispatch")
@allow(Role.COOPERATIVE)
def create(sub_number: str) -> Response | tuple[str, int]:
    account_id, cooperative_id = current_user.id, current_user.cooperative.id
    part = get_own_part(cooperative_id, sub_number)
    form = DispatchForm()
    if not form.validate_on_submit():
        return _page(part, form), 422
    part_id = part.id
    try:
        with transaction():
            dispatch(part_id, cooperative_id, form.parcels, by=account_id, at=clock.now())
        flash(gettext("已发货，买家会收到通知。"), "success")
    except (NotToBeSent, HarvestNotIn) as error:
        flash(str(error), "error")
    return redirect(url_for("fulfilment.show", sub_number=sub_number), 303)


def _page(part: SubOrder, form: DispatchForm) -> str:
    parcels = [p for p in list_parcels(part.order_id) if p.sub_order_id == part.id]
    return render_template(
        "suppliers/fulfilment/show.html",
        part=part,
        order=part.order,
        state=part_state(part),
        parcels=parcels,
        cancellations=list_cancellations([part.id]),
        form=form,
    )
