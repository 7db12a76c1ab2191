"""Read what receipts were matched to."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from orders.payments.models import Payment
from orders.transfers.models import (
    MatchedReceipt,
    ReceiptMatch,
)
from shop.db import db
from shop.errors import NotFound
from shop.web.paging import Page, paginate

PER_PAGE = 50


def list_matches(number: int, *, waiting: bool) -> Page[ReceiptMatch]:
    """What was proposed: what waits for a second person, oldest first, or all that was decided,
    newest first."""
    query = select(ReceiptMatch).options(
        joinedload(ReceiptMatch.payment).joinedload(Payment.order),
        joinedload(ReceiptMatch.proposed_by),
        joinedload(ReceiptMatch.decided_by),
        selectinload(ReceiptMatch.receipts).joinedload(MatchedReceipt.receipt, innerjoin=True),
    )
    if waiting:
        query = query.where(ReceiptMatch.decision.is_(None)).order_by(ReceiptMatch.id)
    else:
        query = query.where(ReceiptMatch.decision.is_not(None)).order_by(ReceiptMatch.id.desc())
    return paginate(query, number, PER_PAGE)


def get_match(match_id: int) -> ReceiptMatch:
    """Raises NotFound."""
    match = db.session.get(ReceiptMatch, match_id)
    if match is None:
        raise NotFound
    return match
