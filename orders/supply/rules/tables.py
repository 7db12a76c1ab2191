"""The vegetable basket read as supply: what is expected, came, is wanted, and what lacks; in grams.

Source: point 6 of what the official's desk is for, and "Supply by week" in docs/counting.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from catalog.expectations.rules import Week

# How many weeks a table shows, and how many of them lie before this one unless told otherwise.
WEEKS_SHOWN = 12
WEEKS_BEFORE = 4
# A category by its number, in a week.
Place = tuple[str, Week]


class When(StrEnum):
    PAST = "past"
    PRESENT = "present"
    COMING = "coming"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A category in a week, in grams; None where nobody knows."""

    when: When
    # What cooperatives expect, and of what they don't speak about the caps of pre-sales.
    expected_g: int | None = None
    # What of that comes from pre-sales.
    presold_g: int = 0
    # Net weight of what was accepted, as far as it is known.
    supplied_g: int | None = None
    # How many lines of the ledger have no weight.
    unweighed: int = 0
    # What is ordered and neither accepted nor cancelled.
    ordered_g: int | None = None
    # What was accepted in the same week a year earlier.
    before_g: int | None = None

    @property
    def demand_g(self) -> int | None:
        """What is wanted of a week that isn't over: what is ordered, or what was bought a year
        earlier if that is more. In the present week what was accepted already is part of it."""
        if self.when is When.PAST:
            return None
        known = [grams for grams in (self._asked_for_g, self.before_g) if grams and grams > 0]
        return max(known) if known else None

    @property
    def gap_g(self) -> int | None:
        """Of a week that isn't over what is expected beyond demand, negative for what lacks; of
        one that is over what came beyond what was expected."""
        have, need = (
            (self.supplied_g, self.expected_g)
            if self.when is When.PAST
            else (self.expected_g, self.demand_g)
        )
        return None if have is None or need is None else have - need

    @property
    def lacks_g(self) -> int:
        """What lacks of a week that isn't over; 0 where nothing does, or nobody knows."""
        return 0 if self.when is When.PAST else max(0, -(self.gap_g or 0))

    @property
    def is_untold(self) -> bool:
        """Whether something is wanted of which nobody says what will come."""
        return self.demand_g is not None and self.expected_g is None

    @property
    def is_empty(self) -> bool:
        known = (self.expected_g, self.supplied_g, self.ordered_g, self.before_g)
        return all(grams is None for grams in known) and not self.unweighed

    @property
    def _asked_for_g(self) -> int | None:
        parts = [self.ordered_g]
        if self.when is When.PRESENT:
            parts.append(self.supplied_g)
        known = [grams for grams in parts if grams is not None]
        return sum(known) if known else None


@dataclass(frozen=True)
class Supplied:
    """What the ledger says of a category in a week: its lines, those without a weight, and the
    grams of the others."""

    lines: int = 0
    unweighed: int = 0
    weight_g: int = 0

    @property
    def grams(self) -> int | None:
        """None where no line has a weight: that is not 0."""
        return self.weight_g if self.lines > self.unweighed else None

    def __add__(self, other: "Supplied") -> "Supplied":
        return Supplied(
            self.lines + other.lines,
            self.unweighed + other.unweighed,
            self.weight_g + other.weight_g,
        )


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of categories and weeks, in grams."""

    expected: Mapping[Place, int] = field(default_factory=dict)
    presold: Mapping[Place, int] = field(default_factory=dict)
    supplied: Mapping[Place, Supplied] = field(default_factory=dict)
    ordered: Mapping[Place, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A category with its weeks."""

    key: str
    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Total:
    """All categories of a week. What lacks of one is not made up for by another, so that gaps are
    not added, only what lacks."""

    expected_g: int | None
    supplied_g: int | None
    demand_g: int | None
    lacks_g: int
    unweighed: int


@dataclass(frozen=True)
class Table:
    """Categories by weeks."""

    weeks: tuple[Week, ...]
    present: Week
    rows: tuple[Row, ...]

    @property
    def totals(self) -> list[Total]:
        return [_total([row.cells[place] for row in self.rows]) for place in range(len(self.weeks))]

    @property
    def worst(self) -> tuple[Row, Week, Cell] | None:
        """Where most lacks; the earlier week and the first category of equals."""
        lacking = [
            (row, week, cell)
            for row in self.rows
            for week, cell in zip(self.weeks, row.cells, strict=True)
            if cell.lacks_g
        ]
        return max(lacking, key=lambda each: each[2].lacks_g) if lacking else None

    @property
    def untold(self) -> list[str]:
        """Categories of which something is wanted in a week and nobody says what will come."""
        return [row.label for row in self.rows if any(cell.is_untold for cell in row.cells)]

    @property
    def unweighed(self) -> int:
        return sum(cell.unweighed for row in self.rows for cell in row.cells)


def when_is(week: Week, present: Week) -> When:
    if week == present:
        return When.PRESENT
    return When.PAST if week < present else When.COMING


def table_of(
    weeks: Sequence[Week], present: Week, categories: Iterable[tuple[str, str]], known: Known
) -> Table:
    """Lay what is known over categories (numbers with names, in their order) and weeks; categories
    of which nothing is known are left out."""
    rows = [
        Row(key, label, tuple(_cell(key, week, present, known) for week in weeks))
        for key, label in categories
    ]
    shown = tuple(row for row in rows if not all(cell.is_empty for cell in row.cells))
    return Table(tuple(weeks), present, shown)


def _cell(key: str, week: Week, present: Week, known: Known) -> Cell:
    when = when_is(week, present)
    supplied = known.supplied.get((key, week), Supplied())
    expected, presold = known.expected.get((key, week)), known.presold.get((key, week))
    earlier = week.year_before
    before = known.supplied.get((key, earlier)) if earlier and when is not When.PAST else None
    return Cell(
        when=when,
        expected_g=sum_known([expected, presold]),
        presold_g=presold or 0,
        supplied_g=supplied.grams,
        unweighed=supplied.unweighed,
        ordered_g=known.ordered.get((key, week)),
        before_g=before.grams if before else None,
    )


def _total(cells: Sequence[Cell]) -> Total:
    return Total(
        expected_g=sum_known(cell.expected_g for cell in cells),
        supplied_g=sum_known(cell.supplied_g for cell in cells),
        demand_g=sum_known(cell.demand_g for cell in cells),
        lacks_g=sum(cell.lacks_g for cell in cells),
        unweighed=sum(cell.unweighed for cell in cells),
    )


def sum_known(amounts: Iterable[int | None]) -> int | None:
    """The sum of what is known; None where nothing is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None
