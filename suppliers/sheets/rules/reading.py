"""A row of a sheet, read cell by cell: what it says, and what is wrong with it.

Pure: texts go in, whichever kind of file they came from. An empty cell says nothing.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from catalog.products.models import MOST_TIERS, Measure
from catalog.products.rules import season_mask
from catalog.wording.rules import find_forbidden
from orders.cart.models import MOST_PER_LINE
from shop.money import yuan
from shop.sheets.rules.cells import ERROR
from shop.sheets.rules.heads import WEIGHT_UNITS, Head, unit_in
from shop.sheets.rules.reading import Reading, Refused, plain, read_cells
from shop.web.fields import (
    NotANumber,
    TooManyDecimals,
    clean_line,
    clean_paragraphs,
    format_decimal,
    parse_decimal,
)
from suppliers.sheets.rules.columns import Column
from suppliers.sheets.rules.faults import Fault, FaultKind

# Longer than any cell may be, so that what is too long is seen to be.
LONGEST_CELL = 2_500
MOST_STOCK = 99_999
MOST_FEN = 9_999_999
MOST_GRAMS = 1_000_000
MOST_PIECES = 10_000
MOST_ID = 2**31 - 1
_YES = set("是 有 对 要 √ ✓ ✔ y yes true t 1 生鲜 下架 停售".split())
_NO = set("否 不 无 没有 不是 不要 × x n no false f 0 在售 上架".split())
_MEASURES = {
    **dict.fromkeys(
        "按斤 斤 按重量 重量 公斤 按公斤 克 千克 kg weight 元/斤".split(), Measure.WEIGHT
    ),
    **dict.fromkeys("按升 升 l 毫升 ml 按容量 容量 volume 元/升".split(), Measure.VOLUME),
    **dict.fromkeys(
        "按只 只 个 按个 按件 件 条 头 枚 颗 盒 包 piece 元/只 元/个".split(), Measure.PIECE
    ),
}
_DATE = re.compile(r"[12]\d{3}-\d{2}-\d{2}(?: \d{2}:\d{2}:\d{2}.*)?")
_WITH_UNIT = re.compile(r"([+-]?[\d,.]+)\s*([^\d\s,.+-].*)?")
_MONTHS = re.compile(r"(\d{1,2})(?:[-~—–至到](\d{1,2}))?")
# ``满10件 70.00元``: something that is no digit stands between the two numbers.
_TIER = re.compile(r"满?\s*(\d{1,6})([^\d.]{1,8})([\d.]{1,12})\s*元?(?:/\S{1,4})?")
_BETWEEN_TIERS = re.compile(r"[;、|]")
_NO_TIERS = {"不设", "取消", "没有"}
_BETWEEN = re.compile(r"[、,;；/\s和及]+")
_ALL_YEAR = {"全年", "四季", "一年四季", "常年", "全年都有"}


def read_row(
    cells: Sequence[str], heads: Sequence[Head], categories: Mapping[str, int]
) -> Reading[Fault]:
    """Read the cells of the columns that mean something; ``categories`` are ids by name."""
    return read_cells(cells, heads, partial(_read, categories), Fault)


def _read(categories: Mapping[str, int], name: str, cell: str, head: str) -> Any:
    column, text = Column(name), clean_line(cell)
    if ERROR.fullmatch(text):
        raise Refused(FaultKind.IS_ERROR)
    if column is Column.CATEGORY:
        return _category(text, categories)
    if column is Column.WEIGHT:
        return _grams(text, unit_in(head))
    if column is Column.DESCRIPTION:
        return _honest(_fitting(clean_paragraphs(plain(cell)), 0, 2000))
    return _READERS[column](text)


def _line(least: int, most: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if _DATE.fullmatch(text):
            raise Refused(FaultKind.IS_DATE)
        return _honest(_fitting(clean_line(plain(text)), least, most))

    return read


def _fitting(text: str, least: int, most: int) -> str:
    if len(text) > most:
        raise Refused(FaultKind.TOO_LONG, most=most, length=len(text))
    if len(text) < least:
        raise Refused(FaultKind.TOO_SHORT, least=least)
    return text


def _honest(text: str) -> str:
    said = find_forbidden(text)
    if said is not None:
        raise Refused(FaultKind.FORBIDDEN, words=said.words, ground=said.ground)
    return text


def _category(text: str, categories: Mapping[str, int]) -> int:
    if text not in categories:
        raise Refused(FaultKind.NO_CATEGORY, names="、".join(categories))
    return categories[text]


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:12]) <= MOST_ID):
        raise Refused(FaultKind.NO_ID)
    return int(text)


def _base(text: str) -> list[Any]:
    """``39.90|50|满10 35.00``, as we wrote it; whatever else stands there says nothing."""
    price, stock, tiers = [*text.split("|", 2), "", ""][:3]
    try:
        return [parse_decimal(price, 2), parse_decimal(stock, 0), _tiers(tiers) if tiers else []]
    except (NotANumber, TooManyDecimals, Refused):
        return [None, None, None]


def _price(text: str) -> int:
    plain = unicodedata.normalize("NFKC", text).removeprefix("¥").partition("/")[0]
    amount = _number(plain.strip().removesuffix("元"), 2)
    if not 1 <= amount <= MOST_FEN:
        raise Refused(FaultKind.OUT_OF_BOUNDS, low=yuan(1), high=yuan(MOST_FEN))
    return amount


def _tiers(text: str) -> list[list[int]]:
    """``满10 70.00；满50 65.00`` as pairs of units and fen; whether they fit is seen later."""
    plain = unicodedata.normalize("NFKC", text).replace("¥", " ")
    if plain in _NO_TIERS:
        return []
    tiers: list[list[int]] = []
    for part in _BETWEEN_TIERS.split(plain.rstrip(";、| ")):
        found = _TIER.fullmatch(part.strip())
        if found is None or len(tiers) == MOST_TIERS:
            raise Refused(FaultKind.NO_TIERS, most=MOST_TIERS)
        quantity, fen = int(found[1]), _number(found[3], 2)
        if not 2 <= quantity <= MOST_PER_LINE:
            raise Refused(FaultKind.OUT_OF_BOUNDS, low="2", high=f"{MOST_PER_LINE:,}")
        if not 1 <= fen <= MOST_FEN:
            raise Refused(FaultKind.OUT_OF_BOUNDS, low=yuan(1), high=yuan(MOST_FEN))
        tiers.append([quantity, fen])
    return tiers


def _stock(text: str) -> int:
    try:
        count = parse_decimal(text, 0)
    except (NotANumber, TooManyDecimals) as error:
        raise Refused(FaultKind.NO_WHOLE_NUMBER) from error
    if not 0 <= count <= MOST_STOCK:
        raise Refused(FaultKind.OUT_OF_BOUNDS, low="0", high=f"{MOST_STOCK:,}")
    return count


def _grams(text: str, unit_of_head: int | None) -> int:
    """A weight, with its unit in the cell or in the column's head."""
    number, unit = _split(text)
    per = WEIGHT_UNITS.get(unit.lower()) if unit else unit_of_head
    if per is None:
        raise Refused(FaultKind.NO_UNIT)
    grams, rest = divmod(_number(number, 6) * per, 10**6)
    if rest:
        raise Refused(FaultKind.UNDER_A_GRAM)
    if not 1 <= grams <= MOST_GRAMS:
        high = format_decimal(MOST_GRAMS, 3)
        raise Refused(FaultKind.OUT_OF_BOUNDS, low="0.001公斤", high=f"{high}公斤")
    return grams


