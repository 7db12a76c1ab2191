"""Talk to the payment provider, between transactions: record pending, call, record the result."""

from datetime import datetime

import structlog
from flask import Flask, current_app

from orders.payments import services
from orders.payments.errors import ProviderUnavailable
from orders.payments.gateways.port import IntentRequest, PaymentProvider
from orders.payments.gateways.stripe import StripeProvider
from orders.payments.models import PaymentAttempt, PaymentMethod
from orders.payments.queries import list_unapplied_event_ids, list_unreminded
from orders.payments.rules import REMINDED_BEFORE
from shop.config import Settings
from shop.db import db, transaction
from shop.jobs import every

log = structlog.get_logger()


def init_app(app: Flask, settings: Settings) -> None:
    app.extensions["payment_provider"] = _provider(settings)


def provider() -> PaymentProvider:
    """The provider of the current app."""
    chosen: PaymentProvider = current_app.extensions["payment_provider"]
    return chosen


def connect(attempt_id: int) -> bool:
    """Make the provider know an attempt; say whether it does now.

    Safe to repeat: the provider recognises the attempt's idempotency key.
    """
    attempt = db.session.get_one(PaymentAttempt, attempt_id)
    if attempt.method is not PaymentMethod.ONLINE:
        return False
    if attempt.intent_id is not None:
        return True
    request = IntentRequest(
        amount_fen=attempt.payment.due_fen,
        order_number=attempt.payment.order.number,
        attempt_key=attempt.idempotency_key,
    )
    db.session.rollback()
    try:
        intent = provider().create_intent(request)
    except ProviderUnavailable:
        log.warning("provider_unavailable", attempt=attempt_id, exc_info=True)
        return False
    with transaction():
        services.record_intent(attempt_id, intent)
    return True


@every(minutes=1)
def apply_waiting_events(at: datetime) -> None:
    """Apply events that were stored by a process that died before it applied them."""
    for event_id in list_unapplied_event_ids():
        with transaction():
            services.apply_event(event_id, provider(), at=at)


@every(minutes=5)
def remind_of_transfers(at: datetime) -> None:
    """Tell buyers a day before their order closes that no transfer has come yet."""
    for payment_id in list_unreminded(at, REMINDED_BEFORE):
        with transaction():
            services.remind(payment_id, at=at)


def _provider(settings: Settings) -> PaymentProvider:
    keys = (
        settings.stripe_secret_key,
        settings.stripe_publishable_key,
        settings.stripe_webhook_secret,
        settings.stripe_address,
    )
    if settings.is_production:
        return StripeProvider(*keys)
    # Imported here, so that production never even loads the sandbox.
    from orders.payments.gateways.sandbox import SandboxProvider

    return SandboxProvider(*keys)
