"""What would become of each row of a sheet if it were shipped now. A scanned parcel is a sheet of
one row. Pure: what is waiting, and what can be picked, goes in. Weights are grams of one unit."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from catalog.batches.rules import Lot, fits, pick, without
from suppliers.fulfilment.rules import CARRIERS
from suppliers.shipping.rules.faults import REFUSALS, Fault, FaultKind
from suppliers.shipping.rules.reading import Reading

# Units by batch.
Units = Mapping[int, int]


class RowState(StrEnum):
    """What becomes of a row."""

    READY = "ready"
    WRONG = "wrong"  # left out; the person is told why
    SHIPPED = "shipped"  # with this sheet
    ALREADY = "already"  # its number stood on the part before
    BLANK = "blank"  # not filled in, so not shipped this time

    @property
    def label(self) -> LazyString:
        return _STATES[self]


_STATES = {
    RowState.READY: _l("可以发"),
    RowState.WRONG: _l("有误"),
    RowState.SHIPPED: _l("已发"),
    RowState.ALREADY: _l("早已发过"),
    RowState.BLANK: _l("没填单号"),
}


@dataclass(frozen=True, slots=True)
class PartLine:
    """A line that was not called off, and how many of its units wait."""

    id: int
    product_id: int
    name: str
    unit: str
    waiting: int
    net_weight_g: int
    # The day from which it is sent, when it was sold in advance.
    ships_on: date | None


@dataclass(frozen=True, slots=True)
class Goal:
    """Whose a part is and where it goes: what goes to one buyer, or to one pick-up point (0 for an
    address), may lie in one parcel."""

    part_id: int
    part: str
    account_id: int
    point_id: int

    def goes_with(self, other: "Goal") -> bool:
        return self.account_id == other.account_id or self.point_id == other.point_id != 0


@dataclass(frozen=True, slots=True)
class Part:
    """A paid part: what of it waits, and the numbers under which the rest was sent."""

    goal: Goal
    is_cancelled: bool
    lines: tuple[PartLine, ...]
    numbers: frozenset[str]

    @property
    def waiting(self) -> list[PartLine]:
        """The lines of which something waits."""
        return [line for line in self.lines if line.waiting]


@dataclass(frozen=True, slots=True)
class Store:
    """What can be picked: lots by product, the first harvested first; batches by code; units by
    batch that the slips suggest for each line; the products that need a certified batch."""

    lots: Mapping[int, Sequence[Lot]]
    batches: Mapping[str, int]
    suggested: Mapping[int, Units]
    covered: frozenset[int]


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is about some rows: parts by each number that names them, and by tracking number
    where it stands already."""

    parts: Mapping[str, Part]
    standing: Mapping[str, Sequence[Goal]]
    store: Store


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it was read, and what became of it when it was shipped before."""

    number: int
    reading: Reading
    is_shipped: bool = False
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A parcel that can be shipped: units by order line, and units by batch of those lines for
    which a batch is foreseen. ``names_batches`` says that a person did so."""

    part_id: int
    carrier: str
    number: str
    quantities: Mapping[int, int]
    allocations: Mapping[int, Units]
    names_batches: bool


@dataclass
class Verdict:
    """What becomes of a row; ``wanted`` only if it can be shipped."""

    row: Row
    part: Part | None
    state: RowState = RowState.READY
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    wanted: Wanted | None = None

    def refuse(self, column: str, kind: FaultKind, **details: str | int) -> None:
        self.state = RowState.WRONG
        self.faults.append(Fault(column, kind, details))


def judge(rows: Sequence[Row], facts: Facts, today: date) -> list[Verdict]:
    """What becomes of each row, all of them shipped one after the other."""
    verdicts = [_begin(row, facts) for row in rows]
    _compare_same_parts(verdicts)
    _compare_same_numbers(verdicts)
    ahead = _Ahead(facts.store)
    for verdict in verdicts:
        if verdict.state is RowState.READY and verdict.part is not None:
            _look_where_it_stands(verdict, verdict.part.goal, facts)
            _ship(verdict, verdict.part, ahead, today)
    return verdicts


def _begin(row: Row, facts: Facts) -> Verdict:
    """What a row says by itself."""
    reading = row.reading
    part = facts.parts.get(reading.part)
    verdict = Verdict(row, part)
    if row.is_shipped:
        verdict.state = RowState.SHIPPED
    elif reading.is_blank:
        verdict.state = RowState.BLANK
    elif part is not None and reading.number in part.numbers:
        verdict.state = RowState.ALREADY
    else:
        _find_faults(verdict)
    return verdict


