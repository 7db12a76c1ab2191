"""The summary table (汇总表): its columns, and how a row comes from sums of the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l

from orders.benefits.rules import Totals
from orders.statistics.rules.figures import (
    completion_permille,
    gap,
    ranking,
    time_progress,
    year_on_year,
)
from orders.statistics.rules.periods import Period
from orders.statistics.rules.sheets import Column, Kind, Value


class By(StrEnum):
    """What the rows of a summary are."""

    COUNTY = "county"
    TOWN = "town"
    CATEGORY = "category"
    COOPERATIVE = "cooperative"
    BUYER_TYPE = "buyer_type"

    @property
    def is_place(self) -> bool:
        return self in (By.COUNTY, By.TOWN)

    @property
    def label(self) -> LazyString:
        return _BY[self]


_BY = {
    By.COUNTY: _l("县(市、区)"),
    By.TOWN: _l("镇"),
    By.CATEGORY: _l("产品类别"),
    By.COOPERATIVE: _l("供货主体"),
    By.BUYER_TYPE: _l("采购方类型"),
}


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Sums of the ledger: net fen over a period, unless the name says otherwise."""

    cumulative_fen: int = 0
    month_fen: int = 0
    before_fen: int = 0
    direct_fen: int = 0
    helped_fen: int = 0
    online_fen: int = 0
    offline_fen: int = 0
    union_fen: int = 0
    weight_g: int = 0
    cooperatives: int = 0
    # Different activities at which a fair sold something.
    fairs: int = 0
    # How many lines are not online: with none, nothing of that kind is recorded yet.
    offline_entries: int = 0


@dataclass(frozen=True, kw_only=True)
class Row:
    """What one row of the table is made from. None is what nobody knows."""

    key: str
    label: str
    figures: Figures
    target_fen: int | None
    products: int | None
    towns_without_target: int = 0
    # Of the benefit reports that locked months pinned.
    benefits: Totals | None = None


class Recorded(NamedTuple):
    """Whether anything of a kind is in the ledger at all: where nothing is, nobody knows."""

    offline: bool
    fairs: bool


@dataclass(frozen=True)
class Line:
    """A row with its values in the order of the columns."""

    key: str
    label: str
    values: Sequence[Value]
    completion: int | None
    rank: int | None
    figures: Figures


@dataclass(frozen=True)
class Summary:
    by: By
    period: Period
    figures: Figures
    columns: Sequence[Column]
    lines: Sequence[Line]
    total: Line


def summarise(by: By, period: Period, rows: Sequence[Row], total: Row) -> Summary:
    """Make the table: one line for each row, and the line that totals them."""
    recorded = Recorded(total.figures.offline_entries > 0, total.figures.fairs > 0)
    ranks = ranking([_score(row, by, period) for row in rows])
    lines = [_line(row, rank, period, recorded) for row, rank in zip(rows, ranks, strict=True)]
    last = _line(total, None, period, recorded)
    return Summary(by, period, total.figures, columns_of(by, period), lines, last)


def columns_of(by: By, period: Period) -> list[Column]:
    """The columns in the order in which the table is handed in, after the row's name."""
    cumulative = _l("本年累计") if period.begins_the_year else _l("本期累计")
    return [
        Column("label", by.label, Kind.TEXT, 18),
        Column("target", _l("年度目标"), Kind.WAN),
        Column("month", _l("本月"), Kind.WAN),
        Column("cumulative", cumulative, Kind.WAN),
        Column("before", _l("上年同期"), Kind.WAN),
        Column("year_on_year", _l("同比%"), Kind.PERCENT),
        Column("completion", _l("完成率%"), Kind.PERCENT),
        Column("gap", _l("时序进度差"), Kind.PERCENT),
        Column("direct", _l("直接采购"), Kind.WAN),
        Column("helped", _l("帮助销售"), Kind.WAN),
        Column("online", _l("线上"), Kind.WAN),
        Column("offline", _l("线下"), Kind.WAN),
        Column("union", _l("其中工会"), Kind.WAN),
        Column("fairs", _l("展销会场次"), Kind.COUNT),
        Column("cooperatives", _l("供货主体数"), Kind.COUNT),
        Column("products", _l("在售产品数"), Kind.COUNT),
        Column("households", _l("带动户数(去重)"), Kind.COUNT),
        Column("poor_households", _l("其中脱贫、监测户"), Kind.COUNT),
        Column("jobs", _l("带动就业"), Kind.COUNT),
        Column("rank", _l("排名"), Kind.COUNT),
        Column("note", _l("备注"), Kind.TEXT, 22),
    ]


def _line(row: Row, rank: int | None, period: Period, recorded: Recorded) -> Line:
    sums = row.figures
    completion = _completion(row, period)
    values: list[Value] = [
        row.label,
        row.target_fen,
        sums.month_fen,
        sums.cumulative_fen,
        sums.before_fen,
        year_on_year(sums.cumulative_fen, sums.before_fen),
        completion,
        gap(completion, time_progress(period.until)),
        sums.direct_fen,
        sums.helped_fen,
        sums.online_fen,
        sums.offline_fen if recorded.offline else None,
        sums.union_fen,
        sums.fairs if recorded.fairs else None,
        sums.cooperatives,
        row.products,
        row.benefits and row.benefits.households,
        row.benefits and row.benefits.monitored,
        row.benefits and row.benefits.jobs,
        rank,
        _note(row),
    ]
    return Line(row.key, row.label, values, completion, rank, sums)


def _score(row: Row, by: By, period: Period) -> Fraction | int | None:
    """What rows are ranked by: places by completion, everything else by what it sold."""
    if by.is_place and period.begins_the_year:
        return Fraction(row.figures.cumulative_fen, row.target_fen) if row.target_fen else None
    return row.figures.cumulative_fen


def _completion(row: Row, period: Period) -> int | None:
    """A yearly target compares only with what was sold since the year began."""
    if not period.begins_the_year:
        return None
    return completion_permille(row.figures.cumulative_fen, row.target_fen)


def _note(row: Row) -> str | None:
    if row.target_fen is None or not row.towns_without_target:
        return None
    return str(gettext("另有 %(count)s 个镇未设目标", count=row.towns_without_target))
