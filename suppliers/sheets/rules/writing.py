"""What stands in the cells of a sheet that we write, so that it is read again as the same."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext

from catalog.products.models import Measure
from catalog.products.rules import MONTHS, in_season, months_of
from suppliers.sheets.rules.columns import Column
from suppliers.sheets.rules.comparing import ProductFacts, VariantFacts

MEASURES = {
    Measure.WEIGHT.value: "按斤",
    Measure.VOLUME.value: "按升",
    Measure.PIECE.value: "按只",
}
UNITS = ("箱", "袋", "盒", "瓶", "桶", "罐", "只", "条", "个", "份", "筐", "篮", "斤", "公斤")
EXPLANATIONS = (
    ("怎么填", "一行是一个商品的一种规格；同一个商品有几种规格就填几行，商品名称写得一样。"),
    ("空着", "空着的格子表示不改；新商品要填绿色表头的各列。"),
    ("编号", "灰色的编号列是隐藏的，请不要改、不要删。新的商品和规格不用填编号。"),
    ("类别", "从列表里选。"),
    ("单位", "一件叫什么：箱、袋、只、瓶……列表里没有的可以自己写。"),
    ("净重", "去掉包装，一件有多重，按公斤填：5斤填 2.5，也可以写成“5斤”“500克”。"),
    ("比价方式", "买家怎么比价：按斤、按升（油、酒、蜜）、按只。空着就是按斤。"),
    ("升数或只数", "只有按升、按只比价时才填：1.8 升填 1.8，一箱 12 只填 12。"),
    ("价格", "一件的价格，单位是元，最多两位小数，例如 39.90。"),
    (
        "阶梯价",
        "买得多更便宜：“满10 70.00；满50 65.00”是满 10 件每件 70 元、满 50 件每件 65 元，最多 5 "
        "档。不再要阶梯价就写“不设”。",
    ),
    (
        "要平台看的",
        "和 7 天前比，价格涨跌超过平台定的幅度，或者改了产地村，要等平台看过才生效；其他改动马上"
        "生效。",
    ),
    ("可卖库存", "现在还有多少件可以卖，填整数。从下载到导入之间的订单会照样扣掉。"),
    ("上市月份", "例如“5-8月”“11月、12月”“11月至次年2月”“全年”。"),
    ("生鲜", "生鲜或容易变质、不支持七天无理由退货的填“是”，其他填“否”。"),
    ("介绍", "怎么种、怎么采、怎么吃。不能说能防病治病，也不能用“最佳”“国家级”这样的词。"),
    ("下架", "要下架填“是”，要重新上架填“否”。整个商品一起下架。"),
    ("照片", "照片不在表里，导入后在商品页上传。"),
    ("公式", "用公式算出来的格子，按保存时的结果读。"),
)


def cells_of(
    product: ProductFacts, variant: VariantFacts, categories: Mapping[int, str]
) -> dict[Column, Any]:
    """A row of the sheet. Decimals are numbers in it, all else is text."""
    now: dict[str, Any] = {**product.now, **variant.now}
    price = Decimal(now[Column.PRICE]) / 100
    tiers = tiers_text(now[Column.TIERS])
    return {
        Column.PRODUCT: str(product.id),
        Column.VARIANT: str(variant.id),
        Column.BASE: f"{price:.2f}|{now[Column.STOCK]}" + (f"|{tiers}" if tiers else ""),
        Column.NAME: now[Column.NAME],
        Column.CATEGORY: categories[now[Column.CATEGORY]],
        Column.SPEC: now[Column.SPEC],
        Column.UNIT: now[Column.UNIT],
        Column.WEIGHT: Decimal(now[Column.WEIGHT]) / 1000,
        Column.MEASURE: MEASURES[now[Column.MEASURE]],
        Column.AMOUNT: _amount(now[Column.MEASURE], now[Column.AMOUNT]),
        Column.PRICE: price,
        Column.TIERS: tiers,
        Column.STOCK: Decimal(now[Column.STOCK]),
        Column.MONTHS: months_text(now[Column.MONTHS]),
        Column.PERISHABLE: _answer(now[Column.PERISHABLE]),
        Column.VILLAGE: now[Column.VILLAGE],
        Column.DESCRIPTION: now[Column.DESCRIPTION],
        Column.DELIST: _answer(now[Column.DELIST]),
    }


def shown(column: str, value: Any, categories: Mapping[int, str]) -> str:
    """A value as it stands on a page."""
    if value is None:
        return ""
    if column == Column.CATEGORY:
        return categories.get(value, "")
    if column == Column.WEIGHT:
        return f"{Decimal(value) / 1000:f} 公斤"
    if column == Column.PRICE:
        return f"{Decimal(value) / 100:,.2f}"
    if column == Column.TIERS:
        return tiers_text(value) or str(gettext("没有"))
    if column == Column.MEASURE:
        return MEASURES[value]
    if column == Column.MONTHS:
        return months_text(value)
    return _answer(value) if isinstance(value, bool) else str(value)


def months_text(mask: int) -> str:
    """A season as it is read again: ``5-8月、11月``; one that passes new year is one span."""
    if len(months_of(mask)) == MONTHS:
        return "全年"
    return "、".join(_spans(mask))


def tiers_text(tiers: Sequence[Sequence[int]]) -> str:
    """Tiers as they are read again: ``满10 70.00；满50 65.00``."""
    return "；".join(f"满{quantity} {Decimal(fen) / 100:.2f}" for quantity, fen in tiers)


def _spans(mask: int) -> Iterator[str]:
    starts = [m for m in months_of(mask) if not in_season(mask, (m - 2) % MONTHS + 1)]
    for start in starts:
        end = start
        while in_season(mask, end % MONTHS + 1):
            end = end % MONTHS + 1
        yield f"{start}月" if start == end else f"{start}-{end}月"


def _amount(measure: str, amount: int) -> Decimal | None:
    if measure == Measure.WEIGHT.value:
        return None
    return Decimal(amount) / 1000 if measure == Measure.VOLUME.value else Decimal(amount)


def _answer(value: bool) -> str:
    return "是" if value else "否"
