"""A buyer calls a paid order off."""

from flask import Blueprint, flash, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.refunds.errors import AlreadySent
from orders.refunds.queries import get_own_order_id
from orders.refunds.services import cancel_order
from shop import clock
from shop.db import transaction
from shop.web.audience import Role, allow

blueprint = Blueprint("cancellations", __name__)


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
