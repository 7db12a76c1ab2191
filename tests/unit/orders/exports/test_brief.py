"""Each sentence of the brief comes from figures; where there are none, nothing is said."""

from dataclasses import replace
from datetime import date

import pytest

from orders.exports.rules.brief import Facts, Move, Place, brief_of
from orders.statistics.rules.periods import Period

pytestmark = pytest.mark.usefixtures("app_context")

WAN = 1_000_000
FACTS = Facts(
    period=Period(date(2026, 1, 1), date(2026, 9, 30)),
    net_fen=60 * WAN,
    month_fen=7 * WAN,
    before_fen=50 * WAN,
    target_fen=120 * WAN,
    completion=500,
    pace=748,
    towns=[],
    moves=[],
    unfiled={},
    coming=[],
)


def town(label, completion, pace=748):
    return Place(label, completion, completion * WAN // 10, 100 * WAN, completion - pace)


def test_the_figure_is_compared_with_the_same_days_of_last_year():
    assert brief_of(FACTS).figure == [
        "累计净额 60.00 万元，其中本月 7.00 万元。",
        "比上年同期的 50.00 万元多 10.00 万元，增长 20.0%。",
    ]
    less = brief_of(replace(FACTS, before_fen=80 * WAN)).figure[1]
    assert less == "比上年同期的 80.00 万元少 20.00 万元，下降 25.0%。"
    assert brief_of(replace(FACTS, before_fen=0)).figure[1] == "上年同期没有可比的净额。"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {},
            [
                "年度目标 120.00 万元，完成 50.0%。",
                "时序进度 74.8%，完成率慢 24.8 个百分点。",
                "离年度目标还差 60.00 万元，余下 3 个月平均每月要完成 20.00 万元。",
            ],
        ),
        (
            {"net_fen": 130 * WAN, "completion": 1083},
            [
                "年度目标 120.00 万元，完成 108.3%。",
                "时序进度 74.8%，完成率快 33.5 个百分点。",
                "年度目标已经完成，超出 10.00 万元。",
            ],
        ),
        (
            {"period": Period(date(2026, 1, 1), date(2026, 11, 30)), "pace": 915},
            [
                "年度目标 120.00 万元，完成 50.0%。",
                "时序进度 91.5%，完成率慢 41.5 个百分点。",
                "离年度目标还差 60.00 万元，要在余下 1 个月里完成。",
            ],
        ),
        (
            {"period": Period(date(2026, 1, 1), date(2026, 12, 31)), "pace": 1000},
            [
                "年度目标 120.00 万元，完成 50.0%。",
                "时序进度 100.0%，完成率慢 50.0 个百分点。",
                "离年度目标还差 60.00 万元。",
            ],
        ),
        (
            {"target_fen": None, "completion": None},
            ["这个范围没有年度目标，不比较进度。"],
        ),
    ],
)
def test_the_pace_says_what_is_missing_and_what_each_month_has_to_bring(changes, said):
    assert brief_of(replace(FACTS, **changes)).pace == said


def test_the_first_and_the_last_three_are_never_the_same_towns():
    towns = [town(f"镇{number}", number * 100) for number in range(1, 9)]
    brief = brief_of(replace(FACTS, towns=towns))
    assert [place.label for place in brief.best] == ["镇8", "镇7", "镇6"]
    assert [place.label for place in brief.worst] == ["镇1", "镇2", "镇3"]
    few = brief_of(replace(FACTS, towns=towns[:4]))
    assert [place.label for place in few.best] == ["镇4", "镇3", "镇2"]
    assert [place.label for place in few.worst] == ["镇1"]
    assert brief_of(FACTS).best == []


def test_what_moved_most_is_named_and_what_did_not_move_is_not():
    moves = [Move("水果", 9 * WAN, 4 * WAN), Move("蔬菜", WAN, 3 * WAN), Move("禽蛋", WAN, WAN)]
    brief = brief_of(replace(FACTS, moves=[("产品类别", moves), ("渠道", moves[2:])]))
    assert brief.why == [
        "产品类别中增加最多的是水果，多 5.00 万元。",
        "产品类别中减少最多的是蔬菜，少 2.00 万元。",
    ]


def test_what_is_next_names_towns_behind_months_to_file_and_seasons_to_come():
    towns = [town("甲镇", 700), town("乙镇", 300), town("丙镇", 900)]
    unfiled = {"8月": [], "9月": [f"第{number}镇" for number in range(1, 9)]}
    brief = brief_of(replace(FACTS, towns=towns, unfiled=unfiled, coming=["贡柑"]))
    assert brief.ahead == [
        "慢于时序的镇有 2 个：乙镇、甲镇。",
        "9月还有 8 个镇没有上报：第1镇、第2镇、第3镇、第4镇、第5镇、第6镇等。",
        "下月进入产季的产品有 1 种：贡柑。",
    ]
    assert brief_of(FACTS).ahead == []
