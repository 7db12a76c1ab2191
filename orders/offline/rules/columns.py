"""The columns of a sheet of sales, and how offices call them.

The first 37 are those of the detail ledger (orders/exports/rules/detail.py), in its order.
"""

from collections.abc import Sequence
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from shop.sheets.rules.heads import Vocabulary


class RowState(StrEnum):
    """What becomes of a row when its sheet is taken over."""

    GOOD = "good"
    SUSPECT = "suspect"  # looks like another sale; counts only with a note
    KNOWN = "known"  # is in the ledger already
    ONLINE = "online"  # counts by itself when its order is accepted
    WRONG = "wrong"  # left out; the person is told why

    @property
    def label(self) -> LazyString:
        return _STATES[self]


_STATES = {
    RowState.GOOD: _l("可以导入"),
    RowState.SUSPECT: _l("疑似重复"),
    RowState.KNOWN: _l("已经导入过"),
    RowState.ONLINE: _l("线上，自动计入"),
    RowState.WRONG: _l("有误"),
}


class Column(StrEnum):
    """What a sheet can say of a sale."""

    NUMBER = "number"
    MONTH = "month"
    CITY = "city"
    COUNTY = "county"
    TOWN = "town"
    VILLAGE = "village"
    COOPERATIVE = "cooperative"
    CREDIT_CODE = "credit_code"
    CATEGORY = "category"
    PRODUCT = "product"
    SPEC = "spec"
    UNIT = "unit"
    QUANTITY = "quantity"
    PRICE = "unit_price"
    AMOUNT = "amount"
    REFUND = "refund"
    NET = "net"
    CHANNEL = "channel"
    ACTIVITY = "activity"
    MODE = "mode"
    BUYER_TYPE = "buyer_type"
    BUYER_UNIT = "buyer_unit"
    DISTRICT = "buyer_district"
    ORDER = "order_number"
    ORDERED_ON = "ordered_on"
    ACCEPTED_ON = "accepted_on"
    PAID_ON = "paid_on"
    INVOICE = "invoice"
    BATCH = "batch"
    HOUSEHOLDS = "households"
    POOR = "poor_households"
    WORKERS = "workers"
    EVIDENCE = "evidence"
    RECORDED_BY = "recorded_by"
    REVIEWED_BY = "reviewed_by"
    STATE = "state"
    NOTE = "note"
    WEIGHT = "net_weight_g"

    @property
    def label(self) -> LazyString:
        return _LABELS[self]


