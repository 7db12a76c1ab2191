"""Read what has to be paid out, and what was."""

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import joinedload, selectinload

from orders.payments.models import Payment, PaymentAttempt, PaymentMethod
from orders.refunds.models import Refund
from orders.transfers.models import (
    Decision,
    MatchedReceipt,
    Payout,
    Purpose,
    ReceiptMatch,
)
from shop.db import db
from shop.errors import NotFound
from shop.web.paging import Page, paginate

PER_PAGE = 50


def list_owed_refunds(number: int) -> Page[Refund]:
    """Refunds that go by transfer, as the money came or because the provider can't move it, for
    which no transfer back was entered."""
    query = (
        owed_refunds()
        .options(joinedload(Refund.payment, innerjoin=True).joinedload(Payment.order))
        .order_by(Refund.id)
    )
    return paginate(query, number, PER_PAGE)


def list_owed_returns(number: int) -> Page[ReceiptMatch]:
    """Receipts that are to go back, for which no transfer back was entered."""
    query = (
        owed_returns()
        .options(
            selectinload(ReceiptMatch.receipts).joinedload(MatchedReceipt.receipt, innerjoin=True)
        )
        .order_by(ReceiptMatch.id)
    )
    return paginate(query, number, PER_PAGE)


def list_payouts(number: int, *, waiting: bool) -> Page[Payout]:
    """Transfers back that were entered: what waits for a second person, or what was decided."""
    query = select(Payout).options(
        joinedload(Payout.refund).joinedload(Refund.payment).joinedload(Payment.order),
        joinedload(Payout.match)
        .selectinload(ReceiptMatch.receipts)
        .joinedload(MatchedReceipt.receipt, innerjoin=True),
        joinedload(Payout.proposed_by, innerjoin=True),
        joinedload(Payout.decided_by),
    )
    if waiting:
        query = query.where(Payout.decision.is_(None)).order_by(Payout.id)
    else:
        query = query.where(Payout.decision.is_not(None)).order_by(Payout.id.desc())
    return paginate(query, number, PER_PAGE)


def get_payout(payout_id: int) -> Payout:
    """Raises NotFound."""
    payout = db.session.get(Payout, payout_id)
    if payout is None:
        raise NotFound
    return payout


def find_owed_refund(refund_id: int) -> Refund | None:
    return db.session.scalars(owed_refunds().where(Refund.id == refund_id)).one_or_none()


def find_owed_return(match_id: int) -> ReceiptMatch | None:
    return db.session.scalars(owed_returns().where(ReceiptMatch.id == match_id)).one_or_none()


def owed_refunds() -> Select[Any]:
    return (
        select(Refund)
        .join(Refund.attempt)
        .where(
            or_(PaymentAttempt.method == PaymentMethod.TRANSFER, Refund.rerouted_at.is_not(None)),
            Refund.moved_at.is_(None),
            ~exists().where(Payout.refund_id == Refund.id, _holds()),
        )
    )


def owed_returns() -> Select[Any]:
    return select(ReceiptMatch).where(
        ReceiptMatch.purpose == Purpose.SENDER,
        ReceiptMatch.decision == Decision.CONFIRMED,
        ~exists().where(Payout.match_id == ReceiptMatch.id, _holds()),
    )


def _holds() -> ColumnElement[bool]:
    return or_(Payout.decision.is_(None), Payout.decision == Decision.CONFIRMED)
