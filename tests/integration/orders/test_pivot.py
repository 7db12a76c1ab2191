"""Any dimensions as rows, in any order: every number leads to its lines, inside the scope."""

import re
from datetime import UTC, date, datetime
from html import unescape

import pytest
import time_machine

from catalog.categories.services import load_categories
from orders.records.models import BuyerType
from orders.rollups.handlers import move_watermark
from orders.sales.models import Channel, Mode
from orders.targets.services import set_target
from shop.accounts.people.models import ScopeLevel
from tests.factories.catalog import make_variant
from tests.factories.orders import accepted, dispatched, paid, place
from tests.factories.people import (
    make_cooperative,
    make_official,
    make_places,
    make_resident,
    sign_in,
)
from tests.factories.sales import make_entry, make_refund
from tests.parts.queries import counted_queries

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
SHIGU, GUANZHU = "440981127", "440904116"
MOST_STATEMENTS = 14


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def market(act, app):
    """Two towns that sold this year and last year, the first months of it rolled up."""

    def build():
        make_places()
        load_categories()
        for number, town in enumerate((SHIGU, GUANZHU), 1):
            seller = make_cooperative(town)
            sale = make_entry(seller, date(2026, 3, 31), number * 4_000_000, channel=Channel.FAIR)
            make_refund(sale, date(2026, 11, 2), number * 1_000_000)
            make_entry(
                seller,
                date(2026, 11, 23),
                number * 500_000,
                channel=Channel.AGREEMENT,
                buyer_type=BuyerType.PRIVATE,
                mode=Mode.HELPED,
                category=(2, "蔬菜"),
            )
            make_entry(seller, date(2025, 11, 23), number * 2_000_000)
            make_entry(seller, date(2025, 11, 24), number * 7)
            set_target(town, 2026, 10_000_000, "年初", by=None, at=NOW)

    act(build)
    with app.app_context():
        move_watermark(NOW)


@pytest.fixture
def official(act, app):
    def enter(level=ScopeLevel.BUREAU, code=None):
        account = act(make_official, level, code)
        client = app.test_client()
        sign_in(client, account)
        return client

    return enter


@pytest.mark.usefixtures("market")
def test_towns_stand_beside_their_targets_last_year_and_each_other(official):
    rows = rows_of(official().get("/statistics/pivot").text)
    first = rows[0]
    assert first[0].endswith("观珠镇")
    # Net, refunds, lines, tonnes, last year, year on year, share, rank; target, completion, pace.
    assert first[1:9] == ["7.00", "2.00", "3", "0.00", "4.00", "75.0", "66.7", "1"]
    assert first[9:] == ["10.00", "70.0", "89.6", "-19.6"]
    assert rows[-1][1:4] == ["10.50", "3.00", "6"]
    assert len(rows) == 11  # the ten assisted towns, and the total


@pytest.mark.usefixtures("market")
def test_categories_and_buyers_stand_beside_their_own_targets(act, official):
    def want(town, fen, **about):
        act(lambda: set_target(town, 2026, fen, "年初", by=None, at=NOW, **about))

    want(GUANZHU, 2_000_000, category_id=2)
    want(SHIGU, 500_000, category_id=2, buyer_type=BuyerType.PRIVATE)
    want(SHIGU, 250_000, category_id=3)
    want(GUANZHU, 4_000_000, buyer_type=BuyerType.UNION)
    client = official()

    def ends(query):
        return {row[0]: row[9:] for row in rows_of(client.get(f"/statistics/{query}").text)[:-1]}

    assert ends("pivot?first=category") == {
        "水果": ["", "—", "89.6", "—"],
        "蔬菜": ["2.00", "75.0", "89.6", "-14.6"],
        "水产": ["0.25", "0.0", "89.6", "-89.6"],
    }
    assert ends("pivot?first=category&buyer_type=private") == {
        "蔬菜": ["0.50", "300.0", "89.6", "210.4"]
    }
    assert ends("pivot?first=buyer_type")["工会"] == ["4.00", "0.0", "89.6", "-89.6"]
    assert ends("pivot?first=county&category=2")["电白区"][:2] == ["2.00", "50.0"]
    summary = client.get("/statistics?by=category").text
    vegetables = rows_of(summary[summary.rindex("<tbody>") :])[1]
    assert vegetables[:3] == ["蔬菜", "2.00", "1.50"]
    assert "年度目标" not in client.get("/statistics/pivot?first=category&mode=direct").text


