"""The columns of a sheet of tracking numbers, as we write them and as carriers call them."""

from collections.abc import Callable, Sequence
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from shop.sheets.rules.heads import LINES_ABOVE, MOST_COLUMNS, head_key
from suppliers.shipping.rules.reading import looks_like_number, looks_like_part

# Rows that are looked at to tell two columns of one meaning apart.
_SAMPLE = 200


class Column(StrEnum):
    """What a sheet can say of a parcel."""

    PART = "part"
    CARRIER = "carrier"
    NUMBER = "number"
    UNITS = "units"
    BATCH = "batch"

    @property
    def label(self) -> LazyString:
        return _LABELS[self]


_LABELS = {
    Column.PART: _l("订单号"),
    Column.CARRIER: _l("快递公司"),
    Column.NUMBER: _l("快递单号"),
    Column.UNITS: _l("这次发几件"),
    Column.BATCH: _l("批次"),
}
# As they stand in the files that we write, which are Chinese whatever the screen speaks.
HEADS = {
    Column.PART: "订单号",
    Column.CARRIER: "快递公司",
    Column.NUMBER: "快递单号",
    Column.UNITS: "这次发几件（不填就全发）",
    Column.BATCH: "批次",
}
# Without spaces, and without brackets and what stands in them.
_SYNONYMS = {
    Column.PART: "订单号 订单编号 商家订单号 商户订单号 客户订单号 客户单号 参考号 "
    "ordernumber order",
    Column.CARRIER: "快递公司 物流公司 承运商 承运公司 快递 物流 carrier",
    Column.NUMBER: "快递单号 运单号 运单号码 物流单号 物流编号 面单号 快递号 母单号 单号 "
    "trackingnumber tracking waybillnumber waybill",
    Column.UNITS: "这次发几件 本次件数 本次数量 发货件数 发货数量 units",
    Column.BATCH: "批次 批次号 批号 batch",
}
_MEANINGS = {head: column for column, heads in _SYNONYMS.items() for head in heads.split()}
_LOOKS: dict[Column, Callable[[str], bool]] = {
    Column.PART: looks_like_part,
    Column.NUMBER: looks_like_number,
}


def find_heads(rows: Sequence[Sequence[str]]) -> int | None:
    """Which row heads the columns: the one that names most of them. None where no row names both
    the orders and the tracking numbers."""
    named = [set(_meanings(cells)) for cells in rows[:LINES_ABOVE]]
    whole = [
        (len(columns), -place)
        for place, columns in enumerate(named)
        if {Column.PART, Column.NUMBER} <= columns
    ]
    return -max(whole)[1] if whole else None


def places_of(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[Column, int]:
    """Where each column stands. Carriers write their own order number beside ours: of two columns
    of one meaning the one counts whose cells look most like it, then the first."""
    places: dict[Column, int] = {}
    best: dict[Column, int] = {}
    for place, column in enumerate(_meanings(heads)):
        if column is not None:
            likeness = _likeness(rows, place, _LOOKS.get(column))
            if column not in places or likeness > best[column]:
                places[column], best[column] = place, likeness
    return places


def _likeness(
    rows: Sequence[Sequence[str]], place: int, looks: Callable[[str], bool] | None
) -> int:
    """How many of the first cells look like what the column should hold."""
    if looks is None:
        return 0
    return sum(place < len(cells) and looks(cells[place]) for cells in rows[:_SAMPLE])


def _meanings(cells: Sequence[str]) -> list[Column | None]:
    return [_MEANINGS.get(head_key(cell)) for cell in cells[:MOST_COLUMNS]]
