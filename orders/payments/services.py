"""Have orders paid. Every amount is integer fen of CNY."""

import secrets
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Select, bindparam, case, insert, or_, select, update
from sqlalchemy.orm import contains_eager

from orders.payments import rules
from orders.payments.errors import NothingToPay, TooLittle
from orders.payments.gateways.port import (
    Dispute,
    Intent,
    IntentState,
    PaymentProvider,
    ProviderEvent,
)
from orders.payments.models import (
    AttemptState,
    EventApplication,
    Payment,
    PaymentAttempt,
    PaymentEvent,
    PaymentMethod,
    Suspense,
    SuspenseEnd,
    SuspenseKind,
)
from orders.payments.queries import DISPUTE, UNFINISHED, Introduction, list_heard
from orders.payments.rules import Verdict
from orders.records.events import OrderPaid, PaidLate, RefundReported, TransferDue
from orders.records.models import Order
from shop.accounts.audit.services import record
from shop.db import db, forget, insert_once, table_of
from shop.errors import Conflict
from shop.events import announce

Row = TypeVar("Row", Order, Payment, PaymentAttempt, Suspense)

# Asked by every event of the provider, so they are put together once.
_ORDERS, _PAYMENTS, _ATTEMPTS = table_of(Order), table_of(Payment), table_of(PaymentAttempt)
_EVENTS, _APPLICATIONS = table_of(PaymentEvent), table_of(EventApplication)
_STORED = (
    select(_EVENTS.c.payload, _APPLICATIONS.c.outcome)
    .outerjoin(_APPLICATIONS, _APPLICATIONS.c.event_id == _EVENTS.c.id)
    .where(_EVENTS.c.id == bindparam("event_id"))
)
_APPLIED = insert(_APPLICATIONS)
_NEW_PAYMENT = insert(_PAYMENTS).returning(_PAYMENTS.c.id)
_NEW_ATTEMPT = insert(_ATTEMPTS).returning(_ATTEMPTS.c.id)
_FOUND_INTENT = (
    update(_ATTEMPTS)
    .where(_ATTEMPTS.c.id == bindparam("which"), _ATTEMPTS.c.intent_id.is_(None))
    .values(
        intent_id=bindparam("found_intent_id"),
        client_secret=bindparam("found_secret"),
        state=case(
            (_ATTEMPTS.c.state == AttemptState.PENDING, AttemptState.OPEN),
            else_=_ATTEMPTS.c.state,
        ),
        check_due_at=case(
            (_ATTEMPTS.c.state == AttemptState.FAILED, _ATTEMPTS.c.created_at),
            else_=_ATTEMPTS.c.check_due_at,
        ),
    )
)
# Locked in this order, as by everybody: order, payment, attempt.
_MEANT = (
    select(
        _ORDERS.c.id,
        _PAYMENTS.c.id,
        _PAYMENTS.c.due_fen,
        _ATTEMPTS.c.id.label("attempt_id"),
        _ATTEMPTS.c.state,
    )
    .select_from(_ORDERS.join(_PAYMENTS).join(_ATTEMPTS))
    .with_for_update()
)
_MEANT_BY_ID = _MEANT.where(_ATTEMPTS.c.intent_id == bindparam("intent_id"))
_MEANT_BY_KEY = _MEANT.where(_ATTEMPTS.c.idempotency_key == bindparam("attempt_key"))
_LOCKED_ATTEMPT = (
    select(PaymentAttempt)
    .select_from(Order)
    .join(Payment, Payment.order_id == Order.id)
    .join(PaymentAttempt, PaymentAttempt.payment_id == Payment.id)
    .where(PaymentAttempt.id == bindparam("attempt_id"))
    .options(contains_eager(PaymentAttempt.payment).contains_eager(Payment.order))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_RECEIVED = (
    update(_ATTEMPTS)
    .where(_ATTEMPTS.c.id == bindparam("attempt"))
    .values(
        state=AttemptState.SUCCEEDED,
        failure="",
        finished_at=bindparam("at"),
        received_fen=bindparam("received"),
        check_due_at=None,
    )
)
_CAPTURED = (
    update(_PAYMENTS)
    .where(_PAYMENTS.c.id == bindparam("payment"))
    .values(captured_fen=_PAYMENTS.c.captured_fen + bindparam("received"))
)
_PAID = (
    update(_ORDERS)
    .where(
        _ORDERS.c.id == bindparam("order"),
        _ORDERS.c.paid_at.is_(None),
        _ORDERS.c.closed_at.is_(None),
    )
    .values(paid_at=bindparam("at"))
    .returning(_ORDERS.c.id)
)
_HASTENED = (
    update(_ATTEMPTS)
    .where(_ATTEMPTS.c.check_due_at > bindparam("at"))
    .values(check_due_at=bindparam("at"))
)
_HASTENED_OF_PAYMENT = _HASTENED.where(_ATTEMPTS.c.payment_id == bindparam("payment"))
_HASTENED_OF_ORDER = _HASTENED.where(
    _ATTEMPTS.c.payment_id.in_(
        select(_PAYMENTS.c.id).where(_PAYMENTS.c.order_id == bindparam("order"))
    )
)


class Meant(NamedTuple):
    """What an intent is about: its attempt, and the payment and the order above it."""

    order_id: int
    payment_id: int
    due_fen: int
    attempt_id: int
    state: AttemptState


def open_payment(
    order_id: int,
    order_number: str,
    due_fen: int,
    *,
    method: PaymentMethod = PaymentMethod.ONLINE,
    at: datetime,
) -> Introduction:
    """Write down what an order owes, with a first attempt: one that the provider doesn't know
    yet, or a bank transfer that is to bring its matching code."""
    by_transfer = method is PaymentMethod.TRANSFER
    payment_id = db.session.execute(
        _NEW_PAYMENT,
        {
            "order_id": order_id,
            "due_fen": due_fen,
            "method": method,
            "transfer_code": _draw_code() if by_transfer else None,
            "created_at": at,
        },
    ).scalar()
    assert payment_id is not None
    key = _new_key()
    attempt_id = _new_attempt(payment_id, method, at, key)
    return Introduction(attempt_id, method, None, due_fen, order_number, key)


def start_attempt(payment_id: int, *, at: datetime) -> PaymentAttempt:
    """The attempt to pay online that the buyer can go on with: the unfinished one, or a new one.

    Raises NothingToPay when the order is paid or closed.
    """
    payment = lock_payment(payment_id)
    if payment.order.paid_at or payment.order.closed_at:
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
    if found is not None:
        return found
    # Nobody is to pay by one that failed before, now that there is another.
    _hasten_checks(payment_id, at)
    return db.session.get_one(
        PaymentAttempt, _new_attempt(payment_id, PaymentMethod.ONLINE, at, _new_key())
    )


def record_intent(attempt_id: int, intent: Intent) -> None:
    """Remember the intent that the provider made for an attempt, unless an event was faster than
    the answer. One that was given up in the meantime is to be canceled, now that it turned up."""
    found = {
        "which": attempt_id,
        "found_intent_id": intent.id,
        "found_secret": intent.client_secret,
    }
    db.session.execute(_FOUND_INTENT, found)


def store_event(event: ProviderEvent, *, at: datetime) -> int:
    """Keep an event word for word; one that is known already is not kept twice.

    Returns the id of the stored event. Of two processes that store the same event at once, one
    waits and finds what the other stored.
    """
    stored_id = insert_once(
        PaymentEvent,
        "provider_id",
        provider_id=event.id,
        type=event.type,
        payload=event.payload,
        intent_id=event.intent_id,
        received_at=at,
    )
    if stored_id is not None:
        return stored_id
    known = select(PaymentEvent.id).where(PaymentEvent.provider_id == event.id)
    return db.session.scalars(known).one()


def apply_event(event_id: int, provider: PaymentProvider, *, at: datetime) -> str:
    """Let a stored event take effect, once; return what came of it."""
    payload, done = db.session.execute(_STORED, {"event_id": event_id}).one()
    if done is not None:
        return str(done)
    outcome = _apply(provider.read_event(payload), at)
    # Acts on other tables may still wait to be written.
    db.session.flush()
    db.session.execute(_APPLIED, {"event_id": event_id, "at": at, "outcome": outcome})
    return outcome


def _apply(event: ProviderEvent, at: datetime) -> str:
    if event.intent is not None:
        return apply_intent(event.intent, at=at)
    if event.dispute is not None:
        _keep_dispute(event.dispute, event.type, at)
        return f"{DISPUTE}{event.dispute.status}"[:60]
    for report in event.refunds:
        announce(RefundReported(report, at))
    if event.refunds:
        return f"refund_{event.refunds[-1].outcome.value}"
    return "not_about_an_intent"


def apply_intent(intent: Intent, *, at: datetime) -> str:
    """Let the provider's word about an intent take effect, whatever brought it; return what
    came of it. Safe to repeat."""
    meant = _lock_meant(intent)
    if meant is None:
        if intent.state is IntentState.SUCCEEDED:
            _keep_unknown(intent, at)
        return rules.UNKNOWN
    verdict = rules.judge(intent, meant.state, meant.due_fen)
    if verdict is Verdict.CAPTURE:
        _capture(meant.order_id, meant.payment_id, meant.attempt_id, intent.received_fen, at)
    elif verdict is Verdict.QUARANTINE:
        _quarantine(lock_attempt(meant.attempt_id), intent, at)
    elif verdict is Verdict.FAIL:
        _fail(lock_attempt(meant.attempt_id), intent.failure or intent.state.value, at)
    if intent.state is IntentState.CANCELED:
        lock_attempt(meant.attempt_id).check_due_at = None
    return verdict.value


def record_check(attempt_id: int, word: str, *, at: datetime) -> None:
    """Remember what the provider said when it was asked about an attempt, and when to ask again.

    One that says twice that it knows no such intent is believed: nobody can pay by it.
    """
    attempt = lock_attempt(attempt_id)
    if word == rules.UNKNOWN == attempt.last_word:
        if attempt.state in UNFINISHED:
            _fail(attempt, rules.UNKNOWN, at)
        attempt.check_due_at = None
    attempt.checked_at = at
    attempt.last_word = word[:60]
    if attempt.check_due_at is not None:
        attempt.check_due_at = rules.next_check(attempt.created_at, at)


def give_up(attempt_id: int, *, at: datetime) -> None:
    """End an attempt that the provider never told us of.

    Whatever intent there may be at the provider, nobody can pay it: its secret, without which
    there is no paying, was in the answer that never came.
    """
    attempt = lock_attempt(attempt_id)
    if attempt.state is AttemptState.PENDING:
        _fail(attempt, rules.NEVER_CONNECTED, at)
        attempt.check_due_at = None


def hasten_checks(order_id: int, *, at: datetime) -> None:
    """Have the provider asked at once about what is left open of an order that ended: intents
    that nobody is to pay any more are canceled."""
    db.session.execute(_HASTENED_OF_ORDER, {"order": order_id, "at": at})


def take_in(suspense_id: int, *, by: int, at: datetime) -> PaymentAttempt:
    """Count a wrong amount as received, so that it can be given back; the attempt it came by.

    It doesn't pay the order. Raises Conflict when somebody settled it already, or it is no amount
    of CNY that came by an attempt of ours.
    """
    suspense = db.session.get_one(Suspense, suspense_id)
    if suspense.attempt_id is None or suspense.kind is not SuspenseKind.WRONG_AMOUNT:
        raise Conflict
    attempt = lock_attempt(suspense.attempt_id)
    suspense = _settle(suspense_id, SuspenseEnd.RETURNED, "", by, at)
    attempt.state = AttemptState.SUCCEEDED
    attempt.received_fen = suspense.amount
    attempt.payment.captured_fen += suspense.amount
    db.session.flush()
    return attempt


def settle_outside(suspense_id: int, note: str, *, by: int, at: datetime) -> None:
    """Say that money that fits nothing was settled past the shop, and how.

    Raises Conflict when somebody settled it already.
    """
    _settle(suspense_id, SuspenseEnd.OUTSIDE, note, by, at)


def capture_transfer(payment_id: int, received_fen: int, *, at: datetime) -> PaymentAttempt:
    """Let money that came by bank transfer pay an order; the attempt it came by.

    It may be more than is due, and it may come late: what follows is the same as for money that
    came online. Raises TooLittle.
    """
    payment = lock_payment(payment_id)
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
    attempt = db.session.scalars(waiting).one_or_none()
    if attempt is None:
        another_id = _new_attempt(payment_id, PaymentMethod.TRANSFER, at, _new_key())
        attempt = db.session.get_one(PaymentAttempt, another_id)
    _capture(payment.order_id, payment_id, attempt.id, received_fen, at)
    db.session.refresh(attempt)
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


def lock_attempt(attempt_id: int) -> PaymentAttempt:
    """An attempt as it is now, with its payment and order: nobody else changes one of the three
    before this act ends."""
    return db.session.scalars(_LOCKED_ATTEMPT, {"attempt_id": attempt_id}).one()


def lock_payment(payment_id: int) -> Payment:
    """A payment as it is now. Its order is locked first, as by everybody: nobody deadlocks."""
    order_id = select(Payment.order_id).where(Payment.id == payment_id)
    _lock(Order, db.session.scalars(order_id).one())
    return _lock(Payment, payment_id)


def _lock_meant(intent: Intent) -> Meant | None:
    """The attempt an intent belongs to, by its id or by the key we sent with it; locked like
    ``lock_attempt``."""
    row = db.session.execute(_MEANT_BY_ID, {"intent_id": intent.id}).one_or_none()
    if row is None:
        by_key = {"attempt_key": intent.attempt_key}
        row = db.session.execute(_MEANT_BY_KEY, by_key).one_or_none()
        if row is not None:
            # This word was faster than the answer that was to bring the intent.
            record_intent(row.attempt_id, intent)
            row = db.session.execute(_MEANT_BY_KEY, by_key).one()
    return Meant(*row) if row else None


def _lock(model: type[Row], id_: int) -> Row:
    row: Row = db.session.scalars(_locking(model), {"id": id_}).one()
    return row


@cache
def _locking(model: type[Any]) -> Select[Any]:
    """Put together once for each table."""
    locking = select(model).where(model.id == bindparam("id")).with_for_update()
    return locking.execution_options(populate_existing=True)


def _fail(attempt: PaymentAttempt, failure: str, at: datetime) -> None:
    attempt.state = AttemptState.FAILED
    attempt.failure = failure
    attempt.finished_at = at


def _quarantine(attempt: PaymentAttempt, intent: Intent, at: datetime) -> None:
    attempt.state = AttemptState.QUARANTINED
    attempt.failure = ""
    attempt.finished_at = at
    attempt.check_due_at = None
    kind = rules.misfit_of(intent, attempt.payment.due_fen) or SuspenseKind.WRONG_AMOUNT
    suspend(kind, intent.id, intent.received_fen, intent.currency, attempt.id, at=at)


def _keep_unknown(intent: Intent, at: datetime) -> None:
    amount = intent.received_fen
    suspend(SuspenseKind.UNKNOWN_INTENT, intent.id, amount, intent.currency, None, at=at)


def _keep_dispute(dispute: Dispute, event_type: str, at: datetime) -> None:
    """The bank takes the money back past the shop, or may: finance has to answer in time.

    An entry that waits stands for all that is said meanwhile; after it was settled, whatever is
    news brings another one.
    """
    attempt = select(PaymentAttempt.id).where(PaymentAttempt.intent_id == dispute.intent_id)
    attempt_id = db.session.scalar(attempt)

    def keep(reference: str) -> bool:
        kind, amount, currency = SuspenseKind.UNKNOWN_REFUND, dispute.amount, dispute.currency
        return suspend(kind, reference, amount, currency, attempt_id, at=at)

    if keep(dispute.id) or _is_any_open(dispute.id):
        return
    word = rules.dispute_word(event_type, dispute.status)
    if rules.is_news(word, list_heard(dispute.id, dispute.intent_id)):
        keep(f"{dispute.id}:{word}"[:80])


def _is_any_open(dispute_id: str) -> bool:
    """Whether finance has an entry of a dispute before it. All of them are locked: whoever
    settles one, or has another event of the dispute, comes before or after."""
    entries = (
        select(Suspense.settled_at)
        .where(
            or_(
                Suspense.reference == dispute_id,
                Suspense.reference.startswith(f"{dispute_id}:", autoescape=True),
            )
        )
        .order_by(Suspense.id)
        .with_for_update()
    )
    return None in db.session.scalars(entries).all()


def suspend(
    kind: SuspenseKind,
    reference: str,
    amount: int,
    currency: str,
    attempt_id: int | None,
    *,
    at: datetime,
) -> bool:
    """Keep money that fits nothing for people of finance, once; say whether it was now."""
    kept = insert_once(
        Suspense,
        "reference",
        kind=kind,
        reference=reference,
        attempt_id=attempt_id,
        amount=amount,
        currency=currency.lower()[:8],
        found_at=at,
    )
    return kept is not None


def _settle(suspense_id: int, ending: SuspenseEnd, note: str, by: int, at: datetime) -> Suspense:
    suspense = _lock(Suspense, suspense_id)
    if suspense.settled_at is not None:
        raise Conflict
    suspense.settled_at = at
    suspense.settled_by_id = by
    suspense.ending = ending
    suspense.note = note
    record(
        "settle_suspense",
        "suspense",
        suspense.provider_id,
        by=by,
        at=at,
        ending=ending.value,
        amount=suspense.amount,
        currency=suspense.currency,
        note=note,
        **({"word": suspense.word} if suspense.word else {}),
    )
    return suspense


def _hasten_checks(payment_id: int, at: datetime) -> None:
    db.session.execute(_HASTENED_OF_PAYMENT, {"payment": payment_id, "at": at})


def _draw_code() -> str:
    random_part = "".join(secrets.choice(rules.ALPHABET) for _ in range(rules.RANDOM_LENGTH))
    return rules.transfer_code(random_part)


def _new_key() -> str:
    return secrets.token_urlsafe(24)


def _new_attempt(payment_id: int, method: PaymentMethod, at: datetime, key: str) -> int:
    attempt_id: int | None = db.session.execute(
        _NEW_ATTEMPT,
        {
            "payment_id": payment_id,
            "method": method,
            "idempotency_key": key,
            "state": AttemptState.PENDING,
            "created_at": at,
            "check_due_at": at + rules.FIRST_CHECK if method is PaymentMethod.ONLINE else None,
        },
    ).scalar()
    assert attempt_id is not None
    return attempt_id


def _capture(
    order_id: int, payment_id: int, attempt_id: int, received_fen: int, at: datetime
) -> None:
    db.session.flush()
    received = {"payment": payment_id, "attempt": attempt_id, "received": received_fen}
    db.session.execute(_CAPTURED, received)
    db.session.execute(_RECEIVED, {**received, "at": at})
    # Only an order that still waits becomes paid; expiry may have been a moment faster.
    is_paid = db.session.execute(_PAID, {"order": order_id, "at": at}).first() is not None
    for model, id_ in ((Order, order_id), (Payment, payment_id), (PaymentAttempt, attempt_id)):
        forget(model, id_)
    if is_paid:
        announce(OrderPaid(order_id, at))
    else:
        announce(PaidLate(order_id, attempt_id, at))
