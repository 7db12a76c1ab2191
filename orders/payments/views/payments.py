"""Paying for an order."""

from flask import Blueprint, current_app, flash, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.payments import services
from orders.payments.errors import NothingToPay, ProviderRefused, ProviderUnavailable
from orders.payments.handlers import ask, connect, provider
from orders.payments.models import AttemptState, Payment
from orders.payments.queries import get_own_payment, latest_attempt
from orders.payments.rules import spoken
from shop import clock
from shop.db import transaction
from shop.web.audience import Role, allow

# Nothing more comes of an attempt that ended so.
_ENDED = {AttemptState.FAILED.value, AttemptState.QUARANTINED.value}

blueprint = Blueprint("payments", __name__)
checks = Blueprint("payment_checks", __name__)


@blueprint.get("/orders/<number>/payment")
@allow(Role.BUYER)
def show(number: str) -> str | Response:
    payment = get_own_payment(current_user.id, number)
    if payment.order.paid_at:
        return redirect(url_for("order_history.show", number=number))
    attempt = latest_attempt(payment)
    now = _state_of(payment)
    return render_template(
        "orders/payments/show.html",
        payment=payment,
        order=payment.order,
        attempt=attempt,
        is_open=attempt is not None and attempt.state is AttemptState.OPEN,
        has_failed=attempt is not None and attempt.state is AttemptState.FAILED,
        is_quarantined=attempt is not None and attempt.state is AttemptState.QUARANTINED,
        waiting="waiting" in request.args and now not in _ENDED,
        state=now,
        publishable_key=provider().publishable_key,
        transfer_code=spoken(payment.transfer_code) if payment.transfer_code else "",
        account=current_app.config["SETTINGS"],
    )


@blueprint.get("/orders/<number>/payment/state")
@allow(Role.BUYER)
def state(number: str) -> dict[str, str]:
    """For the page that waits: it reloads once this differs."""
    return {"state": _state_of(get_own_payment(current_user.id, number))}


@blueprint.post("/orders/<number>/payment/attempts")
@allow(Role.BUYER)
def create(number: str) -> Response:
    """Go on with an unfinished attempt, or begin another after one that failed. An order that was
    paid or has expired meanwhile explains itself on the next page."""
    payment_id = get_own_payment(current_user.id, number).id
    try:
        with transaction():
            attempt_id = services.start_attempt(payment_id, at=clock.now()).id
    except NothingToPay:
        return redirect(url_for("payments.show", number=number), 303)
    if not connect(attempt_id):
        flash(str(ProviderUnavailable.message), "error")
    return redirect(url_for("payments.show", number=number), 303)


@checks.post("/orders/<number>/payment/checks", endpoint="create")
@allow(Role.BUYER)
def create_check(number: str) -> Response | dict[str, str]:
    """Ask the provider itself, for a buyer who doesn't want to wait for its message."""
    attempt = latest_attempt(get_own_payment(current_user.id, number))
    try:
        if attempt is not None:
            ask(attempt.id, at=clock.now())
    except ProviderUnavailable:
        answer = gettext("支付服务暂时没有响应。如果您已经付款，我们会自动核对，不会漏单。")
    except ProviderRefused as refused:
        answer = str(refused)
    else:
        is_open = attempt is not None and attempt.state is AttemptState.OPEN
        answer = gettext("支付服务还没有收到这笔付款。") if is_open else ""
    if request.accept_mimetypes.best == "application/json":
        return state(number)
    if answer:
        flash(answer, "warning")
    return redirect(url_for("payments.show", number=number), 303)


def _state_of(payment: Payment) -> str:
    if payment.order.paid_at:
        return "paid"
    if payment.order.closed_at:
        return "closed"
    attempt = latest_attempt(payment)
    return attempt.state.value if attempt else AttemptState.PENDING.value
