"""The table of supply in words and as rows of a file; and how it is counted, for both."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from orders.statistics.rules.figures import tonnes
from orders.statistics.rules.periods import Period
from orders.statistics.rules.sheets import Column, Kind, Value
from orders.supply.rules.tables import Cell, Table, When, sum_known

SUPPLY_RULES = (
    _l("周是国际标准周，从周一到周日，按 Asia/Shanghai 的日子。"),
    _l("预计采收：合作社自己报的，最后一次为准；没有报的，用预售上限代替。"),
    _l("已供应：明细台账里的净重，按验收日期，退款扣除。重量不明的只数笔数。"),
    _l(
        "要货：还没验收、没取消的订单（本周再加上已经验收的）和去年同一周的供应，取大的。"
        "两样都不知道就空着。"
    ),
    _l("余缺：预计采收减要货；过去的周是供应减预计。一类的余不补另一类的缺，所以合计里只加缺口。"),
)
_COLUMNS = (
    Column("category", _l("产品类别"), Kind.TEXT, 10),
    Column("week", _l("周"), Kind.TEXT, 10),
    Column("since", _l("周一"), Kind.TEXT, 12),
    Column("until", _l("周日"), Kind.TEXT, 12),
    Column("expected", _l("预计采收"), Kind.TONNES),
    Column("presold", _l("其中预售上限"), Kind.TONNES),
    Column("supplied", _l("已供应"), Kind.TONNES),
    Column("unweighed", _l("重量不明（笔）"), Kind.COUNT),
    Column("ordered", _l("没验收的订单"), Kind.TONNES),
    Column("before", _l("去年同一周"), Kind.TONNES),
    Column("demand", _l("要货"), Kind.TONNES),
    Column("gap", _l("余缺"), Kind.TONNES),
    Column("words", _l("说明"), Kind.TEXT, 12),
)


@dataclass(frozen=True)
class Line:
    """A row of the file: a category in a week."""

    values: tuple[Value, ...]


@dataclass(frozen=True)
class SupplySheet:
    """The table that stands on screen, a row for each category and week."""

    table: Table

    @property
    def columns(self) -> Sequence[Column]:
        return _COLUMNS

    @property
    def period(self) -> Period:
        return Period(self.table.weeks[0].since, self.table.weeks[-1].until)

    @cached_property
    def lines(self) -> list[Line]:
        return [
            Line((row.label, week.code, str(week.since), str(week.until), *_cells_of(cell)))
            for row in self.table.rows
            for week, cell in zip(self.table.weeks, row.cells, strict=True)
        ]

    @property
    def total(self) -> Line:
        """What can be added over categories and weeks; of gaps only what lacks, below zero."""
        totals = self.table.totals
        lacks = sum(each.lacks_g for each in totals)
        values: dict[str, Value] = {
            "expected": sum_known(each.expected_g for each in totals),
            "supplied": sum_known(each.supplied_g for each in totals),
            "unweighed": sum(each.unweighed for each in totals),
            "demand": sum_known(each.demand_g for each in totals),
            "gap": -lacks if lacks else None,
            "words": gettext("缺口合计") if lacks else None,
        }
        return Line(tuple(values.get(column.name) for column in _COLUMNS))


def gap_in_words(cell: Cell) -> tuple[str, str]:
    """What a gap is, said so that no colour is needed, and what its ground says beside: short,
    spare or nothing. Empty where nobody knows."""
    gap = cell.gap_g
    if gap is None:
        return (gettext("未报预计"), "short") if cell.is_untold else ("", "")
    if is_nothing(gap):
        return gettext("持平"), ""
    amount = tonnes(abs(gap))
    if cell.when is When.PAST:
        if gap < 0:
            return gettext("少供 %(tonnes)s", tonnes=amount), ""
        return gettext("多供 %(tonnes)s", tonnes=amount), ""
    if gap < 0:
        return gettext("缺 %(tonnes)s", tonnes=amount), "short"
    return gettext("余 %(tonnes)s", tonnes=amount), "spare"


def is_nothing(grams: int) -> bool:
    """Whether an amount reads as 0 in tonnes."""
    return tonnes(abs(grams)) == tonnes(0)


def _cells_of(cell: Cell) -> list[Value]:
    words, _ = gap_in_words(cell)
    return [
        cell.expected_g,
        cell.presold_g or None,
        cell.supplied_g,
        cell.unweighed or None,
        cell.ordered_g,
        cell.before_g,
        cell.demand_g,
        cell.gap_g,
        words or None,
    ]