@pytest.mark.usefixtures("market")
def test_rows_split_by_three_levels_in_the_order_that_was_chosen(official):
    page = official().get("/statistics/pivot?first=month&second=mode&third=town").text
    rows = rows_of(page)
    assert [row[:2] for row in rows[:2]] == [["2026-03", "直接采购"]] * 2
    assert rows[0][2].endswith("观珠镇")
    november = [row for row in rows if row[0] == "2026-11"]
    assert [row[1] for row in november] == ["帮助销售"] * 2 + ["直接采购"] * 2
    assert "年度目标" not in page[page.index("<thead>") :]
    # The line of last November counts up to the same day only.
    assert rows[-1][5] == "6.00"


@pytest.mark.sqlite_only
@pytest.mark.usefixtures("market")
@pytest.mark.parametrize(
    "turned",
    ["first=town", "first=month&second=channel", "first=buyer_type&channel=not_online&to=2026-11"],
)
def test_every_number_leads_to_the_lines_that_it_is_the_sum_of(official, turned):
    client = official()
    page = client.get(f"/statistics/pivot?{turned}").text
    links = re.findall(r'<a href="(/statistics/ledger[^"]+)">([^<]+)</a>', page)
    assert len(links) >= 10
    for url, number in links:
        assert f">{number}<" in client.get(unescape(url)).text, url


@pytest.mark.usefixtures("market")
def test_each_sees_only_their_scope(official):
    rows = rows_of(official(ScopeLevel.COUNTY, "440981").get("/statistics/pivot").text)
    assert rows[-1][1] == "3.50"
    assert not any(row[0].endswith("观珠镇") for row in rows)
    assert official(ScopeLevel.TOWN, SHIGU).get(
        f"/statistics/pivot?town={GUANZHU}"
    ).status_code == (404)


@pytest.mark.usefixtures("market")
def test_the_choices_stay_in_the_form_and_in_the_address(official):
    page = (
        official().get("/statistics/pivot?first=channel&mode=direct&from=2026-03&to=2026-03").text
    )
    assert '<option selected value="channel">' in page or 'value="channel" selected' in page
    assert rows_of(page)[-1][1] == "12.00"


def test_ordered_and_paid_stand_beside_accepted(act, official):
    at = datetime(2026, 10, 31, 17, tzinfo=UTC)  # already November in Zhuhai

    def build():
        load_categories()
        variant = make_variant(make_cooperative(SHIGU), price_fen=750_000, at=at)
        accepted(dispatched(paid(place(make_resident(), {variant: 4}, at=at))))
        place(make_resident(), {variant: 2}, at=at)

    act(build)
    rows = rows_of(official().get("/statistics/pivot?first=month&second=channel&orders=1").text)
    assert rows[0][:5] == ["2026-11", "线上", "4.50", "3.00", "3.00"]


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize("turned", ["first=town", "first=cooperative&second=month&orders=1"])
def test_the_page_takes_few_statements(official, app, turned):
    client = official()
    with counted_queries(app) as statements:
        assert client.get(f"/statistics/pivot?{turned}").status_code == 200
    assert len(statements) <= MOST_STATEMENTS, statements


@pytest.mark.parametrize(
    "turned",
    [
        "first=moon",
        "first=town&second=town",
        "first=town&second=month&third=month",
        "from=2026-11&to=2026-01",
        "to=2027-01",
        "orders=2",
    ],
)
def test_what_makes_no_sense_is_explained(act, official, turned):
    answer = official().get(f"/statistics/pivot?{turned}")
    assert answer.status_code == 422
    assert "还差一点，请看这几处" in answer.text


def rows_of(page: str) -> list[list[str]]:
    table = page[page.index("<tbody>") : page.index("</table>")]
    return [
        [
            unescape(re.sub(r"<[^>]+>", "", cell)).strip()
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        ]
        for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    ]
