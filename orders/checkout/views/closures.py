"""A buyer gives up an order that is not paid."""

from flask import Blueprint, flash, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.checkout.errors import NotWaiting
from orders.checkout.queries import get_own_order
from orders.checkout.services import close_order
from shop import clock
from shop.db import transaction
from shop.web.audience import Role, allow

blueprint = Blueprint("closures", __name__)


@blueprint.post("/orders/<number>/closure")
@allow(Role.BUYER)
def create(number: str) -> Response:
    account_id = current_user.id
    order_id = get_own_order(account_id, number).id
    try:
        with transaction():
            close_order(order_id, by=account_id, at=clock.now())
        flash(gettext("订单已取消，没有扣款。"), "success")
    except NotWaiting as error:
        flash(str(error), "error")
    return redirect(url_for("order_history.show", number=number), 303)
