"""Spans of days that a table is about."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from shop.clock import month_of

FIRST_YEAR = 2021


@dataclass(frozen=True)
class Period:
    """From one day to another; both count."""

    since: date
    until: date

    @property
    def begins_the_year(self) -> bool:
        """Whether it runs from 1 January of the year it ends in, as yearly targets do."""
        return self.since == date(self.until.year, 1, 1)

    @property
    def last_month(self) -> "Period":
        """The part of it that lies in the month it ends in."""
        return Period(max(self.since, self.until.replace(day=1)), self.until)

    @property
    def months(self) -> list["Period"]:
        """The months of the year it ends in, one by one up to its last day."""
        firsts = [self.until.replace(month=month, day=1) for month in range(1, 13)]
        return [
            Period(first, min(end_of_month(first), self.until))
            for first in firsts
            if self.since <= first <= self.until
        ]

    @property
    def year_before(self) -> "Period":
        """The same days a year earlier."""
        return Period(a_year_before(self.since), a_year_before(self.until))

    @property
    def begins_a_month(self) -> bool:
        return self.since.day == 1

    @property
    def ends_a_month(self) -> bool:
        return self.until == end_of_month(self.until)

    @property
    def from_month(self) -> str:
        return month_of(self.since)

    @property
    def to_month(self) -> str:
        return month_of(self.until)


def of_year(year: int, month: int | None, today: date) -> Period:
    """From 1 January to the end of a month, or of the year; never beyond today."""
    end = end_of_month(date(year, month or 12, 1))
    return Period(date(year, 1, 1), min(end, today))


def of_months(first: date, last: date, today: date) -> Period:
    """From the first day of one month to the end of another; never beyond today."""
    return Period(first, min(end_of_month(last), today))


def end_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def a_year_before(day: date) -> date:
    """The same day a year earlier; the end of a month stays the end of that month."""
    earlier = day.replace(year=day.year - 1, day=1)
    is_end = day == end_of_month(day)
    return end_of_month(earlier) if is_end else earlier.replace(day=day.day)
