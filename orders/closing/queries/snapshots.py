"""What was filed of a month, and whether its lines are still those."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select

from orders.closing.models import CloseState, MonthClose, MonthSnapshot
from orders.closing.queries.figures import of_month
from orders.closing.rules import seal_of
from orders.sales.models import SalesEntry
from shop.db import db, table_of

# Rows held in memory while a month's lines are hashed.
BATCH = 2000
_ENTRIES = table_of(SalesEntry)


def find_close(town_code: str, month: str) -> MonthClose | None:
    """As it is now."""
    query = select(MonthClose).where(MonthClose.town_code == town_code, MonthClose.month == month)
    return db.session.scalar(query.execution_options(populate_existing=True))


def find_snapshot(close_id: int, number: int) -> MonthSnapshot | None:
    """What was filed in a round."""
    query = select(MonthSnapshot).where(
        MonthSnapshot.close_id == close_id, MonthSnapshot.round == number
    )
    return db.session.scalar(query)


def seal_lines(town_code: str, month: str) -> str:
    """The hash over a month's lines (`orders.closing.rules.seal_of`), a few thousand in memory."""
    return seal_of(_stream(town_code, month))


def list_altered() -> list[int]:
    """The ids of the closed months whose lines are not those that were filed: each is read."""
    query = (
        select(MonthClose.id, MonthClose.town_code, MonthClose.month, MonthSnapshot.sha256)
        .join(
            MonthSnapshot,
            (MonthSnapshot.close_id == MonthClose.id) & (MonthSnapshot.round == MonthClose.round),
        )
        .where(MonthClose.state != CloseState.OPEN)
        .order_by(MonthClose.id)
    )
    files = db.session.execute(query).all()
    return [file.id for file in files if seal_lines(file.town_code, file.month) != file.sha256]


def _stream(town_code: str, month: str) -> Iterator[Sequence[Any]]:
    query = select(*_ENTRIES.columns).where(of_month(town_code, month)).order_by(_ENTRIES.c.id)
    yield from db.session.execute(query, execution_options={"yield_per": BATCH})
