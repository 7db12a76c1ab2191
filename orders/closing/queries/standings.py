"""How far months have come. Whatever is listed lies inside an official's scope."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, or_, select

from orders.closing.models import CloseState, MonthAct, MonthClose
from orders.closing.queries.figures import of_month
from orders.closing.rules import Mark, Standing, first_day, last_day, mark_of, months_between
from orders.sales.models import SalesEntry
from shop import clock
from shop.accounts.people.rules import Scope
from shop.db import db
from shop.errors import NotFound
from shop.places.models import Town, TownDesignation
from shop.places.queries import select_towns


def list_standings(scope: Scope, first: str, last: str) -> dict[tuple[str, str], Standing]:
    """By town and month, how far the months between two (both count) have come, of every town that
    was assisted in them or has a file of them. One statement."""
    designations = select(
        TownDesignation.town_code.label("town_code"),
        TownDesignation.since.label("since"),
        TownDesignation.until.label("until"),
    ).where(scope.contains(TownDesignation.town_code))
    towns = designations.subquery()
    files = _files().where(MonthClose.month.between(first, last)).subquery()
    query = select(towns, files).outerjoin(files, files.c.of == towns.c.town_code)
    found: dict[tuple[str, str], Standing] = {}
    spans: dict[tuple[str, date], date | None] = {}
    for row in db.session.execute(query):
        spans[row.town_code, row.since] = row.until
        if row.of is not None:
            found[row.of, row.month] = _standing(row)
    for (town_code, since), until in spans.items():
        for month in months_between(first, last):
            if since <= last_day(month) and (until is None or until >= first_day(month)):
                found.setdefault((town_code, month), Standing(town_code, month))
    return found


def marks_of(scope: Scope, first: str, last: str, at: datetime) -> dict[str, Mark]:
    """What is to be said of each month between two (both count) beside its figures. One
    statement."""
    states: dict[str, list[CloseState]] = defaultdict(list)
    for (_, month), standing in list_standings(scope, first, last).items():
        states[month].append(standing.state)
    return {month: mark_of(states[month], month, at) for month in months_between(first, last)}


def get_standing(town_code: str, month: str) -> Standing:
    """How far one month has come. Raises NotFound where there is nothing to file: the town was not
    assisted in it, and no line of the ledger is from it."""
    of_town = (MonthClose.town_code == town_code) & (MonthClose.month == month)
    row = db.session.execute(_files().where(of_town)).one_or_none()
    if row is not None:
        return _standing(row)
    assisted = select(TownDesignation.id).where(
        TownDesignation.town_code == town_code,
        TownDesignation.since <= last_day(month),
        or_(TownDesignation.until.is_(None), TownDesignation.until >= first_day(month)),
    )
    lines = select(SalesEntry.id).where(of_month(town_code, month))
    if db.session.scalar(select(or_(assisted.exists(), lines.exists()))):
        return Standing(town_code, month)
    raise NotFound


def list_towns(codes: Collection[str]) -> Sequence[Town]:
    """In the order of their codes, with county and city."""
    return db.session.scalars(select_towns().where(Town.code.in_(codes))).all()


def _files() -> Select[Any]:
    """Every file with the moment of its last step."""
    columns: Any = (
        MonthClose.town_code.label("of"),
        MonthClose.month,
        MonthClose.state,
        MonthClose.version,
        MonthClose.round,
        MonthAct.at,
    )
    return select(*columns).outerjoin(
        MonthAct, (MonthAct.close_id == MonthClose.id) & (MonthAct.version == MonthClose.version)
    )


def _standing(row: Row[Any]) -> Standing:
    return Standing(
        row.of,
        row.month,
        row.state,
        row.version,
        row.round,
        clock.day_of(row.at) if row.at else None,
    )
