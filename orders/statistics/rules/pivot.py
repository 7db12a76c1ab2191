"""The table that an official turns as they like (多维统计): its columns, and how a row comes from
sums of the ledger."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from orders.rollups.rules import Dimension, Sums
from orders.statistics.rules.figures import (
    PERMILLE,
    completion_permille,
    gap,
    ranking,
    time_progress,
    year_on_year,
)
from orders.statistics.rules.periods import Period
from orders.statistics.rules.sheets import Column, Kind, Value
from shop.money import divide

# How many levels rows may have.
MOST_LEVELS = 3
Key = tuple[str, ...]
NOTHING = Sums()

DIMENSIONS: dict[Dimension, LazyString] = {
    Dimension.COUNTY: _l("县(市、区)"),
    Dimension.TOWN: _l("镇"),
    Dimension.CATEGORY: _l("产品类别"),
    Dimension.COOPERATIVE: _l("供货主体"),
    Dimension.BUYER_TYPE: _l("采购方类型"),
    Dimension.CHANNEL: _l("渠道"),
    Dimension.MODE: _l("帮扶方式"),
    Dimension.MONTH: _l("月份"),
}
# What targets are set for: towns, and of them categories and types of buyers.
_WITH_TARGETS = {Dimension.COUNTY, Dimension.TOWN, Dimension.CATEGORY, Dimension.BUYER_TYPE}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What a row of the table is made from. None is what nobody knows, or what says nothing."""

    now: Sums = NOTHING
    before: Sums = NOTHING
    target_fen: int | None = None
    ordered_fen: int | None = None
    paid_fen: int | None = None


@dataclass(frozen=True)
class PivotLine:
    """A row: its keys and what they are called, and its values in the order of the columns."""

    key: Key
    labels: Sequence[str]
    values: Sequence[Value]


@dataclass(frozen=True)
class Pivot:
    levels: Sequence[Dimension]
    period: Period
    columns: Sequence[Column]
    lines: Sequence[PivotLine]
    total: PivotLine


def can_have_targets(levels: Sequence[Dimension]) -> bool:
    """Whether rows are of what targets are set for, and of nothing else."""
    return set(levels) <= _WITH_TARGETS


def turn(
    levels: Sequence[Dimension],
    period: Period,
    cells: Mapping[Key, Cell],
    labels: Mapping[Dimension, Mapping[str, str]],
    total: Cell,
    *,
    with_orders: bool,
) -> Pivot:
    """Make the table: groups of rows by what they sold, the most first, and months in their order.

    Shares are of the whole table's net, ranks count all rows.
    """
    order = sorted(cells, key=_order_of(levels, cells))
    ranks = dict(zip(order, ranking([cells[key].now.net_fen for key in order]), strict=True))
    has_targets = any(cell.target_fen is not None for cell in cells.values())
    whole = total.now.net_fen

    def line(key: Key, cell: Cell, names: Sequence[str], rank: int | None) -> PivotLine:
        values = _values(cell, whole, rank, period, has_targets, with_orders)
        return PivotLine(key, names, [*names, *values])

    lines = [line(key, cells[key], _names(levels, key, labels), ranks[key]) for key in order]
    columns = columns_of(levels, has_targets=has_targets, with_orders=with_orders)
    return Pivot(levels, period, columns, lines, line((), total, [""] * len(levels), None))


def columns_of(
    levels: Sequence[Dimension], *, has_targets: bool, with_orders: bool
) -> list[Column]:
    """The columns in their order: first what rows are, then their figures."""
    columns = [Column(level.value, DIMENSIONS[level], Kind.TEXT, 18) for level in levels]
    if with_orders:
        columns += [
            Column("ordered", _l("线上下单"), Kind.WAN),
            Column("paid", _l("线上付款"), Kind.WAN),
            Column("accepted", _l("线上验收净额"), Kind.WAN),
        ]
    columns += [
        Column("net", _l("净额"), Kind.WAN),
        Column("refunds", _l("退款"), Kind.WAN),
        Column("lines", _l("笔数"), Kind.COUNT),
        Column("tonnes", _l("净重(吨)"), Kind.TONNES),
        Column("before", _l("上年同期"), Kind.WAN),
        Column("year_on_year", _l("同比%"), Kind.PERCENT),
        Column("share", _l("占比%"), Kind.PERCENT),
        Column("rank", _l("排名"), Kind.COUNT),
    ]
    if has_targets:
        columns += [
            Column("target", _l("年度目标"), Kind.WAN),
            Column("completion", _l("完成率%"), Kind.PERCENT),
            Column("progress", _l("时序进度%"), Kind.PERCENT),
            Column("gap", _l("时序进度差"), Kind.PERCENT),
        ]
    return columns


def a_year_later(month: str) -> str:
    """The month to which one of the year before compares."""
    return f"{int(month[:4]) + 1}{month[4:]}"


def _values(
    cell: Cell,
    whole_fen: int,
    rank: int | None,
    period: Period,
    has_targets: bool,
    with_orders: bool,
) -> list[Value]:
    now = cell.now
    known = now.lines > now.unweighed or not now.lines
    values: list[Value] = []
    if with_orders:
        values += [cell.ordered_fen, cell.paid_fen, now.online_fen]
    values += [
        now.net_fen,
        now.refund_fen,
        now.lines,
        now.weight_g if known else None,
        cell.before.net_fen,
        year_on_year(now.net_fen, cell.before.net_fen),
        divide(now.net_fen * PERMILLE, whole_fen) if whole_fen > 0 else None,
        rank,
    ]
    if has_targets:
        completion = completion_permille(now.net_fen, cell.target_fen)
        progress = time_progress(period.until)
        values += [cell.target_fen, completion, progress, gap(completion, progress)]
    return values


def _names(
    levels: Sequence[Dimension], key: Key, labels: Mapping[Dimension, Mapping[str, str]]
) -> list[str]:
    return [
        str(labels.get(level, {}).get(value, value))
        for level, value in zip(levels, key, strict=True)
    ]


def _order_of(
    levels: Sequence[Dimension], cells: Mapping[Key, Cell]
) -> Callable[[Key], list[tuple[int, str]]]:
    """By the groups that a row is in, level by level."""
    sums: dict[Key, int] = {}
    for key, cell in cells.items():
        for depth in range(1, len(key) + 1):
            sums[key[:depth]] = sums.get(key[:depth], 0) + cell.now.net_fen

    def order(key: Key) -> list[tuple[int, str]]:
        return [
            (0, value) if level is Dimension.MONTH else (-sums[key[: depth + 1]], value)
            for depth, (level, value) in enumerate(zip(levels, key, strict=True))
        ]

    return order
