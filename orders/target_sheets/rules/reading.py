"""A row of a sheet of targets, read cell by cell: what it says, and what is wrong with it.

Pure: texts go in, whichever kind of file they came from. An empty cell says nothing.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from orders.records.rules import BUYER_NAMES
from orders.target_sheets.rules.columns import Column
from orders.target_sheets.rules.faults import Fault, FaultKind
from orders.targets.models import Spread
from orders.targets.rules import FIRST_YEAR, LARGEST_FEN, LAST_YEAR
from shop.money import wan
from shop.sheets.rules.cells import ERROR
from shop.sheets.rules.heads import Head
from shop.sheets.rules.reading import Reading, Refused, first_cell, plain, read_cells
from shop.web.fields import NotANumber, TooManyDecimals, clean_line, parse_decimal

# Longer than any cell may be, so that what is too long is seen to be.
LONGEST_CELL = 300
_LENGTHS = {
    Column.COUNTY: 20,
    Column.TOWN: 20,
    Column.CATEGORY: 20,
    Column.REASON: 200,
}
_YEAR = re.compile(r"(20\d{2}|2100)(?:\.0+)?年?度?", re.ASCII)
# Twelve digits are those of the statistics, which add the village.
_CODE = re.compile(r"(\d{9})(?:000)?", re.ASCII)
_SPREADS = {
    **dict.fromkeys("平均 平均到各月 均分 even".split(), Spread.EVEN),
    **dict.fromkeys("按产季 产季 季节 按季节 season".split(), Spread.SEASON),
}
# What stands for no part of a town's target.
_WHOLE = {"全部", "全部类别", "全部采购方", "全镇", "合计"}
_FOOT = re.compile(r"合计|总计|小计|填报|填表|审核|单位[:：]|备注[:：]|说明[:：]|注[:：]")
_WAN_DECIMALS, _YUAN_DECIMALS = 6, 2


def is_foot(cells: Sequence[str]) -> bool:
    """Whether a line stands below the rows or between them: a sum, a signature, a remark."""
    return _FOOT.match(first_cell(cells)) is not None


def read_row(cells: Sequence[str], heads: Sequence[Head]) -> Reading[Fault]:
    """Read the cells of the columns that mean something. Amounts are in 万元 unless the head or the
    cell says 元."""
    values, faults = read_cells(cells, heads, _read, Fault)
    return Reading({key: value for key, value in values.items() if value != ""}, faults)


def _read(name: str, cell: str, head: str) -> Any:
    column, text = Column(name), clean_line(cell)
    if ERROR.fullmatch(text):
        raise Refused(FaultKind.IS_ERROR)
    if column is Column.AMOUNT:
        return _fen(text, in_wan="元" not in head or "万" in head)
    if column is Column.YEAR:
        return _year(text)
    if column is Column.CODE:
        found = _CODE.fullmatch(half(text))
        if found is None:
            raise Refused(FaultKind.NO_TOWN)
        return found[1]
    if column in (Column.CATEGORY, Column.BUYER_TYPE) and text in _WHOLE:
        return ""
    if column is Column.BUYER_TYPE:
        return _choice(text, BUYER_NAMES, "市民、预算单位、工会、国企、民企")
    if column is Column.SPREAD:
        return _choice(text, _SPREADS, "平均、按产季，或空着沿用原来的")
    return _line(text, _LENGTHS[column])


def half(text: str) -> str:
    """Full-width signs as the usual ones."""
    return unicodedata.normalize("NFKC", text).strip()


def _line(text: str, most: int) -> str:
    said = plain(text)
    if len(said) > most:
        raise Refused(FaultKind.TOO_LONG, most=most, length=len(said))
    return said


def _choice(text: str, choices: dict[str, Any], names: str) -> str:
    found = choices.get(half(text).lower())
    if found is None:
        raise Refused(FaultKind.NO_CHOICE, names=names)
    return str(found.value)


def _year(text: str) -> int:
    found = _YEAR.fullmatch(half(text))
    if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise Refused(FaultKind.NO_YEAR, first=FIRST_YEAR, last=LAST_YEAR)
    return int(found[1])


def _fen(text: str, *, in_wan: bool) -> int:
    plain = half(text).removeprefix("¥").strip()
    if plain.endswith(("万元", "万")):
        plain, in_wan = plain.removesuffix("元").removesuffix("万"), True
    elif plain.endswith("元"):
        plain, in_wan = plain.removesuffix("元"), False
    decimals = _WAN_DECIMALS if in_wan else _YUAN_DECIMALS
    try:
        fen = parse_decimal(plain.strip(), decimals)
    except TooManyDecimals as error:
        raise Refused(FaultKind.TOO_FINE, decimals=decimals) from error
    except NotANumber as error:
        raise Refused(FaultKind.NO_NUMBER) from error
    if not 1 <= fen <= LARGEST_FEN:
        raise Refused(FaultKind.OUT_OF_BOUNDS, most=wan(LARGEST_FEN))
    return fen
