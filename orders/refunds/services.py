"""Cancel what was not sent, and grant refunds. Granting comes first; the money moves after."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Update, select, update

from catalog.stock.services import give_up_line
from orders.payments.gateways.port import RefundOutcome, RefundReport
from orders.payments.models import (
    AttemptState,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    SuspenseKind,
)
from orders.payments.services import suspend
from orders.records.events import (
    OrderCancelled,
    RefundFailed,
    RefundGranted,
    RefundMoved,
    TransferRefundGranted,
    UnitsCancelled,
)
from orders.records.models import Order, OrderLine, SubOrder
from orders.records.services import settle_part
from orders.refunds.errors import AlreadySent, NothingChosen, NothingLeftToRefund, NotWaiting
from orders.refunds.models import (
    Cancellation,
    CancellationItem,
    Refund,
    RefundFailure,
    RefundItem,
    Side,
)
from orders.refunds.queries import (
    count_accepted_failures,
    find_failure,
    find_refund_id,
    get_refund,
    list_sub_orders,
)
from orders.refunds.rules import freight_of_cancellation_fen, waiting_units
from orders.sales.services import take_off
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

    Parts that were called off before stay as they are. Raises AlreadySent when something was sent,
    nothing is left, or it was never paid.
    """
    parts = _lock_parts(order_id)
    lines = [line for part in parts for line in part.lines]
    units = waiting_units(lines)
    if not units or any(line.dispatched_quantity for line in lines):
        raise AlreadySent
    return _cancel(order_id, parts, units, Side.BUYER, reason, by, at)


def cancel_units(
    part: SubOrder,
    units: Mapping[int, int] | None,
    *,
    side: Side,
    reason: str,
    by: int | None,
    at: datetime,
) -> Refund:
    """Call units of one cooperative's part off before they were sent: ``units`` says how many of
    which line; None means whatever waits. Other parts of the order stay as they are.

    Grants what was paid for them, with the freight when nothing of the part will come. Raises
    NothingChosen, or NotWaiting when fewer wait (a dispatch was faster), and then cancels nothing.
    """
    part_id, order_id = part.id, part.order_id
    parts = [each for each in _lock_parts(order_id) if each.id == part_id]
    waiting = waiting_units(line for each in parts for line in each.lines)
    chosen = waiting if units is None else {id_: n for id_, n in units.items() if n > 0}
    if not chosen:
        raise NotWaiting if units is None else NothingChosen
    if any(quantity > waiting.get(id_, 0) for id_, quantity in chosen.items()):
        raise NotWaiting
    return _cancel(order_id, parts, chosen, side, reason, by, at)


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
        outbox.post(KIND, _message_key(refund.id), {"refund_id": refund.id}, at=at)
    return refund


def record_asked(refund_id: int, *, at: datetime) -> str | None:
    """Note that the provider is about to be asked to move the money, and by what key.

    None when there is nothing to ask: the money has moved, or the provider has accepted.
    """
    refund = _lock(refund_id)
    if refund.moved_at is not None or refund.provider_id is not None:
        return None
    refund.asked_at = refund.asked_at or at
    return refund.idempotency_key


def record_silence(refund_id: int, reason: str) -> None:
    """The provider did not answer: it may have acted, so the next request has the same key."""
    refund = _lock(refund_id)
    if refund.moved_at is None:
        refund.failure = reason[:200]


def record_refusal(refund_id: int, key: str, reason: str, *, at: datetime) -> None:
    """The provider said no. It would repeat that for the same key, so the next has another."""
    refund = _lock(refund_id)
    if refund.idempotency_key == key and refund.moved_at is None:
        _begin_anew(refund, None, reason, at)


def record_report(report: RefundReport, *, at: datetime) -> None:
    """Let the provider's word about a refund take effect, whatever brought it. Safe to repeat, in
    any order: a failure is final, even after success."""
    refund_id = find_refund_id(report.id, report.refund_key)
    if refund_id is None:
        moved = report.outcome is RefundOutcome.SUCCEEDED
        if moved and find_failure(report.id, report.refund_key) is None:
            kind = SuspenseKind.UNKNOWN_REFUND
            suspend(kind, report.id, report.amount, report.currency, None, at=at)
        return
    refund = _lock(refund_id)
    if report.refund_key not in ("", refund.idempotency_key):
        return  # Failed a moment ago, and begun anew.
    refund.checked_at = at
    if report.outcome is RefundOutcome.FAILED:
        _begin_anew(refund, report.id, report.failure or "failed", at)
        announce(RefundFailed(refund.id, at))
        return
    refund.provider_id = report.id
    refund.failure = ""
    if report.outcome is RefundOutcome.SUCCEEDED and refund.moved_at is None:
        refund.moved_at = at
        db.session.flush()
        announce(RefundMoved(refund.id, at))


def record_paid_out(refund_id: int, bank_reference: str, *, at: datetime) -> None:
    """People of finance have sent the money by bank transfer."""
    refund = _lock(refund_id)
    refund.provider_id, refund.moved_at, refund.failure = bank_reference, at, ""
    db.session.flush()
    announce(RefundMoved(refund_id, at))


