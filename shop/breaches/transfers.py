"""Rules of the bank account."""

from typing import Any

from sqlalchemy import (
    Select,
    and_,
    false,
    func,
    or_,
    select,
)

from orders.payments.models import (
    PaymentAttempt,
    PaymentMethod,
)
from orders.refunds.models import Refund
from orders.transfers.models import BankReceipt, Decision, MatchedReceipt, Payout, ReceiptMatch
from shop.breaches.comparing import compared, summed
from shop.db import total


def wrong_transfers() -> Select[Any]:
    return (
        select(PaymentAttempt.id)
        .outerjoin(ReceiptMatch, ReceiptMatch.attempt_id == PaymentAttempt.id)
        .where(
            PaymentAttempt.method == PaymentMethod.TRANSFER,
            PaymentAttempt.received_fen != func.coalesce(ReceiptMatch.amount_fen, 0),
        )
        .order_by(PaymentAttempt.id)
    )


def wrong_matches() -> Select[Any]:
    receipts = summed(
        select(MatchedReceipt.match_id.label("of"), total(BankReceipt.amount_fen).label("fen"))
        .select_from(MatchedReceipt)
        .join(MatchedReceipt.receipt),
        MatchedReceipt.match_id,
    )
    differs = ReceiptMatch.amount_fen != func.coalesce(receipts.c.fen, 0)
    return compared(ReceiptMatch, receipts, differs)


def wrong_releases() -> Select[Any]:
    was_rejected = func.coalesce(ReceiptMatch.decision == Decision.REJECTED, false())
    return (
        select(MatchedReceipt.id)
        .join(MatchedReceipt.match)
        .where(MatchedReceipt.released_at.is_not(None) != was_rejected)
        .order_by(MatchedReceipt.id)
    )


def wrong_payouts() -> Select[Any]:
    confirmed = and_(Payout.refund_id == Refund.id, Payout.decision == Decision.CONFIRMED)
    return (
        select(Refund.id)
        .join(Refund.attempt)
        .outerjoin(Payout, confirmed)
        .where(
            or_(PaymentAttempt.method == PaymentMethod.TRANSFER, Refund.rerouted_at.is_not(None)),
            or_(
                Refund.moved_at.is_not(None) != Payout.id.is_not(None),
                Refund.amount_fen != Payout.amount_fen,
            ),
        )
        .order_by(Refund.id)
    )
