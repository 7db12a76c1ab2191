"""Refunds under way: what waits, what failed, and a way to send it again."""

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.finance.queries import list_refunds
from orders.finance.rules import Shown, name_of
from orders.refunds.services.moves import send_again
from shop import clock
from shop.db import transaction
from shop.web.audience import Role, allow
from shop.web.paging import page_number

blueprint = Blueprint("finance_refunds", __name__)
retries = Blueprint("refund_retries", __name__)


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
