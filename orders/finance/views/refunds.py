"""Refunds under way: what waits, what failed, and the ways to send it after all."""

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.finance.queries import list_refunds
from orders.finance.rules import Shown, name_of
from orders.refunds.errors import NotFailedForGood
from orders.refunds.queries import get_refund
from orders.refunds.services.moves import reroute, send_again
from shop import clock
from shop.db import transaction
from shop.web.audience import Role, allow
from shop.web.paging import page_number

blueprint = Blueprint("finance_refunds", __name__)
retries = Blueprint("refund_retries", __name__)
reroutings = Blueprint("refund_reroutings", __name__)


@blueprint.get("/finance/refunds")
@allow(Role.FINANCE)
def index() -> str:
    wanted = request.args.get("show", "")
    shown = Shown(wanted) if wanted in set(Shown) else Shown.WAITING
    return render_template(
        "orders/finance/refunds.html",
        refunds=list_refunds(page_number(request.args.get("page")), shown),
        shown=shown,
        choices=list(Shown),
        name_of=name_of,
    )


@retries.post("/finance/refunds/<int:refund_id>/attempts")
@allow(Role.FINANCE)
def create(refund_id: int) -> Response:
    with transaction():
        send_again(refund_id, by=current_user.id, at=clock.now())
    flash(gettext("已重新提交退款。"), "success")
    return redirect(url_for("finance_refunds.index"), 303)


@reroutings.post("/finance/refunds/<int:refund_id>/rerouting", endpoint="create")
@allow(Role.FINANCE)
def create_rerouting(refund_id: int) -> Response:
    number, by = get_refund(refund_id).payment.order.number, current_user.id
    try:
        with transaction():
            reroute(refund_id, by=by, at=clock.now())
    except NotFailedForGood as error:
        flash(str(error), "error")
        return redirect(url_for("finance_orders.show", number=number), 303)
    flash(gettext("已改走银行转账，并告诉了买家。请在网银付款后登记流水号。"), "success")
    return redirect(url_for("payouts.index"), 303)
