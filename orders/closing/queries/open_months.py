"""Whether a month takes lines, and in which one a line counts."""

from datetime import date

from sqlalchemy import select

from orders.closing.models import CloseState, MonthClose
from orders.closing.rules import month_after
from shop.clock import month_of
from shop.db import db


def is_open(town_code: str, month: str) -> bool:
    """Whether a month (``2026-11``) of a town takes lines. The answer can be old once it is given:
    whoever writes a line asks `orders.closing.services.claim_open_month`."""
    query = select(MonthClose.state).where(
        MonthClose.town_code == town_code, MonthClose.month == month
    )
    return db.session.scalar(query) in (None, CloseState.OPEN)


def open_month_for(town_code: str, day: date) -> str:
    """The month in which a line about a day counts: the day's own, or the first one after it that
    is open, as ``2026-11``."""
    month = month_of(day)
    query = select(MonthClose.month).where(
        MonthClose.town_code == town_code,
        MonthClose.month >= month,
        MonthClose.state != CloseState.OPEN,
    )
    closed = set(db.session.scalars(query))
    while month in closed:
        month = month_after(month)
    return month
