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
from orders.refunds.models import Refund
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


def intent_event(attempt: PaymentAttempt, kind: str, status: str, **changes: Any) -> dict[str, Any]:
    """An event of any kind about one attempt's intent."""
    intent = {
        "id": attempt.intent_id or f"pi_{attempt.idempotency_key}",
        "object": "payment_intent",
        "amount": attempt.payment.due_fen,
        "amount_received": 0,
        "currency": "cny",
        "status": status,
        "client_secret": "secret",
        "metadata": {"attempt": attempt.idempotency_key},
    }
    return _event(f"payment_intent.{kind}", intent | changes)


def refund_event(refund: Refund, kind: str, status: str, **changes: Any) -> dict[str, Any]:
    """An event about a refund as it is now: ``kind`` is created, updated or failed."""
    subject = {
        "id": refund.provider_id or f"re_{refund.idempotency_key}",
        "object": "refund",
        "amount": refund.amount_fen,
        "currency": "cny",
        "payment_intent": refund.attempt.intent_id,
        "status": status,
        "failure_reason": "lost_or_stolen_card" if status == "failed" else None,
        "metadata": {"refund": refund.idempotency_key},
    }
    return _event(f"refund.{kind}", subject | changes)


def charge_event(*refunds: dict[str, Any]) -> dict[str, Any]:
    """``charge.refunded`` as older versions of Stripe's API send it, with the refunds inside."""
    inside = [event["data"]["object"] for event in refunds]
    return _event("charge.refunded", {"object": "charge", "refunds": {"data": inside}})


def dispute_event(attempt: PaymentAttempt, kind: str, status: str) -> dict[str, Any]:
    """An event about a payment that the buyer's bank takes back, or asks about."""
    subject = {
        "id": f"dp_{attempt.idempotency_key}",
        "object": "dispute",
        "amount": attempt.received_fen,
        "currency": "cny",
        "charge": "ch_1",
        "payment_intent": attempt.intent_id,
        "status": status,
    }
    return _event(f"charge.dispute.{kind}", subject)


def _event(kind: str, subject: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"evt_{secrets.token_hex(12)}",
        "object": "event",
        "type": kind,
        "data": {"object": subject},
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
