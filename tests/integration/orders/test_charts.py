"""The pictures of an official's scope: every number is in a table, and leads to its lines."""

import re
from datetime import UTC, date, datetime

import pytest
import time_machine

from orders.records.models import BuyerType
from orders.targets.models import Spread
from orders.targets.services import set_target
from shop.accounts.people.models import ScopeLevel
from tests.factories.people import make_cooperative, make_official, make_places, sign_in
from tests.factories.sales import make_entry
from tests.parts.queries import counted_queries

NOW = datetime(2026, 4, 30, 6, tzinfo=UTC)
SHIGU, CAOJIANG, CHENGCUN = "440981127", "440981124", "441721101"
WAN = 1_000_000  # fen
MOST_STATEMENTS = 16


@pytest.fixture(autouse=True)
def _april():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def trade(act):
    """Last year's twelve months in two towns, and four months of this one, each twice as good."""

    def build():
        make_places()
        sellers = {code: make_cooperative(code) for code in (SHIGU, CAOJIANG, CHENGCUN)}
        for month in range(1, 13):
            make_entry(sellers[SHIGU], date(2025, month, 9), month * WAN)
        for month in range(1, 5):
            make_entry(sellers[SHIGU], date(2026, month, 9), month * WAN)
            category = (2, "蔬菜")
            make_entry(sellers[CAOJIANG], date(2026, month, 9), month * WAN, category=category)
        make_entry(sellers[CHENGCUN], date(2026, 3, 9), 7 * WAN, buyer_type=BuyerType.UNION)
        months = [0, 0, 0, 20, 20, *[0] * 7]
        typed = [fen * WAN for fen in months]
        given = {"by": None, "at": NOW, "spread": Spread.TYPED, "months": typed}
        set_target(SHIGU, 2026, 40 * WAN, "年初", **given)
        set_target(CAOJIANG, 2026, 50 * WAN, "年初", by=None, at=NOW)

    act(build)


@pytest.fixture
def official(act, app):
    def enter(level=ScopeLevel.BUREAU, code=None):
        client = app.test_client()
        sign_in(client, act(make_official, level, code))
        return client

    return enter


@pytest.mark.both_engines
def test_towns_are_ranked_with_the_pace_of_the_calendar_and_of_their_plan(trade, official):
    client = official(ScopeLevel.COUNTY, "440981")
    for address in ("/statistics", "/statistics/charts"):
        page = client.get(address).text
        first, second = rows_of(page, "各镇完成情况")[1:3]
        # 120 of 365 days; 20 of 40 by the plan, and for the other the calendar alone.
        assert first == ["1", "高州市石鼓镇", "", "25.0%", "慢 7.9", "50.0%", "10.00", "40.00"]
        assert second == ["2", "高州市曹江镇", "", "20.0%", "慢 12.9", "—", "10.00", "50.00"]
        assert "完成 25.0%，时序 32.9%" in page
    # The official figure stays; the plan stands beside it: (20 + 50 × 120/365) of 90.
    overview = client.get("/statistics").text
    assert "32.9%" in overview
    assert "计划进度 40.5%" in overview


def test_the_heat_table_shades_by_the_highest_and_every_cell_leads_to_its_lines(trade, official):
    client = official()
    page = client.get("/statistics/charts").text
    table = rows_of(page, "各镇逐月净额")
    assert table[0] == ["镇", "1月", "2月", "3月", "4月", "合计"]
    assert ["高州市石鼓镇", "1.00", "2.00", "3.00", "4.00", "10.00"] in table
    assert ["阳西县程村镇", "", "", "7.00", "", "7.00"] in table
    shades = re.findall(r'class="n heat-(\d)"', page)
    assert {"0", "1", "2", "3", "5"} == set(shades)
    link = re.search(r'heat-5"><a href="([^"]+)">7\.00', page)
    lines = client.get(link[1].replace("&amp;", "&")).text
    assert "合计（全部 1 笔）" in lines
    assert "70,000.00" in lines


