"""Cancel what was not sent, and grant refunds. Granting comes first; the money moves after."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Update, select, update

from catalog.stock.services import give_up_line
from orders.payments.models import AttemptState, Payment, PaymentAttempt
from orders.records.events import OrderCancelled
from orders.records.models import Order, OrderLine, SubOrder
from orders.refunds.errors import AlreadySent, NothingLeftToRefund
from orders.refunds.models import Cancellation, Refund, RefundItem
from orders.refunds.queries import get_refund, list_sub_orders
from shop import outbox
from shop.accounts.audit.services import record
from shop.db import db
from shop.errors import Conflict
from shop.events import announce

KIND = "refund"


@dataclass(frozen=True, slots=True)
class Item:
    """Money for units of a line, or (without a line) for a part's freight. Integer fen."""

    sub_order_id: int
    order_line_id: int | None
    quantity: int
    amount_fen: int


def cancel_order(order_id: int, *, reason: str, by: int | None, at: datetime) -> Refund:
    """Call a paid order off before anything of it was sent; grant all of its money back.

    Raises AlreadySent when a part of it was sent or cancelled, or it was never paid.
    """
    order = db.session.get_one(Order, order_id, with_for_update=True)
    sub_orders = list_sub_orders(order_id)
    if order.paid_at is None or not all(_take_back(part, at) for part in sub_orders):
        raise AlreadySent
    _release_stock(sub_orders, by, at)
    refund = grant_items(
        order_id, [item for part in sub_orders for item in _all_of(part)], reason, by=by, at=at
    )
    for part in sub_orders:
        db.session.add(
            Cancellation(sub_order_id=part.id, by_id=by, at=at, reason=reason, refund_id=refund.id)
        )
    record("cancel_order", "order", order.number, by=by, at=at, reason=reason)
    announce(OrderCancelled(order_id, at))
    return refund


def grant_items(
    order_id: int, items: Sequence[Item], reason: str, *, by: int | None, at: datetime
) -> Refund:
    """Promise money back for goods or freight of a paid order, and have it sent.

    Raises NothingLeftToRefund when a line, a part's freight or the payment would give back more
    than was paid for it.
    """
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
    """Give back what was held for parts that were just cancelled, by ascending variant id."""
    lines = [(line, part.number) for part in sub_orders for line in part.lines]
    for line, number in sorted(lines, key=lambda each: each[0].variant_id):
        waiting = line.waiting_quantity
        line.cancelled_quantity += waiting
        give_up_line(
            line.variant_id, waiting, presold=line.is_presold, by=by, at=at, reference=number
        )
    db.session.flush()


def _all_of(part: SubOrder) -> list[Item]:
    """All that was paid for a part and not given back yet."""
    items = [
        Item(part.id, line.id, line.quantity, line.amount_fen - line.refunded_fen)
        for line in part.lines
    ]
    items.append(Item(part.id, None, 0, part.freight_fen - part.freight_refunded_fen))
    return [item for item in items if item.amount_fen]


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
