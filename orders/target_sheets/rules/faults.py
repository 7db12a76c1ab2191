"""What can be wrong with a cell of a sheet of targets, in words that say how to mend it."""

from enum import StrEnum
from typing import Any, NamedTuple

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l


class FaultKind(StrEnum):
    MISSING = "missing"
    TOO_LONG = "too_long"
    IS_ERROR = "is_error"
    NO_NUMBER = "no_number"
    TOO_FINE = "too_fine"
    OUT_OF_BOUNDS = "out_of_bounds"
    NO_YEAR = "no_year"
    NO_CHOICE = "no_choice"
    NO_TOWN = "no_town"
    SEVERAL_TOWNS = "several_towns"
    NOT_ASSISTED = "not_assisted"
    LIKE_ROW = "like_row"


class Fault(NamedTuple):
    """What is wrong in which column; the details go into the words. It fits JSON."""

    column: str
    kind: str
    details: dict[str, Any]

    @property
    def words(self) -> str:
        """Said to the person, in their language."""
        return str(_WORDS[FaultKind(self.kind)]) % self.details


_WORDS: dict[FaultKind, LazyString] = {
    FaultKind.MISSING: _l("没有填。"),
    FaultKind.TOO_LONG: _l("太长了：最多 %(most)s 个字，现在有 %(length)s 个。"),
    FaultKind.IS_ERROR: _l("这一格的公式没有算出结果。请直接填数，或在表格软件里打开并保存一次。"),
    FaultKind.NO_NUMBER: _l("不是金额，例如 120.5（万元）或 1205000元。"),
    FaultKind.TOO_FINE: _l("小数太多：最多 %(decimals)s 位。"),
    FaultKind.OUT_OF_BOUNDS: _l("目标要大于零，最多 %(most)s 万元。"),
    FaultKind.NO_YEAR: _l("请写成 %(first)s 到 %(last)s 之间的年份，例如 2027。"),
    FaultKind.NO_CHOICE: _l("可以填：%(names)s。"),
    FaultKind.NO_TOWN: _l("没有这个镇，请写全名，例如石鼓镇。"),
    FaultKind.SEVERAL_TOWNS: _l("有几个镇叫这个名字，请在“县(市、区)”写明是哪一个：%(names)s。"),
    FaultKind.NOT_ASSISTED: _l("这个镇当年不是重点帮扶镇，不能设年度目标。"),
    FaultKind.LIKE_ROW: _l("和第 %(number)s 行说的是同一个目标。请只留一行。"),
}
