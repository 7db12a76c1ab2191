"""A row of a sheet of sales, read cell by cell: what it says, and what is wrong with it.

Pure: texts go in, whichever kind of file they came from. An empty cell says nothing.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from orders.offline.rules.columns import UNREAD, Column
from orders.offline.rules.faults import Fault, FaultKind
from orders.records.rules import BUYER_NAMES
from orders.sales.models import Channel, Mode
from shop.money import yuan
from shop.sheets.rules.cells import ERROR
from shop.sheets.rules.heads import WEIGHT_UNITS, Head, unit_in
from shop.sheets.rules.reading import Reading, Refused, first_cell, plain, read_cells
from shop.web.fields import NotANumber, TooManyDecimals, clean_line, format_decimal, parse_decimal

# Longer than any cell may be, so that what is too long is seen to be.
LONGEST_CELL = 300
MOST_QUANTITY = 10**10
MOST_FEN = 10**11
MOST_GRAMS = 10**11
_DAY = re.compile(
    r"(20\d{2})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: \d{1,2}:\d{2}(?::\d{2})?.*)?", re.ASCII
)
_PACKED_DAY = re.compile(r"(20\d{2})(\d{2})(\d{2})", re.ASCII)
_MONTH = re.compile(r"(20\d{2})(?:[-/.年])?(\d{1,2})(?:月份?)?(?:[-/.]\d{1,2}.*)?", re.ASCII)
_WITH_UNIT = re.compile(r"([+-]?[\d,.]+)\s*([^\d\s,.+-].*)?")
# How the lines begin that stand below the rows.
_FOOT = re.compile(
    r"合计|总计|小计|本页|填报|填表|审核人|日期[:：]|数据截止|单位[:：]|备注[:：]|说明[:：]|注[:：]"
)
_CHANNELS = {
    **dict.fromkeys("线上 网上 电商 商城 online".split(), Channel.ONLINE),
    **dict.fromkeys("线下 门店 专柜 其他 offline".split(), Channel.OFFLINE),
    **dict.fromkeys("展销会 展会 展销 消费帮扶活动 活动 fair".split(), Channel.FAIR),
    **dict.fromkeys("协议直采 协议 直采 协议采购 agreement".split(), Channel.AGREEMENT),
}
_MODES = {
    **dict.fromkeys("直接采购 直接 直采 采购 direct".split(), Mode.DIRECT),
    **dict.fromkeys("帮助销售 帮销 帮助 助销 helped".split(), Mode.HELPED),
}
_CHOICES: dict[Column, tuple[dict[str, Any], str]] = {
    Column.CHANNEL: (_CHANNELS, "线上、线下、展销会、协议直采"),
    Column.MODE: (_MODES, "直接采购、帮助销售"),
    Column.BUYER_TYPE: (BUYER_NAMES, "市民、预算单位、工会、国企、民企"),
}
_LENGTHS = {
    Column.CITY: 20,
    Column.COUNTY: 20,
    Column.TOWN: 20,
    Column.COOPERATIVE: 80,
    Column.CREDIT_CODE: 18,
    Column.CATEGORY: 20,
    Column.PRODUCT: 60,
    Column.SPEC: 40,
    Column.UNIT: 8,
    Column.ACTIVITY: 80,
    Column.BUYER_UNIT: 80,
    Column.DISTRICT: 20,
    Column.ORDER: 24,
    Column.INVOICE: 40,
    Column.BATCH: 60,
    Column.EVIDENCE: 200,
    Column.NOTE: 100,
}
_DAYS = (Column.ORDERED_ON, Column.ACCEPTED_ON, Column.PAID_ON)
_MONEY = (Column.PRICE, Column.AMOUNT, Column.REFUND, Column.NET)


def is_foot(cells: Sequence[str]) -> bool:
    """Whether a line stands below the rows: a total, a signature, a remark."""
    return _FOOT.match(first_cell(cells)) is not None


def read_row(cells: Sequence[str], heads: Sequence[Head]) -> Reading[Fault]:
    """Read the cells of the columns that mean something."""
    values, faults = read_cells(cells, heads, _read, Fault, UNREAD)
    return Reading({key: value for key, value in values.items() if value != ""}, faults)


def _read(name: str, cell: str, head: str) -> Any:
    column, text = Column(name), clean_line(cell)
    if ERROR.fullmatch(text):
        raise Refused(FaultKind.IS_ERROR)
    if column in _LENGTHS:
        return _line(text, _LENGTHS[column])
    if column in _CHOICES:
        return _choice(column, text)
    if column in _DAYS:
        return _day(text)
    if column in _MONEY:
        return _fen(text, in_wan="万" in head, may_be_nothing=column in (Column.REFUND, Column.NET))
    if column is Column.MONTH:
        return _month(text)
    return _quantity(text) if column is Column.QUANTITY else _grams(text, unit_in(head))


def _line(text: str, most: int) -> str:
    said = plain(text)
    if len(said) > most:
        raise Refused(FaultKind.TOO_LONG, most=most, length=len(said))
    return said


def _choice(column: Column, text: str) -> str:
    choices, names = _CHOICES[column]
    found = choices.get(unicodedata.normalize("NFKC", text).lower())
    if found is None:
        raise Refused(FaultKind.NO_CHOICE, names=names)
    return str(found.value)


def _day(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    found = _DAY.fullmatch(plain) or _PACKED_DAY.fullmatch(plain)
    try:
        if found is None:
            raise ValueError
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError as error:
        raise Refused(FaultKind.NO_DAY) from error


def _month(text: str) -> str:
    found = _MONTH.fullmatch(unicodedata.normalize("NFKC", text).replace(" ", "-"))
    if found is None or not 1 <= int(found[2]) <= 12:
        raise Refused(FaultKind.NO_MONTH)
    return f"{found[1]}-{int(found[2]):02}"


def _quantity(text: str) -> int:
    quantity = _number(text, 3)
    return _within(quantity, 1, MOST_QUANTITY, lambda number: format_decimal(number, 3))


def _fen(text: str, *, in_wan: bool, may_be_nothing: bool) -> int:
    plain = unicodedata.normalize("NFKC", text).removeprefix("¥").strip()
    if plain.endswith("万元"):
        plain, in_wan = plain.removesuffix("万元"), True
    fen = _number(plain.removesuffix("元").strip(), 6 if in_wan else 2)
    return _within(fen, 0 if may_be_nothing else 1, MOST_FEN, yuan)


def _grams(text: str, unit_of_head: int | None) -> int:
    """A weight, with its unit in the cell or in the column's head."""
    found = _WITH_UNIT.fullmatch(unicodedata.normalize("NFKC", text))
    if found is None:
        raise Refused(FaultKind.NO_NUMBER)
    unit = (found[2] or "").strip().lower()
    per = WEIGHT_UNITS.get(unit) if unit else unit_of_head
    if per is None:
        raise Refused(FaultKind.NO_UNIT)
    grams, rest = divmod(_number(found[1], 6) * per, 10**6)
    return _within(
        grams + (rest >= 500_000), 1, MOST_GRAMS, lambda g: f"{format_decimal(g, 3)}公斤"
    )


def _number(text: str, decimals: int) -> int:
    try:
        return parse_decimal(text, decimals)
    except TooManyDecimals as error:
        raise Refused(FaultKind.TOO_FINE, decimals=decimals) from error
    except NotANumber as error:
        raise Refused(FaultKind.NO_NUMBER) from error


def _within(number: int, low: int, high: int, show: Callable[[int], str]) -> int:
    if not low <= number <= high:
        raise Refused(FaultKind.OUT_OF_BOUNDS, low=show(low), high=show(high))
    return number