def test_categories_share_the_whole(trade, official):
    table = rows_of(official().get("/statistics/charts").text, "各类别占比")
    assert [row[0] for row in table[1:]] == ["水果", "蔬菜", "合计"]
    assert [row[2] for row in table[1:]] == ["63.0%", "37.0%", "100.0%"]
    assert [row[3] for row in table[1:]] == ["17.00", "10.00", "27.00"]


@pytest.mark.both_engines
def test_the_forecast_goes_by_last_year_and_says_how_sure_it_is(trade, official):
    client = official(ScopeLevel.TOWN, SHIGU)
    page = client.get("/statistics/charts").text
    assert "全年预计 78.00 万元，区间 78.00 至 78.00 万元" in page
    assert "预计完成率 195.0%" in page
    assert "上年各月" in page
    table = rows_of(page, "累计和预计")
    assert table[1][1:6] == ["1.00", "3.00", "6.00", "10.00", ""]
    assert table[2][4:6] == ["", "15.00"]
    assert table[2][12] == table[3][12] == table[4][12] == "78.00"
    assert table[5][4:7] == ["20.00", "40.00", "40.00"]
    # The bureau has another pace, and is not so sure of it.
    bureau = client_words(official().get("/statistics/charts").text)
    found = re.search(r"全年预计 ([\d.]+) 万元，区间 ([\d.]+) 至 ([\d.]+) 万元", bureau)
    total, low, high = map(float, found.groups())
    assert total == pytest.approx(27 * 7.8, abs=0.01)
    assert low < total < high
    assert total - low == pytest.approx(high - total, abs=0.02)


def test_without_last_year_the_plan_lends_its_months_and_without_both_there_is_none(act, official):
    def build():
        make_places()
        for month in range(1, 5):
            make_entry(make_cooperative(CAOJIANG), date(2026, month, 9), 2 * WAN)

    act(build)
    client = official(ScopeLevel.TOWN, CAOJIANG)
    assert "还不够推算" in client.get("/statistics/charts").text
    act(set_target, CAOJIANG, 2026, 12 * WAN, "年初", by=None, at=NOW, spread=Spread.EVEN)
    page = client.get("/statistics/charts").text
    assert "全年预计 24.00 万元" in page
    assert "目标的分月" in page


def test_an_empty_year_draws_its_empty_pictures(act, official):
    act(make_places)
    page = official().get("/statistics/charts?year=2022").text
    for words in ("没有可以对照的目标", "还没有可以汇总", "还不够推算"):
        assert words in page


def test_what_was_asked_wrongly_is_said_and_nothing_is_drawn(trade, official):
    client = official()
    for query in ("year=2031", "month=13", "year=2026&month=12", "mode=x"):
        answer = client.get(f"/statistics/charts?{query}")
        assert answer.status_code == 422
        assert "请改正上面的条件" in answer.text
    assert client.get(f"/statistics/charts?town={'9' * 9}").status_code == 404
    elsewhere = official(ScopeLevel.COUNTY, "441721")
    assert elsewhere.get(f"/statistics/charts?town={SHIGU}").status_code == 404
    page = elsewhere.get("/statistics/charts").text
    assert "程村镇" in page
    assert "石鼓镇" not in page


def test_it_asks_the_database_little(trade, official, app):
    client = official()
    client.get("/statistics/charts")
    with counted_queries(app) as statements:
        assert client.get("/statistics/charts").status_code == 200
    assert len(statements) <= MOST_STATEMENTS


def rows_of(page: str, label: str) -> list[list[str]]:
    """The cells of the table in the box with this label."""
    box = page.split(f'role="region" aria-label="{label}"')[1].split("</table>")[0]
    return [
        [client_words(cell) for cell in re.findall(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", row, re.S)]
        for row in re.findall(r"<tr\b[^>]*>(.*?)</tr>", box, re.S)
    ]


def client_words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", "", html).split())
