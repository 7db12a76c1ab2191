"""The columns of a sheet of listings, and how cooperatives call them."""

from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from shop.sheets.rules.heads import Vocabulary


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
OFFERED = [(column.value, column.label) for column in Column if column is not Column.BASE]

_SYNONYMS: dict[str, str] = {
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
VOCABULARY = Vocabulary(_SYNONYMS)
