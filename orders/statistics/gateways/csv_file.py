"""Write a sheet as CSV that Excel opens: a byte order mark, quoted text, harmless cells."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date

from orders.statistics.rules.sheets import Kind, Sheet, Value, Written, written

BYTE_ORDER_MARK = "\ufeff"
# A spreadsheet would take a text that begins so for a formula.
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_ROWS_AT_A_TIME = 500


def csv_parts(sheet: Sheet) -> Iterator[bytes]:
    """The file piece by piece: the head, the rows as they come, and the total."""
    buffer = io.StringIO()
    # Text is quoted and numbers are not, so that readers who look can tell codes from numbers.
    writer = csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    buffer.write(BYTE_ORDER_MARK)
    writer.writerow([str(column.title) for column in sheet.columns])
    kinds = [column.kind for column in sheet.columns]
    for number, row in enumerate(sheet.rows, 1):
        writer.writerow(_cells(kinds, row))
        if number % _ROWS_AT_A_TIME == 0:
            yield _take(buffer)
    writer.writerow(_cells(kinds, sheet.total()))
    yield _take(buffer)


def _cells(kinds: Sequence[Kind], row: Sequence[Value]) -> list[Written]:
    return [_cell(written(kind, value)) for kind, value in zip(kinds, row, strict=True)]


def _cell(value: Written) -> Written:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(_STARTS_A_FORMULA):
        return f"'{value}"
    return value


def _take(buffer: io.StringIO) -> bytes:
    part = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return part
