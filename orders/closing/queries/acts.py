"""What was done with months, and what came later."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Select, String, cast, func, or_, select
from sqlalchemy.orm import aliased

from orders.closing.models import ActKind, CloseState, MonthAct, MonthClose
from orders.sales.models import SalesEntry
from shop.accounts.people.models import Account, ScopeLevel
from shop.accounts.people.rules import Scope
from shop.db import db
from shop.places.models import Town
from shop.web.paging import Page

Thing = TypeVar("Thing")
PER_PAGE = 50


class Told(NamedTuple):
    """A step of a month file as it is told."""

    act: MonthAct
    name: str
    close: MonthClose
    town: Town


class Adjustment(NamedTuple):
    """A line that is about a month which was closed when it came."""

    entry: SalesEntry
    # The month that it is about, and the line that it corrects if it corrects one.
    about: str
    corrected: SalesEntry | None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which steps are asked for in the history."""

    scope: Scope
    month: str | None = None
    town_code: str | None = None
    kind: ActKind | None = None
    person: str = ""


def list_acts(wanted: Wanted, number: int) -> Page[Told]:
    """The steps that are asked for, the latest first."""
    columns: Any = (MonthAct, Account.name, MonthClose, Town)
    query = (
        select(*columns)
        .join(MonthClose, MonthClose.id == MonthAct.close_id)
        .join(Account, Account.id == MonthAct.by_id)
        .join(Town, Town.code == MonthClose.town_code)
        .where(wanted.scope.contains(MonthClose.town_code))
        .order_by(MonthAct.id.desc())
    )
    if wanted.month:
        query = query.where(MonthClose.month == wanted.month)
    if wanted.town_code:
        query = query.where(MonthClose.town_code == wanted.town_code)
    if wanted.kind:
        query = query.where(MonthAct.kind == wanted.kind)
    if wanted.person:
        query = query.where(Account.name.contains(wanted.person, autoescape=True))
    return _page_of(query, number, Told)


def list_story(close_id: int) -> list[tuple[MonthAct, str]]:
    """Every step of a file with the name of who took it, the first first."""
    query = (
        select(MonthAct, Account.name)
        .join(Account, Account.id == MonthAct.by_id)
        .where(MonthAct.close_id == close_id)
        .order_by(MonthAct.version)
    )
    return [(act, name) for act, name in db.session.execute(query)]


def levels_of(account_id: int, close_ids: Collection[int]) -> list[tuple[int, ScopeLevel, ActKind]]:
    """What one person has done in some files."""
    query = select(MonthAct.close_id, MonthAct.level, MonthAct.kind).where(
        MonthAct.by_id == account_id, MonthAct.close_id.in_(close_ids)
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(query)]


def list_adjustments(scope: Scope, month: str | None, number: int) -> Page[Adjustment]:
    """The lines of later months that are about a locked one, or about that locked month alone, the
    latest first: late entries by the day of their sale, and whatever corrects a line of it."""
    corrected = aliased(SalesEntry)
    sold_in = func.substr(cast(SalesEntry.sold_on, String), 1, 7)
    about = func.coalesce(corrected.month, sold_in)
    columns: Any = (SalesEntry, about.label("about"), corrected)
    query = (
        select(*columns)
        .outerjoin(corrected, corrected.id == SalesEntry.corrects_id)
        .join(
            MonthClose, (MonthClose.town_code == SalesEntry.town_code) & (MonthClose.month == about)
        )
        .where(
            scope.contains(SalesEntry.town_code),
            _adjusts(),
            about < SalesEntry.month,
            MonthClose.state == CloseState.LOCKED,
        )
        .order_by(SalesEntry.id.desc())
    )
    if month:
        query = query.where(MonthClose.month == month)
    return _page_of(query, number, Adjustment)


def _adjusts() -> ColumnElement[bool]:
    """A line that can be about an earlier month; an index of its own finds these."""
    return or_(SalesEntry.corrects_id.is_not(None), SalesEntry.sold_on < SalesEntry.counted_on)


def _page_of(query: Select[Any], number: int, shape: Callable[..., Thing]) -> Page[Thing]:
    """One page of rows of several columns, and one count."""
    rows = db.session.execute(query.limit(PER_PAGE).offset((number - 1) * PER_PAGE))
    items = [shape(*row) for row in rows]
    there = db.session.scalar(query.order_by(None).with_only_columns(func.count()))
    return Page(items, number, PER_PAGE, there or 0)
