"""Rows of a sheet of targets: read cell by cell, and compared with what holds."""

import pytest

from orders.target_sheets.rules.columns import VOCABULARY, RowState, missing
from orders.target_sheets.rules.judging import Holding, Known, Place, judge, months_of
from orders.target_sheets.rules.reading import is_foot, read_row
from orders.targets.models import Spread
from shop.sheets.rules.heads import Head

SHIGU = Place("440981127", "石鼓镇", "高州市")
TWINS = [Place("440981101", "平山镇", "高州市"), Place("440904103", "平山镇", "电白区")]
FRUIT = 3
HEADS = ["县(市、区)", "乡镇", "年份", "年度目标（万元）", "品类", "购买方类型", "分月方式", "备注"]
TYPED = Holding(2, 1_000_000, Spread.TYPED, (1_000_000, *[0] * 11))
KNOWN = Known(
    places={"石鼓镇": [SHIGU], "平山镇": TWINS},
    by_code={place.code: place for place in (SHIGU, *TWINS)},
    is_assisted=lambda code, year: year >= 2026,
    categories={"水果": FRUIT},
    holding={
        (SHIGU.code, 2026, None, None): Holding(1, 120_500_000, Spread.SEASON, None),
        (SHIGU.code, 2026, FRUIT, "union"): TYPED,
    },
)


def verdict_of(cells, heads=HEADS):
    known_heads = VOCABULARY.read_heads(heads, {})
    return judge([(2, read_row(cells, known_heads))], KNOWN)[0]


def test_the_heads_that_offices_write_are_known():
    columns = [head.column for head in VOCABULARY.read_heads(HEADS, {})]
    assert columns == "county town year amount category buyer_type spread reason".split()
    assert missing(columns) == []
    assert missing(["town", "year"]) == ["amount"]


@pytest.mark.parametrize(
    ("cell", "head", "fen"),
    [
        ("120.5", "目标(万元)", 120_500_000),
        ("1,205.000001", "目标", 1_205_000_001),
        ("1205000", "目标（元）", 120_500_000),
        ("1205000元", "目标(万元)", 120_500_000),
        ("１２０．５万元", "目标(元)", 120_500_000),
        ("¥3", "任务", 3_000_000),
    ],
)
def test_an_amount_is_in_wan_unless_its_head_or_cell_says_yuan(cell, head, fen):
    reading = read_row([cell], [Head(head, "amount")])
    assert (reading.values, reading.faults) == ({"amount": fen}, [])


@pytest.mark.parametrize(
    ("column", "cell", "kind"),
    [
        ("amount", "0", "out_of_bounds"),
        ("amount", "-3", "out_of_bounds"),
        ("amount", "100000.01", "out_of_bounds"),
        ("amount", "1.0000001", "too_fine"),
        ("amount", "一百", "no_number"),
        ("amount", "#REF!", "is_error"),
        ("year", "2020", "no_year"),
        ("year", "明年", "no_year"),
        ("code", "44098112", "no_town"),
        ("buyer_type", "朋友", "no_choice"),
        ("spread", "逐月填写", "no_choice"),
        ("reason", "长" * 201, "too_long"),
    ],
)
def test_a_cell_that_cannot_be_is_named_with_its_column(column, cell, kind):
    (fault,) = read_row([cell], [Head(column, column)]).faults
    assert (fault.column, fault.kind) == (column, kind)
    assert fault.words


@pytest.mark.parametrize(
    ("cells", "state", "facts"),
    [
        # The same number says nothing new, whatever it is written like.
        (["高州市", "石鼓镇", "2026年", "120.50", "", "", "", ""], "same", {"version": 1}),
        (["", "石鼓", "2026", "120.5", "全部类别", "", "按产季", ""], "same", {}),
        (["", "石鼓", "2026", "120.5", "", "", "平均", ""], "changed", {"spread": "even"}),
        (["", "石鼓", "2026", "130", "", "", "", "加"], "changed", {"spread": "season"}),
        (["", "石鼓", "2026", "2", "水果", "工会", "", ""], "changed", {"spread": "typed"}),
        (["", "石鼓", "2027", "120.5", "", "", "", ""], "new", {"spread": "even", "version": 0}),
        (["电白", "平山镇", "2026", "1", "", "", "", ""], "new", {"town_code": TWINS[1].code}),
    ],
)
def test_a_row_is_new_changes_a_target_or_says_what_holds(cells, state, facts):
    verdict = verdict_of(cells)
    assert (verdict.state, verdict.faults) == (RowState(state), [])
    assert facts.items() <= verdict.facts.items()


@pytest.mark.parametrize(
    ("cells", "faults"),
    [
        (["", "平山镇", "2026", "1", "", "", "", ""], ["several_towns"]),
        (["信宜市", "石鼓镇", "2026", "1", "", "", "", ""], ["no_town"]),
        (["", "火星镇", "2026", "1", "", "", "", ""], ["no_town"]),
        (["", "石鼓镇", "2025", "1", "", "", "", ""], ["not_assisted"]),
        (["", "石鼓镇", "2026", "1", "飞机", "", "", ""], ["no_choice"]),
        (["", "", "", "", "水果", "", "", ""], ["missing", "missing", "missing"]),
        (["", "石鼓镇", "2026", "零", "", "", "", ""], ["no_number"]),
    ],
)
def test_a_row_that_is_wrong_says_all_that_is_wrong(cells, faults):
    verdict = verdict_of(cells)
    assert verdict.state is RowState.WRONG
    assert [fault.kind for fault in verdict.faults] == faults
    assert all(fault.words for fault in verdict.faults)


def test_of_two_rows_about_the_same_target_the_second_is_wrong():
    heads = VOCABULARY.read_heads(HEADS, {})
    rows = [
        ["", town, "2027", "1", category, "", "", ""]
        for town, category in (("石鼓镇", ""), ("石鼓镇", "水果"), ("石鼓", ""))
    ]
    verdicts = judge([(n, read_row(row, heads)) for n, row in enumerate(rows, 2)], KNOWN)
    assert [verdict.state for verdict in verdicts] == ["new", "new", "wrong"]
    (fault,) = verdicts[2].faults
    assert (fault.kind, fault.details) == ("like_row", {"number": 2})


def test_months_that_were_typed_keep_their_shares():
    months = (500_000, 250_000, 250_000, *[0] * 9)
    facts = {"spread": Spread.TYPED, "amount_fen": 3_000_001}
    assert months_of(facts, months) == [1_500_001, 750_000, 750_000, *[0] * 9]
    assert months_of({"spread": Spread.EVEN, "amount_fen": 1}, None) == []


def test_sums_and_signatures_are_no_rows():
    assert is_foot(["", "合计", "", "3000"])
    assert is_foot(["填报人：张", ""])
    assert not is_foot(["石鼓镇", "2026", "1"])
