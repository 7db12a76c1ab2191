"""Keep the sums of what was ordered and paid for: move their watermark, or begin again."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    Select,
    SmallInteger,
    delete,
    func,
    literal,
    select,
    text,
    union_all,
)
from sqlalchemy import cast as as_type
from sqlalchemy.dialects import postgresql, sqlite

from orders.intake.models import Grain, IntakeMark, IntakeSum, Moment
from orders.intake.queries import KEY, DayInZhuhai, accepted_lines, moment_of
from orders.intake.rules import EMPTY, TELLS_APART
from orders.records.models import OrderLine
from orders.rollups.services import locked_mark, move
from orders.sales.models import SalesEntry
from shop.db import db, table_of, total


def roll_up(through: int, at_most: int, *, at: datetime) -> bool:
    """Add the next lines of the ledger to the sums, up to line ``through`` and at most so many;
    return whether there are more.

    ``through`` must be settled (``orders.rollups.services.settled_id``). The watermark moves in
    the same act.
    """
    mark = locked_mark(IntakeMark, at)
    until = min(through, mark + at_most)
    if until <= mark:
        return False
    _add(mark, until)
    move(IntakeMark, until, at)
    return until < through


def begin_again(*, at: datetime) -> None:
    """Forget all sums. Until they are made again every figure is read from the orders, as exact
    and much slower."""
    locked_mark(IntakeMark, at)
    db.session.execute(delete(IntakeSum))
    move(IntakeMark, 0, at)


def _add(after: int, until: int) -> None:
    insert = sqlite.insert if db.engine.dialect.name == "sqlite" else postgresql.insert
    table = table_of(IntakeSum)
    new_lines = _new_lines(after, until)
    new_sums = union_all(
        *(_sums(grain, new_lines, daily=daily) for grain in Grain for daily in (True, False))
    )
    statement = insert(table).from_select([column.name for column in table.columns], new_sums)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=list(table.primary_key),
            set_={"amount_fen": table.c.amount_fen + statement.excluded.amount_fen},
        )
    )


def _new_lines(after: int, until: int) -> CTE:
    """The lines after one of the ledger up to another, once for each moment, with its day."""
    of_moments = []
    for moment in Moment:
        at = moment_of(moment)
        columns = [literal(moment.value).label("moment"), DayInZhuhai(at).label("on")]
        lines = accepted_lines(*columns, *KEY, OrderLine.amount_fen)
        of_moments.append(
            lines.where(SalesEntry.id > after, SalesEntry.id <= until, at.is_not(None))
        )
    return union_all(*of_moments).cte("new_lines").prefix_with("MATERIALIZED")


def _sums(grain: Grain, lines: CTE, *, daily: bool) -> Select[Any]:
    month = func.substr(lines.c.on, 1, 7)
    day = as_type(func.substr(lines.c.on, 9, 2), SmallInteger) if daily else literal(0)
    places = [lines.c.county_code, lines.c.town_code]
    told_apart = [lines.c[name] for name in TELLS_APART[grain]]
    return select(
        literal(grain.value),
        lines.c.moment,
        literal(int(daily)),
        month,
        day,
        *places,
        *(
            lines.c[name] if name in TELLS_APART[grain] else literal(empty)
            for name, empty in EMPTY.items()
        ),
        total(lines.c.amount_fen),
    ).group_by(lines.c.moment, lines.c.on if daily else text("4"), *places, *told_apart)
