"""Write a sheet as CSV that Excel opens: a byte order mark, quoted text, harmless cells.

Text is quoted and numbers are not, so that readers who look can tell codes from numbers.
"""

from collections.abc import Iterable, Iterator
from typing import IO

from orders.exports.rules.canonical import END, cells_of, line_of, quoted
from orders.statistics.rules.sheets import Sheet

BYTE_ORDER_MARK = "\ufeff"
# What stands before the lines that are no rows: a spreadsheet shows it as text.
NO_ROW = "# "
_LINES_AT_A_TIME = 500


def write_csv(sheet: Sheet, pieces: Iterable[bytes], file: IO[bytes]) -> None:
    """Write a file whose rows come in pieces, already in their canonical form."""
    file.write(_head(sheet))
    for piece in pieces:
        file.write(piece)
    file.write(_end(sheet))


def csv_parts(sheet: Sheet) -> Iterator[bytes]:
    """The file piece by piece: the head, the rows as they come, the total and the seal."""
    yield _head(sheet)
    cells = cells_of(sheet.columns)
    lines: list[str] = []
    for row in sheet.rows:
        lines.append(line_of(cells, row))
        if len(lines) == _LINES_AT_A_TIME:
            yield "".join(lines).encode()
            lines = []
    yield "".join(lines).encode()
    yield _end(sheet)


def _head(sheet: Sheet) -> bytes:
    titles = ",".join(quoted(str(column.title)) for column in sheet.columns)
    return (BYTE_ORDER_MARK + titles + END).encode()


def _end(sheet: Sheet) -> bytes:
    total = line_of(cells_of(sheet.columns), sheet.total())
    seal = [f"{quoted(NO_ROW + name)},{quoted(text)}{END}" for name, text in sheet.seal()]
    return (total + "".join(seal)).encode()
