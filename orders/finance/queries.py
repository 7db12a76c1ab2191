"""Read what people of finance look at."""

from dataclasses import dataclass

from sqlalchemy import func, select

from orders.refunds.models import Refund
from shop.db import db


@dataclass(frozen=True, slots=True)
class Counts:
    """How many things wait on each desk."""

    refunds: int


def count_waiting() -> Counts:
    refunds = select(func.count(Refund.id)).where(Refund.moved_at.is_(None))
    return Counts(refunds=db.session.scalar(refunds) or 0)
