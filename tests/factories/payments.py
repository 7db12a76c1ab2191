"""What Stripe would send, signed as Stripe signs."""

import hashlib
import hmac
import json
import secrets
import time
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from orders.payments.models import PaymentAttempt
from orders.records.models import Order
from shop.config import Settings
from shop.db import db


def attempt_of(order: Order) -> PaymentAttempt:
    """The latest attempt to pay an order."""
    query = select(PaymentAttempt).join(PaymentAttempt.payment).filter_by(order_id=order.id)
    return db.session.scalars(query.order_by(PaymentAttempt.id.desc()).limit(1)).one()


def event_about(order: Order, status: str = "succeeded", **changes: Any) -> dict[str, Any]:
    """An event that says what became of an order's latest attempt."""
    attempt = attempt_of(order)
    failed = status != "succeeded"
    intent = {
        "id": attempt.intent_id or f"pi_{secrets.token_hex(12)}",
        "object": "payment_intent",
        "amount": order.total_fen,
        "amount_received": 0 if failed else order.total_fen,
        "currency": "cny",
        "status": status,
        "client_secret": "secret",
        "last_payment_error": {"code": "card_declined"} if failed else None,
        "metadata": {"attempt": attempt.idempotency_key},
    }
    kind = "payment_failed" if failed else "succeeded"
    return {
        "id": f"evt_{secrets.token_hex(12)}",
        "object": "event",
        "type": f"payment_intent.{kind}",
        "data": {"object": intent | changes},
    }


def signature(payload: bytes, secret: str, at: float | None = None) -> str:
    """Stripe's own scheme: an HMAC over the time and the payload."""
    moment = int(time.time() if at is None else at)
    signed = hmac.new(secret.encode(), b"%d." % moment + payload, hashlib.sha256)
    return f"t={moment},v1={signed.hexdigest()}"


def send(
    client: FlaskClient, settings: Settings, event: dict[str, Any], *, at: float | None = None
) -> TestResponse:
    """Post an event to the shop's webhook, signed with its secret."""
    payload = json.dumps(event).encode()
    headers = {"Stripe-Signature": signature(payload, settings.stripe_webhook_secret, at)}
    return client.post("/webhooks/stripe", data=payload, headers=headers)
