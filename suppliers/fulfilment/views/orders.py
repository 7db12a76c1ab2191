"""A cooperative's orders, and sending them."""

import secrets
from collections.abc import Sequence
from itertools import groupby

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from catalog.batches.errors import BatchMissing, BatchNotUsable
from catalog.batches.queries import list_usable
from catalog.stock.errors import HarvestNotIn
from orders.deliveries.errors import NotToBeSent, OtherThanWaits
from orders.deliveries.queries import list_shipments, was_sent
from orders.deliveries.services import dispatch
from orders.pickups.queries import find_pickups
from orders.pickups.rules import is_ready
from orders.records.models import SubOrder
from orders.records.rules import part_state
from orders.refunds.queries import list_cancellations
from shop import clock
from shop.db import transaction
from shop.web.audience import Role, allow, shows
from shop.web.paging import page_number
from suppliers.fulfilment.forms import DispatchForm, dispatch_form
from suppliers.fulfilment.queries import RunAhead, get_own_part, list_parts, list_runs
from suppliers.fulfilment.rules import Run, Stage, run_of, stage_of

blueprint = Blueprint("fulfilment", __name__, url_prefix="/cooperative/orders")
dispatches = Blueprint("dispatches", __name__, url_prefix="/cooperative/orders")

_SENT = _l("已发货，买家会收到通知。")
_SENT_IN_PART = _l("这一批已发货，买家会收到通知。其余的仍在待发货里。")


@blueprint.get("")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
@shows("names", "sub_order")
def index() -> str:
    cooperative_id = current_user.cooperative.id
    stage = stage_of(request.args.get("show"))
    is_open = stage is Stage.OPEN
    run = run_of(request.args.get("day"), request.args.get("point")) if is_open else None
    page = list_parts(cooperative_id, stage, page_number(request.args.get("page")), run)
    now = clock.now()
    return render_template(
        "suppliers/fulfilment/index.html",
        stage=stage,
        stages=list(Stage),
        run=run,
        page=page,
        groups=_by_run(cooperative_id, page.items) if is_open else [(None, page.items)],
        now=now,
        today=clock.day_of(now),
    )


@blueprint.get("/<sub_number>")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
@shows("name, phone, address", "sub_order", "sub_number")
def show(sub_number: str) -> str:
    part = get_own_part(current_user.cooperative.id, sub_number)
    return _page(part, _form(part))


@dispatches.post("/<sub_number>/dispatch")
@allow(Role.COOPERATIVE, Role.DELEGATE, Role.PICKER)
def create(sub_number: str) -> Response | tuple[str, int]:
    account_id, cooperative_id = current_user.id, current_user.cooperative.id
    part = get_own_part(cooperative_id, sub_number)
    form = _form(part)
    if form.has_key and was_sent(part.id, form.key.data):
        return _back(sub_number)  # The same form once more: it has done what it should.
    if not form.unit_fields:
        flash(str(NotToBeSent()), "error")
        return _back(sub_number)
    if not form.validate_on_submit():
        return _page(part, form), 422
    part_id = part.id
    try:
        with transaction():
            part = dispatch(
                part_id,
                cooperative_id,
                form.parcels,
                form.quantities,
                allocations=form.allocations,
                key=form.key.data,
                by=account_id,
                at=clock.now(),
            )
            is_done = part.dispatched_at is not None
        flash(str(_SENT if is_done else _SENT_IN_PART), "success")
    except (OtherThanWaits, HarvestNotIn, BatchMissing, BatchNotUsable) as error:
        # The fields say how much waits now; what was typed stays.
        part = get_own_part(cooperative_id, sub_number)
        form = _form(part)
        form.validate()
        form.form_errors.append(str(error))
        return _page(part, form), 409
    except NotToBeSent as error:
        flash(str(error), "error")
    return _back(sub_number)


def _by_run(
    cooperative_id: int, parts: Sequence[SubOrder]
) -> list[tuple[RunAhead | None, Sequence[SubOrder]]]:
    """Parts as they leave together; a run of which the last part has just gone is None."""
    pickups = find_pickups([part.id for part in parts])
    ahead = {each.run: each for each in list_runs(cooperative_id)}

    def run_of_part(part: SubOrder) -> Run:
        pickup = pickups.get(part.id)
        return Run(part.promised_on, pickup.point_id if pickup else 0)

    return [(ahead.get(run), list(group)) for run, group in groupby(parts, run_of_part)]


def _form(part: SubOrder) -> DispatchForm:
    batches = list_usable({line.product_id for line in part.lines if line.waiting_quantity})
    return dispatch_form(part.lines, clock.day_of(clock.now()), batches)


def _back(sub_number: str) -> Response:
    return redirect(url_for("fulfilment.show", sub_number=sub_number), 303)


def _page(part: SubOrder, form: DispatchForm) -> str:
    form.show(secrets.token_urlsafe(24))
    shipments = [each for each in list_shipments(part.order_id) if each.sub_order_id == part.id]
    pickup = find_pickups([part.id]).get(part.id)
    return render_template(
        "suppliers/fulfilment/show.html",
        part=part,
        order=part.order,
        state=part_state(part, at_pick_up=is_ready(pickup)),
        cancellations=list_cancellations([part.id]),
        shipments=shipments,
        pickup=pickup,
        form=form,
    )
