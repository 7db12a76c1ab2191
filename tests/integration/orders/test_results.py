"""The results in the open: sums that everybody may see, and nobody's purchases."""

import csv
import io
import json
from datetime import UTC, date, datetime

import pytest
import time_machine

from orders.closing.models import CloseState, MonthClose
from orders.records.models import BuyerType
from shop.db import db
from shop.kept import forget
from tests.factories.people import make_cooperative, make_places
from tests.factories.sales import make_entry, make_refund
from tests.parts.queries import counted_queries

NOW = datetime(2026, 4, 30, 6, tzinfo=UTC)
SHIGU, CAOJIANG, GUANZHU, CHENGCUN = "440981127", "440981124", "440904116", "441721101"
WAN = 1_000_000  # fen
SECRETS = ("示例单位", "唯一的单位", "白糖罂荔枝")
MOST_STATEMENTS = 5


@pytest.fixture(autouse=True)
def _april():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def trade(act):
    """January of one unit alone; a town that only one unit bought from; a refund."""

    def build():
        make_places()
        shigu, caojiang, chengcun = (make_cooperative(code) for code in (SHIGU, CAOJIANG, CHENGCUN))
        for day in (4, 5):
            make_entry(shigu, date(2026, 1, day), WAN, buyer_type=BuyerType.UNION)
        sale = make_entry(shigu, date(2026, 2, 4), 3 * WAN)
        make_refund(sale, date(2026, 3, 4), WAN)
        make_entry(shigu, date(2026, 3, 5), 5 * WAN, buyer_type=BuyerType.UNION)
        make_entry(caojiang, date(2026, 2, 4), 4 * WAN)
        make_entry(caojiang, date(2026, 2, 5), 4 * WAN, buyer_type=BuyerType.PRIVATE)
        given = {"buyer_type": BuyerType.PRIVATE, "buyer_unit": "唯一的单位"}
        make_entry(chengcun, date(2026, 3, 4), 9 * WAN, **given)
        make_entry(chengcun, date(2026, 3, 5), 9 * WAN, **given)
        make_entry(shigu, date(2025, 12, 5), 77 * WAN)
        for town, month in ((SHIGU, "2026-02"), (CAOJIANG, "2026-02")):
            close = MonthClose(town_code=town, month=month, version=1, round=1)
            close.state = CloseState.LOCKED
            db.session.add(close)

    act(build)


@pytest.mark.both_engines
def test_anybody_reads_totals_months_and_towns_that_sum_up(trade, client):
    page = client.get("/results")
    assert page.status_code == 200
    for words in ("35.00", "1月至2月", "13.00", "3月", "22.00", "2026 年帮扶成效"):
        assert words in page.text
    data = json.loads(client.get("/results.json").data)
    assert (data["year"], data["net_fen"]) == (2026, 35 * WAN)
    months = [(row["months"], row["net_fen"], row["locked"]) for row in data["months"]]
    assert months == [
        (["2026-01", "2026-02"], 13 * WAN, False),
        (["2026-03"], 22 * WAN, False),
        (["2026-04"], 0, False),
    ]
    for part in ("months", "towns"):
        assert sum(row["net_fen"] for row in data[part]) == data["net_fen"]
        assert sum(row["net_weight_g"] for row in data[part]) == data["net_weight_g"]


@pytest.mark.both_engines
def test_what_one_unit_bought_is_not_told_apart(trade, client):
    data = json.loads(client.get("/results.json").data)
    towns = [([place["name"] for place in r["towns"]], r["net_fen"]) for r in data["towns"]]
    # 程村镇 sold to one unit only: the smallest of the others stands in its sum.
    assert towns == [
        (["高州市石鼓镇"], 9 * WAN),
        (["高州市曹江镇", "阳西县程村镇"], 26 * WAN),
    ]
    for address in ("/results", "/results.json", "/results.csv"):
        text = client.get(address).text
        assert "18.00" not in text
        assert str(18 * WAN) not in text
        for secret in SECRETS:
            assert secret not in text


def test_what_is_locked_is_said_and_everything_else_is_not_locked_yet(trade, client, act):
    assert "已锁定</span>" not in client.get("/results").text.split("这些数字怎么来的")[0]
    act(lambda: db.session.add(_locked(SHIGU, "2026-01")))
    forget_in(client)
    data = json.loads(client.get("/results.json").data)
    assert [row["locked"] for row in data["months"]] == [True, False, False]
    assert "已锁定</span>" in client.get("/results").text
    assert '"月份","2026-01、2026-02",130000.00,' in client.get("/results.csv").text


def test_the_csv_says_the_same_and_is_kept_by_caches(trade, client):
    answer = client.get("/results.csv?year=2026")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0] == ["类型", "名称", "净额（元）", "净重（公斤）", "状态"]
    assert rows[1][:3] == ["月份", "2026-01、2026-02", "130000.00"]
    assert rows[-1][:3] == ["合计", "2026（2026-04-30）", "350000.00"]
    towns = [float(row[2]) for row in rows if row[0] == "镇"]
    assert sum(towns) == float(rows[-1][2])
    again = client.get(
        "/results.csv", headers={"If-Modified-Since": answer.headers["Last-Modified"]}
    )
    assert again.status_code == 304
    english = client.get("/results.csv", headers={"Accept-Language": "en"})
    assert english.data == answer.data


@pytest.mark.parametrize("year", ["x", "1999", "2027", "２０２６", "-1", "99999"])
def test_a_year_that_can_have_none_shows_this_year(trade, client, year):
    assert "2026 年帮扶成效" in client.get("/results", query_string={"year": year}).text
    data = json.loads(client.get("/results.json", query_string={"year": year}).data)
    assert data["year"] == 2026


def test_earlier_years_stay_and_empty_ones_say_so(trade, client):
    # One buyer in the whole year: its total is the year's, and nothing is broken down.
    data = json.loads(client.get("/results.json?year=2025").data)
    assert data["net_fen"] == 77 * WAN
    assert len([row for row in data["months"] if row["net_fen"]]) == 1
    assert "这一年还没有验收的销售" in client.get("/results?year=2022").text
    assert json.loads(client.get("/results.json?year=2022").data)["towns"] == []


def test_it_is_linked_from_every_page_and_asks_little(trade, client, app):
    assert 'href="/results"' in client.get("/").text
    forget_in(client)
    with counted_queries(app) as statements:
        client.get("/results.json")
    assert len(statements) <= MOST_STATEMENTS
    with counted_queries(app) as statements:
        client.get("/results.json")
    assert statements == []


def _locked(town: str, month: str) -> MonthClose:
    return MonthClose(town_code=town, month=month, version=1, round=1, state=CloseState.LOCKED)


def forget_in(client):
    with client.application.app_context():
        forget()
