"""Payments of which it is not known yet whether they succeeded."""

from flask import Blueprint, flash, render_template, request, url_for
from flask_babel import gettext
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.finance.queries import get_attempt_id, list_in_doubt
from orders.finance.rules import name_of
from orders.payments.errors import ProviderRefused, ProviderUnavailable
from orders.payments.handlers import ask
from shop import clock
from shop.web.audience import Role, allow
from shop.web.paging import page_number

blueprint = Blueprint("finance_payments", __name__)
checks = Blueprint("attempt_checks", __name__)


@blueprint.get("/finance/payments")
@allow(Role.FINANCE)
def index() -> str:
    number = page_number(request.args.get("page"))
    return render_template(
        "orders/finance/payments.html",
        attempts=list_in_doubt(clock.now(), number),
        name_of=name_of,
    )


@checks.post("/finance/payments/<int:attempt_id>/checks")
@allow(Role.FINANCE)
def create(attempt_id: int) -> Response:
    """Ask the provider now instead of waiting for the reconciler."""
    try:
        ask(get_attempt_id(attempt_id), at=clock.now())
    except (ProviderUnavailable, ProviderRefused) as error:
        flash(str(error), "error")
    else:
        flash(gettext("已向支付服务查询，结果记在这笔付款上。"), "success")
    return redirect(url_for("finance_payments.index"), 303)
