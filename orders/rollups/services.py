"""Keep the sums of the ledger: move the watermark, or begin again."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from psycopg.errors import LockNotAvailable
from sqlalchemy import (
    CTE,
    BigInteger,
    Select,
    delete,
    extract,
    func,
    literal,
    select,
    text,
    true,
    union_all,
    update,
)
from sqlalchemy import cast as as_type
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from orders.rollups.errors import LedgerBusy
from orders.rollups.models import RollupMark, SalesRollup, Watermark
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
    mark = locked_mark(RollupMark, at)
    until = min(through, mark + at_most)
    if until <= mark:
        return False
    _add(mark, until)
    move(RollupMark, until, at)
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
    locked_mark(RollupMark, at)
    db.session.execute(delete(SalesRollup))
    move(RollupMark, 0, at)


def locked_mark(mark: type[Watermark], at: datetime) -> int:
    """A watermark; whoever else would move it waits."""
    insert_once(mark, "id", id=1, through_id=0, moved_at=at)
    return db.session.scalars(select(mark.through_id).with_for_update()).one()


def move(mark: type[Watermark], through: int, at: datetime) -> None:
    db.session.execute(
        update(mark)
        .values(through_id=through, moved_at=at)
        .execution_options(synchronize_session=False)
    )


def _add(after: int, until: int) -> None:
    """Add the lines of a span of numbers to the sums of every grain, in one statement: each line is
    read once for the finest grains, and the others are summed from these."""
    insert = sqlite.insert if db.engine.dialect.name == "sqlite" else postgresql.insert
    table = table_of(SalesRollup)
    statement = insert(table).from_select(
        [column.name for column in table.columns], union_all(*_new_sums(after, until))
    )
    new = statement.excluded
    # The two-argument max of SQLite is called greatest elsewhere.
    newest = func.max if db.engine.dialect.name == "sqlite" else func.greatest
    sums: dict[str, Any] = {name: table.c[name] + new[name] for name in ADDED}
    sums["newest_id"] = newest(table.c.newest_id, new.newest_id)
    db.session.execute(
        statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=sums)
    )


def _new_sums(after: int, until: int) -> Iterator[Select[Any]]:
    by_day: dict[Grain, CTE] = {}
    # A grain comes after those that are summed from it.
    for grain in reversed(Grain):
        if not grain.is_daily:
            yield _of_lines(grain, after, until)
            continue
        days = (
            _of_lines(grain, after, until)
            if grain.finer is None
            else _of_sums(grain, by_day[grain.finer], daily=True)
        )
        by_day[grain] = days.cte(f"new_{grain}").prefix_with("MATERIALIZED")
        # With a condition, or SQLite takes what is to be done on a conflict for that of a join.
        yield select(by_day[grain]).where(true())
        yield _of_sums(grain, by_day[grain], daily=False)


def _of_lines(grain: Grain, after: int, until: int) -> Select[Any]:
    """The sums of a grain over lines, by day where it is kept so."""
    entry, keys = SalesEntry, list[Any]()
    day: Any = literal(0)
    if grain.is_daily:
        keys = [entry.counted_on]
        day = as_type(extract("day", entry.counted_on), SalesRollup.day.type)
    columns = _columns(grain, entry, day, daily=grain.is_daily)
    query = select(*columns, *line_sums(entry)).where(entry.id > after, entry.id <= until)
    if grain.is_of_activities:
        query = query.where(entry.activity_id.is_not(None))
    return query.group_by(*keys, *_keys(grain, entry))


def _of_sums(grain: Grain, finer: CTE, *, daily: bool) -> Select[Any]:
    """The sums of a grain over those that tell more apart."""
    columns = _columns(grain, finer.c, finer.c.day if daily else literal(0), daily=daily)
    added = [as_type(func.sum(finer.c[name]), BigInteger).label(name) for name in ADDED]
    query = select(*columns, *added, func.max(finer.c.newest_id).label("newest_id"))
    return query.group_by(*([finer.c.day] if daily else []), *_keys(grain, finer.c))


def _columns(grain: Grain, source: Any, day: Any, *, daily: bool) -> list[Any]:
    """The columns of the key, in the order of the table."""
    return [
        literal(grain.value).label("grain"),
        literal(int(daily)).label("daily"),
        source.month,
        day.label("day"),
        source.county_code,
        source.town_code,
        *(
            (getattr(source, name) if name in grain.tells_apart else literal(empty)).label(name)
            for name, empty in _EMPTY.items()
        ),
    ]


def _keys(grain: Grain, source: Any) -> list[Any]:
    told_apart = [getattr(source, name) for name in _EMPTY if name in grain.tells_apart]
    return [source.month, source.county_code, source.town_code, *told_apart]
