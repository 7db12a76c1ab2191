"""The files that are handed in: title, unit, table, counting rules and foot."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from flask_babel import gettext

from orders.statistics.rules.counting import COUNTING_RULES
from orders.statistics.rules.detail import COLUMNS, DetailRows
from orders.statistics.rules.periods import Period
from orders.statistics.rules.sheets import Column, Sheet, Value
from orders.statistics.rules.summary import Summary
from shop import clock


def detail_sheet(rows: DetailRows, period: Period, about: Sequence[str], at: datetime) -> Sheet:
    """The detail ledger (明细台账) of a period."""
    name = gettext("明细台账")
    return Sheet(
        name=name,
        file_name=_file_name(name, period),
        title=_title(gettext("消费帮扶销售明细台账"), period, about),
        unit=gettext("单位:元"),
        columns=_in_words(COLUMNS),
        rows=rows,
        total=rows.total,
        notes=_notes(),
        foot=_foot(at),
    )


def summary_sheet(summary: Summary, about: Sequence[str], at: datetime) -> Sheet:
    """The summary (汇总表), value for value as it stands on screen."""
    name = gettext("汇总表")
    total: list[Value] = [gettext("合计"), *summary.total.values[1:]]
    return Sheet(
        name=name,
        file_name=_file_name(name, summary.period),
        title=_title(gettext("消费帮扶销售汇总表"), summary.period, about),
        unit=gettext("单位:万元"),
        columns=_in_words(summary.columns),
        rows=[line.values for line in summary.lines],
        total=lambda: total,
        notes=_notes(),
        foot=_foot(at),
    )


def _file_name(name: str, period: Period) -> str:
    return f"{name}_{period.from_month}_{period.to_month}"


def _title(what: str, period: Period, about: Sequence[str]) -> str:
    days = gettext("%(since)s 至 %(until)s", since=period.since, until=period.until)
    return f"{what}({'·'.join(about)} {days})"


def _in_words(columns: Sequence[Column]) -> list[Column]:
    """The titles in the language of this moment: a streamed file is written later."""
    return [replace(column, title=str(column.title)) for column in columns]


def _notes() -> list[str]:
    return [str(rule) for rule in COUNTING_RULES]


def _foot(at: datetime) -> list[str]:
    local = clock.local(at)
    return [
        gettext("填报单位(盖章):"),
        gettext("填报人:            审核人:            电话:"),
        gettext("日期:%(day)s", day=f"{local:%Y-%m-%d}"),
        gettext("数据截止时间:%(time)s", time=f"{local:%Y-%m-%d %H:%M}"),
    ]
