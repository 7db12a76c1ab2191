"""Put the table together that an official turns as they like."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from orders.intake.queries import Intake, intake_by
from orders.rollups.queries import sums_by
from orders.rollups.rules import Dimension, Span, Sums
from orders.sales.queries import Slice
from orders.statistics.queries.figures import names_of
from orders.statistics.queries.places import list_categories
from orders.statistics.queries.summaries import Goals, get_goals
from orders.statistics.rules.labels import BUYER_TYPES, CHANNELS, MODES
from orders.statistics.rules.periods import Period
from orders.statistics.rules.pivot import Cell, Key, Pivot, a_year_later, can_have_targets, turn
from orders.targets.queries import Aim
from shop.places.models import Town

_NOW, _BEFORE = "now", "before"
# What cells are made from.
_SUMMED = "lines refund_fen net_fen online_fen weight_g unweighed newest_id".split()
_CHOICES: dict[Dimension, Mapping[Any, Any]] = {
    Dimension.BUYER_TYPE: BUYER_TYPES,
    Dimension.CHANNEL: CHANNELS,
    Dimension.MODE: MODES,
}


def get_pivot(levels: Sequence[Dimension], part: Slice, *, with_orders: bool = False) -> Pivot:
    """A slice by one to three levels of rows, beside the same days a year earlier."""
    period = Period(part.since, part.until)
    before = period.year_before
    spans = {_NOW: Span(*_days(period)), _BEFORE: Span(*_days(before))}
    sums = sums_by(levels, part, spans, _SUMMED)
    cells: dict[Key, Cell] = defaultdict(Cell)
    for key, held in sums.items():
        if _NOW in held:
            cells[key] = replace(cells[key], now=held[_NOW])
        if _BEFORE in held:
            later = _as_of_this_year(levels, key)
            cells[later] = replace(cells[later], before=held[_BEFORE])
    goals = get_goals(part) if can_have_targets(levels) else None
    if goals and goals.aims:
        _aim(cells, levels, goals)
    all_of = Cell(
        now=sum((cell.now for cell in cells.values()), Sums()),
        before=sum((cell.before for cell in cells.values()), Sums()),
        target_fen=goals.of(goals.targets) if goals else None,
    )
    if with_orders:
        all_of = _beside(cells, all_of, levels, part)
    labels = {level: _labels(level, levels, sums, goals) for level in levels}
    return turn(levels, period, cells, labels, all_of, with_orders=with_orders)


def _days(period: Period) -> tuple[Any, Any]:
    return period.since, period.until


def _as_of_this_year(levels: Sequence[Dimension], key: Key) -> Key:
    """The row that a row of the year before is compared with."""
    return tuple(
        a_year_later(value) if level is Dimension.MONTH else value
        for level, value in zip(levels, key, strict=True)
    )


def _aim(cells: dict[Key, Cell], levels: Sequence[Dimension], goals: Goals) -> None:
    """Give rows their targets, and rows to places and to whatever has one and sold nothing yet."""
    towns = {town.code: town for town in goals.towns}
    targets: dict[Key, int | None] = {}
    if not {Dimension.CATEGORY, Dimension.BUYER_TYPE} & set(levels):
        targets = {_key_of(levels, Aim(code), towns): None for code in towns}
    for aim, plan in goals.aims.items():
        if _is_told_apart(levels, aim, goals):
            key = _key_of(levels, aim, towns)
            targets[key] = (targets.get(key) or 0) + plan.amount_fen
    for key, target_fen in targets.items():
        cells[key] = replace(cells[key], target_fen=target_fen)


def _is_told_apart(levels: Sequence[Dimension], aim: Aim, goals: Goals) -> bool:
    """Whether a target is of just what a row holds: of a category where rows are of categories, of
    the one that is chosen where one is, else of all."""
    of_rows = (Dimension.CATEGORY in levels, Dimension.BUYER_TYPE in levels)
    chosen = (goals.category_id, goals.buyer_type)
    return all(
        value is not None if is_of_rows and choice is None else value == choice
        for value, choice, is_of_rows in zip(aim[1:], chosen, of_rows, strict=True)
    )


def _key_of(levels: Sequence[Dimension], aim: Aim, towns: Mapping[str, Town]) -> Key:
    of_level = {
        Dimension.COUNTY: towns[aim.town_code].county_code,
        Dimension.TOWN: aim.town_code,
        Dimension.CATEGORY: str(aim.category_id),
        Dimension.BUYER_TYPE: aim.buyer_type and aim.buyer_type.value,
    }
    return tuple(str(of_level[level]) for level in levels)


def _labels(
    level: Dimension,
    levels: Sequence[Dimension],
    sums: Mapping[Key, Mapping[str, Sums]],
    goals: Goals | None,
) -> Mapping[str, str]:
    """What the values of a level are called: places and sellers as on their newest lines."""
    if level in _CHOICES:
        return {value.value: str(label) for value, label in _CHOICES[level].items()}
    at = levels.index(level)
    newest: dict[str, int] = defaultdict(int)
    for key, held in sums.items():
        newest[key[at]] = max(newest[key[at]], *(span.newest_id for span in held.values()))
    names = names_of(level, newest)
    if goals and level is Dimension.TOWN:
        return {town.code: town.county.name + town.name for town in goals.towns} | names
    if goals and level is Dimension.COUNTY:
        return {town.county.code: town.county.name for town in goals.towns} | names
    if goals and goals.aims and level is Dimension.CATEGORY:
        return {str(each.id): each.name for each in list_categories()} | names
    return names


# ── Ordered and paid, beside what was accepted ──────────────────────────────────────────────────


def _beside(cells: dict[Key, Cell], all_of: Cell, levels: Sequence[Dimension], part: Slice) -> Cell:
    """Add what was ordered and paid for online to the rows; return the total with both."""
    intake = intake_by(levels, part)
    for key in {*intake, *cells}:
        ordered_fen, paid_fen = intake.get(key, Intake())
        cells[key] = replace(cells[key], ordered_fen=ordered_fen, paid_fen=paid_fen)
    return replace(
        all_of,
        ordered_fen=sum(each.ordered_fen for each in intake.values()),
        paid_fen=sum(each.paid_fen for each in intake.values()),
    )
