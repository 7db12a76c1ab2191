"""Read payments."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm.attributes import set_committed_value

from orders.payments.models import (
    AttemptState,
    EventApplication,
    Payment,
    PaymentAttempt,
    PaymentEvent,
    PaymentMethod,
)
from orders.payments.rules import dispute_word
from orders.records.models import Order
from shop.db import columns_of, db, objects_of, table_of
from shop.errors import NotFound

UNFINISHED = (AttemptState.PENDING, AttemptState.OPEN)
# What came of an event about a dispute begins so, and ends with its status.
DISPUTE = "dispute_"

_ORDERS, _PAYMENTS, _ATTEMPTS = table_of(Order), table_of(Payment), table_of(PaymentAttempt)
_TO_INTRODUCE = (
    select(
        PaymentAttempt.id,
        PaymentAttempt.method,
        PaymentAttempt.intent_id,
        Payment.due_fen,
        Order.number,
        PaymentAttempt.idempotency_key,
    )
    .join(PaymentAttempt.payment)
    .join(Payment.order)
    .where(PaymentAttempt.id == bindparam("attempt_id"))
)
_OWN_PAYMENT = (
    select(*columns_of(Payment, Order, PaymentAttempt))
    .select_from(_PAYMENTS.join(_ORDERS).outerjoin(_ATTEMPTS))
    .where(_ORDERS.c.number == bindparam("number"), _ORDERS.c.account_id == bindparam("account_id"))
    .order_by(_ATTEMPTS.c.id)
)


def get_own_payment(account_id: int, order_number: str) -> Payment:
    """A buyer's own payment with its order and attempts, for reading. Raises NotFound to
    strangers."""
    which = {"account_id": account_id, "number": order_number}
    found = [
        objects_of(row, Payment, Order, PaymentAttempt)
        for row in db.session.execute(_OWN_PAYMENT, which)
    ]
    if not found:
        raise NotFound
    payment: Payment = found[0][0]
    set_committed_value(payment, "order", found[0][1])
    set_committed_value(payment, "attempts", [attempt for _, _, attempt in found if attempt])
    return payment


class Introduction(NamedTuple):
    """What the provider is told of an attempt, and whether it knows it already."""

    attempt_id: int
    method: PaymentMethod
    intent_id: str | None
    amount_fen: int
    order_number: str
    attempt_key: str


def get_introduction(attempt_id: int) -> Introduction:
    row = db.session.execute(_TO_INTRODUCE, {"attempt_id": attempt_id}).one()
    return Introduction(*row)


def find_open_attempt_id(order_id: int) -> int | None:
    """The last try to pay an order online that was not closed."""
    query = (
        select(PaymentAttempt.id)
        .join(PaymentAttempt.payment)
        .join(Payment.order)
        .where(
            Order.id == order_id,
            Order.closed_at.is_(None),
            PaymentAttempt.method == PaymentMethod.ONLINE,
        )
        .order_by(PaymentAttempt.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def latest_attempt(payment: Payment) -> PaymentAttempt | None:
    """The latest attempt to pay online, if there was one."""
    online = [each for each in payment.attempts if each.method is PaymentMethod.ONLINE]
    return online[-1] if online else None


def is_wanted(attempt: PaymentAttempt) -> bool:
    """Whether the buyer may still pay by this attempt: the order waits, and no later attempt to
    pay online took its place."""
    order = attempt.payment.order
    latest = select(func.max(PaymentAttempt.id)).where(
        PaymentAttempt.payment_id == attempt.payment_id,
        PaymentAttempt.method == PaymentMethod.ONLINE,
    )
    waits = order.paid_at is None and order.closed_at is None
    return waits and db.session.scalar(latest) == attempt.id


def list_doubtful_ids(at: datetime, limit: int) -> Sequence[int]:
    """Attempts about which the provider has to be asked now, those first that wait longest."""
    query = (
        select(PaymentAttempt.id)
        .where(PaymentAttempt.check_due_at <= at)
        .order_by(PaymentAttempt.check_due_at, PaymentAttempt.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def list_unapplied_event_ids(after: int, limit: int) -> Sequence[int]:
    """Events past an id that were stored and, because a process died, never applied."""
    query = (
        select(PaymentEvent.id)
        .outerjoin(EventApplication, EventApplication.event_id == PaymentEvent.id)
        .where(PaymentEvent.id > after, EventApplication.event_id.is_(None))
        .order_by(PaymentEvent.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def list_unreminded(at: datetime, notice: timedelta, after: int, limit: int) -> Sequence[int]:
    """Payments by transfer past an id, of orders that close within ``notice``, whose buyer was
    not told."""
    query = (
        select(Payment.id)
        .join(Payment.order)
        .where(
            Payment.id > after,
            Payment.method == PaymentMethod.TRANSFER,
            Payment.reminded_at.is_(None),
            Order.paid_at.is_(None),
            Order.closed_at.is_(None),
            Order.expires_at > at,
            Order.expires_at <= at + notice,
            # Who is given no more than that time was told when they ordered.
            Order.placed_at < at,
        )
        .order_by(Payment.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def list_heard(dispute_id: str, intent_id: str) -> list[str]:
    """What the provider's events, as far as they were applied, said of a dispute, each word once
    as it first came: see ``rules.dispute_word``."""
    query = (
        select(PaymentEvent.type, EventApplication.outcome)
        .join(EventApplication, EventApplication.event_id == PaymentEvent.id)
        .where(
            PaymentEvent.intent_id == intent_id,
            PaymentEvent.payload.contains(dispute_id, autoescape=True),
            EventApplication.outcome.startswith(DISPUTE, autoescape=True),
        )
        .order_by(PaymentEvent.id)
    )
    words = (
        dispute_word(type_, outcome.removeprefix(DISPUTE))
        for type_, outcome in db.session.execute(query)
    )
    return list(dict.fromkeys(words))