def _amount(text: str) -> int:
    """Litres or pieces, in thousandths."""
    number, unit = _split(text)
    plain = unit.lower()
    thousandths = _number(number, 3)
    if plain in ("毫升", "ml"):
        thousandths //= 1000
    if not 1 <= thousandths <= MOST_PIECES * 1000:
        raise Refused(FaultKind.OUT_OF_BOUNDS, low="0.001", high=f"{MOST_PIECES:,}")
    return thousandths


def _split(text: str) -> tuple[str, str]:
    """A number and the unit behind it."""
    found = _WITH_UNIT.fullmatch(unicodedata.normalize("NFKC", text))
    if found is None:
        raise Refused(FaultKind.NO_NUMBER)
    return found[1], (found[2] or "").strip()


def _number(text: str, decimals: int) -> int:
    try:
        return parse_decimal(text, decimals)
    except TooManyDecimals as error:
        raise Refused(FaultKind.TOO_FINE, decimals=decimals) from error
    except NotANumber as error:
        raise Refused(FaultKind.NO_NUMBER) from error


def _measure(text: str) -> str:
    measure = _MEASURES.get(unicodedata.normalize("NFKC", text).lower())
    if measure is None:
        raise Refused(FaultKind.NO_MEASURE)
    return measure.value


def _yes(text: str) -> bool:
    plain = unicodedata.normalize("NFKC", text).lower()
    if plain not in _YES | _NO:
        raise Refused(FaultKind.NO_YES)
    return plain in _YES


def _months(text: str) -> int:
    """``5-8月、11月至次年1月`` as bits."""
    if _DATE.fullmatch(text):
        raise Refused(FaultKind.IS_DATE)
    if text in _ALL_YEAR:
        return season_mask([*range(1, 13)])
    plain = re.sub("次年|翌年|来年|月份|月", "", unicodedata.normalize("NFKC", text))
    months: list[int] = []
    for span in _BETWEEN.split(re.sub(r"\s*([-~—–至到])\s*", r"\1", plain).strip()):
        found = _MONTHS.fullmatch(span)
        if found is None:
            raise Refused(FaultKind.NO_MONTHS)
        months += _span(int(found[1]), int(found[2] or found[1]))
    return season_mask(months)


def _span(first: int, last: int) -> list[int]:
    if not (1 <= first <= 12 and 1 <= last <= 12):
        raise Refused(FaultKind.NO_MONTHS)
    return [(first - 1 + step) % 12 + 1 for step in range((last - first) % 12 + 1)]


_READERS: dict[Column, Callable[[str], Any]] = {
    Column.PRODUCT: _id,
    Column.VARIANT: _id,
    Column.BASE: _base,
    Column.NAME: _line(2, 60),
    Column.SPEC: _line(1, 40),
    Column.UNIT: _line(1, 8),
    Column.MEASURE: _measure,
    Column.AMOUNT: _amount,
    Column.PRICE: _price,
    Column.TIERS: _tiers,
    Column.STOCK: _stock,
    Column.MONTHS: _months,
    Column.PERISHABLE: _yes,
    Column.VILLAGE: _line(1, 40),
    Column.DELIST: _yes,
}
