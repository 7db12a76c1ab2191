"""What can be wrong with a cell, in words that say how to mend it."""

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
    NO_UNIT = "no_unit"
    NO_DAY = "no_day"
    NO_MONTH = "no_month"
    FUTURE = "future"
    TOO_EARLY = "too_early"
    OTHER_MONTH = "other_month"
    CLOSED = "closed"
    NO_CHOICE = "no_choice"
    NO_CATEGORY = "no_category"
    UNKNOWN_COOPERATIVE = "unknown_cooperative"
    NOT_IN_SCOPE = "not_in_scope"
    OTHER_TOWN = "other_town"
    DISAGREES = "disagrees"
    REFUND = "refund"
    OTHER_NET = "other_net"
    # What makes a row suspect, and not wrong.
    LIKE_ORDER = "like_order"
    LIKE_ENTRY = "like_entry"
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
    FaultKind.NO_NUMBER: _l("不是数字，例如 39.90。"),
    FaultKind.TOO_FINE: _l("小数太多：最多 %(decimals)s 位。"),
    FaultKind.OUT_OF_BOUNDS: _l("要在 %(low)s 到 %(high)s 之间。负数请到那一笔上用“冲销”。"),
    FaultKind.NO_UNIT: _l("看不出单位。请写成“5斤”或“2.5公斤”，或在表头写上单位：净重(公斤)。"),
    FaultKind.NO_DAY: _l("看不懂的日期。请写成 2026-11-23。"),
    FaultKind.NO_MONTH: _l("看不懂的月份。请写成 2026-11。"),
    FaultKind.FUTURE: _l("这一天还没有到。"),
    FaultKind.TOO_EARLY: _l("早于 %(first)s，不在统计范围内。"),
    FaultKind.OTHER_MONTH: _l(
        "统计月份和日期对不上：%(day)s 计入 %(month)s。请改一处，或把月份空着。"
    ),
    FaultKind.CLOSED: _l(
        "%(month)s 已经上报，这一行会计入 %(counts_in)s。请在“备注”写明为什么迟报，再传一次。"
    ),
    FaultKind.NO_CHOICE: _l("可以填：%(names)s。"),
    FaultKind.NO_CATEGORY: _l("没有这个类别。可以填：%(names)s。"),
    FaultKind.UNKNOWN_COOPERATIVE: _l(
        "平台上没有登记这个供货主体。请核对名称或信用代码；确实没有的，请先让它申请入驻。"
    ),
    FaultKind.NOT_IN_SCOPE: _l("这个供货主体不在您的范围里，请交给它所在的镇来报。"),
    FaultKind.OTHER_TOWN: _l("这个供货主体登记在%(town)s，和这一列对不上。"),
    FaultKind.DISAGREES: _l("数量乘单价是 %(right)s 元，和金额对不上。请改一处，或只填一个。"),
    FaultKind.REFUND: _l("退款不能从表格导入。要退回来的，请到那一笔上冲销或更正。"),
    FaultKind.OTHER_NET: _l("净额和金额对不上。没有退款的话两个应该一样。"),
    FaultKind.LIKE_ORDER: _l("像线上订单 %(number)s（%(day)s，%(amount)s 元）。"),
    FaultKind.LIKE_ENTRY: _l("像已经记过的第 %(number)s 笔（%(day)s，%(amount)s 元）。"),
    FaultKind.LIKE_ROW: _l("和前面的一行一模一样。"),
}
