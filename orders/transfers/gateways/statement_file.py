"""Bank statements as files: CSV and XLSX as tables of texts. Nothing in them is ever computed."""

import csv
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

from python_calamine import CalamineError, load_workbook

from orders.transfers.errors import (
    BrokenWorkbook,
    EmptyStatement,
    NoStatement,
    TooManyRows,
    UnknownEncoding,
)
from orders.transfers.rules import LINES_ABOVE, MOST_ROWS

# What a workbook may hold once it is unpacked: about four times what 50,000 rows need.
MOST_UNPACKED = 96 * 1024 * 1024
MOST_PARTS = 500
MOST_CELLS = 4_000_000
_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = ",\t;"
# Where a cell or a row says that it stands: <c r="AB12">, <row r="12">.
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]*)([0-9]+)["']""")
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")


def read_table(name: str, content: bytes) -> Iterator[list[str]]:
    """The rows of a file. Its name has to agree with what is in it.

    Raises NoStatement, EmptyStatement, UnknownEncoding, BrokenWorkbook or TooManyRows, some of
    them only while the rows are read.
    """
    kind = name.lower().rpartition(".")[2]
    if kind not in ("csv", "txt", "xlsx"):
        raise NoStatement
    if not content:
        raise EmptyStatement
    if kind == "xlsx":
        if not content.startswith(_ZIP):
            raise NoStatement
        return _read_workbook(content)
    if content.startswith((_ZIP, _OLD_EXCEL)):
        raise NoStatement
    return _read_csv(_decoded(content))


def _decoded(content: bytes) -> str:
    # Texts hold no zero bytes; UTF-16 without its mark does.
    if content.startswith(_UTF_16) or b"\x00" in content:
        raise UnknownEncoding
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnknownEncoding


def _read_csv(text: str) -> Iterator[list[str]]:
    head = text[:20_000]
    delimiter = max(_DELIMITERS, key=head.count)
    try:
        yield from csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise NoStatement from error


def _read_workbook(content: bytes) -> Iterator[list[str]]:
    for cells in _cells(_unpacked(content)):
        yield [_as_text(cell) for cell in cells]


def _cells(unpacked: BytesIO) -> list[list[Any]]:
    try:
        with load_workbook(unpacked) as workbook:
            return workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, ValueError, IndexError, OSError) as error:
        raise BrokenWorkbook from error
    except BaseException as error:
        # How the reader, which is no Python, says that it met what it did not expect.
        if type(error).__name__ != "PanicException":
            raise
        raise BrokenWorkbook from error


def _unpacked(content: bytes) -> BytesIO:
    """The same workbook with its parts unpacked and counted: what a ZIP says of itself is not
    believed."""
    copy = BytesIO()
    left = MOST_UNPACKED
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed, zipfile.ZipFile(copy, "w") as plain:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS:
                raise BrokenWorkbook
            for part in parts:
                with packed.open(part) as stream:
                    data = stream.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise BrokenWorkbook
                if _SHEET.fullmatch(part.filename):
                    _require_fair_size(data)
                plain.writestr(part.filename, data)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError) as error:
        raise BrokenWorkbook from error
    except (NotImplementedError, RuntimeError) as error:
        # A way of packing that nobody uses for workbooks, or a password.
        raise BrokenWorkbook from error
    copy.seek(0)
    return copy


def _require_fair_size(sheet: bytes) -> None:
    """One cell far away makes a reader set up millions of empty ones before it."""
    rows = columns = 0
    for letters, digits in _PLACE.findall(sheet):
        rows = max(rows, int(digits.lstrip(b"0")[:9] or b"0"))
        columns = max(columns, _column(letters))
    if rows > MOST_ROWS + LINES_ABOVE:
        raise TooManyRows
    if rows * columns > MOST_CELLS:
        raise BrokenWorkbook


def _column(letters: bytes) -> int:
    """A is 1, AA is 27; what is longer than any column's name is beyond all of them."""
    number = 0
    for letter in letters.upper()[:6]:
        number = number * 26 + letter - ord("A") + 1
    return number


def _as_text(cell: Any) -> str:
    """A cell as it is shown. A number has 15 digits, as spreadsheets show them: what a binary
    fraction adds beyond is none of the bank's."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        return f"{Decimal(f'{cell:.15g}'):f}" if abs(cell) < 10**15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, date) else str(cell)
