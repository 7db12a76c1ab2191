"""The detail ledger (明细台账): its columns, and how one line of the ledger fills them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from orders.statistics.rules.labels import BUYER_TYPES, CHANNELS, KINDS, MODES
from orders.statistics.rules.sheets import Column, Kind, Value

COLUMNS = (
    Column("number", _l("序号"), Kind.COUNT),
    Column("month", _l("统计月份"), Kind.TEXT),
    Column("city", _l("市"), Kind.TEXT),
    Column("county", _l("县(市、区)"), Kind.TEXT),
    Column("town", _l("镇"), Kind.TEXT),
    Column("village", _l("村"), Kind.TEXT),
    Column("cooperative", _l("供货主体"), Kind.TEXT, 28),
    Column("credit_code", _l("统一社会信用代码"), Kind.TEXT, 22),
    Column("category", _l("产品类别"), Kind.TEXT),
    Column("product", _l("产品名称"), Kind.TEXT, 20),
    Column("spec", _l("规格"), Kind.TEXT),
    Column("unit", _l("单位"), Kind.TEXT),
    Column("quantity", _l("数量"), Kind.QUANTITY),
    Column("unit_price", _l("单价(元)"), Kind.YUAN),
    Column("amount", _l("金额(元)"), Kind.YUAN),
    Column("refund", _l("退款(元)"), Kind.YUAN),
    Column("net", _l("净额(元)"), Kind.YUAN),
    Column("channel", _l("渠道"), Kind.TEXT),
    Column("activity", _l("活动名称"), Kind.TEXT),
    Column("mode", _l("帮扶方式"), Kind.TEXT),
    Column("buyer_type", _l("采购方类型"), Kind.TEXT),
    Column("buyer_unit", _l("采购单位"), Kind.TEXT, 22),
    Column("buyer_district", _l("采购方区域"), Kind.TEXT),
    Column("order_number", _l("订单号"), Kind.TEXT, 22),
    Column("ordered_on", _l("下单日期"), Kind.DAY),
    Column("accepted_on", _l("验收日期"), Kind.DAY),
    Column("paid_on", _l("付款日期"), Kind.DAY),
    Column("invoice", _l("发票号码"), Kind.TEXT),
    Column("batch", _l("批次/合格证号"), Kind.TEXT),
    Column("households", _l("带动户数"), Kind.COUNT),
    Column("poor_households", _l("其中脱贫户、监测对象"), Kind.COUNT),
    Column("workers", _l("带动务工人数"), Kind.COUNT),
    Column("evidence", _l("佐证材料"), Kind.TEXT),
    Column("recorded_by", _l("填报人"), Kind.TEXT),
    Column("reviewed_by", _l("审核人"), Kind.TEXT),
    Column("state", _l("状态"), Kind.TEXT),
    Column("note", _l("备注"), Kind.TEXT),
)
_SUMMED = ("amount", "refund", "net")


class DetailRows:
    """The rows of the table, made one by one, and their sums once they have passed.

    Words are looked up at the beginning, in the language of that moment.
    """

    def __init__(self, entries: Iterable[Any], invoices: Mapping[str, str]) -> None:
        """``invoices`` has the numbers of valid invoices by the order number on their lines."""
        self._entries = entries
        self._invoices = invoices
        self._sums = dict.fromkeys(_SUMMED, 0)
        self._choices = _Choices()
        self._label = str(_l("合计"))

    def __iter__(self) -> Iterator[Sequence[Value]]:
        sums = self._sums
        for number, entry in enumerate(self._entries, 1):
            sums["amount"] += entry.amount_fen
            sums["refund"] += entry.refund_fen
            sums["net"] += entry.net_fen
            yield _values(number, entry, self._invoices.get(entry.order_number), self._choices)

    def total(self) -> Sequence[Value]:
        """The last row, 合计."""
        values: dict[str, Value] = {"number": self._label, **self._sums}
        return [values.get(column.name) for column in COLUMNS]


class _Choices:
    """The names of choices, looked up once for a table and not once for a row."""

    def __init__(self) -> None:
        self.kinds = {key: str(label) for key, label in KINDS.items()}
        self.channels = {key: str(label) for key, label in CHANNELS.items()}
        self.modes = {key: str(label) for key, label in MODES.items()}
        self.buyer_types = {key: str(label) for key, label in BUYER_TYPES.items()}


def _values(number: int, entry: Any, invoice: str | None, choices: _Choices) -> Sequence[Value]:
    """One line in the order of COLUMNS; a column that has no source yet stays blank."""
    return (
        number,
        entry.month,
        entry.city_name,
        entry.county_name,
        entry.town_name,
        entry.village or None,
        entry.cooperative_name,
        entry.credit_code,
        entry.category_name,
        entry.product_name,
        entry.spec,
        entry.unit,
        entry.quantity_milli,
        entry.unit_price_fen,
        entry.amount_fen,
        entry.refund_fen,
        entry.net_fen,
        choices.channels[entry.channel],
        entry.activity_name or None,
        choices.modes[entry.mode],
        choices.buyer_types[entry.buyer_type],
        entry.buyer_unit or None,
        entry.buyer_district,
        entry.order_number or None,
        entry.ordered_on,
        entry.accepted_on,
        entry.paid_on,
        invoice,
        *_WITHOUT_SOURCE,
        choices.kinds[entry.kind],
        entry.note or None,
    )


# Batch, households, poor households, workers, evidence, recorded by, reviewed by.
_WITHOUT_SOURCE = (None,) * 7
