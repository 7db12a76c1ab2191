"""When a month can be closed, by whom, until when; and what a town's lines are reduced to.

Source: rule 6 of docs/counting.md.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from orders.benefits.rules import Quarter, quarter_of
from orders.closing.models import ActKind, CloseState
from shop import clock
from shop.accounts.people.models import ScopeLevel
from shop.accounts.people.rules import Scope

FIRST_MONTH = "2021-01"
# An act that began in a month may still be writing its line when the month is over.
SETTLES_WITHIN = timedelta(hours=1)
# Nobody is reminded any more of months that ended longer ago.
MONTHS_WATCHED = 3
# What a hash begins with says how the lines below it are written.
FORM = "cailanzi-ledger-1"
# The columns of the ledger that this form is over. What is added to the ledger later makes another
# form: the hashes of what was filed before must come out as they did.
SEALED = tuple(
    "id kind recorded_at counted_on month sold_on corrects_id order_line_id city_code city_name "
    "county_code county_name town_code town_name village cooperative_id cooperative_name "
    "credit_code category_id category_name product_id product_name spec unit quantity_milli "
    "unit_price_fen amount_fen refund_fen net_fen net_weight_g channel activity_name activity_id "
    "mode buyer_type buyer_unit buyer_district order_number ordered_on accepted_on paid_on "
    "recorded_by_id note".split()
)

_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Step:
    """A step: in which state it is taken, what state it leads to, and whose it is."""

    kind: ActKind
    before: CloseState
    after: CloseState
    level: ScopeLevel


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many days each level has for its step."""

    town: int
    county: int
    city: int

    def days(self, state: CloseState) -> int:
        """For whoever a file waits for in a state."""
        return {
            CloseState.OPEN: self.town,
            CloseState.FILED: self.county,
            CloseState.REVIEWED: self.city,
        }[state]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a town's month has come. ``moved_on`` is the day of the last step, if there was one;
    a month that nobody touched is open at version 1."""

    town_code: str
    month: str
    state: CloseState = CloseState.OPEN
    version: int = 1
    round: int = 0
    moved_on: date | None = None

    @property
    def is_returned(self) -> bool:
        return self.state is CloseState.OPEN and self.round > 0

    @property
    def label(self) -> LazyString:
        return _l("已退回") if self.is_returned else self.state.label


@dataclass(frozen=True, slots=True)
class Mark:
    """What a badge says of a month of one or of many towns."""

    words: LazyString
    mood: str


STEPS = {
    "file": Step(ActKind.FILED, CloseState.OPEN, CloseState.FILED, ScopeLevel.TOWN),
    "review": Step(ActKind.REVIEWED, CloseState.FILED, CloseState.REVIEWED, ScopeLevel.COUNTY),
    "return_filed": Step(ActKind.RETURNED, CloseState.FILED, CloseState.OPEN, ScopeLevel.COUNTY),
    "lock": Step(ActKind.LOCKED, CloseState.REVIEWED, CloseState.LOCKED, ScopeLevel.CITY),
    "return_reviewed": Step(
        ActKind.RETURNED, CloseState.REVIEWED, CloseState.OPEN, ScopeLevel.CITY
    ),
}
# For whom a file waits.
TURNS = {
    CloseState.OPEN: ScopeLevel.TOWN,
    CloseState.FILED: ScopeLevel.COUNTY,
    CloseState.REVIEWED: ScopeLevel.CITY,
}
_MOODS = {
    CloseState.OPEN: "wait",
    CloseState.FILED: "wait",
    CloseState.REVIEWED: "wait",
    CloseState.LOCKED: "good",
}


def read_month(text: str) -> str | None:
    """``2026-11``; None for anything else, and for months before there was a pairing."""
    return text if _MONTH.fullmatch(text) and text >= FIRST_MONTH else None


def month_after(month: str) -> str:
    """``2027-01`` after ``2026-12``."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year}-{number + 1:02}" if number < 12 else f"{year + 1}-01"


def month_before(month: str) -> str:
    """``2026-12`` before ``2027-01``."""
    return clock.month_of(first_day(month) - timedelta(days=1))


def first_day(month: str) -> date:
    return date(int(month[:4]), int(month[5:]), 1)


