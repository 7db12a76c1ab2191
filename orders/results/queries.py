"""Read what is told in the open. Sums only; nobody's name leaves this file but a town's."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, String, case, cast, func, select

from orders.closing.models import CloseState, MonthClose
from orders.results.rules import Cell, Told, tell_months, tell_towns
from orders.rollups.queries import sums_by
from orders.rollups.rules import Dimension, Span, Sums
from orders.sales.models import SalesEntry
from orders.sales.queries import Slice
from orders.statistics.queries.figures import names_of
from orders.statistics.rules.figures import time_progress
from shop import clock
from shop.accounts.people.models import ScopeLevel
from shop.accounts.people.rules import Scope
from shop.db import db

FIRST_YEAR = 2021
_EVERYWHERE = Scope(ScopeLevel.BUREAU, None)


@dataclass(frozen=True)
class Results:
    """A year as it is told in the open, up to a moment; amounts in fen, weights in grams."""

    year: int
    at: datetime
    until: date
    net_fen: int
    weight_g: int
    months: list[Told]
    towns: list[Told]

    @property
    def time_progress(self) -> int:
        """In permille."""
        return time_progress(self.until)


def get_results(year: int, at: datetime) -> Results:
    """The year up to a moment. Four statements."""
    since, until = date(year, 1, 1), min(date(year, 12, 31), clock.day_of(at))
    part = Slice(scope=_EVERYWHERE, since=since, until=until)
    found = sums_by([Dimension.TOWN, Dimension.MONTH], part, {"year": Span(since, until)})
    sums = {(key[0], key[1]): spans["year"] for key, spans in found.items()}
    locked = _locked(year)
    towns = sorted({town for town, _ in sums})
    months = [f"{year}-{month:02d}" for month in range(1, until.month + 1)]
    many = _many(towns, months)
    newest = {code: max(s.newest_id for (t, _), s in sums.items() if t == code) for code in towns}
    names = names_of(Dimension.TOWN, newest)
    by_town, by_month = _collected(sums)
    return Results(
        year=year,
        at=at,
        until=until,
        net_fen=sum(each.net_fen for each in sums.values()),
        weight_g=sum(each.weight_g for each in sums.values()),
        months=tell_months([_cell(m, m, by_month[m], many, locked) for m in months]),
        towns=tell_towns([_cell(t, names.get(t, t), by_town[t], many, locked) for t in towns]),
    )


_Pairs = dict[tuple[str, str], Sums]


def _collected(sums: _Pairs) -> tuple[dict[str, _Pairs], dict[str, _Pairs]]:
    by_town: dict[str, _Pairs] = defaultdict(dict)
    by_month: dict[str, _Pairs] = defaultdict(dict)
    for (town, month), each in sums.items():
        by_town[town][town, month] = each
        by_month[month][town, month] = each
    return by_town, by_month


def _cell(key: str, label: str, sums: _Pairs, many: set[str], locked: set[tuple[str, str]]) -> Cell:
    """A month or a town; locked when every month of every town in it is."""
    return Cell(
        key=key,
        label=label,
        net_fen=sum(each.net_fen for each in sums.values()),
        weight_g=sum(each.weight_g for each in sums.values()),
        many=key in many,
        locked=bool(sums) and sums.keys() <= locked,
        sold=bool(sums),
    )


def _locked(year: int) -> set[tuple[str, str]]:
    """The towns' months that are locked."""
    query = select(MonthClose.town_code, MonthClose.month).where(
        MonthClose.month.between(f"{year}-01", f"{year}-12"),
        MonthClose.state == CloseState.LOCKED,
    )
    return {(town, month) for town, month in db.session.execute(query)}


def _many(towns: list[str], months: list[str]) -> set[str]:
    """Of some towns and months, those in which more than one buyer bought.

    Each is looked at only until a second buyer is met: the ledger is not read through.
    """
    first, last = months[0], months[-1]
    within = {
        town: (SalesEntry.town_code == town) & SalesEntry.month.between(first, last)
        for town in towns
    } | {month: SalesEntry.month == month for month in months}
    names = list(within)
    row = db.session.execute(select(*(_has_second(within[name]) for name in names))).one()
    return {name for name, has_second in zip(names, row, strict=True) if has_second}


def _has_second(within: ColumnElement[bool]) -> ColumnElement[bool]:
    first = select(_buyer()).where(within).order_by(SalesEntry.id).limit(1).scalar_subquery()
    return select(SalesEntry.id).where(within, _buyer() != first).exists()


def _buyer() -> ColumnElement[str]:
    """Who bought, as far as a line tells buyers apart: the unit, else the order, else the line.

    A resident of several orders counts as several: what residents bought is nobody's purchase list.
    """
    return case(
        (SalesEntry.buyer_unit != "", SalesEntry.buyer_unit),
        (SalesEntry.order_number != "", SalesEntry.order_number),
        else_=cast(func.coalesce(SalesEntry.corrects_id, SalesEntry.id), String),
    )
