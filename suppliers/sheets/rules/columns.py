"""The columns of a sheet of listings, and how cooperatives call them."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from shop.web.fields import clean_line

# Titles and remarks that may stand above the heads.
LINES_ABOVE = 30
MOST_COLUMNS = 60
LONGEST_HEAD = 40


class Column(StrEnum):
    """What a sheet can say of a listing."""

    PRODUCT = "product_id"
    VARIANT = "variant_id"
    # Price, stock and tiers when the sheet was downloaded: what was not touched is no change.
    BASE = "base"
    NAME = "name"
    CATEGORY = "category_id"
    SPEC = "spec"
    UNIT = "unit"
    WEIGHT = "net_weight_g"
    MEASURE = "measure"
    AMOUNT = "measure_amount"
    PRICE = "price_fen"
    TIERS = "tiers"
    STOCK = "stock"
    MONTHS = "season_mask"
    PERISHABLE = "perishable"
    VILLAGE = "village"
    DESCRIPTION = "description"
    DELIST = "delisted"

    @property
    def label(self) -> LazyString:
        return _LABELS[self]


_LABELS = {
    Column.PRODUCT: _l("商品编号"),
    Column.VARIANT: _l("规格编号"),
    Column.BASE: _l("下载时的价格和库存"),
    Column.NAME: _l("商品名称"),
    Column.CATEGORY: _l("类别"),
    Column.SPEC: _l("规格"),
    Column.UNIT: _l("单位"),
    Column.WEIGHT: _l("净重"),
    Column.MEASURE: _l("比价方式"),
    Column.AMOUNT: _l("升数或只数"),
    Column.PRICE: _l("价格（元）"),
    Column.TIERS: _l("阶梯价"),
    Column.STOCK: _l("可卖库存"),
    Column.MONTHS: _l("上市月份"),
    Column.PERISHABLE: _l("生鲜"),
    Column.VILLAGE: _l("产地村"),
    Column.DESCRIPTION: _l("介绍"),
    Column.DELIST: _l("下架"),
}
# As they stand in the files that we write, which are Chinese whatever the screen speaks.
HEADS = {
    Column.PRODUCT: "商品编号",
    Column.VARIANT: "规格编号",
    Column.BASE: "下载时",
    Column.NAME: "商品名称",
    Column.CATEGORY: "类别",
    Column.SPEC: "规格",
    Column.UNIT: "单位",
    Column.WEIGHT: "净重（公斤）",
    Column.MEASURE: "比价方式",
    Column.AMOUNT: "升数或只数",
    Column.PRICE: "价格（元）",
    Column.TIERS: "阶梯价",
    Column.STOCK: "可卖库存",
    Column.MONTHS: "上市月份",
    Column.PERISHABLE: "生鲜",
    Column.VILLAGE: "产地村",
    Column.DESCRIPTION: "介绍",
    Column.DELIST: "下架",
}
# What is said of the product, and so alike in every row of it.
OF_PRODUCT = (
    Column.NAME,
    Column.CATEGORY,
    Column.MONTHS,
    Column.VILLAGE,
    Column.DESCRIPTION,
    Column.DELIST,
)
OF_VARIANT = (
    Column.SPEC,
    Column.UNIT,
    Column.WEIGHT,
    Column.MEASURE,
    Column.AMOUNT,
    Column.PRICE,
    Column.TIERS,
    Column.PERISHABLE,
    Column.STOCK,
)
# What a person can choose for a column of theirs.
CHOOSABLE = tuple(column for column in Column if column is not Column.BASE)

# Without spaces, and without brackets and what stands in them.
_SYNONYMS: dict[Column, str] = {
    Column.PRODUCT: "商品编号 商品ID 产品编号 产品ID productid",
    Column.VARIANT: "规格编号 规格ID variantid sku skuid",
    Column.BASE: "下载时",
    Column.NAME: "商品名称 商品名 商品 产品名称 产品名 产品 品名 名称 品种 货品 name product",
    Column.CATEGORY: "类别 分类 品类 类目 商品类别 商品分类 产品类别 产品分类 category",
    Column.SPEC: "规格 规格型号 包装规格 包装 商品规格 产品规格 spec specification",
    Column.UNIT: "单位 计量单位 销售单位 售卖单位 按什么卖 unit",
    Column.WEIGHT: "净重 净含量 重量 每件净重 单件净重 净重量 netweight weight",
    Column.MEASURE: "比价方式 比价 计价方式 计价单位 measure",
    Column.AMOUNT: "升数或只数 升数 只数 个数 容量 amount",
    Column.PRICE: "价格 单价 售价 销售价 零售价 现价 供货价 价钱 price",
    Column.TIERS: "阶梯价 阶梯价格 批量价 数量价 满量价 tiers tierprices",
    Column.STOCK: "可卖库存 库存 库存数量 可售库存 可售数量 现货 现有库存 可卖 可卖数量 stock",
    Column.MONTHS: "上市月份 月份 季节 上市季节 应季月份 上市时间 供应月份 有货月份 season",
    Column.PERISHABLE: "生鲜 是否生鲜 鲜活易腐 易腐 生鲜或易变质 不支持七天无理由 fresh perishable",
    Column.VILLAGE: "产地村 村 所在村 村庄 产地 village",
    Column.DESCRIPTION: "介绍 描述 商品介绍 商品描述 产品介绍 简介 说明 详情 description",
    Column.DELIST: "下架 是否下架 停售 delist delisted",
}
_MEANINGS: dict[str, str] = {
    head.lower(): column for column, heads in _SYNONYMS.items() for head in heads.split()
}
# What we wrote beside the rows that could not be taken over.
REASONS = "有误的原因"
_IN_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]|【[^】]*】")
# Grams in one of them.
WEIGHT_UNITS = {
    **dict.fromkeys(("斤", "市斤"), 500),
    **dict.fromkeys(("公斤", "千克", "kg", "kilogram"), 1000),
    **dict.fromkeys(("克", "g", "gram"), 1),
    **dict.fromkeys(("吨", "t"), 1_000_000),
}


@dataclass(frozen=True, slots=True)
class Head:
    """A column of somebody's sheet. ``column`` says what it holds, None that nobody has said yet,
    and the empty text that it is to be ignored."""

    text: str
    column: str | None


def find_heads(rows: Sequence[Sequence[str]], remembered: Mapping[str, str]) -> int | None:
    """Which row heads the columns: the one that names most of them, else the first in which there
    are two texts. None if there is no such row."""
    best, most = None, 0
    for place, cells in enumerate(rows[:LINES_ABOVE]):
        known = {meaning for cell in cells if (meaning := _meaning(cell, remembered))}
        if len(known) > most:
            best, most = place, len(known)
    if most > 1:
        return best
    several = (place for place, cells in enumerate(rows[:LINES_ABOVE]) if _filled(cells) > 1)
    return next(several, None)


def read_heads(cells: Sequence[str], remembered: Mapping[str, str]) -> list[Head]:
    """What each column holds. A second column of the same meaning has to be looked at by a
    person; one without a head is ignored."""
    heads: list[Head] = []
    taken: set[str] = set()
    for cell in cells[:MOST_COLUMNS]:
        text = clean_line(cell)[:LONGEST_HEAD]
        meaning = _meaning(cell, remembered) if text else ""
        if meaning in taken:
            meaning = None
        if meaning:
            taken.add(meaning)
        heads.append(Head(text, meaning))
    return heads


def head_key(text: str) -> str:
    """What makes two heads the same head."""
    plain = _IN_BRACKETS.sub("", unicodedata.normalize("NFKC", text))
    key = "".join(clean_line(plain).split()).strip(":*").lower()
    return (key or "".join(clean_line(text).split()).lower())[:LONGEST_HEAD]


def unit_in(head: str) -> int | None:
    """How many grams the unit has that a head names in brackets: 净重（斤）."""
    for found in _IN_BRACKETS.findall(unicodedata.normalize("NFKC", head)):
        unit = WEIGHT_UNITS.get(found[1:-1].strip().lower())
        if unit is not None:
            return unit
    return None


def _meaning(head: str, remembered: Mapping[str, str]) -> str | None:
    key = head_key(head)
    if key == REASONS:
        return ""
    return remembered[key] if key in remembered else _MEANINGS.get(key)


def _filled(cells: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)
