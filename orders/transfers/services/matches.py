"""Match what came in to orders. Whatever a person proposes, another one decides."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from orders.payments.models import Payment, PaymentAttempt
from orders.payments.services import capture_transfer, lock_payment
from orders.records.models import Order
from orders.refunds.services.grants import grant
from orders.transfers.errors import (
    AlreadyPaid,
    ReceiptTaken,
)
from orders.transfers.events import SurplusGranted
from orders.transfers.models import (
    BankReceipt,
    Decision,
    MatchedReceipt,
    Purpose,
    ReceiptMatch,
)
from orders.transfers.queries.matches import get_match
from orders.transfers.queries.receipts import list_unused_of
from orders.transfers.services.decisions import decide
from shop.accounts.audit.services import record
from shop.db import db
from shop.errors import NotFound
from shop.events import announce

SURPLUS = "转账多于应付，多余部分退回"


def match_by_itself(receipt_id: int, *, at: datetime) -> bool:
    """Let a receipt pay for the order that its code names, if it is just what is due and nobody
    has paid yet; say whether it did. An order that closed meanwhile is paid late, as online."""
    receipt = db.session.get_one(BankReceipt, receipt_id)
    payment_id = db.session.scalar(select(Payment.id).where(Payment.transfer_code == receipt.code))
    payment = None if payment_id is None else lock_payment(payment_id)
    if payment is None or payment.due_fen != receipt.amount_fen or _is_paid(payment):
        return False
    match = _propose(Purpose.ORDER, [receipt_id], payment.id, "", by=None, at=at)
    match.decision, match.decided_at = Decision.CONFIRMED, at
    _capture(match, at)
    record("match_receipt", "receipt_match", match.id, by=None, at=at, code=receipt.code)
    return True


def propose_together(payment_id: int, code: str, *, at: datetime) -> ReceiptMatch:
    """Propose that all receipts of a code together pay for their order. Raises ReceiptTaken."""
    return _propose(Purpose.ORDER, list_unused_of(code), payment_id, "", by=None, at=at)


def propose_match(
    receipt_ids: Sequence[int], payment_id: int, note: str, *, by: int, at: datetime
) -> ReceiptMatch:
    """Propose that receipts pay for an order.

    Raises ReceiptTaken, AlreadyPaid or NotFound. Two people who propose the same receipt at once
    collide on its unique index: the loser gets IntegrityError.
    """
    payment = lock_payment(payment_id)
    if _is_paid(payment):
        raise AlreadyPaid
    match = _propose(Purpose.ORDER, receipt_ids, payment_id, note, by=by, at=at)
    record("propose_match", "receipt_match", match.id, by=by, at=at, receipts=list(receipt_ids))
    return match


def propose_return(receipt_id: int, note: str, *, by: int, at: datetime) -> ReceiptMatch:
    """Propose that a receipt goes back to who sent it. Raises ReceiptTaken or NotFound."""
    match = _propose(Purpose.SENDER, [receipt_id], None, note, by=by, at=at)
    record("propose_return", "receipt_match", match.id, by=by, at=at, receipts=[receipt_id])
    return match


def confirm_match(match_id: int, *, by: int, at: datetime) -> ReceiptMatch:
    """Let a proposal take effect.

    What is too much for the order is granted back. Raises SamePerson, AlreadyDecided, AlreadyPaid
    or TooLittle.
    """
    match: ReceiptMatch = decide(
        ReceiptMatch, get_match(match_id), Decision.CONFIRMED, by=by, at=at
    )
    if match.payment_id is not None:
        if _is_paid(lock_payment(match.payment_id)):
            raise AlreadyPaid
        _capture(match, at)
    record("confirm_match", "receipt_match", match_id, by=by, at=at)
    return match


def reject_match(match_id: int, answer: str, *, by: int, at: datetime) -> None:
    """Turn a proposal down: its receipts are free again. Raises SamePerson or AlreadyDecided."""
    match = decide(ReceiptMatch, get_match(match_id), Decision.REJECTED, by=by, at=at)
    match.answer = answer
    db.session.execute(
        update(MatchedReceipt).where(MatchedReceipt.match_id == match_id).values(released_at=at)
    )
    record("reject_match", "receipt_match", match_id, by=by, at=at, answer=answer)


def _propose(
    purpose: Purpose,
    receipt_ids: Sequence[int],
    payment_id: int | None,
    note: str,
    *,
    by: int | None,
    at: datetime,
) -> ReceiptMatch:
    """Put free receipts into a match. Raises ReceiptTaken or NotFound."""
    wanted = set(receipt_ids)
    found = db.session.scalars(select(BankReceipt).where(BankReceipt.id.in_(wanted))).all()
    if not found or len(found) != len(wanted):
        raise NotFound
    taken = select(MatchedReceipt.id).where(
        MatchedReceipt.receipt_id.in_(wanted), MatchedReceipt.released_at.is_(None)
    )
    if db.session.scalars(taken).first() is not None:
        raise ReceiptTaken
    match = ReceiptMatch(
        purpose=purpose,
        payment_id=payment_id,
        amount_fen=sum(receipt.amount_fen for receipt in found),
        note=note,
        proposed_at=at,
        proposed_by_id=by,
        receipts=[MatchedReceipt(receipt_id=receipt_id) for receipt_id in sorted(wanted)],
    )
    db.session.add(match)
    db.session.flush()
    return match


def _capture(match: ReceiptMatch, at: datetime) -> None:
    """Let the money of a match pay, and grant back what the order does not need."""
    assert match.payment_id is not None
    attempt = capture_transfer(match.payment_id, match.amount_fen, at=at)
    match.attempt_id = attempt.id
    db.session.flush()
    db.session.refresh(attempt)
    surplus = attempt.received_fen - attempt.refunded_fen - _due(attempt)
    # Money that came too late to be of use was granted back whole, by who listens to that.
    if surplus > 0:
        refund = grant(attempt, surplus, reason=SURPLUS, by=match.decided_by_id, at=at)
        announce(SurplusGranted(refund.id, at))


def _due(attempt: PaymentAttempt) -> int:
    return db.session.get_one(Payment, attempt.payment_id).due_fen


def _is_paid(payment: Payment) -> bool:
    return db.session.scalar(select(Order.paid_at).where(Order.id == payment.order_id)) is not None
