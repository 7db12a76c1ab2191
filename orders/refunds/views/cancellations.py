"""A buyer calls off what was not sent yet: the whole order, one cooperative's part, or units."""

from flask import Blueprint, flash, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.deliveries.queries import get_own_sub_order
from orders.records.models import SubOrder
from orders.refunds.errors import AlreadySent
from orders.refunds.forms import CancellationForm, cancellation_form
from orders.refunds.models import Side
from orders.refunds.queries import get_own_order_id
from orders.refunds.services.cancellations import cancel_order, cancel_units
from shop import clock
from shop.db import transaction
from shop.errors import Conflict
from shop.web.audience import Role, allow

blueprint = Blueprint("cancellations", __name__)
parts = Blueprint("part_cancellations", __name__)

PART = "/orders/<number>/parts/<sub_number>/cancellation"


@blueprint.post("/orders/<number>/cancellation")
@allow(Role.BUYER)
def create(number: str) -> Response:
    order_id = get_own_order_id(current_user.id, number)
    try:
        with transaction():
            cancel_order(order_id, reason=gettext("买家取消"), by=current_user.id, at=clock.now())
        flash(gettext("订单已取消，款项将原路退回。"), "success")
    except AlreadySent as error:
        flash(str(error), "error")
    return redirect(url_for("order_history.show", number=number), 303)


@parts.get(PART)
@allow(Role.BUYER)
def new(number: str, sub_number: str) -> str:
    part = get_own_sub_order(current_user.id, number, sub_number)
    return _page(part, cancellation_form(part))


@parts.post(PART)
@allow(Role.BUYER)
def create_part(number: str, sub_number: str) -> Response | tuple[str, int]:
    account_id = current_user.id
    part = get_own_sub_order(account_id, number, sub_number)
    form = cancellation_form(part)
    if not form.validate_on_submit():
        return _page(part, form), 422
    try:
        with transaction():
            cancel_units(
                part,
                form.units,
                side=Side.BUYER,
                reason=gettext("买家取消"),
                by=account_id,
                at=clock.now(),
            )
    except Conflict as error:
        form.refuse(str(error))
        return _page(get_own_sub_order(account_id, number, sub_number), form), error.status
    flash(gettext("已取消，款项将原路退回。"), "success")
    return redirect(url_for("order_history.show", number=number), 303)


def _page(part: SubOrder, form: CancellationForm) -> str:
    return render_template(
        "orders/refunds/cancellation.html", part=part, order=part.order, form=form
    )
