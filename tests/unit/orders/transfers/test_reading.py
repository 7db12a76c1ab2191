"""Whatever a bank, a spreadsheet or a prankster puts into a file: rows, or a clear refusal."""

import zipfile
from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orders.payments.rules import spoken, transfer_code
from orders.transfers.errors import MissingColumns
from orders.transfers.handlers import LIMITS
from orders.transfers.rules import Fault, Reading, Row, parse_amount, parse_day, read, tail_of
from shop.money import yuan
from shop.sheets.errors import (
    BrokenWorkbook,
    EmptyFile,
    FileRefused,
    NoTable,
    TooManyRows,
    UnknownEncoding,
)
from shop.sheets.gateways.reading import read_table
from shop.web.fields import NotANumber, TooManyDecimals
from tests.factories.transfers import HEAD, as_csv, as_xlsx

TODAY = date(2026, 11, 24)
CODE = transfer_code("7F3K9QM")
ROW = ["2026-11-23", "150.00", "", "示例工会", "6222000011112222", f"货款{spoken(CODE)}", "R1"]

amounts = st.integers(min_value=1, max_value=10**13)


def read_file(name: str, content: bytes) -> Reading:
    return read(read_table(name, content, LIMITS), TODAY)


def only_row(*cells: Any) -> Row:
    (row,) = read_file("a.csv", as_csv([HEAD, [*cells, *ROW[len(cells) :]]])).rows
    return row


# ── Kinds of files ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_csv_is_read_in_any_usual_encoding(encoding: str, delimiter: str) -> None:
    (row,) = read_file("流水.CSV", as_csv([HEAD, ROW], encoding, delimiter)).rows
    assert (row.number, row.received_on, row.amount_fen) == (2, date(2026, 11, 23), 15_000)
    assert (row.payer_name, row.payer_account_tail) == ("示例工会", "2222")
    assert (row.code, row.bank_reference, row.faults) == (CODE, "R1", ())


def test_a_workbook_with_real_days_and_numbers_is_read_alike() -> None:
    cells = [datetime(2026, 11, 23), 150, *ROW[2:]]  # noqa: DTZ001
    for day in (date(2026, 11, 23), 46349, "2026年11月23日"):
        (row,) = read_file("a.xlsx", as_xlsx([HEAD, [day, *cells[1:]]])).rows
        assert (row.received_on, row.amount_fen) == (date(2026, 11, 23), 15_000), day


def test_what_a_binary_fraction_adds_is_left_out_and_nothing_is_rounded() -> None:
    rows = [[46349, amount, "", "", "", "", f"R{amount}"] for amount in (0.1 + 0.2, 1234.565)]
    first, second = read_file("a.xlsx", as_xlsx([HEAD, *rows])).rows
    assert first.amount_fen == 30
    assert second.faults == (Fault.TOO_FINE,)


