"""The door through which the payment provider tells what happened."""

from flask import Blueprint, request
from sqlalchemy.exc import IntegrityError

from orders.payments import services
from orders.payments.errors import BadSignature
from orders.payments.handlers import provider
from shop import clock
from shop.db import transaction
from shop.web.audience import signed_caller

blueprint = Blueprint("webhooks", __name__)

LARGEST_EVENT = 256 * 1024


@blueprint.post("/webhooks/stripe")
@signed_caller
def create() -> tuple[str, int]:
    """An event from the provider: verified, stored, then applied, each in its own transaction."""
    if (request.content_length or 0) > LARGEST_EVENT:
        return "too large", 413
    signature = request.headers.get("Stripe-Signature", "")
    try:
        event = provider().verify_event(request.get_data(), signature)
    except BadSignature as refused:
        return refused.code, refused.status
    for _ in range(2):
        try:
            with transaction():
                event_id = services.store_event(event, at=clock.now())
            with transaction():
                return services.apply_event(event_id, provider(), at=clock.now()), 200
        except IntegrityError:
            # The same event came in through another door at this very moment: look again.
            continue
    return "busy", 503
