"""Count what waits at the bank's desk."""

from dataclasses import dataclass

from sqlalchemy import func, select

from orders.transfers.models import (
    Payout,
    ReceiptMatch,
)
from orders.transfers.queries.payouts import owed_refunds, owed_returns
from orders.transfers.queries.receipts import OPEN_QUEUES, count_queues
from shop.db import db


@dataclass(frozen=True, slots=True)
class Counts:
    """How much waits for people of finance."""

    receipts: int
    proposals: int
    payouts: int


def count_waiting() -> Counts:
    queues = count_queues()
    refunds = select(func.count()).select_from(owed_refunds().subquery()).scalar_subquery()
    returns = select(func.count()).select_from(owed_returns().subquery()).scalar_subquery()
    entered = select(func.count(Payout.id)).where(Payout.decision.is_(None)).scalar_subquery()
    proposed = (
        select(func.count(ReceiptMatch.id)).where(ReceiptMatch.decision.is_(None)).scalar_subquery()
    )
    proposals, owed, to_confirm = db.session.execute(
        select(proposed, refunds + returns, entered)
    ).one()
    return Counts(sum(queues.get(queue, 0) for queue in OPEN_QUEUES), proposals, owed + to_confirm)