def zipped(files: dict[str, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return file.getvalue()


def with_sheet(sheet: Callable[[bytes], bytes]) -> bytes:
    """A workbook whose sheet was tampered with."""
    with zipfile.ZipFile(BytesIO(as_xlsx([HEAD, ROW]))) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    name = "xl/worksheets/sheet1.xml"
    return zipped(files | {name: sheet(files[name])})


def far_cell(place: bytes) -> Callable[[bytes], bytes]:
    return lambda sheet: sheet.replace(b'r="A2"', b'r="%s"' % place, 1)


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("a.csv", b"", EmptyFile),
        ("a.csv", b"\n\n\n", EmptyFile),
        ("a.csv", b"\xef\xbb\xbf", EmptyFile),
        ("a.pdf", b"%PDF-1.4", NoTable),
        ("a", b"x", NoTable),
        ("a.xls", b"\xd0\xcf\x11\xe0", NoTable),
        ("a.csv", b"\xd0\xcf\x11\xe0", NoTable),
        ("a.xlsx", as_csv([HEAD, ROW]), NoTable),
        ("a.csv", as_xlsx([HEAD, ROW]), NoTable),
        ("a.csv", as_csv([HEAD, ROW], "utf-16"), UnknownEncoding),
        ("a.csv", as_csv([HEAD, ROW], "utf-16-le"), UnknownEncoding),
        ("a.csv", b"\xff\xff\xff\xff", UnknownEncoding),
        ("a.csv", as_csv([["甲", "乙"], ["1", "2"]]), MissingColumns),
        ("a.xlsx", zipped({"a.txt": b"x"}), BrokenWorkbook),
        ("a.xlsx", as_xlsx([HEAD, ROW])[:-200], BrokenWorkbook),
        ("a.xlsx", zipped({"xl/a.bin": bytes(200_000_000)}), BrokenWorkbook),
        ("a.xlsx", zipped({f"xl/{n}.xml": b"" for n in range(1000)}), BrokenWorkbook),
        ("a.xlsx", with_sheet(far_cell(b"A1048576")), TooManyRows),
        ("a.xlsx", with_sheet(far_cell(b"A0000000001048576")), TooManyRows),
        ("a.xlsx", with_sheet(far_cell(b"XFD40000")), BrokenWorkbook),
        ("a.xlsx", with_sheet(lambda sheet: sheet[: len(sheet) // 2]), BrokenWorkbook),
        ("a.csv", as_csv([HEAD, *([ROW] * 50_100)]), TooManyRows),
        ("a.csv", b"\n" * 60_000, EmptyFile),
    ],
)
def test_what_is_no_statement_is_refused_whole(
    context: None, name: str, content: bytes, refusal: type[FileRefused]
) -> None:
    with pytest.raises(refusal):
        read_file(name, content)


# ── Columns ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("without", "named"), [(0, "交易日期"), (1, "收入金额"), (5, "附言")])
def test_a_column_that_is_missing_is_named(context: None, without: int, named: str) -> None:
    head = [name for place, name in enumerate(HEAD) if place != without]
    with pytest.raises(MissingColumns) as refused:
        read([head], TODAY)
    assert named in str(refused.value)


def test_banks_call_their_columns_differently_and_write_above_them() -> None:
    table = [
        ["账户明细查询"],
        ["账号：6222", "币种：人民币"],
        [],
        ["入账时间", "贷方发生额（元）", "付款人户名", "付款人账号", "摘要", "用途", "银行流水号"],
        ["20261123 10:22:33", "￥1,234.50", "示例工会", "6222", "转账", f"识别码{CODE}", '="0001"'],
        ["合计", "1234.50", "", "", "", "", ""],
    ]
    (row,) = read(table, TODAY).rows
    assert (row.number, row.amount_fen, row.remark) == (5, 123_450, f"转账 识别码{CODE}")
    assert (row.code, row.bank_reference) == (CODE, "0001")


def test_a_column_of_amounts_with_a_mark_of_direction_is_understood() -> None:
    head = ["交易日期", "交易金额", "借贷标志", "摘要"]
    rows = [["2026-11-23", "5.00", mark, mark] for mark in ("贷", "借", "收入", "D", "C", "")]
    reading = read([head, *rows], TODAY)
    assert [row.remark for row in reading.rows] == ["贷", "收入", "C"]
    assert reading.ignored == 3


# ── Rows ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("amount", ["", "-", "0", "0.00", " ", "—"])
def test_rows_without_money_coming_in_are_left_out(amount: str) -> None:
    reading = read([HEAD, ["2026-11-23", amount, "9.99", *ROW[3:]]], TODAY)
    assert (reading.rows, reading.ignored) == ([], 1)


@pytest.mark.parametrize(
    ("day", "amount", "fault"),
    [
        ("", "1", Fault.NO_DAY),
        ("2026-02-30", "1", Fault.BAD_DAY),
        ("2031-01-01", "1", Fault.BAD_DAY),
        ("99999", "1", Fault.BAD_DAY),
        ("今天", "1", Fault.BAD_DAY),
        ("2026-11-23", "many", Fault.BAD_AMOUNT),
        ("2026-11-23", "=1+1", Fault.BAD_AMOUNT),
        ("2026-11-23", "1.234", Fault.TOO_FINE),
        ("2026-11-23", "-5.00", Fault.NEGATIVE),
        ("2026-11-23", "9" * 20, Fault.TOO_LARGE),
    ],
)
def test_what_is_wrong_with_a_row_is_said_in_it(day: str, amount: str, fault: Fault) -> None:
    row = only_row(day, amount)
    assert row.faults == (fault,)
    assert (row.raw_day or row.raw_amount) == (amount if row.raw_amount else day)


def test_one_number_of_the_bank_twice_in_a_file_is_one_too_many() -> None:
    first, second = read([HEAD, ROW, ROW], TODAY).rows
    assert (first.faults, second.faults) == ((), (Fault.TWICE,))


def test_formulas_are_text() -> None:
    row = only_row("2026-11-23", "1.00", "", "=cmd|' /C calc'!A0", "", "@SUM(1)", "+1")
    assert (row.payer_name, row.remark) == ("=cmd|' /C calc'!A0", "@SUM(1)")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-23", date(2026, 11, 23)),
        ("2026/1/3", date(2026, 1, 3)),
        ("2026.01.03 08:00", date(2026, 1, 3)),
        ("２０２６年１月３日", date(2026, 1, 3)),
        ("20260103", date(2026, 1, 3)),
        ("20260103102233", date(2026, 1, 3)),
        ("2026-11-23 10:22:33.5", date(2026, 11, 23)),
        ("2026-11-23T10:22:33", date(2026, 11, 23)),
        ("46349", date(2026, 11, 23)),
        ("46349.75", date(2026, 11, 23)),
    ],
)
def test_days_are_read_as_banks_and_spreadsheets_write_them(text: str, day: date) -> None:
    assert parse_day(text) == day


@given(amounts, st.sampled_from(["{}", "￥{}", "¥{}", "{}元", "CNY {}", " {} ", "+{}"]))
def test_amounts_are_read_to_the_fen(amount_fen: int, written: str) -> None:
    for text in (yuan(amount_fen), yuan(amount_fen).replace(",", "")):
        assert parse_amount(written.format(text)) == amount_fen


@given(st.integers(min_value=1, max_value=10**12))
def test_amounts_of_a_spreadsheet_are_read_to_the_fen(amount_fen: int) -> None:
    """Fifteen digits are what a spreadsheet itself shows."""
    (row,) = read_file("a.xlsx", as_xlsx([HEAD, ["2026-11-23", amount_fen / 100, *ROW[2:]]])).rows
    assert row.amount_fen == amount_fen


@given(st.text(max_size=40))
@example("1e5")
@example("NaN")
@example("1,23")
@example("1.2.3")
def test_an_amount_is_read_or_refused(text: str) -> None:
    try:
        assert isinstance(parse_amount(text), int)
    except (NotANumber, TooManyDecimals):
        return


@given(st.text(max_size=60))
def test_no_more_than_four_characters_of_an_account_are_kept(text: str) -> None:
    assert len(tail_of(text)) <= 4


# ── Anything ────────────────────────────────────────────────────────────────────────────────────


@given(st.binary(max_size=400), st.sampled_from(["a.csv", "a.xlsx", "a.txt", "a.pdf", ""]))
def test_any_bytes_are_rows_or_a_refusal(content: bytes, name: str) -> None:
    read_or_refuse(name, content)


@given(
    st.sampled_from([as_csv([HEAD, ROW, ROW]), as_csv([HEAD, ROW], "gb18030")]),
    st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=8)), max_size=6),
)
def test_a_mutated_csv_is_rows_or_a_refusal(
    content: bytes, changes: list[tuple[int, bytes]]
) -> None:
    read_or_refuse("a.csv", mutated(content, changes))


