"""The lines that a number is the sum of, a page at a time, however many there are."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeVar

from sqlalchemy import ColumnElement, select

from orders.rollups.queries import lines_by_day, sums_by
from orders.rollups.rules import Dimension, Span, Sums
from orders.sales.models import SalesEntry
from orders.sales.queries import PER_PAGE, Slice, chosen, counted
from shop.db import db
from shop.web.paging import Page

When = TypeVar("When", str, date)


def list_lines(part: Slice, number: int) -> tuple[Page[SalesEntry], Sums]:
    """One page of a slice's lines, the newest day first, and the sums over all of them.

    The sums by month and by day say on which days the page lies: no line before it is read or
    counted, and a choice that few lines meet is not looked for where there are none.
    """
    span = {"all": Span(part.since, part.until)}
    months = {
        month: held["all"] for (month,), held in sums_by([Dimension.MONTH], part, span).items()
    }
    sums = sum(months.values(), Sums())
    skipped = (number - 1) * PER_PAGE
    in_months, before = _where(
        {month: each.lines for month, each in months.items()}, skipped, PER_PAGE
    )
    if not in_months:
        return Page([], number, PER_PAGE, sums.lines), sums
    days = lines_by_day(part, in_months)
    if days is None:
        when: ColumnElement[bool] = SalesEntry.month.in_(in_months) & counted(
            part.since, part.until
        )
    else:
        in_days, before_days = _where(days, skipped - before, PER_PAGE)
        before += before_days
        # They lie within the slice's. Said beside them, its own would be what SQLite looks for in
        # the index: it would walk through all days from the newest on.
        when = _counted_on(in_days)
    query = (
        select(SalesEntry)
        .where(*chosen(part), when)
        .order_by(SalesEntry.counted_on.desc(), SalesEntry.id.desc())
        .limit(PER_PAGE)
        .offset(skipped - before)
    )
    return Page(db.session.scalars(query).all(), number, PER_PAGE, sums.lines), sums


def _where(lines: Mapping[When, int], skipped: int, wanted: int) -> tuple[list[When], int]:
    """In which months or days, the newest first, the lines after so many lie, and how many lines
    come before these."""
    found: list[When] = []
    before = passed = 0
    for when in sorted(lines, reverse=True):
        passed += lines[when]
        if passed <= skipped:
            before = passed
        elif passed - lines[when] < skipped + wanted:
            found.append(when)
    return found, before


def _counted_on(days: Sequence[date]) -> ColumnElement[bool]:
    """Days that follow each other are a span, which an index reads in the order of the page."""
    span = SalesEntry.counted_on.between(min(days), max(days))
    if (max(days) - min(days)).days < 2 * len(days):
        return span
    return SalesEntry.counted_on.in_(days)
