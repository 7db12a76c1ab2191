"""A cooperative calls off what it cannot deliver."""

from flask import Blueprint, flash, render_template, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.records.models import SubOrder
from orders.refunds.forms import CooperativeCancellationForm, cancellation_form
from orders.refunds.models import Side
from orders.refunds.services.cancellations import cancel_units
from shop import clock
from shop.db import transaction
from shop.errors import Conflict
from shop.web.audience import Role, allow
from suppliers.fulfilment.queries import get_own_part

blueprint = Blueprint("fulfilment_cancellations", __name__, url_prefix="/cooperative/orders")


@blueprint.get("/<sub_number>/cancellation")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def new(sub_number: str) -> str:
    part = get_own_part(current_user.cooperative.id, sub_number)
    return _page(part, cancellation_form(part, CooperativeCancellationForm))


@blueprint.post("/<sub_number>/cancellation")
@allow(Role.COOPERATIVE, Role.DELEGATE)
def create(sub_number: str) -> Response | tuple[str, int]:
    account_id, cooperative_id = current_user.id, current_user.cooperative.id
    part = get_own_part(cooperative_id, sub_number)
    form = cancellation_form(part, CooperativeCancellationForm)
    if not form.validate_on_submit():
        return _page(part, form), 422
    try:
        with transaction():
            cancel_units(
                part,
                form.units,
                side=Side.COOPERATIVE,
                reason=form.reason.data,
                by=account_id,
                at=clock.now(),
            )
    except Conflict as error:
        form.refuse(str(error))
        return _page(get_own_part(cooperative_id, sub_number), form), error.status
    flash(gettext("已取消，买家会收到通知和退款。"), "success")
    return redirect(url_for("fulfilment.show", sub_number=sub_number), 303)


def _page(part: SubOrder, form: CooperativeCancellationForm) -> str:
    return render_template(
        "suppliers/fulfilment/cancellation.html", part=part, order=part.order, form=form
    )
