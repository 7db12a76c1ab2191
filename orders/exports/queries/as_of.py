"""As of when an export is: now, or when the last of its months was locked."""

from datetime import datetime

from sqlalchemy import func, select

from orders.closing.models import ActKind, CloseState, MonthAct, MonthClose
from orders.exports.models import FrozenExport
from orders.exports.rules.wanted import AsOf, Wanted
from orders.sales.models import SalesEntry
from orders.sales.queries import Slice, chosen, counted
from orders.statistics.queries.places import list_towns
from orders.statistics.rules.periods import Period
from shop.db import db


def find_frozen(wanted: Wanted) -> FrozenExport | None:
    """How the same was exported first, if its period was locked then."""
    return db.session.scalars(select(FrozenExport).where(FrozenExport.key == wanted.key)).first()


def find_lock(part: Slice) -> datetime | None:
    """When the last month of a slice was locked, or None while any of its towns' months is not.

    Its towns are those that sold something in it and those that are assisted when it ends.
    """
    months = _months(part)
    period = Period(part.since, part.until)
    if not period.ends_a_month or period.since.day != 1:
        return None
    sold = select(SalesEntry.town_code).where(*chosen(part), counted(part.since, part.until))
    towns = {*db.session.scalars(sold.distinct())}
    towns |= {town.code for town in list_towns(part, part.until)}
    query = (
        select(MonthClose.town_code, MonthClose.month, func.max(MonthAct.at))
        .join(MonthAct, MonthAct.close_id == MonthClose.id)
        .where(
            MonthClose.state == CloseState.LOCKED,
            MonthClose.month.between(months[0], months[-1]),
            part.scope.contains(MonthClose.town_code),
            MonthAct.kind == ActKind.LOCKED,
        )
        .group_by(MonthClose.town_code, MonthClose.month)
    )
    locked = {(town, month): at for town, month, at in db.session.execute(query)}
    needed = [(town, month) for town in towns for month in months]
    if not needed or any(each not in locked for each in needed):
        return None
    return max(locked[each] for each in needed)


def as_of_lock(part: Slice, at: datetime) -> AsOf:
    """Of a locked slice: its newest line. No other can come before or after it."""
    query = select(func.max(SalesEntry.id)).where(*chosen(part), counted(part.since, part.until))
    return AsOf(at, db.session.scalar(query) or 0, is_locked=True)


def _months(part: Slice) -> list[str]:
    """The months of a slice, of one year or several: ``2026-11``."""
    first, last = (day.year * 12 + day.month - 1 for day in (part.since, part.until))
    return [f"{number // 12}-{number % 12 + 1:02}" for number in range(first, last + 1)]
