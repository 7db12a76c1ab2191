"""What can be wrong with a cell, in words that say how to mend it."""

from enum import StrEnum
from typing import Any, NamedTuple

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from catalog.products.errors import ForbiddenClaim
from catalog.wording.rules import Forbidden, Ground


class FaultKind(StrEnum):
    MISSING = "missing"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    IS_DATE = "is_date"
    IS_ERROR = "is_error"
    NO_NUMBER = "no_number"
    NO_WHOLE_NUMBER = "no_whole_number"
    TOO_FINE = "too_fine"
    OUT_OF_BOUNDS = "out_of_bounds"
    NO_TIERS = "no_tiers"
    TIERS_DONT_FIT = "tiers_dont_fit"
    NO_UNIT = "no_unit"
    UNDER_A_GRAM = "under_a_gram"
    NO_MEASURE = "no_measure"
    NO_YES = "no_yes"
    NO_MONTHS = "no_months"
    NO_CATEGORY = "no_category"
    CATEGORY_CLOSED = "category_closed"
    FORBIDDEN = "forbidden"
    NO_ID = "no_id"
    NOT_YOURS = "not_yours"
    OTHER_PRODUCT = "other_product"
    AMBIGUOUS = "ambiguous"
    TWICE = "twice"
    DISAGREES = "disagrees"
    NEW_AND_DELISTED = "new_and_delisted"


class Fault(NamedTuple):
    """What is wrong in which column; the details go into the words. It fits JSON."""

    column: str
    kind: str
    details: dict[str, Any]

    @property
    def words(self) -> str:
        """Said to the person, in their language."""
        if self.kind == FaultKind.FORBIDDEN:
            said = Forbidden(self.details["words"], Ground(self.details["ground"]))
            return str(ForbiddenClaim(said))
        return str(_WORDS[FaultKind(self.kind)]) % self.details


_WORDS: dict[FaultKind, LazyString] = {
    FaultKind.MISSING: _l("没有填。新的商品和规格要填这一项。"),
    FaultKind.TOO_LONG: _l("太长了：最多 %(most)s 个字，现在有 %(length)s 个。"),
    FaultKind.TOO_SHORT: _l("太短了：至少 %(least)s 个字。"),
    FaultKind.IS_DATE: _l(
        "表格软件把它变成了日期。请把这一格设成“文本”再重新填，月份可以写成“3月至5月”。"
    ),
    FaultKind.IS_ERROR: _l("这一格的公式没有算出结果。请直接填数，或在表格软件里打开并保存一次。"),
    FaultKind.NO_NUMBER: _l("不是数字，例如 39.90。"),
    FaultKind.NO_WHOLE_NUMBER: _l("请填整数，例如 12。"),
    FaultKind.TOO_FINE: _l("小数太多：最多 %(decimals)s 位。"),
    FaultKind.OUT_OF_BOUNDS: _l("要在 %(low)s 到 %(high)s 之间。"),
    FaultKind.NO_TIERS: _l(
        "看不懂的阶梯价。请写成“满10 70.00；满50 65.00”，最多 %(most)s 档；不要了就写“不设”。"
    ),
    FaultKind.TIERS_DONT_FIT: _l(
        "满 %(quantity)s 的价格 %(price)s 不对：一档要比一档多、一档比一档便宜，也要比单价便宜。"
    ),
    FaultKind.NO_UNIT: _l("看不出单位。请写成“5斤”或“2.5公斤”，或在表头写上单位：净重（斤）。"),
    FaultKind.UNDER_A_GRAM: _l("请精确到 1 克，例如 2.5公斤。"),
    FaultKind.NO_MEASURE: _l("请填“按斤”“按升”或“按只”。"),
    FaultKind.NO_YES: _l("请填“是”或“否”。"),
    FaultKind.NO_MONTHS: _l("看不懂的月份。请写成“5-8月”“11月、12月”或“全年”。"),
    FaultKind.NO_CATEGORY: _l("没有这个类别。可以填：%(names)s。"),
    FaultKind.CATEGORY_CLOSED: _l("这个类别已经停用，请换一个。"),
    FaultKind.NO_ID: _l("编号不对。请不要改编号；新的商品把编号空着。"),
    FaultKind.NOT_YOURS: _l("你们没有这个编号的商品或规格。新的商品把编号空着。"),
    FaultKind.OTHER_PRODUCT: _l("这个规格不属于同一行的商品编号。请不要改编号。"),
    FaultKind.AMBIGUOUS: _l("你们有几个同名的，分不清改哪一个。请用下载的表来改，里面有编号。"),
    FaultKind.TWICE: _l("和第 %(number)s 行是同一个商品的同一种规格，只能留一行。"),
    FaultKind.DISAGREES: _l("和第 %(number)s 行不一样：同一个商品的各行要填得一样，或只填一行。"),
    FaultKind.NEW_AND_DELISTED: _l("新的商品不能同时下架。"),
}
