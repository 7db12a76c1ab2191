"""Write a sheet as CSV that Excel opens: a byte order mark, quoted text, harmless cells.

Text is quoted and numbers are not, so that readers who look can tell codes from numbers.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import lru_cache, partial

from orders.statistics.rules.sheets import Kind, Sheet, Value, written

BYTE_ORDER_MARK = "\ufeff"
# A spreadsheet would take a text that begins so for a formula.
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_LINES_AT_A_TIME = 500


def csv_parts(sheet: Sheet) -> Iterator[bytes]:
    """The file piece by piece: the head, the rows as they come, and the total."""
    cells = [_CELLS[column.kind] for column in sheet.columns]
    lines = [BYTE_ORDER_MARK + ",".join(_quoted(str(column.title)) for column in sheet.columns)]
    for row in sheet.rows:
        lines.append(_line(cells, row))
        if len(lines) == _LINES_AT_A_TIME:
            yield _joined(lines)
            lines = []
    lines.append(_line(cells, sheet.total()))
    yield _joined(lines)


def _line(cells: Sequence[Callable[[Value], str]], row: Sequence[Value]) -> str:
    return ",".join([cell(value) for cell, value in zip(cells, row, strict=True)])


def _joined(lines: list[str]) -> bytes:
    return ("\r\n".join(lines) + "\r\n").encode()


def _cell(kind: Kind, value: Value) -> str:
    plain = written(kind, value)
    if plain is None:
        return ""
    if isinstance(plain, date):
        return _quoted(plain.isoformat())
    return _quoted(plain) if isinstance(plain, str) else str(plain)


def _quoted(text: str) -> str:
    harmless = f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text
    return '"' + harmless.replace('"', '""') + '"'


# Names, specs and days come again and again in a ledger: writing them once saves most of the time.
_CELLS: dict[Kind, Callable[[Value], str]] = {
    kind: lru_cache(maxsize=4096)(partial(_cell, kind)) for kind in Kind
}
