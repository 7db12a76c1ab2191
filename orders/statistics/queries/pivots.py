"""Put the table together that an official turns as they like."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, String, case, func, literal, select, text
from sqlalchemy import cast as as_type

from orders.records.models import BuyerType, Order, OrderLine, SubOrder
from orders.rollups.queries import sums_by
from orders.rollups.rules import Dimension, Span, Sums
from orders.sales.models import Channel, Mode
from orders.sales.queries import Slice
from orders.sales.rules import mode_of
from orders.statistics.queries.figures import lines_chosen, names_of, within
from orders.statistics.queries.summaries import Goals, get_goals
from orders.statistics.rules.labels import BUYER_TYPES, CHANNELS, MODES
from orders.statistics.rules.periods import Period
from orders.statistics.rules.pivot import Cell, Key, Pivot, a_year_later, are_places, turn
from shop.db import db, total

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
    goals = get_goals(part) if are_places(levels) else None
    if goals and goals.targets:
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
    """Give rows that are places their targets, and rows to places that sold nothing yet."""
    towns: dict[Key, list[str]] = defaultdict(list)
    for town in goals.towns:
        of_level = {Dimension.COUNTY: town.county_code, Dimension.TOWN: town.code}
        towns[tuple(of_level[level] for level in levels)].append(town.code)
    for key, codes in towns.items():
        cells[key] = replace(cells[key], target_fen=goals.of(codes))


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
    return names


# ── Ordered and paid, beside what was accepted ──────────────────────────────────────────────────


def _beside(cells: dict[Key, Cell], all_of: Cell, levels: Sequence[Dimension], part: Slice) -> Cell:
    """Add what was ordered and paid for online to the rows; return the total with both."""
    ordered = _orders_by(levels, part, Order.placed_at)
    paid = _orders_by(levels, part, Order.paid_at)
    for key in {*ordered, *paid, *cells}:
        cells[key] = replace(cells[key], ordered_fen=ordered.get(key, 0), paid_fen=paid.get(key, 0))
    return replace(all_of, ordered_fen=sum(ordered.values()), paid_fen=sum(paid.values()))


def _orders_by(levels: Sequence[Dimension], part: Slice, moment: Any) -> dict[Key, int]:
    """Goods whose order was placed, or paid, within a slice's days, in fen, without freight and
    without what expired or was cancelled whole."""
    if part.channels and Channel.ONLINE not in part.channels:
        return {}
    keys = [_of_orders(level, moment) for level in levels]
    query = (
        select(*(as_type(key, String) for key in keys), total(OrderLine.amount_fen))
        .join(SubOrder, SubOrder.id == OrderLine.sub_order_id)
        .join(Order, Order.id == SubOrder.order_id)
        .where(*lines_chosen(part), within(moment, part))
        .where(Order.closed_at.is_(None), SubOrder.cancelled_at.is_(None))
        .group_by(*(text(str(number)) for number in range(1, len(keys) + 1)))
    )
    if part.mode is not None:
        query = query.where(Order.buyer_type.in_(_buyers(part.mode)))
    return {tuple(key): fen for *key, fen in db.session.execute(query)}


def _of_orders(level: Dimension, moment: Any) -> ColumnElement[Any]:
    """A level, said of order lines."""
    match level:
        case Dimension.BUYER_TYPE:
            return as_type(Order.buyer_type, String)
        case Dimension.CHANNEL:
            return literal(Channel.ONLINE.value)
        case Dimension.MODE:
            is_direct = Order.buyer_type.in_(_buyers(Mode.DIRECT))
            return case((is_direct, Mode.DIRECT.value), else_=Mode.HELPED.value)
        case Dimension.MONTH:
            return _month_in_zhuhai(moment)
    column: ColumnElement[Any] = getattr(OrderLine, level.column)
    return column


def _month_in_zhuhai(moment: Any) -> ColumnElement[str]:
    if db.engine.dialect.name == "sqlite":
        return func.strftime("%Y-%m", moment, "+8 hours")
    return func.to_char(moment + text("interval '8 hours'"), "YYYY-MM")


def _buyers(mode: Mode) -> Iterable[BuyerType]:
    return [buyer for buyer in BuyerType if mode_of(buyer) is mode]
