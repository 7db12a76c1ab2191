"""Files that somebody brings, read as tables of texts: CSV and XLSX.

Nothing in them is believed, and nothing is ever computed: of a formula the result counts that the
spreadsheet program saved; a formula without one is an error in its cell.
"""

import csv
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

from python_calamine import CalamineError, CalamineSheet, load_workbook

from shop.sheets.errors import (
    BrokenWorkbook,
    EmptyFile,
    EncryptedWorkbook,
    FileTooLarge,
    NoTable,
    TooManyRows,
    UnknownEncoding,
    WorkbookWithMacros,
)

MEGABYTE = 1024 * 1024
MOST_PARTS = 500
# What a spreadsheet shows where a formula has come to nothing.
NO_RESULT = "#N/A"
# How many merged cells are looked at; nobody merges more by hand.
_MOST_MERGED = 5_000
_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
# How an encrypted workbook names its contents, in the old container that it comes in.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = ",\t;"
_WORKBOOK = "xl/workbook.xml"
# The reader tries other kinds of workbooks as well, whose sizes nobody here has counted.
_OTHER_KINDS = ("xl/workbook.bin", "content.xml", "mimetype")
# A row or cell of a sheet with its attributes, whichever prefix its namespace has.
_PLACED = re.compile(
    rb"""<(?:[\w.-]+:)?(row|c)(?=[\s/>])((?:\s+[^\s=>/]+\s*=\s*(?:"[^"]*"|'[^']*'))*)"""
)
# Where it says that it stands: r="AB12", r="12".
_PLACE = re.compile(rb"""\sr\s*=\s*["']\s*([A-Za-z]*)([0-9]+)""")
# For so many texts the reader would make room at once, however many there are.
_PROMISED = re.compile(rb"\suniqueCount(?=\s*=)")
_ERROR_CELL = re.compile(rb"""(<c\b[^<>]*\st=)(["'])e\2""")
_NO_RESULT = re.compile(rb"(</f>|<f\b[^<>]*/>)(?=\s*</c>)")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How large a table may be."""

    rows: int
    # Lines that may stand above the rows: titles, remarks, the heads of the columns.
    above: int = 30
    cells: int = 1_000_000
    megabytes: int = 16
    # Once it is unpacked.
    unpacked_megabytes: int = 32
    # Whether a cell that is merged over several rows says the same in each of them.
    repeats_merged: bool = False

    @property
    def lines(self) -> int:
        return self.rows + self.above


def read_table(name: str, content: bytes, limits: Limits) -> Iterator[list[str]]:
    """The rows of a file, of a workbook those of its first sheet. The file's name has to agree
    with what is in it.

    Raises FileRefused, in some cases only while the rows are read.
    """
    kind = name.lower().rpartition(".")[2]
    if kind == "xlsm":
        raise WorkbookWithMacros
    if kind not in ("csv", "txt", "xlsx"):
        raise NoTable
    if not content:
        raise EmptyFile
    if len(content) > limits.megabytes * MEGABYTE:
        raise FileTooLarge(limits.megabytes)
    if content.startswith(_OLD_EXCEL):
        raise EncryptedWorkbook if _ENCRYPTED in content else NoTable
    if (kind == "xlsx") is not content.startswith(_ZIP):
        raise NoTable
    if kind == "xlsx":
        return _read_workbook(content, limits)
    return _read_csv(_decoded(content), limits)


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


def _read_csv(text: str, limits: Limits) -> Iterator[list[str]]:
    head = text[:20_000]
    delimiter = max(_DELIMITERS, key=head.count)
    try:
        for number, cells in enumerate(csv.reader(StringIO(text, newline=""), delimiter=delimiter)):
            if number >= limits.lines:
                raise TooManyRows(limits.rows)
            yield cells
    except csv.Error as error:
        raise NoTable from error


def _read_workbook(content: bytes, limits: Limits) -> Iterator[list[str]]:
    # Most texts of a long sheet come again and again: each is held once.
    held: dict[str, str] = {}
    for cells in _cells(_unpacked(content, limits), limits):
        yield [held.setdefault(text, text) for text in map(_as_text, cells)]


def _cells(unpacked: BytesIO, limits: Limits) -> Iterator[list[Any]]:
    try:
        with load_workbook(unpacked) as workbook:
            sheet = workbook.get_sheet_by_index(0)
            if limits.repeats_merged:
                rows = sheet.to_python(skip_empty_area=False)
                _repeat_merged(sheet, rows)
                yield from rows
            elif sheet.start is not None:
                # Row by row, so that a long sheet is not held twice; they begin at the first
                # column that holds something.
                before = [""] * sheet.start[1]
                for row in sheet.iter_rows():
                    yield before + row
    except (CalamineError, ValueError, IndexError, OSError) as error:
        raise BrokenWorkbook from error
    except BaseException as error:
        # How the reader, which is no Python, says that it met what it did not expect.
        if type(error).__name__ != "PanicException":
            raise
        raise BrokenWorkbook from error


def _repeat_merged(sheet: CalamineSheet, rows: list[list[Any]]) -> None:
    """Say in each row of a merged cell what the first one says: people merge the name of a product
    over all the ways in which it is sold."""
    for (top, left), (bottom, _) in (sheet.merged_cell_ranges or [])[:_MOST_MERGED]:
        for row in range(top + 1, min(bottom + 1, len(rows))):
            if left < len(rows[row]):
                rows[row][left] = rows[top][left]


def _unpacked(content: bytes, limits: Limits) -> BytesIO:
    """The same workbook with its parts unpacked and counted: what a ZIP says of itself is not
    believed."""
    copy = BytesIO()
    left = limits.unpacked_megabytes * MEGABYTE
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed, zipfile.ZipFile(copy, "w") as plain:
            parts = packed.infolist()
            _require_workbook([part.filename for part in parts])
            for part in parts:
                with packed.open(part) as stream:
                    data = stream.read(left + 1)
                left -= len(data)
                if left < 0:
                    raise BrokenWorkbook
                plain.writestr(part.filename, _checked(data, limits))
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError) as error:
        raise BrokenWorkbook from error
    except (NotImplementedError, RuntimeError) as error:
        # A way of packing that nobody uses for workbooks, or a password.
        raise BrokenWorkbook from error
    copy.seek(0)
    return copy


def _require_workbook(names: list[str]) -> None:
    small = [name.lower() for name in names]
    if any(name.endswith("vbaproject.bin") for name in small):
        raise WorkbookWithMacros
    if len(names) > MOST_PARTS or _WORKBOOK not in small or len(set(small)) < len(small):
        raise BrokenWorkbook
    if any(kind in small for kind in _OTHER_KINDS):
        raise NoTable


def _checked(part: bytes, limits: Limits) -> bytes:
    """A part of a workbook; a sheet is counted, wherever it lies and whatever it is called."""
    if part.startswith(_UTF_16) or part.startswith((b"<\x00", b"\x00<")):
        raise BrokenWorkbook
    part = _PROMISED.sub(b" unheeded", part)
    if b"sheetData" not in part:
        return part
    _require_fair_size(part, limits)
    return _NO_RESULT.sub(rb"\1<v>NaN</v>", _ERROR_CELL.sub(rb"\1\2str\2", part))


def _require_fair_size(sheet: bytes, limits: Limits) -> None:
    """The reader sets up every empty cell before the last one and below the widest row. Cells and
    rows that do not say where they stand follow the one before."""
    row = column = rows = columns = count = 0
    # One by one: a long sheet has a million.
    for found in _PLACED.finditer(sheet):
        kind, attributes = found.groups()
        place = _PLACE.search(attributes)
        if kind == b"row":
            count, column = count + 1, 0
            row = _number(place[2]) if place else row + 1
        elif place:
            row, column = max(row, _number(place[2])), _column(place[1])
        else:
            column += 1
        rows, columns = max(rows, row, count), max(columns, column)
    if rows > limits.lines:
        raise TooManyRows(limits.rows)
    if rows * columns > limits.cells:
        raise BrokenWorkbook


def _number(digits: bytes) -> int:
    return int(digits.lstrip(b"0")[:9] or b"0")


def _column(letters: bytes) -> int:
    """A is 1, AA is 27; what is longer than any column's name is beyond all of them."""
    number = 0
    for letter in letters.upper()[:6]:
        number = number * 26 + letter - ord("A") + 1
    return number


def _as_text(cell: Any) -> str:
    """A cell as it is shown. A number has 15 digits, as spreadsheets show them: what a binary
    fraction adds beyond was typed by nobody."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        if cell != cell:  # NaN is the only number that differs from itself
            return NO_RESULT
        return f"{Decimal(f'{cell:.15g}'):f}" if abs(cell) < 10**15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, date) else str(cell)
