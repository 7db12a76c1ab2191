"""What becomes of a row of a sheet of targets, once it is compared with what holds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from orders.target_sheets.rules.columns import Column, RowState
from orders.target_sheets.rules.faults import Fault, FaultKind
from orders.targets.models import Spread
from shop.money import allocate
from shop.sheets.rules.reading import Reading

# A town, a year, a category and a type of buyer; what is None is the whole.
Part = tuple[str, int, int | None, str | None]


@dataclass(frozen=True, slots=True)
class Place:
    """A town that a row can be about."""

    code: str
    name: str
    county: str


@dataclass(frozen=True, slots=True)
class Holding:
    """The newest version of a target; without an amount it was taken back."""

    version: int
    amount_fen: int | None
    spread: Spread | None
    months: tuple[int, ...] | None


@dataclass(frozen=True)
class Known:
    """What the shop knows at the moment at which a sheet is judged."""

    places: Mapping[str, Sequence[Place]]
    by_code: Mapping[str, Place]
    is_assisted: Callable[[str, int], bool]
    categories: Mapping[str, int]
    holding: Mapping[Part, Holding]


class Verdict(NamedTuple):
    """What becomes of a row, and what it says as a target takes it; both fit JSON."""

    state: RowState
    facts: dict[str, Any]
    faults: list[Fault]


def judge(readings: Sequence[tuple[int, Reading[Fault]]], known: Known) -> list[Verdict]:
    """A verdict for each row, by its number; of two that speak of the same target the second is
    wrong."""
    first: dict[Part, int] = {}
    return [_judge(number, reading, known, first) for number, reading in readings]


def months_of(facts: Mapping[str, Any], before: Sequence[int] | None) -> list[int]:
    """The months to type for a target whose earlier version was typed month by month: the same
    shares of the new amount. None are needed for the other spreads."""
    if facts["spread"] != Spread.TYPED:
        return []
    return allocate(facts["amount_fen"], before or ())


def _judge(number: int, reading: Reading[Fault], known: Known, first: dict[Part, int]) -> Verdict:
    said, faults = reading.values, list(reading.faults)
    unreadable = {fault.column for fault in faults}

    def wrong(column: Column, kind: FaultKind, **details: Any) -> None:
        if column not in unreadable:
            faults.append(Fault(column, kind, details))

    for column in (Column.YEAR, Column.AMOUNT):
        if column not in said:
            wrong(column, FaultKind.MISSING)
    place = _place(said, known, wrong)
    category = said.get(Column.CATEGORY)
    if category is not None and category not in known.categories:
        wrong(Column.CATEGORY, FaultKind.NO_CHOICE, names="、".join(known.categories))
    year: Any = said.get(Column.YEAR)
    if place and year and not known.is_assisted(place.code, year):
        wrong(Column.TOWN, FaultKind.NOT_ASSISTED)
    facts = {
        "town_code": place and place.code,
        "town": place.name if place else said.get(Column.TOWN, ""),
        "county": place.county if place else said.get(Column.COUNTY, ""),
        "year": year,
        "amount_fen": said.get(Column.AMOUNT),
        "category_id": known.categories.get(category) if category else None,
        "category": category,
        "buyer_type": said.get(Column.BUYER_TYPE),
        "reason": said.get(Column.REASON, ""),
    }
    if faults or place is None:
        return Verdict(RowState.WRONG, facts, faults)
    part: Part = (place.code, year, facts["category_id"], facts["buyer_type"])
    if first.setdefault(part, number) != number:
        wrong(Column.TOWN, FaultKind.LIKE_ROW, number=first[part])
        return Verdict(RowState.WRONG, facts, faults)
    return _compare(said, facts, known.holding.get(part))


def _compare(said: Mapping[str, Any], facts: dict[str, Any], before: Holding | None) -> Verdict:
    kept = before.spread if before else None
    spread = said.get(Column.SPREAD)
    facts |= {
        # Where the sheet says nothing of the months, they lie as they did.
        "spread": spread or kept or Spread.EVEN,
        "version": before.version if before else 0,
        "before_fen": before.amount_fen if before else None,
    }
    if before is None:
        return Verdict(RowState.NEW, facts, [])
    is_same = before.amount_fen == facts["amount_fen"] and spread in (None, kept)
    return Verdict(RowState.SAME if is_same else RowState.CHANGED, facts, [])


def _place(said: Mapping[str, Any], known: Known, wrong: Callable[..., None]) -> Place | None:
    """The town that a row names by its code, or by its name and, where several are called so, its
    county."""
    code, name, county = (said.get(each) for each in (Column.CODE, Column.TOWN, Column.COUNTY))
    if code is not None:
        if code not in known.by_code:
            wrong(Column.CODE, FaultKind.NO_TOWN)
        return known.by_code.get(code)
    if name is None:
        wrong(Column.TOWN, FaultKind.MISSING)
        return None
    found = known.places.get(name) or known.places.get(f"{name}镇") or ()
    # People write 高州 or 高州市.
    inside = [each for each in found if county is None or each.county.startswith(county)]
    if len(inside) > 1:
        names = "、".join(each.county for each in inside)
        wrong(Column.TOWN, FaultKind.SEVERAL_TOWNS, names=names)
    elif not inside:
        wrong(Column.TOWN, FaultKind.NO_TOWN)
    return inside[0] if len(inside) == 1 else None
