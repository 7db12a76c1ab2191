"""What people of finance find on their desk: a payment in doubt, money that fits nothing, and a
refund that came back."""

import json
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from orders.checkout.services import close_order
from orders.payments.handlers import connect, provider, reconcile
from orders.payments.models import PaymentAttempt
from orders.payments.services import apply_event, store_event
from orders.refunds.models import Refund
from shop.db import db, transaction
from shop.demo.history import History

IN_DOUBT_SINCE = timedelta(minutes=6)
MISFIT_BEFORE = timedelta(hours=5)
# How much too little came in.
MISSING_FEN = 100


def leave_work(history: History, at: datetime) -> None:
    """Needs the payment sandbox, and a history in which something was refunded."""
    reconcile(at)
    began = at - MISFIT_BEFORE
    order_id = history.order_once(1, began)
    attempt = _attempt_of(order_id)
    due = attempt.payment.due_fen
    short = {"amount": due, "amount_received": due - MISSING_FEN}
    _tell("payment_intent.succeeded", _intent(attempt.idempotency_key) | short, began)
    with transaction():
        close_order(order_id, by=None, at=began + timedelta(minutes=30))
    _tell("payment_intent.succeeded", _intent("") | {"amount": 5200}, began)
    _send_refund_back(at)
    connect(_attempt_of(history.order_once(2, at - IN_DOUBT_SINCE)).id)


def _send_refund_back(at: datetime) -> None:
    """The latest refund's bank says no, an hour ago."""
    query = select(Refund).where(Refund.moved_at.is_not(None)).order_by(Refund.id.desc()).limit(1)
    refund = db.session.scalars(query).one()
    news = {
        "id": refund.provider_id,
        "object": "refund",
        "amount": refund.amount_fen,
        "currency": "cny",
        "payment_intent": refund.attempt.intent_id,
        "status": "failed",
        "failure_reason": "lost_or_stolen_card",
        "metadata": {"refund": refund.idempotency_key},
    }
    _tell("refund.failed", news, at - timedelta(hours=1))


def _attempt_of(order_id: int) -> PaymentAttempt:
    query = select(PaymentAttempt).join(PaymentAttempt.payment).filter_by(order_id=order_id)
    return db.session.scalars(query).one()


def _intent(attempt_key: str) -> dict[str, Any]:
    return {
        "id": f"pi_demo_{secrets.token_hex(6)}",
        "object": "payment_intent",
        "currency": "cny",
        "status": "succeeded",
        "metadata": {"attempt": attempt_key},
    }


def _tell(kind: str, subject: dict[str, Any], at: datetime) -> None:
    """As if the provider had sent it, signed, through the webhook."""
    event = {"id": f"evt_demo_{secrets.token_hex(6)}", "type": kind, "data": {"object": subject}}
    read = provider().read_event(json.dumps(event))
    with transaction():
        event_id = store_event(read, at=at)
    with transaction():
        apply_event(event_id, provider(), at=at)
