"""Close months, step by step; what is filed takes no more lines."""

from datetime import date

from sqlalchemy import func, select

from orders.closing.queries import open_month_for
from shop.db import db


def claim_open_month(town_code: str, day: date) -> str:
    """The month in which a line about a day counts, as ``2026-11``: nobody files it before this
    act is over. The trigger on the ledger would refuse the line otherwise; this asks in time."""
    while True:
        month = open_month_for(town_code, day)
        _share(town_code, month)
        # Somebody may have filed it while this act waited.
        if open_month_for(town_code, day) == month:
            return month


def _share(town_code: str, month: str) -> None:
    """SQLite has one writer at a time."""
    if db.engine.dialect.name == "postgresql":
        lock = func.pg_advisory_xact_lock_shared(_key(town_code, month))
        db.session.execute(select(lock))


def _key(town_code: str, month: str) -> object:
    """The same that the trigger on the ledger takes."""
    return func.hashtextextended(f"month_close:{town_code}:{month}", 0)