WORKBOOK = as_xlsx([HEAD, ROW])


@given(st.lists(st.tuples(st.integers(0, len(WORKBOOK)), st.binary(max_size=4)), max_size=4))
def test_a_mutated_workbook_is_rows_or_a_refusal(changes: list[tuple[int, bytes]]) -> None:
    read_or_refuse("a.xlsx", mutated(WORKBOOK, changes))


@given(st.lists(st.tuples(st.integers(0, 1500), st.binary(max_size=4)), max_size=4))
def test_a_workbook_with_a_mutated_sheet_is_rows_or_a_refusal(
    changes: list[tuple[int, bytes]],
) -> None:
    read_or_refuse("a.xlsx", with_sheet(lambda sheet: mutated(sheet, changes)))


cells = st.text(max_size=30) | st.sampled_from([*HEAD, *ROW, "合计", "1,234.50", "=1"])


@given(st.lists(st.lists(cells, max_size=9), max_size=12))
def test_any_table_is_rows_or_a_refusal(table: list[list[str]]) -> None:
    try:
        reading = read([HEAD, *table], TODAY)
    except FileRefused:
        return
    assert len(reading.rows) + reading.ignored <= len(table)
    for row in reading.rows:
        assert bool(row.faults) or (row.amount_fen or 0) > 0
        assert bool(row.faults) or row.received_on is not None


def mutated(content: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    for place, new in changes:
        content = content[:place] + new + content[place + len(new) :]
    return content


def read_or_refuse(name: str, content: bytes) -> None:
    try:
        reading = read_file(name, content)
    except FileRefused:
        return
    for row in reading.rows:
        assert bool(row.faults) or (row.amount_fen or 0) > 0
