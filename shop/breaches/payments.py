"""Rules of money that came in."""

from typing import Any

from sqlalchemy import (
    Select,
    and_,
    func,
    or_,
    select,
)

from orders.payments.models import (
    AttemptState,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    Suspense,
    SuspenseEnd,
    SuspenseKind,
)
from orders.payments.queries import UNFINISHED
from orders.records.models import Order
from shop.breaches.comparing import compared, summed
from shop.db import total


def wrong_payments() -> Select[Any]:
    unpaid = and_(Order.paid_at.is_not(None), Payment.captured_fen < Order.total_fen)
    return (
        select(Order.id)
        .outerjoin(Payment, Payment.order_id == Order.id)
        .where(or_(Payment.id.is_(None), Payment.due_fen != Order.total_fen, unpaid))
    )


def wrong_captures() -> Select[Any]:
    attempts = summed(
        select(
            PaymentAttempt.payment_id.label("of"),
            total(PaymentAttempt.received_fen).label("received_fen"),
            total(PaymentAttempt.refunded_fen).label("refunded_fen"),
        ),
        PaymentAttempt.payment_id,
    )
    differs = or_(
        Payment.captured_fen != func.coalesce(attempts.c.received_fen, 0),
        Payment.refunded_fen != func.coalesce(attempts.c.refunded_fen, 0),
    )
    return compared(Payment, attempts, differs)


def unasked() -> Select[Any]:
    return select(PaymentAttempt.id).where(
        PaymentAttempt.method == PaymentMethod.ONLINE,
        PaymentAttempt.state.in_(UNFINISHED),
        PaymentAttempt.check_due_at.is_(None),
    )


def unkept() -> Select[Any]:
    """Money of a wrong amount is kept aside until it is given back; then it counts as received."""
    kept = select(Suspense.attempt_id).where(
        Suspense.attempt_id.is_not(None),
        Suspense.kind.in_((SuspenseKind.WRONG_AMOUNT, SuspenseKind.WRONG_CURRENCY)),
        or_(Suspense.ending.is_(None), Suspense.ending != SuspenseEnd.RETURNED),
    )
    is_kept = PaymentAttempt.id.in_(kept)
    return select(PaymentAttempt.id).where(
        (PaymentAttempt.state == AttemptState.QUARANTINED) != is_kept
    )
