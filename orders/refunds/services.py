"""Cancel what was not sent, and grant refunds. Granting comes first; the money moves after."""

import secrets
from datetime import datetime

from sqlalchemy import select, update

from catalog.stock.services import release
from orders.payments.models import AttemptState, Payment, PaymentAttempt
from orders.records.events import OrderCancelled
from orders.records.models import Order, SubOrder
from orders.refunds.errors import AlreadySent, NothingLeftToRefund
from orders.refunds.models import Cancellation, Refund
from orders.refunds.queries import get_refund, list_sub_orders
from shop import outbox
from shop.accounts.audit.services import record
from shop.db import db
from shop.errors import Conflict
from shop.events import announce

KIND = "refund"


def cancel_order(order_id: int, *, reason: str, by: int | None, at: datetime) -> Refund:
    """Call a paid order off before anything of it was sent; grant all of its money back.

    Raises AlreadySent when a part of it was sent or cancelled, or it was never paid.
    """
    order = db.session.get_one(Order, order_id, with_for_update=True)
    sub_orders = list_sub_orders(order_id)
    if order.paid_at is None or not all(_take_back(part, at) for part in sub_orders):
        raise AlreadySent
    _release_stock(sub_orders, by, at)
    payment = db.session.scalars(select(Payment).where(Payment.order_id == order_id)).one()
    refund = grant(_captured_attempt(payment.id), order.total_fen, reason=reason, by=by, at=at)
    for part in sub_orders:
        db.session.add(
            Cancellation(sub_order_id=part.id, by_id=by, at=at, reason=reason, refund_id=refund.id)
        )
    record("cancel_order", "order", order.number, by=by, at=at, reason=reason)
    announce(OrderCancelled(order_id, at))
    return refund


def grant(
    attempt: PaymentAttempt, amount_fen: int, *, reason: str, by: int | None, at: datetime
) -> Refund:
    """Promise money back to the payment it came from, and have it sent.

    Raises NothingLeftToRefund when more would go back than was captured.
    """
    guarded = (
        update(Payment)
        .where(
            Payment.id == attempt.payment_id,
            Payment.captured_fen - Payment.refunded_fen >= amount_fen,
        )
        .values(refunded_fen=Payment.refunded_fen + amount_fen)
        .returning(Payment.id)
    )
    if db.session.execute(guarded).first() is None:
        raise NothingLeftToRefund
    refund = Refund(
        payment_id=attempt.payment_id,
        attempt_id=attempt.id,
        amount_fen=amount_fen,
        reason=reason,
        granted_at=at,
        granted_by_id=by,
        idempotency_key=secrets.token_urlsafe(24),
    )
    db.session.add(refund)
    db.session.flush()
    outbox.post(KIND, f"refund:{refund.id}", {"refund_id": refund.id}, at=at)
    return refund


def record_moved(refund_id: int, provider_id: str, *, at: datetime) -> None:
    """The provider has sent the money."""
    refund = db.session.get_one(Refund, refund_id, with_for_update=True)
    refund.provider_id = provider_id
    refund.moved_at = at
    refund.failure = ""


def record_failure(refund_id: int, failure: str) -> None:
    db.session.get_one(Refund, refund_id).failure = failure[:200]


def send_again(refund_id: int, *, by: int, at: datetime) -> None:
    """Have a refund sent that the outbox had given up on. Raises Conflict when it has moved."""
    refund = get_refund(refund_id)
    if refund.moved_at is not None:
        raise Conflict
    outbox.revive(f"refund:{refund_id}", at=at)
    record("send_refund_again", "refund", refund_id, by=by, at=at)


def _take_back(part: SubOrder, at: datetime) -> bool:
    """Cancel a part unless the cooperative was a moment faster and sent it."""
    statement = (
        update(SubOrder)
        .where(
            SubOrder.id == part.id,
            SubOrder.dispatched_at.is_(None),
            SubOrder.cancelled_at.is_(None),
        )
        .values(cancelled_at=at)
        .returning(SubOrder.id)
    )
    return db.session.execute(statement).first() is not None


def _release_stock(sub_orders: list[SubOrder], by: int | None, at: datetime) -> None:
    lines = [(line.variant_id, line.quantity, p.number) for p in sub_orders for line in p.lines]
    for variant_id, quantity, number in sorted(lines):
        release(variant_id, quantity, by=by, at=at, reference=number)


def _captured_attempt(payment_id: int) -> PaymentAttempt:
    query = (
        select(PaymentAttempt)
        .where(
            PaymentAttempt.payment_id == payment_id,
            PaymentAttempt.state == AttemptState.SUCCEEDED,
        )
        .order_by(PaymentAttempt.id)
        .limit(1)
    )
    return db.session.scalars(query).one()
