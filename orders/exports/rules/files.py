"""The files that are handed in: title, unit, table, counting rules, foot and seal."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias

from flask_babel import gettext

from orders.exports.models import Table
from orders.exports.rules.canonical import TableBody
from orders.exports.rules.detail import COLUMNS, DetailBody
from orders.exports.rules.wanted import AsOf, Wanted
from orders.statistics.rules.counting import COUNTING_RULES
from orders.statistics.rules.periods import Period
from orders.statistics.rules.pivot import Pivot
from orders.statistics.rules.sheets import Column, Sheet, Value
from orders.statistics.rules.summary import Summary
from orders.supply.rules.sheets import SUPPLY_RULES, SupplySheet
from shop import clock

# A table as the screen shows it.
Shown: TypeAlias = Summary | Pivot | SupplySheet


@dataclass(frozen=True)
class Sums:
    """What the lines add up to that a file is about, in fen."""

    amount_fen: int
    refund_fen: int

    @property
    def net_fen(self) -> int:
        return self.amount_fen - self.refund_fen


@dataclass(frozen=True)
class Frozen:
    """A table as cells, in words: what is kept of one of a locked period."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    total: Sequence[Value]
    sums: Sums


def detail_sheet(body: DetailBody, wanted: Wanted, as_of: AsOf) -> Sheet:
    """The detail ledger (明细台账) of a period."""

    def seal() -> list[tuple[str, str]]:
        sums = Sums(body.amount_fen, body.refund_fen)
        return seal_of(wanted, as_of, body.seal.rows, sums, body.seal.sha256)

    return Sheet(
        name=str(Table.DETAIL.label),
        file_name=file_name(wanted),
        title=_title(gettext("消费帮扶销售明细台账"), wanted.period, wanted.about),
        unit=gettext("单位:元"),
        columns=_in_words(COLUMNS),
        rows=body.rows(),
        total=body.total,
        notes=_notes(),
        foot=_foot(as_of),
        seal=seal,
    )


def freeze(shown: Shown, wanted: Wanted, sums: Sums) -> Frozen:
    """The summary (汇总表), pivot (多维统计) or supply (供应吨数), value for value as it stands on
    screen."""
    match shown:
        case Pivot():
            what = gettext("消费帮扶销售多维统计表")
        case SupplySheet():
            what = gettext("消费帮扶供应吨数表")
        case _:
            what = gettext("消费帮扶销售汇总表")
    return Frozen(
        title=_title(what, shown.period, wanted.about),
        columns=_in_words(shown.columns),
        rows=[_plain(line.values) for line in shown.lines],
        total=_plain([gettext("合计"), *shown.total.values[1:]]),
        sums=sums,
    )


def table_sheet(frozen: Frozen, body: TableBody, wanted: Wanted, as_of: AsOf) -> Sheet:
    """The file of a table."""
    is_supply = wanted.table is Table.SUPPLY

    def seal() -> list[tuple[str, str]]:
        return seal_of(wanted, as_of, body.seal.rows, frozen.sums, body.seal.sha256)

    return Sheet(
        name=str(wanted.table.label),
        file_name=file_name(wanted),
        title=frozen.title,
        unit=gettext("单位:吨") if is_supply else gettext("单位:万元"),
        columns=frozen.columns,
        rows=body.rows(),
        total=body.total,
        notes=[*map(str, SUPPLY_RULES), *_notes()] if is_supply else _notes(),
        foot=_foot(as_of),
        seal=seal,
    )


def file_name(wanted: Wanted) -> str:
    """Without its suffix."""
    return f"{wanted.table.label}_{wanted.period.from_month}_{wanted.period.to_month}"


def seal_of(
    wanted: Wanted, as_of: AsOf, rows: int, sums: Sums, sha256: str
) -> list[tuple[str, str]]:
    """What a file says of itself, so that nobody has to take it at its word."""
    local = clock.local(as_of.at)
    return [
        (gettext("封存时间"), f"{local:%Y-%m-%d %H:%M:%S}"),
        (gettext("月结状态"), gettext("已锁定") if as_of.is_locked else gettext("未全部锁定")),
        (gettext("台账截止行号"), str(as_of.entry_id)),
        (gettext("范围和条件"), "·".join(wanted.about)),
        (gettext("期间"), f"{wanted.period.since:%Y-%m-%d}/{wanted.period.until:%Y-%m-%d}"),
        (gettext("行数"), str(rows)),
        (gettext("金额合计(元)"), _yuan(sums.amount_fen)),
        (gettext("退款合计(元)"), _yuan(sums.refund_fen)),
        (gettext("净额合计(元)"), _yuan(sums.net_fen)),
        (gettext("各行 SHA-256"), sha256),
    ]


def _title(what: str, period: Period, about: Sequence[str]) -> str:
    days = gettext("%(since)s 至 %(until)s", since=period.since, until=period.until)
    return f"{what}({'·'.join(about)} {days})"


def _in_words(columns: Sequence[Column]) -> list[Column]:
    """The titles in the language of this moment: a file may be written later."""
    return [replace(column, title=str(column.title)) for column in columns]


def _plain(values: Sequence[Value]) -> list[Value]:
    """As JSON can hold them; days as 2026-11-23."""
    return [value if value is None or isinstance(value, int) else str(value) for value in values]


def _notes() -> list[str]:
    return [str(rule) for rule in COUNTING_RULES]


def _foot(as_of: AsOf) -> list[str]:
    local = clock.local(as_of.at)
    return [
        gettext("填报单位(盖章):"),
        gettext("填报人:            审核人:            电话:"),
        gettext("日期:%(day)s", day=f"{local:%Y-%m-%d}"),
        gettext("数据截止时间:%(time)s", time=f"{local:%Y-%m-%d %H:%M}"),
    ]


def _yuan(fen: int) -> str:
    return str(Decimal(fen).scaleb(-2))
