"""The canonical form of a row, and that both ways of writing one agree."""

import csv
import hashlib
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.exports.errors import SeparatorInText
from orders.exports.rules.canonical import TableBody, cells_of, line_of, quoted
from orders.exports.rules.detail import COLUMNS, GROUPS_APART, SEPARATOR, DetailBody, Line
from orders.statistics.rules.sheets import Column, Kind, written

pytestmark = pytest.mark.usefixtures("app_context")

CELLS = [
    (Kind.TEXT, None, ""),
    (Kind.TEXT, "", ""),
    (Kind.TEXT, "荔枝", '"荔枝"'),
    (Kind.TEXT, 'a"b', '"a""b"'),
    (Kind.TEXT, "=1+1", '"\'=1+1"'),
    (Kind.TEXT, "＝1", '"\'＝1"'),
    (Kind.TEXT, "00123", '"00123"'),
    (Kind.DAY, date(2026, 11, 3), '"2026-11-03"'),
    (Kind.DAY, None, ""),
    (Kind.COUNT, 1234, "1234"),
    (Kind.QUANTITY, 12_500, "12.5"),
    (Kind.QUANTITY, -3_000, "-3"),
    (Kind.YUAN, -5, "-0.05"),
    (Kind.YUAN, 1_234_567, "12345.67"),
    (Kind.WAN, 4_900, "0.00"),
    (Kind.PERCENT, 123, "12.3"),
    (Kind.PERCENT, None, '"—"'),
]


@pytest.mark.parametrize(("kind", "value", "text"), CELLS)
def test_a_cell_is_written_as_the_form_says(kind, value, text):
    assert line_of(cells_of([Column("x", "x", kind)]), [value]) == f"{text}\r\n"


def test_the_hash_is_over_the_rows_alone():
    columns = [Column("name", "名称", Kind.TEXT), Column("sum", "金额", Kind.YUAN)]
    body = TableBody(columns, [["甲", 100], ["乙", None]], ["合计", 100])
    data = b"".join(body.pieces())
    assert data.decode() == '"甲",1.00\r\n"乙",\r\n'
    assert body.seal.sha256 == hashlib.sha256(data).hexdigest()
    assert body.seal.rows == 2


BETWEEN = SEPARATOR + GROUPS_APART
texts = st.text(st.characters(blacklist_characters=BETWEEN, blacklist_categories=["Cs"]))
fens = st.integers(-(10**13), 10**13)


@st.composite
def lines(draw):
    groups = [
        ["2026-11", *(draw(texts) for _ in range(6))],
        [draw(texts) for _ in range(4)],
        ["fair", draw(texts), "direct", "union", draw(texts), draw(texts)],
        ["", "2026-11-03", draw(st.sampled_from(["", "2026-11-04"]))],
        ["sale", draw(texts)],
    ]
    return Line(
        texts=GROUPS_APART.join(map(SEPARATOR.join, groups)),
        quantity_milli=draw(st.integers(-(10**9), 10**9)),
        unit_price_fen=draw(fens),
        amount_fen=draw(fens),
        refund_fen=draw(fens),
        net_fen=draw(fens),
        order_number=draw(texts),
        invoice=draw(st.none() | texts),
        batch=draw(st.none() | texts),
        evidence=draw(st.none() | texts),
        recorded_by=draw(st.none() | texts),
    )


@given(st.lists(lines(), max_size=4))
def test_a_long_file_is_written_as_its_values_are_cell_by_cell(ledger):
    quick, slow = DetailBody([ledger]), DetailBody([ledger[:1], ledger[1:]])
    text = b"".join(quick.pieces())
    cells = cells_of(COLUMNS)
    assert "".join(line_of(cells, row) for row in slow.rows()).encode() == text
    assert quick.seal.sha256 == slow.seal.sha256
    assert quick.seal.rows == len(ledger)
    amount = sum(line.amount_fen for line in ledger)
    assert quick.total()[14] == amount
    assert written(Kind.YUAN, quick.total()[14]) == written(Kind.YUAN, amount)


@given(texts)
def test_what_is_quoted_is_read_back_and_is_no_formula(text):
    (row,) = list(csv.reader(io.StringIO(f'{quoted(text)},"x"\r\n', newline="")))
    assert row[0] in (text, f"'{text}")
    assert not row[0].startswith(("=", "+", "-", "@", "\t", "\r"))


BLANK = GROUPS_APART.join(
    map(SEPARATOR.join, ([""] * 7, [""] * 4, ["fair", "", "direct", "union", "", ""]))
)
BLANK += GROUPS_APART + GROUPS_APART.join(map(SEPARATOR.join, ([""] * 3, ["sale", ""])))


def test_a_line_is_exact_to_the_fen():
    line = Line(
        BLANK, 1000, 0, 999_999_999_999_99, 1, 999_999_999_999_98, "", None, None, None, None
    )
    (text,) = DetailBody([[line]]).pieces()
    assert b",1,0.00,999999999999.99,0.01,999999999999.98," in text


@pytest.mark.parametrize("between", [SEPARATOR, GROUPS_APART])
def test_a_text_that_holds_what_separates_texts_is_noticed(between):
    line = Line(f"{BLANK}{between}", 1000, 0, 1, 0, 1, "", None, None, None, None)
    with pytest.raises(SeparatorInText):
        list(DetailBody([[line]]).pieces())
