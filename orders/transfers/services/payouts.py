"""Pay out what has to go back: entered by one, confirmed by another."""

from datetime import datetime

from sqlalchemy import or_, select

from orders.refunds.services.moves import record_paid_out
from orders.transfers.errors import (
    NotOwed,
    ReferenceUsed,
)
from orders.transfers.models import (
    Decision,
    Payout,
)
from orders.transfers.queries.payouts import find_owed_refund, find_owed_return, get_payout
from orders.transfers.services.decisions import decide
from shop.accounts.audit.services import record
from shop.db import db


def enter_refund_payout(refund_id: int, reference: str, *, by: int, at: datetime) -> Payout:
    """Say by which transfer of the bank a refund was paid out. Raises NotOwed or ReferenceUsed."""
    refund = find_owed_refund(refund_id)
    if refund is None:
        raise NotOwed
    payout = Payout(refund_id=refund_id, amount_fen=refund.amount_fen)
    return _enter(payout, reference, by=by, at=at)


def enter_return_payout(match_id: int, reference: str, *, by: int, at: datetime) -> Payout:
    """Say by which transfer of the bank a receipt went back. Raises NotOwed or ReferenceUsed."""
    match = find_owed_return(match_id)
    if match is None:
        raise NotOwed
    return _enter(Payout(match_id=match_id, amount_fen=match.amount_fen), reference, by=by, at=at)


def confirm_payout(payout_id: int, *, by: int, at: datetime) -> None:
    """The transfer was seen at the bank: the money has moved. Raises SamePerson or
    AlreadyDecided."""
    payout = decide(Payout, get_payout(payout_id), Decision.CONFIRMED, by=by, at=at)
    if payout.refund_id is not None:
        record_paid_out(payout.refund_id, payout.bank_reference, at=at)
    record("confirm_payout", "payout", payout_id, by=by, at=at, reference=payout.bank_reference)


def reject_payout(payout_id: int, *, by: int, at: datetime) -> None:
    """The transfer is not to be found at the bank: the debt is open again. Raises SamePerson or
    AlreadyDecided."""
    payout = decide(Payout, get_payout(payout_id), Decision.REJECTED, by=by, at=at)
    record("reject_payout", "payout", payout_id, by=by, at=at, reference=payout.bank_reference)


def _enter(payout: Payout, reference: str, *, by: int, at: datetime) -> Payout:
    used = select(Payout.id).where(
        Payout.bank_reference == reference,
        or_(Payout.decision.is_(None), Payout.decision == Decision.CONFIRMED),
    )
    if db.session.scalars(used).first() is not None:
        raise ReferenceUsed
    payout.bank_reference = reference
    payout.proposed_at, payout.proposed_by_id = at, by
    db.session.add(payout)
    db.session.flush()
    record("enter_payout", "payout", payout.id, by=by, at=at, reference=reference)
    return payout
