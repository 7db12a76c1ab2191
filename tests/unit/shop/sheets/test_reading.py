"""Whatever is brought as a spreadsheet: a table of texts, or a clear refusal before it is read."""

import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.sheets.errors import (
    BrokenWorkbook,
    EncryptedWorkbook,
    FileRefused,
    FileTooLarge,
    NoTable,
    TooManyRows,
    WorkbookWithMacros,
)
from shop.sheets.gateways.reading import Limits, read_table
from tests.factories.transfers import as_csv, as_xlsx

LIMITS = Limits(rows=100, cells=50_000, megabytes=1, unpacked_megabytes=4, repeats_merged=True)
TABLE = [["名称", "价格"], ["荔枝", 12.5]]
SHEET = "xl/worksheets/sheet1.xml"
HEAD = b"""<?xml version="1.0"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"""
TAIL = b"</sheetData></worksheet>"


def rows_of(name: str, content: bytes) -> list[list[str]]:
    return list(read_table(name, content, LIMITS))


def workbook(sheet: bytes = HEAD + TAIL, **more: bytes) -> bytes:
    """A workbook with this sheet, and with further parts."""
    with zipfile.ZipFile(BytesIO(as_xlsx(TABLE))) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in {**parts, SHEET: sheet, **more}.items():
            packed.writestr(name, content)
    return file.getvalue()


def of_rows(*rows: bytes) -> bytes:
    return workbook(HEAD + b"".join(rows) + TAIL)


def test_a_formula_counts_as_what_the_spreadsheet_saved_of_it() -> None:
    cells = (
        b'<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f>A</f><v>x</v></c></row>'
    )
    assert rows_of("a.xlsx", of_rows(cells)) == [["2", "x"]]


def test_a_formula_without_a_result_and_an_error_are_seen_as_such() -> None:
    cells = (
        b'<row r="1"><c r="A1"><f>1+1</f></c><c r="B1" s="1" t="e"><v>#DIV/0!</v></c>'
        b'<c r="C1"><v>NaN</v></c><c r="D1"><f t="shared" si="0"/></c></row>'
    )
    assert rows_of("a.xlsx", of_rows(cells)) == [["#N/A", "#DIV/0!", "#N/A", "#N/A"]]


def test_a_cell_merged_over_several_rows_is_said_in_each() -> None:
    rows = b'<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
    rows += b'<row r="2"><c r="B2"><v>3</v></c></row>'
    merged = b'</sheetData><mergeCells><mergeCell ref="A1:A1048576"/></mergeCells></worksheet>'
    assert rows_of("a.xlsx", workbook(HEAD + rows + merged)) == [["1", "2"], ["1", "3"]]


def test_room_is_made_for_what_is_there_and_not_for_what_is_promised() -> None:
    with zipfile.ZipFile(BytesIO(as_xlsx(TABLE))) as packed:
        texts = packed.read("xl/sharedStrings.xml")
    promised = texts.replace(b'uniqueCount="3"', b'uniqueCount="4000000000"')
    assert promised != texts
    far = b'<dimension ref="A1:XFD1048576"/><sheetData>'
    sheet = HEAD.replace(b"<sheetData>", far) + b'<row r="1"><c r="A1" t="s"><v>2</v></c></row>'
    assert rows_of("a.xlsx", workbook(sheet + TAIL, **{"xl/sharedStrings.xml": promised})) == [
        ["荔枝"]
    ]


HIDDEN_PLACE = b"""<row r="1"><c x=">" r="XFD1"><v>1</v></c></row><row r="90"><c r="A90"/></row>"""
NO_PLACES = b"<row>" + b"<c><v>1</v></c>" * 3000 + b"</row>"
UTF_16 = (HEAD + TAIL).decode().encode("utf-16")
OPEN_DOCUMENT = workbook(**{"content.xml": b"<x/>"})
ENCRYPTED = b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le")


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("a.xlsx", of_rows(NO_PLACES, b"<row><c><v>1</v></c></row>" * 90), BrokenWorkbook),
        ("a.xlsx", of_rows(HIDDEN_PLACE), BrokenWorkbook),
        ("a.xlsx", of_rows(b'<row r="1000000000"/>'), TooManyRows),
        ("a.xlsx", of_rows(b"<row/>" * 131), TooManyRows),
        ("a.xlsx", of_rows(b"<x:row/>" * 131), TooManyRows),
        ("a.xlsx", workbook(UTF_16), BrokenWorkbook),
        ("a.xlsx", workbook(**{"XL/worksheets/SHEET1.xml": HEAD + TAIL}), BrokenWorkbook),
        ("a.xlsx", workbook(**{"xl/media/a.bin": bytes(5_000_000)}), BrokenWorkbook),
        ("a.xlsx", workbook(**{"xl/vbaProject.bin": b"x"}), WorkbookWithMacros),
        ("a.xlsm", workbook(), WorkbookWithMacros),
        ("a.xlsx", OPEN_DOCUMENT, NoTable),
        ("a.ods", OPEN_DOCUMENT, NoTable),
        ("a.xlsx", ENCRYPTED, EncryptedWorkbook),
        ("a.xls", b"\xd0\xcf\x11\xe0", NoTable),
        ("a.csv", workbook(), NoTable),
        ("a.xlsx", b"<html>", NoTable),
        ("../../etc/passwd", b"a,b", NoTable),
        ("a.csv", b"a" * 1_100_000, FileTooLarge),
        ("a.csv", as_csv([["a", "b"]] * 131), TooManyRows),
    ],
)
def test_what_would_burst_or_is_something_else_is_refused(
    name: str, content: bytes, refusal: type[FileRefused]
) -> None:
    with pytest.raises(refusal) as refused:
        rows_of(name, content)
    assert type(refused.value) is refusal


@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", SHEET, "xl/workbook.xml"])
@given(st.lists(st.tuples(st.integers(0, 3000), st.binary(max_size=6)), max_size=5), st.integers(0))
def test_a_workbook_with_a_mutated_part_is_rows_or_a_refusal(
    part: str, changes: list[tuple[int, bytes]], cut: int
) -> None:
    whole = as_xlsx(TABLE)
    with zipfile.ZipFile(BytesIO(whole)) as packed:
        content = packed.read(part)
    for place, new in changes:
        content = content[:place] + new + content[place + len(new) :]
    for name, file in (("a.xlsx", workbook(**{part: content})), ("a.xlsx", whole[:cut])):
        try:
            rows = rows_of(name, file)
        except FileRefused:
            continue
        assert all(isinstance(cell, str) for row in rows for cell in row)
