"""What can be wrong with a parcel, in words that say how to mend it; and what is worth a look."""

from enum import StrEnum
from typing import Any, NamedTuple

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l


class FaultKind(StrEnum):
    IS_ERROR = "is_error"
    NO_PART = "no_part"
    UNKNOWN_PART = "unknown_part"
    CANCELLED = "cancelled"
    SENT = "sent"
    NO_CARRIER = "no_carrier"
    LONG_CARRIER = "long_carrier"
    LOST_DIGITS = "lost_digits"
    NO_NUMBER = "no_number"
    IS_PART = "is_part"
    OTHERS_NUMBER = "others_number"
    SHARED_NUMBER = "shared_number"
    TWICE = "twice"
    NEEDS_UNITS = "needs_units"
    NO_UNITS = "no_units"
    OTHER_LINES = "other_lines"
    NOTHING = "nothing"
    MORE_THAN_WAITS = "more_than_waits"
    NOT_YET = "not_yet"
    NO_BATCH = "no_batch"
    BATCH_NOT_USABLE = "batch_not_usable"
    BATCH_MISSING = "batch_missing"
    # What was refused though it had looked right.
    HARVEST_NOT_IN = "harvest_not_in"
    CHANGED = "changed"
    FAILED = "failed"
    # Only worth a look.
    JOINT = "joint"
    ODD_CARRIER = "odd_carrier"


class Fault(NamedTuple):
    """What is to be said of which column; the details go into the words."""

    column: str
    kind: FaultKind
    details: dict[str, Any]

    @property
    def words(self) -> str:
        """Said to the person, in their language."""
        return str(_WORDS[self.kind]) % self.details


# What a service's refusal is called afterwards, by the error's code.
REFUSALS = {
    "batch_missing": FaultKind.CHANGED,
    "batch_not_usable": FaultKind.CHANGED,
    "harvest_not_in": FaultKind.HARVEST_NOT_IN,
    "stock_mismatch": FaultKind.CHANGED,
    "other_than_waits": FaultKind.CHANGED,
    "not_to_be_sent": FaultKind.CHANGED,
}

_WORDS: dict[FaultKind, LazyString] = {
    FaultKind.IS_ERROR: _l("这一格的公式没有算出结果。请直接填写。"),
    FaultKind.NO_PART: _l("没有填订单号。请照待发货表或装箱单填，例如 C20261123-7F3K9QA。"),
    FaultKind.UNKNOWN_PART: _l("没有这张单。请核对订单号；别家合作社的单和没付款的单不在这里。"),
    FaultKind.CANCELLED: _l("这一单已经全部取消，不用发货。"),
    FaultKind.SENT: _l("这一单已经发完了，单号：%(numbers)s。"),
    FaultKind.NO_CARRIER: _l("没有填快递公司。请在这一格填，或上传时选一家给没填的行。"),
    FaultKind.LONG_CARRIER: _l("快递公司的名称最多 20 个字。"),
    FaultKind.LOST_DIGITS: _l(
        "表格软件把单号变成了数字，末几位已经丢了。请把这一列设成“文本”，再重新填单号。"
    ),
    FaultKind.NO_NUMBER: _l("不像快递单号：要 7 到 40 位字母和数字，一行只填一个。"),
    FaultKind.IS_PART: _l("这是装箱单上的码，不是快递单号。请填（扫）快递面单上的号码。"),
    FaultKind.OTHERS_NUMBER: _l("这个单号已经用在另一位买家的 %(part)s 上。请核对。"),
    FaultKind.SHARED_NUMBER: _l("第 %(row)s 行是另一位买家的单，用了同一个单号。请核对这几行。"),
    FaultKind.TWICE: _l("和第 %(row)s 行一样，只能留一行。"),
    FaultKind.NEEDS_UNITS: _l(
        "第 %(row)s 行也是这一单。分几个包裹发的，请在每一行填“这次发几件”。"
    ),
    FaultKind.NO_UNITS: _l("看不懂的件数。请填整数，例如 2；几样商品按顺序写，例如 2、1。"),
    FaultKind.OTHER_LINES: _l(
        "这一单还有 %(count)s 样商品要发，请按顺序写出每样几件，例如 %(example)s。"
    ),
    FaultKind.NOTHING: _l("每样都是 0，没有要发的货。"),
    FaultKind.MORE_THAN_WAITS: _l("“%(name)s”只剩 %(left)s %(unit)s等着发（连同上面几行）。"),
    FaultKind.NOT_YET: _l("预售还没到发货的日子（%(day)s）。要提前发的，请填“这次发几件”。"),
    FaultKind.NO_BATCH: _l("看不懂的批次。请填批次号，或清空这一格（自动从最早采收的批次发）。"),
    FaultKind.BATCH_NOT_USABLE: _l(
        "批次 %(code)s 不够、已召回、已用完或还没有合格证。"
        "请换一批，或清空这一格（自动从最早采收的批次发）。"
    ),
    FaultKind.BATCH_MISSING: _l(
        "“%(name)s”还有 %(missing)s %(unit)s没有可用的批次，不能发货。"
        "请先在“批次”里登记采收、开合格证，再发一次。"
    ),
    FaultKind.HARVEST_NOT_IN: _l("预售的货还没有入库。请先登记收成数量，再按一次发货。"),
    FaultKind.CHANGED: _l("刚才等待发货的数量、库存或批次有变化，没有发。请核对后再按一次发货。"),
    FaultKind.FAILED: _l("刚才没有发成，其他行不受影响。请再按一次发货；还不行请联系平台。"),
    FaultKind.JOINT: _l("和 %(part)s 合用一个单号，算合在一个包裹里发。"),
    FaultKind.ODD_CARRIER: _l("不是常用的快递公司，会照写。"),
}
