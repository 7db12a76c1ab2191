"""Products like those of the demo, as the index sees them. Cooperatives are fictitious."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from catalog.search.gateways.port import SearchDocument
from catalog.search.gateways.whoosh import WhooshIndex

CATEGORIES = {"水果": 1, "蔬菜": 2, "水产": 3, "禽畜": 4, "粮油": 5, "加工食品": 6, "中药材": 7}
ALL_YEAR = range(1, 13)
TOWNS = {
    "电城镇": ("440904127", "电白区", "茂名市"),
    "公馆镇": ("440902101", "茂南区", "茂名市"),
    "分界镇": ("440981103", "高州市", "茂名市"),
    "石鼓镇": ("440981127", "高州市", "茂名市"),
    "曹江镇": ("440981124", "高州市", "茂名市"),
    "观珠镇": ("440904116", "电白区", "茂名市"),
    "荷花镇": ("440981111", "高州市", "茂名市"),
    "池洞镇": ("440983106", "信宜市", "茂名市"),
    "程村镇": ("441721101", "阳西县", "阳江市"),
    "闸坡镇": ("441702105", "江城区", "阳江市"),
}
COOPERATIVES = {
    "电城镇": "电城镇晨露种养专业合作社",
    "公馆镇": "公馆镇塘边渔业专业合作社",
    "分界镇": "分界镇圆果龙眼专业合作社",
    "石鼓镇": "石鼓镇白帆水产加工合作社",
    "曹江镇": "曹江镇红岭荔枝专业合作社",
    "观珠镇": "观珠镇沃土种植专业合作社",
    "荷花镇": "荷花镇山风果蔬专业合作社",
    "池洞镇": "池洞镇青崖种养专业合作社",
    "程村镇": "程村镇潮汐蚝业专业合作社",
    "闸坡镇": "闸坡镇海平线渔业合作社",
}
# name, town, category, months, price in yuan, price per 斤 in yuan or None, specs, description
ROWS = (
    ("白糖罂荔枝", "曹江镇", "水果", (5, 6), 60, 12, "5斤装", "核小肉厚,清甜多汁。"),
    ("妃子笑荔枝", "曹江镇", "水果", (5, 6), 40, 8, "5斤装", "早熟品种,酸甜适口。"),
    ("桂味荔枝", "荷花镇", "水果", (6,), 125, 25, "5斤装", "带桂花香,果肉爽脆。"),
    ("储良龙眼", "分界镇", "水果", (8,), 30, 6, "5斤装", "肉厚核小,采自老果园。"),
    ("三华李", "池洞镇", "水果", (4, 5, 6, 7), 43, 8.5, "5斤装", "脆甜,带果粉。"),
    ("水东芥菜", "电城镇", "蔬菜", ALL_YEAR, 21, 7, "3斤装", "当天采摘,嫩而无渣。"),
    ("罗非鱼", "公馆镇", "水产", ALL_YEAR, 22, 5.5, "4斤/条", "活水养殖,冰鲜送达。"),
    ("罗非鱼片", "石鼓镇", "加工食品", ALL_YEAR, 28, 28, "500克/袋", "去骨去皮,独立速冻。"),
    ("架炮飞天稻花鸡", "电城镇", "禽畜", ALL_YEAR, 118, None, "1只", "稻田放养的走地鸡。"),
    ("圣女果", "公馆镇", "水果", (12, 1, 2, 3, 4), 45, 15, "3斤装", "小番茄,皮薄汁多。"),
    ("奶油草莓", "公馆镇", "水果", (12, 1, 2, 3), 70, 35, "2斤装", "清晨现摘。"),
    ("程村蚝", "程村镇", "水产", (10, 11, 12, 1, 2), 100, 50, "2斤装", "蚝肉肥美,开壳冰鲜。"),
    ("观珠花生油", "观珠镇", "粮油", ALL_YEAR, 130, None, "5升/桶", "本地花生古法压榨。"),
    ("冰淇淋番薯", "观珠镇", "蔬菜", (10, 11, 12, 1, 2, 3), 45, 4.5, "10斤装", "蒸熟后绵密。"),
    ("走地鸡", "池洞镇", "禽畜", ALL_YEAR, 105, None, "1只", "山林散养。"),
    ("春砂仁", "闸坡镇", "中药材", (7, 8, 9), 150, 150, "500克/袋", "炖汤的香料。"),
    ("荔枝干", "曹江镇", "加工食品", ALL_YEAR, 36, 36, "500克/袋", "日晒,不加糖。"),
    ("荔枝蜜", "荷花镇", "加工食品", ALL_YEAR, 58, 58, "500克/瓶", "荔枝花期采的蜂蜜。"),
    ("阳江豆豉", "闸坡镇", "加工食品", ALL_YEAR, 18, 22.5, "400克/罐", "黑豆发酵。"),
    ("双肩玉荷包荔枝", "荷花镇", "水果", (6, 7), 90, 18, "5斤装", "果顶双肩隆起。"),
    ("紫心番薯", "电城镇", "蔬菜", (10, 11, 12), 35, 3.5, "10斤装", "花青素的颜色,适合烤。"),
    ("土鸡蛋", "池洞镇", "禽畜", ALL_YEAR, 39, None, "30枚", "每天捡蛋,纸托包装。"),
    ("马水桔", "池洞镇", "水果", (1, 2), 42, 8.5, "5斤装", "皮薄易剥。"),
    ("海鲈鱼", "闸坡镇", "水产", ALL_YEAR, 52, 26, "2斤/条", "海水网箱养殖。"),
    ("化橘红", "荷花镇", "中药材", ALL_YEAR, 200, 200, "500克/盒", "切片,泡水的香料。"),
)
_LISTED = datetime(2026, 3, 1, tzinfo=UTC)


def documents() -> list[SearchDocument]:
    """Numbered from 1 in the order above, each listed a day after the one before."""
    return [_document(number, *row) for number, row in enumerate(ROWS, start=1)]


def document(product_id: int = 1000, **changes: object) -> SearchDocument:
    """A lychee of a cooperative that isn't named after lychees, with some things different."""
    tomato = documents()[9]
    changes = {"name": "测试荔枝", "description": ""} | changes
    return replace(tomato, product_id=product_id, **changes)  # type: ignore[arg-type]


def name_of(product_id: int) -> str:
    return ROWS[product_id - 1][0]


def fill(index: WhooshIndex) -> WhooshIndex:
    index.rebuild(documents())
    return index


def _document(
    number: int,
    name: str,
    town: str,
    category: str,
    months: range | tuple[int, ...],
    yuan: int,
    per_jin: float | None,
    specs: str,
    description: str,
) -> SearchDocument:
    code, county, city = TOWNS[town]
    return SearchDocument(
        product_id=number,
        name=name,
        specs=specs,
        description=description,
        category_id=CATEGORIES[category],
        category_name=category,
        town_code=code,
        town_name=town,
        county_name=county,
        city_name=city,
        cooperative_id=list(COOPERATIVES).index(town) + 1,
        cooperative_name=COOPERATIVES[town],
        season_mask=sum(1 << (month - 1) for month in months),
        lowest_price_fen=yuan * 100,
        unit_price_millifen_per_500g=None if per_jin is None else int(per_jin * 100_000),
        in_stock=name != "马水桔",
        listed_at=_LISTED + timedelta(days=number),
    )