def send_again(refund_id: int, *, by: int, at: datetime) -> None:
    """Have a refund sent that the outbox had given up on, or that failed after it was accepted.

    Raises Conflict when the money has moved or is on its way, or goes to a bank account by hand.
    """
    get_refund(refund_id)
    refund = _lock(refund_id)
    on_its_way = refund.moved_at is not None or refund.provider_id is not None
    if on_its_way or refund.attempt.method is PaymentMethod.TRANSFER:
        raise Conflict
    key = _message_key(refund_id)
    outbox.post(KIND, key, {"refund_id": refund_id}, at=at)
    outbox.revive(key, at=at)
    record("send_refund_again", "refund", refund_id, by=by, at=at)


def _lock_parts(order_id: int) -> list[SubOrder]:
    """The parts of a paid order as they are now, with their lines; nobody else can send, cancel or
    accept anything of it until this act ends. Raises AlreadySent when it was never paid."""
    order = db.session.get_one(Order, order_id, with_for_update=True)
    if order.paid_at is None:
        raise AlreadySent
    lock = select(SubOrder.id).where(SubOrder.order_id == order_id).order_by(SubOrder.id)
    db.session.execute(lock.with_for_update())
    return list_sub_orders(order_id)


def _lock(refund_id: int) -> Refund:
    return db.session.get_one(Refund, refund_id, with_for_update=True, populate_existing=True)


def _message_key(refund_id: int) -> str:
    """A message is delivered once the provider accepts: what fails after that needs another."""
    failures = count_accepted_failures(refund_id)
    return f"refund:{refund_id}:{failures}" if failures else f"refund:{refund_id}"


def _begin_anew(refund: Refund, provider_id: str | None, reason: str, at: datetime) -> None:
    """Keep what came of the last request, and have another key for the next."""
    db.session.add(
        RefundFailure(
            refund_id=refund.id,
            idempotency_key=refund.idempotency_key,
            provider_id=provider_id,
            reason=reason[:200],
            at=at,
        )
    )
    refund.idempotency_key = secrets.token_urlsafe(24)
    refund.asked_at = None
    refund.moved_at = None
    refund.provider_id = None
    refund.failure = reason[:200]
    db.session.flush()


def _cancel(
    order_id: int,
    parts: list[SubOrder],
    units: Mapping[int, int],
    side: Side,
    reason: str,
    by: int | None,
    at: datetime,
) -> Refund:
    """Call these units of locked parts off, free their stock and grant their money, in one."""
    lines = [line for part in parts for line in part.lines if line.id in units]
    for line in sorted(lines, key=lambda line: line.variant_id):
        _call_off(line, units[line.id])
        give_up_line(
            line.variant_id,
            units[line.id],
            presold=line.is_presold,
            by=by,
            at=at,
            reference=_number_of(parts, line),
        )
    concerned = [part for part in parts if any(line.id in units for line in part.lines)]
    for part in concerned:
        settle_part(part, at=at)
    items = [item for part in concerned for item in _items_of(part, units)]
    refund = grant_items(order_id, items, reason, by=by, at=at)
    cancellations = [_note(part, units, side, reason, refund, by, at) for part in concerned]
    db.session.add_all(cancellations)
    db.session.flush()
    for cancellation, part in zip(cancellations, concerned, strict=True):
        record("cancel_units", "sub_order", part.number, by=by, at=at, side=side, reason=reason)
        announce(UnitsCancelled(cancellation.id, at))
    if all(part.cancelled_at for part in list_sub_orders(order_id)):
        announce(OrderCancelled(order_id, at))
    return refund


def _call_off(line: OrderLine, quantity: int) -> None:
    """Cancel units of a line unless they were sent a moment before."""
    is_waiting = (
        OrderLine.quantity - OrderLine.cancelled_quantity - OrderLine.dispatched_quantity
        >= quantity
    )
    statement = (
        update(OrderLine)
        .where(OrderLine.id == line.id, is_waiting)
        .values(cancelled_quantity=OrderLine.cancelled_quantity + quantity)
        .returning(OrderLine.id)
        .execution_options(synchronize_session="fetch")
    )
    if db.session.execute(statement).first() is None:
        raise NotWaiting


def _number_of(parts: list[SubOrder], line: OrderLine) -> str:
    return next(part.number for part in parts if part.id == line.sub_order_id)


def _items_of(part: SubOrder, units: Mapping[int, int]) -> list[Item]:
    """The money for the units that were just called off, and the freight if it goes with them."""
    items = [
        Item(part.id, line.id, units[line.id], units[line.id] * line.unit_price_fen)
        for line in part.lines
        if line.id in units
    ]
    freight_fen = freight_of_cancellation_fen(part)
    return [*items, Item(part.id, None, 0, freight_fen)] if freight_fen else items


def _note(
    part: SubOrder,
    units: Mapping[int, int],
    side: Side,
    reason: str,
    refund: Refund,
    by: int | None,
    at: datetime,
) -> Cancellation:
    return Cancellation(
        sub_order_id=part.id,
        side=side,
        by_id=by,
        at=at,
        reason=reason,
        refund_id=refund.id,
        items=[
            CancellationItem(order_line_id=line.id, quantity=units[line.id])
            for line in part.lines
            if line.id in units
        ],
    )


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
