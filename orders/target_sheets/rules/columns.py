"""The columns of a sheet of yearly targets, and how offices call them."""

from collections.abc import Sequence
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from shop.sheets.rules.heads import Vocabulary


class RowState(StrEnum):
    """What becomes of a row when its sheet is taken over."""

    NEW = "new"  # there is no such target yet
    CHANGED = "changed"  # becomes a new version of one
    SAME = "same"  # says what holds already
    WRONG = "wrong"  # the sheet is not taken over with it; the person is told why

    @property
    def label(self) -> LazyString:
        return _STATES[self]


_STATES = {
    RowState.NEW: _l("新目标"),
    RowState.CHANGED: _l("有改动"),
    RowState.SAME: _l("没有变化"),
    RowState.WRONG: _l("有误"),
}
# What is written when a sheet is taken over.
EFFECTIVE = (RowState.NEW, RowState.CHANGED)


class Column(StrEnum):
    """What a sheet can say of a target."""

    COUNTY = "county"
    TOWN = "town"
    CODE = "code"
    YEAR = "year"
    AMOUNT = "amount"
    CATEGORY = "category"
    BUYER_TYPE = "buyer_type"
    SPREAD = "spread"
    REASON = "reason"

    @property
    def label(self) -> LazyString:
        return _LABELS[self]


_LABELS = {
    Column.COUNTY: _l("县(市、区)"),
    Column.TOWN: _l("镇"),
    Column.CODE: _l("行政区划代码"),
    Column.YEAR: _l("年度"),
    Column.AMOUNT: _l("目标(万元)"),
    Column.CATEGORY: _l("产品类别"),
    Column.BUYER_TYPE: _l("采购方类型"),
    Column.SPREAD: _l("分月方式"),
    Column.REASON: _l("理由"),
}
# As they stand in the template, which is Chinese whatever the screen speaks.
HEADS = {
    Column.COUNTY: "县(市、区)",
    Column.TOWN: "镇",
    Column.CODE: "行政区划代码",
    Column.YEAR: "年度",
    Column.AMOUNT: "目标(万元)",
    Column.CATEGORY: "产品类别",
    Column.BUYER_TYPE: "采购方类型",
    Column.SPREAD: "分月方式",
    Column.REASON: "理由",
}
# Without these nobody knows what is to be reached; one of those in brackets is enough.
NEEDED: tuple[tuple[Column, ...], ...] = (
    (Column.TOWN, Column.CODE),
    (Column.YEAR,),
    (Column.AMOUNT,),
)
VOCABULARY = Vocabulary(
    {
        Column.COUNTY: "县 县区 区县 县市区 所属县 county",
        Column.TOWN: "镇 乡镇 镇名 帮扶镇 重点帮扶镇 所属镇 镇街 town",
        Column.CODE: "行政区划代码 区划代码 镇代码 代码 code",
        Column.YEAR: "年度 年份 年 目标年度 year",
        Column.AMOUNT: "目标 年度目标 目标金额 目标额 销售目标 任务 年度任务 target amount",
        Column.CATEGORY: "产品类别 类别 品类 产品分类 category",
        Column.BUYER_TYPE: "采购方类型 购买方类型 采购单位类型 buyertype",
        Column.SPREAD: "分月方式 分月 spread",
        Column.REASON: "理由 原因 备注 说明 reason note",
    }
)


def missing(columns: Sequence[str | None]) -> list[Column]:
    """The first of each group of columns of which none is there."""
    return [group[0] for group in NEEDED if not set(group) & set(columns)]