def last_day(month: str) -> date:
    return first_day(month_after(month)) - timedelta(days=1)


def months_of(year: int) -> list[str]:
    return [f"{year}-{number:02}" for number in range(1, 13)]


def months_between(first: str, last: str) -> list[str]:
    """Both count."""
    months = [first]
    while months[-1] < last:
        months.append(month_after(months[-1]))
    return months


def is_over(month: str, at: datetime) -> bool:
    """Whether a month can be filed: it has ended, and what was under way at its end is written."""
    return at >= clock.end_of(last_day(month)) + SETTLES_WITHIN


def quarter_for(month: str) -> Quarter:
    """The quarter whose benefit reports a month pins: the last one that ended by its end."""
    quarter = quarter_of(first_day(month))
    return quarter if quarter.until == last_day(month) else quarter.before


def code_of(level: ScopeLevel, town_code: str) -> str:
    """The code of the county or city that a town lies in, or its own."""
    match level:
        case ScopeLevel.CITY:
            return f"{town_code[:4]}00"
        case ScopeLevel.COUNTY:
            return town_code[:6]
    return town_code


def waits_since(standing: Standing) -> date:
    """The day from which whoever's turn it is has time: the day after the month, or the day of the
    last step."""
    begins = last_day(standing.month) + timedelta(days=1)
    return max(begins, standing.moved_on or begins)


def step_for(scope: Scope, standing: Standing, staffed_cities: Collection[str]) -> Step | None:
    """The step onward that an official may take with a file as it stands; None if it isn't their
    turn. ``staffed_cities`` are the codes of those with officials of their own."""
    level = TURNS.get(standing.state)
    if level is None or not scope.covers(standing.town_code):
        return None
    stands_in = (
        scope.level is ScopeLevel.BUREAU
        and level is ScopeLevel.CITY
        and code_of(level, standing.town_code) not in staffed_cities
    )
    if scope.level is not level and not stands_in:
        return None
    return next(step for step in STEPS.values() if step.before is standing.state)


def due_on(standing: Standing, allowance: Allowance) -> date | None:
    """The last day for the next step; None once the month is locked."""
    if standing.state is CloseState.LOCKED:
        return None
    days = allowance.days(standing.state)
    # The day after the month is itself a day to file on.
    return waits_since(standing) + timedelta(days=days - (standing.moved_on is None))


def is_late(standing: Standing, allowance: Allowance, today: date) -> bool:
    due = due_on(standing, allowance)
    return due is not None and due < today


def watched_months(at: datetime) -> list[str]:
    """The last few months that are over, the earliest first."""
    months = [month_before(clock.month_of(clock.day_of(at)))]
    while len(months) < MONTHS_WATCHED:
        months.insert(0, month_before(months[0]))
    return [month for month in months if is_over(month, at)]


def mark_of(states: Collection[CloseState], month: str, at: datetime) -> Mark:
    """What is to be said of a month of these towns."""
    if not states:
        return Mark(_l("无须上报"), "plain")
    if set(states) == {CloseState.LOCKED}:
        return Mark(CloseState.LOCKED.label, "good")
    if not is_over(month, at):
        return Mark(_l("未到上报时间"), "plain")
    if len(set(states)) == 1:
        (state,) = set(states)
        return Mark(state.label, _MOODS[state])
    locked = sum(state is CloseState.LOCKED for state in states)
    words = _l("%(locked)s/%(all)s 个镇已锁定", locked=locked, all=len(states))
    return Mark(words, "wait")


def seal_of(rows: Iterable[Sequence[Any]]) -> str:
    """The SHA-256, in hexadecimal, of ledger lines in their canonical form (docs/counting.md): rows
    of the values of ``SEALED``, in the order of their ids."""
    digest = sha256()
    for line in canonical_lines(rows):
        digest.update(line)
    return digest.hexdigest()


def canonical_lines(rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """What is hashed, line by line in UTF-8: the form's name, the names of the columns as a JSON
    array, and each row as one."""
    yield f"{FORM}\n".encode()
    yield _line(SEALED).encode()
    for row in rows:
        yield _line([_plain(value) for value in row]).encode()


def _line(values: Sequence[Any]) -> str:
    return json.dumps(list(values), ensure_ascii=False, separators=(",", ":")) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
