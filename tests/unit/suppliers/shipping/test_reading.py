"""What a cell of a sheet of tracking numbers, or a scanner, is read as."""

import pytest

from suppliers.shipping.rules.columns import Column, find_heads, places_of
from suppliers.shipping.rules.reading import carrier_of, looks_like_number, read_row

PART = "C20261123-7F3K9QA"
WHOLE = {"part": PART, "carrier": "顺丰速运", "number": "SF1234567890"}


def read(**cells):
    return read_row(WHOLE | cells)


def kinds(reading):
    return [(fault.column, fault.kind.value) for fault in reading.faults]


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("sf 1234 567890", "SF1234567890"),
        ("ＳＦ１２３４５６７８９０", "SF1234567890"),
        ("'773012345678901", "773012345678901"),
        ("773012345678901.0", "773012345678901"),
        ("YT-8812345678", "YT-8812345678"),
        ("\u200bJD0012345678\u202e", "JD0012345678"),
    ],
)
def test_a_tracking_number_has_one_form(cell, number):
    assert (read(number=cell).number, read(number=cell).faults) == (number, [])


@pytest.mark.parametrize(
    ("column", "cell", "kind"),
    [
        ("number", "7.73012E+14", "lost_digits"),
        ("number", "7.730123456789012e+17", "lost_digits"),
        ("number", "#REF!", "is_error"),
        ("number", PART, "is_part"),
        ("number", "123", "no_number"),
        ("number", "SF1234567890、SF1234567891", "no_number"),
        ("number", "=1+1", "no_number"),
        ("number", "9" * 41, "no_number"),
        ("carrier", "快" * 21, "long_carrier"),
        ("carrier", "", "no_carrier"),
        ("part", "-", "no_part"),
        ("units", "两箱", "no_units"),
        ("units", "2.5", "no_units"),
        ("units", "-1", "no_units"),
        ("units", "1" * 30, "no_units"),
        ("batch", "第一批", "no_batch"),
    ],
)
def test_what_can_not_be_read_says_so_beside_its_cell(column, cell, kind):
    assert kinds(read(**{column: cell})) == [(column, kind)]


@pytest.mark.parametrize("cell", ["", " ", "-", "无", "'"])
def test_a_row_without_a_number_is_one_that_is_not_shipped_this_time(cell):
    assert read(number=cell).is_blank
    assert not read(number="???").is_blank


@pytest.mark.parametrize(
    ("cell", "units"),
    [("2", (2,)), ("2 箱", (2,)), ("２、1", (2, 1)), ("2+0", (2, 0)), ("3;4", (3, 4)), ("", ())],
)
def test_units_stand_in_the_order_of_the_goods(cell, units):
    assert read(units=cell).units == units


def test_batches_are_known_by_their_code_whatever_stands_around():
    cell = "abcdefgh23 × 2、KMNPQRST45（11-20采收）、ABCDEFGH23"
    assert read(batch=cell).batches == ("ABCDEFGH23", "KMNPQRST45")


@pytest.mark.parametrize(
    ("typed", "carrier"),
    [
        ("顺丰", "顺丰速运"),
        ("sf express", "顺丰速运"),
        ("中国邮政速递", "邮政 EMS"),
        ("百世 中通", "中通快递"),
        ("村口大巴", "村口大巴"),
    ],
)
def test_a_carrier_is_called_as_everybody_calls_it(typed, carrier):
    assert carrier_of(typed) == carrier


def test_a_row_without_a_carrier_goes_with_that_of_the_sheet():
    assert read_row(WHOLE | {"carrier": ""}, "圆通速递").carrier == "圆通速递"


def test_a_slips_code_is_no_tracking_number():
    assert looks_like_number("SF1234567890")
    assert not looks_like_number(PART)


def test_the_heads_may_stand_below_a_title_and_have_the_carriers_names():
    rows = [["发货明细"], ["序号", "客户订单号", "运单号（必填）", "物流公司"], ["1", PART, "SF1"]]
    assert find_heads(rows) == 1
    assert places_of(rows[1], rows[2:]) == {Column.PART: 1, Column.NUMBER: 2, Column.CARRIER: 3}


def test_of_two_columns_with_order_numbers_ours_counts():
    heads = ["订单号", "客户订单号", "运单号"]
    assert places_of(heads, [["9900112233", PART, "SF1234567890"]])[Column.PART] == 1
    assert places_of(heads, [])[Column.PART] == 0


def test_without_orders_or_numbers_there_are_no_heads():
    assert find_heads([["订单号", "快递公司"], ["快递单号", "批次"]]) is None
