"""Spreadsheets of invoice numbers, as cooperatives download them: XLSX, or CSV in either of the
encodings that are in use."""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime

from python_calamine import CalamineError, CalamineWorkbook

from orders.invoices.errors import UnreadableFile

_ZIP = b"PK\x03\x04"
_ENCODINGS = ("utf-8-sig", "gb18030")
# Further cells of a sheet are none of ours.
_MOST_COLUMNS = 60


def read_rows(content: bytes) -> list[list[str]]:
    """All cells of the first sheet as text. Raises UnreadableFile."""
    rows = _workbook(content) if content.startswith(_ZIP) else _csv(content)
    return [[_text(cell) for cell in row[:_MOST_COLUMNS]] for row in rows]


def _workbook(content: bytes) -> Sequence[Sequence[object]]:
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    except (CalamineError, IndexError, OSError, ValueError) as error:
        raise UnreadableFile from error


def _csv(content: bytes) -> Sequence[Sequence[object]]:
    text = _decoded(content)
    separator = max(",\t;", key=text[:2000].count)
    try:
        return list(csv.reader(io.StringIO(text), delimiter=separator))
    except csv.Error as error:
        raise UnreadableFile from error


def _decoded(content: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise UnreadableFile


def _text(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell).strip()