def _find_faults(verdict: Verdict) -> None:
    part, reading = verdict.part, verdict.row.reading
    for fault in reading.faults:
        verdict.refuse(fault.column, fault.kind)
    if part is None:
        if reading.part:
            verdict.refuse("part", FaultKind.UNKNOWN_PART)
    elif part.is_cancelled:
        verdict.refuse("part", FaultKind.CANCELLED)
    elif not part.waiting:
        verdict.refuse("part", FaultKind.SENT, numbers="、".join(sorted(part.numbers)))


def _compare_same_parts(verdicts: Sequence[Verdict]) -> None:
    """Rows of one part are several parcels only if each says what is in it. Those that were
    shipped before count as well, so that a sheet says the same whenever it is brought."""
    rows: dict[int, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.part is not None and verdict.row.reading.number:
            rows[verdict.part.goal.part_id].append(verdict)
    for same in rows.values():
        first: dict[str, Verdict] = {}
        for verdict in same:
            earlier = first.setdefault(verdict.row.reading.number, verdict)
            if earlier is not verdict and verdict.state is RowState.READY:
                verdict.refuse("number", FaultKind.TWICE, row=earlier.row.number)
        parcels = list(first.values())
        for place, verdict in enumerate(parcels):
            lacks_units = len(parcels) > 1 and not verdict.row.reading.units
            if lacks_units and verdict.state is RowState.READY:
                other = parcels[0 if place else 1].row.number
                verdict.refuse("units", FaultKind.NEEDS_UNITS, row=other)


def _compare_same_numbers(verdicts: Sequence[Verdict]) -> None:
    """One number on parts that can't lie in one parcel: somebody slipped a row, and nobody knows
    which of them is right."""
    rows: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.part is not None and verdict.row.reading.number:
            rows[verdict.row.reading.number].append(verdict)
    for number, same in rows.items():
        goals = {each.part.goal: each for each in same if each.part is not None}
        if len(goals) == 1:
            continue
        is_one_parcel = len({goal.account_id for goal in goals}) == 1 or (
            len({goal.point_id for goal in goals}) == 1 and all(goal.point_id for goal in goals)
        )
        for verdict in same:
            if verdict.state is not RowState.READY or verdict.part is None:
                continue
            goal = verdict.part.goal
            strange = [other for other in goals if other.part_id != goal.part_id]
            if is_one_parcel:
                verdict.warnings.append(Fault("number", FaultKind.JOINT, {"part": strange[0].part}))
            else:
                others = [other for other in strange if not goal.goes_with(other)] or strange
                row = goals[others[0]].row.number
                verdict.refuse("number", FaultKind.SHARED_NUMBER, row=row, number=number)


def _look_where_it_stands(verdict: Verdict, goal: Goal, facts: Facts) -> None:
    """The number on parts that were sent before."""
    number = verdict.row.reading.number
    for other in facts.standing.get(number, ()):
        if other.part_id == goal.part_id:
            continue
        if not goal.goes_with(other):
            verdict.refuse("number", FaultKind.OTHERS_NUMBER, part=other.part)
        elif not verdict.warnings:
            verdict.warnings.append(Fault("number", FaultKind.JOINT, {"part": other.part}))
    if verdict.row.reading.carrier not in CARRIERS:
        verdict.warnings.append(Fault("carrier", FaultKind.ODD_CARRIER, {}))


class _Ahead:
    """What the rows above would leave to those below."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.lots: dict[int, Sequence[Lot]] = dict(store.lots)
        self._sent: dict[int, int] = defaultdict(int)

    def waiting(self, line: PartLine) -> int:
        return line.waiting - self._sent[line.id]

    def send(self, line: PartLine, quantity: int) -> None:
        self._sent[line.id] += quantity

    def pick(
        self, line: PartLine, quantity: int, named: Sequence[str]
    ) -> tuple[Mapping[int, int], int]:
        """Units by batch for a line, and how many units are missing: from the batches that the row
        names, else as the slip suggests it, else from the first harvested."""
        lots = self.lots.get(line.product_id, ())
        units, missing = self._find(lots, line, quantity, named)
        self.lots[line.product_id] = without(lots, units, line.net_weight_g)
        return units, missing

    def put_back(self, line: PartLine, units: Units) -> None:
        lots = self.lots[line.product_id]
        gone = {id_: -count for id_, count in units.items()}
        self.lots[line.product_id] = without(lots, gone, line.net_weight_g)

    def _find(
        self, lots: Sequence[Lot], line: PartLine, quantity: int, named: Sequence[str]
    ) -> tuple[Mapping[int, int], int]:
        ids = [self.store.batches.get(code) for code in named]
        chosen = [lot for id_ in ids for lot in lots if lot.batch_id == id_]
        if chosen:
            return pick(chosen, quantity, line.net_weight_g)
        suggested = self.store.suggested.get(line.id, {})
        if sum(suggested.values()) == quantity and fits(lots, suggested, line.net_weight_g):
            return suggested, 0
        return pick(lots, quantity, line.net_weight_g)


def _ship(verdict: Verdict, part: Part, ahead: _Ahead, today: date) -> None:
    """Take what the row ships from what the rows above have left."""
    reading = verdict.row.reading
    quantities = _quantities(verdict, part, ahead, today)
    lines = [line for line in part.lines if quantities.get(line.id)]
    picked = {line.id: ahead.pick(line, quantities[line.id], reading.batches) for line in lines}
    unknown = [code for code in reading.batches if code not in ahead.store.batches]
    if unknown:
        verdict.refuse("batch", FaultKind.BATCH_NOT_USABLE, code="、".join(unknown))
    for line in lines:
        missing = picked[line.id][1]
        if missing and line.product_id in ahead.store.covered and not unknown:
            _miss_batches(verdict, line, missing)
    if verdict.faults:
        for line in lines:
            ahead.put_back(line, picked[line.id][0])
        return
    if verdict.row.refusal:
        why = REFUSALS.get(verdict.row.refusal, FaultKind.FAILED)
        verdict.warnings.insert(0, Fault("part", why, {}))
    for line in lines:
        ahead.send(line, quantities[line.id])
    verdict.wanted = Wanted(
        part.goal.part_id,
        reading.carrier,
        reading.number,
        quantities,
        {id_: units for id_, (units, missing) in picked.items() if units and not missing},
        names_batches=bool(reading.batches),
    )


def _miss_batches(verdict: Verdict, line: PartLine, missing: int) -> None:
    if verdict.row.reading.batches:
        code = "、".join(verdict.row.reading.batches)
        verdict.refuse("batch", FaultKind.BATCH_NOT_USABLE, code=code)
        return
    kind, name, unit = FaultKind.BATCH_MISSING, line.name, line.unit
    product = line.product_id
    verdict.refuse("part", kind, name=name, missing=missing, unit=unit, product=product)


def _quantities(verdict: Verdict, part: Part, ahead: _Ahead, today: date) -> dict[int, int]:
    """Units by order line: as the row says, else all that waits and may leave today."""
    units, waiting = verdict.row.reading.units, part.waiting
    is_sum = len(units) == 1 < len(waiting) and units[0] == sum(map(ahead.waiting, waiting))
    if not units or is_sum:
        return _all_of(verdict, waiting, ahead, today)
    # A sheet that was taken home before some lines were sent counts those as well.
    lines = waiting if len(units) == len(waiting) else part.lines
    if len(units) != len(lines):
        example = "、".join(str(line.waiting) for line in waiting)
        verdict.refuse("units", FaultKind.OTHER_LINES, count=len(waiting), example=example)
        return {}
    if not any(units):
        verdict.refuse("units", FaultKind.NOTHING)
    for line, count in zip(lines, units, strict=True):
        if count > (left := ahead.waiting(line)):
            kind, name, unit = FaultKind.MORE_THAN_WAITS, line.name, line.unit
            verdict.refuse("units", kind, name=name, left=left, unit=unit)
    quantities = {line.id: count for line, count in zip(lines, units, strict=True) if count}
    return {} if verdict.faults else quantities


def _all_of(
    verdict: Verdict, waiting: Sequence[PartLine], ahead: _Ahead, today: date
) -> dict[int, int]:
    later = [line.ships_on for line in waiting if line.ships_on and line.ships_on > today]
    if len(later) == len(waiting):
        verdict.refuse("part", FaultKind.NOT_YET, day=min(later).isoformat())
    return {
        line.id: ahead.waiting(line)
        for line in waiting
        if not (line.ships_on and line.ships_on > today)
    }
