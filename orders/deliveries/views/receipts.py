"""A buyer confirms that a cooperative's part has arrived."""

from flask import Blueprint, flash, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.deliveries.errors import NotToBeAccepted
from orders.deliveries.queries import get_own_sub_order
from orders.deliveries.services import accept
from orders.records.models import AcceptedBy
from shop import clock
from shop.db import transaction
from shop.web.audience import Role, allow

blueprint = Blueprint("receipts", __name__)


@blueprint.post("/orders/<number>/parts/<sub_number>/receipt")
@allow(Role.BUYER)
def create(number: str, sub_number: str) -> Response:
    account_id = current_user.id
    part_id = get_own_sub_order(account_id, number, sub_number).id
    try:
        with transaction():
            accept(part_id, account_id=account_id, accepted_by=AcceptedBy.BUYER, at=clock.now())
        flash(gettext("已确认收货，谢谢您。"), "success")
    except NotToBeAccepted as error:
        flash(str(error), "error")
    return redirect(url_for("order_history.show", number=number), 303)
