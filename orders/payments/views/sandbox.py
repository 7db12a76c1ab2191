"""Where the demo's buyer decides whether the test card pays. Left out in production."""

from flask import Blueprint, abort, flash, request, url_for
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from orders.payments.errors import ProviderRefused, ProviderUnavailable
from orders.payments.gateways.sandbox import Outcome, SandboxProvider
from orders.payments.handlers import provider
from orders.payments.models import AttemptState
from orders.payments.queries import get_own_payment, latest_attempt
from shop.web.audience import Role, allow

blueprint = Blueprint("sandbox_payments", __name__)


@blueprint.post("/sandbox/orders/<number>/payment")
@allow(Role.BUYER)
def create(number: str) -> Response:
    """Pay with a test card. The order changes only when the signed webhook comes in."""
    attempt = latest_attempt(get_own_payment(current_user.id, number))
    sandbox = provider()
    choice = request.form.get("outcome", "")
    if choice not in set(Outcome) or not isinstance(sandbox, SandboxProvider):
        abort(400)
    if attempt is not None and attempt.intent_id and attempt.state is AttemptState.OPEN:
        try:
            sandbox.choose(attempt.intent_id, Outcome(choice))
        except (ProviderUnavailable, ProviderRefused) as error:
            flash(str(error), "error")
            return redirect(url_for("payments.show", number=number), 303)
    return redirect(url_for("payments.show", number=number, waiting=1), 303)
