"""Have orders paid. Every amount is integer fen of CNY."""

import secrets
from datetime import datetime

from sqlalchemy import select, update

from orders.payments import rules
from orders.payments.errors import NothingToPay
from orders.payments.gateways.port import Intent, PaymentProvider, ProviderEvent
from orders.payments.models import (
    AttemptState,
    EventApplication,
    Payment,
    PaymentAttempt,
    PaymentEvent,
)
from orders.payments.queries import UNFINISHED, find_attempt
from orders.payments.rules import Verdict
from orders.records.events import OrderPaid, PaidLate
from orders.records.models import Order
from shop.db import db
from shop.events import announce


def open_payment(order_id: int, due_fen: int, *, at: datetime) -> PaymentAttempt:
    """Write down what an order owes, with a first attempt that the provider doesn't know yet."""
    payment = Payment(order_id=order_id, due_fen=due_fen, created_at=at)
    db.session.add(payment)
    db.session.flush()
    return _new_attempt(payment, at)


def start_attempt(payment_id: int, *, at: datetime) -> PaymentAttempt:
    """The attempt that the buyer can go on with: the unfinished one, or a new one.

    Raises NothingToPay when the order is paid or closed.
    """
    payment = db.session.get_one(Payment, payment_id, with_for_update=True)
    order = db.session.get_one(Order, payment.order_id)
    if order.paid_at or order.closed_at:
        raise NothingToPay
    unfinished = (
        select(PaymentAttempt)
        .where(PaymentAttempt.payment_id == payment_id, PaymentAttempt.state.in_(UNFINISHED))
        .order_by(PaymentAttempt.id.desc())
        .limit(1)
    )
    return db.session.scalars(unfinished).one_or_none() or _new_attempt(payment, at)


def record_intent(attempt_id: int, intent: Intent) -> None:
    """Remember the intent that the provider made for an attempt."""
    attempt = db.session.get_one(PaymentAttempt, attempt_id, with_for_update=True)
    attempt.intent_id = intent.id
    attempt.client_secret = intent.client_secret
    if attempt.state is AttemptState.PENDING:
        attempt.state = AttemptState.OPEN


def store_event(event: ProviderEvent, *, at: datetime) -> int:
    """Keep an event word for word; one that is known already is not kept twice.

    Returns the id of the stored event. Two processes that store the same event at once collide on
    its unique id: the loser gets IntegrityError, and finds it when it asks again.
    """
    known = select(PaymentEvent.id).where(PaymentEvent.provider_id == event.id)
    found = db.session.scalar(known)
    if found is not None:
        return found
    stored = PaymentEvent(
        provider_id=event.id, type=event.type, payload=event.payload, received_at=at
    )
    db.session.add(stored)
    db.session.flush()
    return stored.id


def apply_event(event_id: int, provider: PaymentProvider, *, at: datetime) -> str:
    """Let a stored event take effect, once; return what came of it."""
    done = db.session.get(EventApplication, event_id)
    if done is not None:
        return done.outcome
    stored = db.session.get_one(PaymentEvent, event_id)
    intent = provider.read_event(stored.payload).intent
    outcome = "not_about_an_intent" if intent is None else apply_intent(intent, at=at)
    db.session.add(EventApplication(event_id=event_id, at=at, outcome=outcome))
    return outcome


def apply_intent(intent: Intent, *, at: datetime) -> str:
    """Let the provider's word about an intent take effect, whatever brought it; return what
    came of it. Safe to repeat."""
    attempt = find_attempt(intent.id, intent.attempt_key)
    if attempt is None:
        return "unknown_intent"
    payment = db.session.get_one(Payment, attempt.payment_id, with_for_update=True)
    if attempt.intent_id is None:
        record_intent(attempt.id, intent)
    verdict = rules.judge(intent, attempt.state, payment.due_fen)
    if verdict is Verdict.CAPTURE:
        _capture(payment, attempt, intent.received_fen, at)
    elif verdict is Verdict.FAIL:
        attempt.state = AttemptState.FAILED
        attempt.failure = intent.failure
        attempt.finished_at = at
    return verdict.value


def _new_attempt(payment: Payment, at: datetime) -> PaymentAttempt:
    attempt = PaymentAttempt(
        payment_id=payment.id,
        idempotency_key=secrets.token_urlsafe(24),
        state=AttemptState.PENDING,
        created_at=at,
    )
    db.session.add(attempt)
    db.session.flush()
    return attempt


def _capture(payment: Payment, attempt: PaymentAttempt, received_fen: int, at: datetime) -> None:
    attempt.state = AttemptState.SUCCEEDED
    attempt.failure = ""
    attempt.finished_at = at
    attempt.received_fen = received_fen
    payment.captured_fen += received_fen
    db.session.flush()
    if _mark_paid(payment.order_id, at):
        announce(OrderPaid(payment.order_id, at))
    else:
        announce(PaidLate(payment.order_id, attempt.id, at))


def _mark_paid(order_id: int, at: datetime) -> bool:
    """Only an order that still waits becomes paid; expiry may have been a moment faster."""
    statement = (
        update(Order)
        .where(Order.id == order_id, Order.paid_at.is_(None), Order.closed_at.is_(None))
        .values(paid_at=at)
        .returning(Order.id)
    )
    return db.session.execute(statement).first() is not None