_LABELS = {
    Column.NUMBER: _l("序号"),
    Column.MONTH: _l("统计月份"),
    Column.CITY: _l("市"),
    Column.COUNTY: _l("县(市、区)"),
    Column.TOWN: _l("镇"),
    Column.VILLAGE: _l("村"),
    Column.COOPERATIVE: _l("供货主体"),
    Column.CREDIT_CODE: _l("统一社会信用代码"),
    Column.CATEGORY: _l("产品类别"),
    Column.PRODUCT: _l("产品名称"),
    Column.SPEC: _l("规格"),
    Column.UNIT: _l("单位"),
    Column.QUANTITY: _l("数量"),
    Column.PRICE: _l("单价(元)"),
    Column.AMOUNT: _l("金额(元)"),
    Column.REFUND: _l("退款(元)"),
    Column.NET: _l("净额(元)"),
    Column.CHANNEL: _l("渠道"),
    Column.ACTIVITY: _l("活动名称"),
    Column.MODE: _l("帮扶方式"),
    Column.BUYER_TYPE: _l("采购方类型"),
    Column.BUYER_UNIT: _l("采购单位"),
    Column.DISTRICT: _l("采购方区域"),
    Column.ORDER: _l("订单号"),
    Column.ORDERED_ON: _l("下单日期"),
    Column.ACCEPTED_ON: _l("验收日期"),
    Column.PAID_ON: _l("付款日期"),
    Column.INVOICE: _l("发票号码"),
    Column.BATCH: _l("批次/合格证号"),
    Column.HOUSEHOLDS: _l("带动户数"),
    Column.POOR: _l("其中脱贫户、监测对象"),
    Column.WORKERS: _l("带动务工人数"),
    Column.EVIDENCE: _l("佐证材料"),
    Column.RECORDED_BY: _l("填报人"),
    Column.REVIEWED_BY: _l("审核人"),
    Column.STATE: _l("状态"),
    Column.NOTE: _l("备注"),
    Column.WEIGHT: _l("净重(公斤)"),
}
# As they stand in the files that we write, which are Chinese whatever the screen speaks.
HEADS = {
    Column.NUMBER: "序号",
    Column.MONTH: "统计月份",
    Column.CITY: "市",
    Column.COUNTY: "县(市、区)",
    Column.TOWN: "镇",
    Column.VILLAGE: "村",
    Column.COOPERATIVE: "供货主体",
    Column.CREDIT_CODE: "统一社会信用代码",
    Column.CATEGORY: "产品类别",
    Column.PRODUCT: "产品名称",
    Column.SPEC: "规格",
    Column.UNIT: "单位",
    Column.QUANTITY: "数量",
    Column.PRICE: "单价(元)",
    Column.AMOUNT: "金额(元)",
    Column.REFUND: "退款(元)",
    Column.NET: "净额(元)",
    Column.CHANNEL: "渠道",
    Column.ACTIVITY: "活动名称",
    Column.MODE: "帮扶方式",
    Column.BUYER_TYPE: "采购方类型",
    Column.BUYER_UNIT: "采购单位",
    Column.DISTRICT: "采购方区域",
    Column.ORDER: "订单号",
    Column.ORDERED_ON: "下单日期",
    Column.ACCEPTED_ON: "验收日期",
    Column.PAID_ON: "付款日期",
    Column.INVOICE: "发票号码",
    Column.BATCH: "批次/合格证号",
    Column.HOUSEHOLDS: "带动户数",
    Column.POOR: "其中脱贫户、监测对象",
    Column.WORKERS: "带动务工人数",
    Column.EVIDENCE: "佐证材料",
    Column.RECORDED_BY: "填报人",
    Column.REVIEWED_BY: "审核人",
    Column.STATE: "状态",
    Column.NOTE: "备注",
    Column.WEIGHT: "净重(公斤)",
}
# What the shop knows itself and takes from nobody's sheet: households and jobs are those of the
# reports (rule 5), who filled it in is who is signed in.
UNREAD = frozenset(
    {
        Column.NUMBER,
        Column.VILLAGE,
        Column.HOUSEHOLDS,
        Column.POOR,
        Column.WORKERS,
        Column.RECORDED_BY,
        Column.REVIEWED_BY,
        Column.STATE,
    }
)
# Without these nobody knows what was sold; one of those in brackets is enough.
NEEDED: tuple[tuple[Column, ...], ...] = (
    (Column.COOPERATIVE, Column.CREDIT_CODE),
    (Column.PRODUCT,),
    (Column.QUANTITY,),
    (Column.AMOUNT, Column.PRICE),
    (Column.ACCEPTED_ON, Column.PAID_ON, Column.ORDERED_ON),
)
_SYNONYMS: dict[str, str] = {
    Column.NUMBER: "序号 编号 no",
    Column.MONTH: "统计月份 月份 所属月份 month",
    Column.CITY: "市 地市 地级市 city",
    Column.COUNTY: "县 县区 区县 县市区 所属县 county",
    Column.TOWN: "镇 乡镇 帮扶镇 所属镇 镇街 town",
    Column.VILLAGE: "村 行政村 所属村 village",
    Column.COOPERATIVE: "供货主体 供货单位 供应商 供货商 合作社 经营主体 cooperative supplier",
    Column.CREDIT_CODE: "统一社会信用代码 信用代码 社会信用代码 creditcode",
    Column.CATEGORY: "产品类别 类别 品类 产品分类 商品类别 category",
    Column.PRODUCT: "产品名称 产品 商品名称 商品 品名 农产品名称 名称 product",
    Column.SPEC: "规格 规格型号 包装规格 spec",
    Column.UNIT: "单位 计量单位 unit",
    Column.QUANTITY: "数量 销售数量 采购数量 quantity",
    Column.PRICE: "单价 销售单价 采购单价 unitprice price",
    Column.AMOUNT: "金额 销售金额 采购金额 销售额 总金额 总价 amount",
    Column.REFUND: "退款 退款金额 refund",
    Column.NET: "净额 净销售额 net",
    Column.CHANNEL: "渠道 销售渠道 channel",
    Column.ACTIVITY: "活动名称 活动 展销会名称 消费帮扶活动 activity",
    Column.MODE: "帮扶方式 消费帮扶方式 方式 mode",
    Column.BUYER_TYPE: "采购方类型 采购单位类型 单位类型 采购方性质 buyertype",
    Column.BUYER_UNIT: "采购单位 采购方 采购单位名称 采购方名称 购买单位 buyer",
    Column.DISTRICT: "采购方区域 采购区域 采购单位所在区 区域 所在区 district",
    Column.ORDER: "订单号 合同号 订单编号 合同编号 ordernumber",
    Column.ORDERED_ON: "下单日期 签约日期 订购日期 下单时间 orderedon",
    Column.ACCEPTED_ON: "验收日期 销售日期 交易日期 成交日期 验收时间 日期 acceptedon",
    Column.PAID_ON: "付款日期 支付日期 付款时间 转账日期 paidon",
    Column.INVOICE: "发票号码 发票号 发票 invoice",
    Column.BATCH: "批次/合格证号 批次 合格证号 批次号 承诺达标合格证号 batch",
    Column.HOUSEHOLDS: "带动户数 带动农户数 households",
    Column.POOR: "其中脱贫户、监测对象 脱贫户数 其中脱贫户",
    Column.WORKERS: "带动务工人数 务工人数 带动就业人数 带动就业",
    Column.EVIDENCE: "佐证材料 佐证 证明材料 附件 evidence",
    Column.RECORDED_BY: "填报人 填表人 经办人",
    Column.REVIEWED_BY: "审核人 复核人",
    Column.STATE: "状态 state",
    Column.NOTE: "备注 说明 note remark",
    Column.WEIGHT: "净重 重量 总重量 总重 销售重量 weight",
}
VOCABULARY = Vocabulary(_SYNONYMS)
# What a person can choose for a column of theirs.
OFFERED = [(column.value, column.label) for column in Column]


def missing(columns: Sequence[str | None]) -> tuple[Column, ...] | None:
    """The first group of columns of which none is there."""
    return next((group for group in NEEDED if not set(group) & set(columns)), None)
