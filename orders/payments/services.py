"""Have orders paid. Every amount is integer fen of CNY."""

import secrets
from datetime import datetime

from sqlalchemy import select, update

from orders.payments import rules
from orders.payments.errors import NothingToPay, TooLittle
from orders.payments.gateways.port import Intent, PaymentProvider, ProviderEvent
from orders.payments.models import (
    AttemptState,
    EventApplication,
    Payment,
    PaymentAttempt,
    PaymentEvent,
    PaymentMethod,
)
from orders.payments.queries import UNFINISHED, find_attempt
from orders.payments.rules import Verdict
from orders.records.events import OrderPaid, PaidLate, TransferDue
from orders.records.models import Order
from shop.db import db
from shop.events import announce


def open_payment(
    order_id: int,
    due_fen: int,
    *,
    method: PaymentMethod = PaymentMethod.ONLINE,
    at: datetime,
) -> PaymentAttempt:
    """Write down what an order owes, with a first attempt: one that the provider doesn't know
    yet, or a bank transfer that is to bring its matching code."""
    by_transfer = method is PaymentMethod.TRANSFER
    payment = Payment(
        order_id=order_id,
        due_fen=due_fen,
        method=method,
        transfer_code=_draw_code() if by_transfer else None,
        created_at=at,
    )
    db.session.add(payment)
    db.session.flush()
    return _new_attempt(payment, method, at)


def start_attempt(payment_id: int, *, at: datetime) -> PaymentAttempt:
    """The attempt to pay online that the buyer can go on with: the unfinished one, or a new one.

    Raises NothingToPay when the order is paid or closed.
    """
    payment = db.session.get_one(Payment, payment_id, with_for_update=True)
    order = db.session.get_one(Order, payment.order_id)
    if order.paid_at or order.closed_at:
        raise NothingToPay
    unfinished = (
        select(PaymentAttempt)
        .where(
            PaymentAttempt.payment_id == payment_id,
            PaymentAttempt.method == PaymentMethod.ONLINE,
            PaymentAttempt.state.in_(UNFINISHED),
        )
        .order_by(PaymentAttempt.id.desc())
        .limit(1)
    )
    found = db.session.scalars(unfinished).one_or_none()
    return found or _new_attempt(payment, PaymentMethod.ONLINE, at)


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
    payment = _lock(attempt.payment_id)
    db.session.refresh(attempt, with_for_update=True)
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


def capture_transfer(payment_id: int, received_fen: int, *, at: datetime) -> PaymentAttempt:
    """Let money that came by bank transfer pay an order; the attempt it came by.

    It may be more than is due, and it may come late: what follows is the same as for money that
    came online. Raises TooLittle.
    """
    payment = _lock(payment_id)
    if received_fen < payment.due_fen:
        raise TooLittle
    waiting = (
        select(PaymentAttempt)
        .where(
            PaymentAttempt.payment_id == payment_id,
            PaymentAttempt.method == PaymentMethod.TRANSFER,
            PaymentAttempt.state.in_(UNFINISHED),
        )
        .order_by(PaymentAttempt.id)
        .limit(1)
    )
    found = db.session.scalars(waiting).one_or_none()
    attempt = found or _new_attempt(payment, PaymentMethod.TRANSFER, at)
    _capture(payment, attempt, received_fen, at)
    return attempt


def remind(payment_id: int, *, at: datetime) -> None:
    """Tell a buyer, once, that a transfer has to come soon."""
    statement = (
        update(Payment)
        .where(Payment.id == payment_id, Payment.reminded_at.is_(None))
        .values(reminded_at=at)
        .returning(Payment.order_id)
    )
    order_id = db.session.scalar(statement)
    if order_id is not None:
        announce(TransferDue(order_id, at))


def _lock(payment_id: int) -> Payment:
    """The payment, locked after its order: in this order everybody locks them, so that money that
    comes in and a cancellation that gives it back can't wait for each other."""
    order_id = select(Payment.order_id).where(Payment.id == payment_id).scalar_subquery()
    db.session.execute(select(Order.id).where(Order.id == order_id).with_for_update())
    return db.session.get_one(Payment, payment_id, with_for_update=True, populate_existing=True)


def _draw_code() -> str:
    random_part = "".join(secrets.choice(rules.ALPHABET) for _ in range(rules.RANDOM_LENGTH))
    return rules.transfer_code(random_part)


def _new_attempt(payment: Payment, method: PaymentMethod, at: datetime) -> PaymentAttempt:
    attempt = PaymentAttempt(
        payment_id=payment.id,
        method=method,
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
