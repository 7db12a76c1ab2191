"""Promise money back, never more than came in. Granting comes first; the money moves after."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Update, select, update

from orders.payments.models import (
    AttemptState,
    Payment,
    PaymentAttempt,
    PaymentMethod,
)
from orders.records.events import (
    RefundGranted,
    TransferRefundGranted,
)
from orders.records.models import OrderLine, SubOrder
from orders.refunds.errors import NothingLeftToRefund
from orders.refunds.models import (
    Refund,
    RefundItem,
)
from orders.refunds.services.moves import KIND, message_key
from orders.sales.services import take_off
from shop import outbox
from shop.db import db
from shop.events import announce


@dataclass(frozen=True, slots=True)
class Item:
    """Money for units of a line, or (without a line) for a part's freight. Integer fen."""

    sub_order_id: int
    order_line_id: int | None
    quantity: int
    amount_fen: int


def grant_items(
    order_id: int, items: Sequence[Item], reason: str, *, by: int | None, at: datetime
) -> Refund:
    """Promise money back for goods or freight of a paid order, and have it sent.

    What was accepted already is taken off the sales ledger. Raises NothingLeftToRefund when a line,
    a part's freight or the payment would give back more than was paid for it.
    """
    accepted = _lock_accepted(items)
    attempt = _captured_attempt(order_id)
    for item in items:
        _require_paid(item)
    refund = grant(attempt, sum(item.amount_fen for item in items), reason=reason, by=by, at=at)
    refund.items = [
        RefundItem(
            sub_order_id=item.sub_order_id,
            order_line_id=item.order_line_id,
            quantity=item.quantity,
            amount_fen=item.amount_fen,
        )
        for item in items
    ]
    db.session.flush()
    for item in items:
        if item.order_line_id is not None and item.sub_order_id in accepted:
            take_off(item.order_line_id, item.quantity, item.amount_fen, reason, by=by, at=at)
    announce(RefundGranted(refund.id, at))
    return refund


def grant(
    attempt: PaymentAttempt, amount_fen: int, *, reason: str, by: int | None, at: datetime
) -> Refund:
    """Promise money back to the attempt that it came by, and have it sent.

    Raises NothingLeftToRefund when more would go back than came in.
    """
    for model, id_, received in (
        (Payment, attempt.payment_id, Payment.captured_fen),
        (PaymentAttempt, attempt.id, PaymentAttempt.received_fen),
    ):
        _require_one(
            update(model)
            .where(model.id == id_, received - model.refunded_fen >= amount_fen)
            .values(refunded_fen=model.refunded_fen + amount_fen)
        )
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
    if attempt.method is PaymentMethod.TRANSFER:
        announce(TransferRefundGranted(refund.id, at))
    else:
        outbox.post(KIND, message_key(refund.id), {"refund_id": refund.id}, at=at)
    return refund


def _lock_accepted(items: Sequence[Item]) -> set[int]:
    """Lock the parts that money is granted for, so that none of them is accepted meanwhile; the
    ids of those that were."""
    ids = {item.sub_order_id for item in items}
    lock = (
        select(SubOrder.id, SubOrder.accepted_at)
        .where(SubOrder.id.in_(ids))
        .order_by(SubOrder.id)
        .with_for_update()
    )
    return {id_ for id_, accepted_at in db.session.execute(lock) if accepted_at is not None}


def _require_paid(item: Item) -> None:
    if item.order_line_id is None:
        _require_one(
            update(SubOrder)
            .where(
                SubOrder.id == item.sub_order_id,
                SubOrder.freight_fen - SubOrder.freight_refunded_fen >= item.amount_fen,
            )
            .values(freight_refunded_fen=SubOrder.freight_refunded_fen + item.amount_fen)
        )
    else:
        _require_one(
            update(OrderLine)
            .where(
                OrderLine.id == item.order_line_id,
                OrderLine.amount_fen - OrderLine.refunded_fen >= item.amount_fen,
            )
            .values(refunded_fen=OrderLine.refunded_fen + item.amount_fen)
        )


def _require_one(guarded: Update) -> None:
    """Let a guarded update through, and see that it found its row."""
    statement = guarded.execution_options(synchronize_session="fetch")
    if db.session.execute(statement).rowcount != 1:  # type: ignore[attr-defined]
        raise NothingLeftToRefund


def _captured_attempt(order_id: int) -> PaymentAttempt:
    """The attempt that paid for the order: the first whose money did not go straight back."""
    query = (
        select(PaymentAttempt)
        .join(PaymentAttempt.payment)
        .where(Payment.order_id == order_id, PaymentAttempt.state == AttemptState.SUCCEEDED)
        .order_by(
            (PaymentAttempt.received_fen - PaymentAttempt.refunded_fen).desc(), PaymentAttempt.id
        )
        .limit(1)
    )
    attempt = db.session.scalars(query).one_or_none()
    if attempt is None:
        raise NothingLeftToRefund
    return attempt
