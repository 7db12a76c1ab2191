"""Keep the sums of the ledger: move the watermark, or begin again."""

from datetime import datetime
from typing import Any

from psycopg.errors import LockNotAvailable
from sqlalchemy import Select, delete, extract, func, literal, select, text, update
from sqlalchemy import cast as as_type
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from orders.rollups.errors import LedgerBusy
from orders.rollups.models import RollupMark, SalesRollup
from orders.rollups.queries import line_sums
from orders.rollups.rules import ADDED, Grain
from orders.sales.models import SalesEntry
from shop.db import db, insert_once, table_of

# The lock that all who write lines share until the end of their act: see the migration of the sums.
WRITERS_LOCK = 20_210_601
# So long the next writers may be kept waiting behind one that takes its time.
PATIENCE_MS = 500
# Of the key, what a grain leaves empty where it does not tell it apart.
_EMPTY: dict[str, Any] = {
    "category_id": 0,
    "cooperative_id": 0,
    "buyer_type": "",
    "channel": "",
    "mode": "",
    "activity_id": 0,
}


def roll_up(through: int, at_most: int, *, at: datetime) -> bool:
    """Add the next lines to the sums, up to line ``through`` and at most so many; return whether
    there are more.

    ``through`` must be settled: no line with a smaller number may still appear. The watermark moves
    in the same act: killed before its commit, nothing happened.
    """
    mark = _locked_mark(at)
    until = min(through, mark + at_most)
    if until <= mark:
        return False
    for grain in Grain:
        for daily in (False, True) if grain.is_daily else (False,):
            _add(grain, daily, mark, until)
    _move(until, at)
    return until < through


def settled_id() -> int:
    """The newest line below which no other can appear any more. Raises LedgerBusy.

    PostgreSQL hands out numbers before it commits, so that a smaller one may become visible after
    a larger one. Whoever writes a line therefore shares a lock until the end of the act (a trigger
    of the table sees to it); held alone for a moment, it tells that all numbers given out so far
    are settled. SQLite has one writer at a time.
    """
    session = db.session()
    if db.engine.dialect.name != "sqlite":
        session.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE_MS}ms'"))
        try:
            session.execute(select(func.pg_advisory_xact_lock(WRITERS_LOCK)))
        except OperationalError as refused:
            if isinstance(refused.orig, LockNotAvailable):
                raise LedgerBusy from refused
            raise
    return session.scalar(select(func.max(SalesEntry.id))) or 0


def begin_again(*, at: datetime) -> None:
    """Forget all sums. Until they are made again every figure is read from the lines, as exact and
    much slower."""
    _locked_mark(at)
    db.session.execute(delete(SalesRollup))
    _move(0, at)


def _locked_mark(at: datetime) -> int:
    """The watermark; whoever else would move it waits."""
    insert_once(RollupMark, "id", id=1, through_id=0, moved_at=at)
    return db.session.scalars(select(RollupMark.through_id).with_for_update()).one()


def _move(through: int, at: datetime) -> None:
    db.session.execute(
        update(RollupMark)
        .values(through_id=through, moved_at=at)
        .execution_options(synchronize_session=False)
    )


def _add(grain: Grain, daily: bool, after: int, until: int) -> None:
    """Add the lines of a span of numbers to the sums of one grain."""
    insert = sqlite.insert if db.engine.dialect.name == "sqlite" else postgresql.insert
    table = table_of(SalesRollup)
    lines = _grouped(grain, daily, after, until)
    statement = insert(table).from_select([column.name for column in table.columns], lines)
    new = statement.excluded
    # The two-argument max of SQLite is called greatest elsewhere.
    newest = func.max if db.engine.dialect.name == "sqlite" else func.greatest
    sums: dict[str, Any] = {name: table.c[name] + new[name] for name in ADDED}
    sums["newest_id"] = newest(table.c.newest_id, new.newest_id)
    db.session.execute(
        statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=sums)
    )


def _grouped(grain: Grain, daily: bool, after: int, until: int) -> Select[Any]:
    day = as_type(extract("day", SalesEntry.counted_on), SalesRollup.day.type)
    keys: list[Any] = [SalesEntry.month, *([day] if daily else [])]
    keys += [SalesEntry.county_code, SalesEntry.town_code]
    keys += [getattr(SalesEntry, name) for name in _EMPTY if name in grain.tells_apart]
    columns = [
        literal(grain.value).label("grain"),
        literal(int(daily)).label("daily"),
        SalesEntry.month,
        (day if daily else literal(0)).label("day"),
        SalesEntry.county_code,
        SalesEntry.town_code,
        *(
            (getattr(SalesEntry, name) if name in grain.tells_apart else literal(empty)).label(name)
            for name, empty in _EMPTY.items()
        ),
    ]
    query = select(*columns, *line_sums(SalesEntry)).where(
        SalesEntry.id > after, SalesEntry.id <= until
    )
    if "activity_id" in grain.tells_apart:
        query = query.where(SalesEntry.activity_id.is_not(None))
    return query.group_by(*keys)
