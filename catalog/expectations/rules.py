"""ISO weeks, and what is expected in which. Weeks begin on Monday in Asia/Shanghai."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

# How many weeks can be spoken of: this one and those after it.
WEEKS_AHEAD = 8
MOST_GRAMS = 1_000_000_000
FIRST_YEAR = 2021
DAYS_IN_WEEK = 7

_CODE = re.compile(r"(20[0-9]{2})-W([0-5][0-9])", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """An ISO week, written 2026-W48: the year is the one that its Thursday lies in."""

    year: int
    number: int

    @property
    def code(self) -> str:
        return f"{self.year}-W{self.number:02d}"

    @property
    def since(self) -> date:
        """Its Monday."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def until(self) -> date:
        """Its Sunday."""
        return date.fromisocalendar(self.year, self.number, DAYS_IN_WEEK)

    @property
    def year_before(self) -> "Week | None":
        """The week of the same number a year earlier; most years have no 53rd."""
        earlier = Week(self.year - 1, self.number)
        return earlier if earlier.number <= weeks_in(earlier.year) else None

    def after(self, weeks: int) -> "Week":
        """So many weeks later, or earlier for a negative number."""
        return week_of(self.since + timedelta(weeks=weeks))


def week_of(day: date) -> Week:
    year, number, _ = day.isocalendar()
    return Week(year, number)


def weeks_in(year: int) -> int:
    """52, or 53: the 28th of December always lies in the last one."""
    return date(year, 12, 28).isocalendar().week


def read_week(code: str) -> Week | None:
    """``2026-W48``; None for anything else, and for a 53rd week in a year that has none."""
    found = _CODE.fullmatch(code)
    if found is None:
        return None
    week = Week(int(found[1]), int(found[2]))
    is_there = week.year >= FIRST_YEAR and 1 <= week.number <= weeks_in(week.year)
    return week if is_there else None


def weeks_from(first: Week, count: int) -> list[Week]:
    return [first.after(place) for place in range(count)]


def coming_weeks(today: date) -> list[Week]:
    """Those of which a harvest can be expected, this one first."""
    return weeks_from(week_of(today), WEEKS_AHEAD)


def by_week(grams: Iterable[tuple[date, int]]) -> dict[Week, int]:
    """The sums of days by the week that they lie in."""
    sums: dict[Week, int] = {}
    for day, amount in grams:
        sums[week_of(day)] = sums.get(week_of(day), 0) + amount
    return sums


def as_last_week(weeks: Iterable[Week], known: Mapping[Week, int]) -> dict[Week, int]:
    """What each of these weeks brings if it brings what the one before the first did."""
    ahead = list(weeks)
    amount = known.get(ahead[0].after(-1)) if ahead else None
    return {} if amount is None else dict.fromkeys(ahead, amount)


def as_last_year(weeks: Iterable[Week], known: Mapping[Week, int]) -> dict[Week, int]:
    """What each of these weeks brings if it brings what it did a year earlier; weeks of which
    nothing is known are left out."""
    found = {}
    for week in weeks:
        earlier = week.year_before
        if earlier is not None and earlier in known:
            found[week] = known[earlier]
    return found
