"""Quarters, when their reports are due, and what a report counts.

Source of the counting: rule 5 of docs/counting.md.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from orders.benefits.models import DraftLine, Standing, Tie, VersionLine

# A report is due so many days after its quarter.
DAYS_TO_REPORT = 15
# So many days before that a cooperative is reminded, once each, and once when it is over.
REMINDERS = (15, 5, 1)
OVERDUE = "overdue"
# Nobody is told any more of what has been due for longer.
DAYS_OVERDUE = 30
# How many quarters can be reported: this one and those before it.
QUARTERS_OPEN = 8
FIRST_YEAR = 2021
MOST_HOUSEHOLDS = 5_000
MOST_EVIDENCE = 12

_CODE = re.compile(r"(20[0-9]{2})Q([1-4])", re.ASCII)
_IDENTITY = re.compile(r"[1-9][0-9]{16}[0-9X]", re.ASCII)
# GB 11643: the weight of each digit is a power of two modulo 11.
_CHECK_CHARACTERS = "10X98765432"


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """Three months of a year, written 2026Q3."""

    year: int
    number: int

    @property
    def code(self) -> str:
        return f"{self.year}Q{self.number}"

    @property
    def months(self) -> tuple[int, int, int]:
        """Of the year, 1 to 12."""
        first = 3 * self.number - 2
        return (first, first + 1, first + 2)

    @property
    def since(self) -> date:
        return date(self.year, self.months[0], 1)

    @property
    def until(self) -> date:
        """Its last day."""
        return self.after.since - timedelta(days=1)

    @property
    def due_on(self) -> date:
        return self.until + timedelta(days=DAYS_TO_REPORT)

    @property
    def before(self) -> "Quarter":
        return Quarter(self.year, self.number - 1) if self.number > 1 else Quarter(self.year - 1, 4)

    @property
    def after(self) -> "Quarter":
        return Quarter(self.year, self.number + 1) if self.number < 4 else Quarter(self.year + 1, 1)


@dataclass(frozen=True, slots=True)
class Totals:
    """What a report comes to. Amounts in fen."""

    households: int
    monitored: int
    jobs: int
    sold_fen: int
    wages_fen: int
    rent_fen: int


def quarter_of(day: date) -> Quarter:
    return Quarter(day.year, (day.month + 2) // 3)


def read_quarter(code: str) -> Quarter | None:
    """``2026Q3``; None for anything else."""
    found = _CODE.fullmatch(code)
    if found is None or int(found[1]) < FIRST_YEAR:
        return None
    return Quarter(int(found[1]), int(found[2]))


def open_quarters(today: date) -> list[Quarter]:
    """Those that can be reported, this one first."""
    quarters = [quarter_of(today)]
    while len(quarters) < QUARTERS_OPEN and quarters[-1].before.year >= FIRST_YEAR:
        quarters.append(quarters[-1].before)
    return quarters


def is_over(quarter: Quarter, today: date) -> bool:
    """Only then can its report be handed in: until then it can only be a draft."""
    return quarter.until < today


def totals_of(lines: Iterable[DraftLine | VersionLine]) -> Totals:
    """What lines come to: a household counts once, whatever its products, months and ties.

    Of its people, as many have jobs as the one line names that names most: who packs in one month
    and picks in another is one person. Lines of a draft that lack their amount add nothing to it.
    """
    seen: set[int] = set()
    monitored: set[int] = set()
    workers: dict[int, int] = {}
    fen = dict.fromkeys(Tie, 0)
    for line in lines:
        seen.add(line.household_id)
        if _standing(line) is not Standing.ORDINARY:
            monitored.add(line.household_id)
        workers[line.household_id] = max(line.workers, workers.get(line.household_id, 0))
        fen[line.tie] += line.amount_fen or 0
    return Totals(
        households=len(seen),
        monitored=len(monitored),
        jobs=sum(workers.values()),
        sold_fen=fen[Tie.SOLD],
        wages_fen=fen[Tie.WAGES],
        rent_fen=fen[Tie.RENT],
    )


def reminder_due(today: date) -> tuple[Quarter, str] | None:
    """The quarter that is to be reported now, and which of the reminders is the last that is due;
    None while there is nothing to say."""
    quarter = quarter_of(today).before
    left = (quarter.due_on - today).days
    if left < 0:
        return (quarter, OVERDUE) if -left <= DAYS_OVERDUE else None
    due = next((days for days in sorted(REMINDERS) if left <= days), None)
    return (quarter, str(due)) if due is not None else None


def is_identity(number: str) -> bool:
    """Whether it is a citizen's number of 18 characters with its check character (GB 11643)."""
    if not _IDENTITY.fullmatch(number):
        return False
    weighed = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(number[:17]))
    return number[17] == _CHECK_CHARACTERS[weighed % 11]


def _standing(line: DraftLine | VersionLine) -> Standing:
    """As it was handed in, or of a draft as it is now."""
    return line.standing if isinstance(line, VersionLine) else line.household.standing
