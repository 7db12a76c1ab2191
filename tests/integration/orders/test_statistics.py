"""Officials see the sales of their scope, nothing else, and where every number comes from."""

import re
from datetime import UTC, date, datetime
from html import unescape

import pytest
import time_machine

from catalog.categories.models import Category
from catalog.categories.services import load_categories
from orders.records.models import BuyerType
from orders.sales.models import Mode
from orders.targets.services import set_target
from shop.accounts.people.models import ScopeLevel
from shop.db import db
from tests.factories.catalog import make_variant
from tests.factories.orders import accepted, dispatched, paid, place
from tests.factories.people import (
    make_administrator,
    make_cooperative,
    make_cooperative_member,
    make_finance,
    make_official,
    make_places,
    make_resident,
    sign_in,
)
from tests.factories.sales import make_entry, make_refund
from tests.parts.pages import see
from tests.parts.queries import counted_queries

pytestmark = pytest.mark.both_engines

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
SHIGU, CAOJIANG, GUANZHU, CHENGCUN = "440981127", "440981124", "440904116", "441721101"
PAGES = (
    "/statistics",
    "/statistics/ledger",
    "/statistics/exports",
    "/statistics/exports/detail.csv?from=2026-01&to=2026-11",
    "/statistics/exports/summary.csv?from=2026-01&to=2026-11",
    "/statistics/exports/jobs/detail.csv?from=2026-01&to=2026-11",
    "/statistics/brief",
)
MOST_STATEMENTS = 15


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def market(act):
    """Sales in four towns of three counties and two cities, some refunded, some last year."""

    def build():
        make_places()
        load_categories()
        sellers = {town: make_cooperative(town) for town in (SHIGU, CAOJIANG, GUANZHU, CHENGCUN)}
        for number, seller in enumerate(sellers.values(), 1):
            sale = make_entry(seller, date(2026, 10, 31), number * 1_000_000)
            make_refund(sale, date(2026, 11, 2), number * 250_000)
            make_entry(
                seller,
                date(2026, 11, 5),
                number * 10_000,
                buyer_type=BuyerType.PRIVATE,
                mode=Mode.HELPED,
            )
            make_entry(seller, date(2025, 11, 23), number * 500_000)
            make_entry(seller, date(2025, 11, 24), number * 7)  # after the same day last year
            set_target(seller.town_code, 2026, 4_000_000, "年初", by=None, at=NOW)
        return {town: seller.id for town, seller in sellers.items()}

    return act(build)


@pytest.fixture
def official(act, app):
    """A signed-in official of a scope."""

    def enter(level=ScopeLevel.BUREAU, code=None):
        account = act(make_official, level, code)
        client = app.test_client()
        sign_in(client, account)
        return client

    return enter


# ── Who sees what ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("level", "code", "towns"),
    [
        (ScopeLevel.BUREAU, None, [SHIGU, CAOJIANG, GUANZHU, CHENGCUN]),
        (ScopeLevel.CITY, "440900", [SHIGU, CAOJIANG, GUANZHU]),
        (ScopeLevel.COUNTY, "440981", [SHIGU, CAOJIANG]),
        (ScopeLevel.TOWN, CHENGCUN, [CHENGCUN]),
    ],
)
def test_each_level_sees_only_its_own(market, official, level, code, towns):
    client = official(level, code)
    numbers = [1 + list(market).index(town) for town in towns]
    year = sum(numbers) * 760_000
    overview = client.get("/statistics").text
    assert totals_of_table(overview)["本年累计"] == wan(year)
    assert totals_of_table(overview)["上年同期"] == wan(sum(numbers) * 500_000)
    ledger = client.get("/statistics/ledger?from=2025-01&to=2026-11").text
    assert f"合计（全部 {len(towns) * 5} 笔）" in ledger
    detail = client.get("/statistics/exports/detail.csv?from=2025-01&to=2026-11").text
    rows = [line for line in detail.splitlines() if line[:1].isdigit()]
    assert len(rows) == len(towns) * 5
    summary = client.get("/statistics/exports/summary.csv?from=2026-01&to=2026-11").text
    assert f'"合计",{len(towns) * 4}.00,' in summary
    names = {SHIGU: "石鼓镇", CAOJIANG: "曹江镇", GUANZHU: "观珠镇", CHENGCUN: "程村镇"}
    for town, name in names.items():
        for page in (overview, ledger, detail, summary):
            assert (name in page) == (town in towns)


BEYOND = (
    "county=440904",
    "county=440402",
    "county=999999",
    "county=44",
    "county=44098%00",
    "town=44098112%00",
    f"town={GUANZHU}",
    f"town={CHENGCUN}",
    "town=44098199",
    "town=石鼓镇",
    "cooperative=999999999999",
    "cooperative=-1",
    "category=99999",
    "category=x",
)


def test_what_lies_beyond_the_scope_is_not_found(market, official):
    client = official(ScopeLevel.COUNTY, "440981")
    # The form of exports names nothing: it only leads to the files.
    for page in (page for page in PAGES if page != "/statistics/exports"):
        for beyond in BEYOND:
            address = f"{page}{'&' if '?' in page else '?'}{beyond}"
            assert client.get(address).status_code == 404, address


def test_a_line_or_cooperative_of_elsewhere_is_not_found(market, official, act):
    elsewhere = act(lambda: make_entry(make_cooperative(CHENGCUN), date(2026, 11, 1)).id)
    client = official(ScopeLevel.COUNTY, "440981")
    assert client.get(f"/statistics/ledger/{elsewhere}").status_code == 404
    assert client.get(f"/statistics?cooperative={market[CHENGCUN]}").status_code == 404
    assert client.get("/statistics/ledger/99999999999999999999").status_code == 404
    assert official().get(f"/statistics/ledger/{elsewhere}").status_code == 200


def test_a_town_may_ask_for_its_own_county_and_sees_only_itself(market, official):
    client = official(ScopeLevel.TOWN, SHIGU)
    page = client.get("/statistics?by=county&county=440981").text
    assert totals_of_table(page)["本年累计"] == wan(760_000)


def test_nobody_but_officials_sees_statistics(app, act):
    stranger = app.test_client()
    for make in (make_resident, make_cooperative_member, make_finance, make_administrator):
        client = app.test_client()
        sign_in(client, act(make))
        for page in PAGES:
            assert client.get(page).status_code == 403
            assert stranger.get(page).status_code == 302


# ── What the overview says ──────────────────────────────────────────────────────────────────────


def test_completion_stands_beside_the_time_and_last_year(market, official):
    page = official().get("/statistics").text
    total = totals_of_table(page)
    # 7.60 of 16 yuan times ten thousand are 47.5 %; the 327th of 365 days is 89.6 %.
    assert total["年度目标"] == "16.00"
    assert (total["完成率%"], total["时序进度差"]) == ("47.5", "-42.1")
    assert (total["本月"], total["本年累计"]) == ("-2.40", "7.60")
    assert (total["上年同期"], total["同比%"]) == ("5.00", "52.0")
    assert (total["直接采购"], total["帮助销售"]) == ("7.50", "0.10")
    assert "89.6%" in page


def test_a_chosen_month_ends_the_table_with_it(market, official):
    total = totals_of_table(official().get("/statistics?year=2026&month=10").text)
    assert (total["本月"], total["本年累计"], total["上年同期"]) == ("10.00", "10.00", "0.00")
    assert total["同比%"] == "—"


def test_a_past_year_is_shown_whole_and_without_targets_it_has_none(market, official):
    total = totals_of_table(official().get("/statistics?year=2025").text)
    assert (total["年度目标"], total["完成率%"], total["本年累计"]) == ("", "—", "5.00")


def test_towns_rank_by_completion_and_those_without_sales_have_rows(market, official):
    rows = rows_of_table(official().get("/statistics?by=town").text)
    assert len(rows) == 11  # the ten assisted towns, and the total
    ranks = {row["镇"]: row["排名"] for row in rows}
    assert (ranks["阳西县程村镇"], ranks["高州市石鼓镇"]) == ("1", "4")
    assert ranks["信宜市池洞镇"] == ""
    idle = next(row for row in rows if row["镇"] == "信宜市池洞镇")
    assert (idle["本年累计"], idle["年度目标"], idle["同比%"]) == ("0.00", "", "—")
    assert rows[-1]["备注"] == "另有 6 个镇未设目标"


@pytest.mark.parametrize(
    ("by", "first"),
    [
        ("county", "县(市、区)"),
        ("town", "镇"),
        ("category", "产品类别"),
        ("cooperative", "供货主体"),
        ("buyer_type", "采购方类型"),
    ],
)
def test_the_table_has_exactly_the_columns_that_are_handed_in(market, official, by, first):
    rows = rows_of_table(official().get(f"/statistics?by={by}").text)
    assert " | ".join(rows[0]) == (
        f"{first} | 年度目标 | 本月 | 本年累计 | 上年同期 | 同比% | 完成率% | 时序进度差 | "
        "直接采购 | 帮助销售 | 线上 | 线下 | 其中工会 | 展销会场次 | 供货主体数 | 在售产品数 | "
        "带动户数(去重) | 其中脱贫、监测户 | 带动就业 | 排名 | 备注"
    )
    assert all(row["展销会场次"] == row["带动户数(去重)"] == "" for row in rows)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("by", ["county", "category", "buyer_type"])
def test_every_number_leads_to_lines_that_sum_to_it(market, official, by):
    client = official()
    links = re.findall(
        r'<td class="n[^"]*"><a href="(/statistics/ledger[^"]+)">([-0-9,.]+)</a>',
        summary_of(client.get(f"/statistics?by={by}").text),
    )
    assert len(links) >= 8
    for url, number in links:
        ledger = client.get(unescape(url)).text
        foot = (
            texts_of(ledger[ledger.index("<tfoot>") :]) if "<tfoot>" in ledger else [0, 0, 0, "0"]
        )
        net_fen = int(foot[3].replace(",", "").replace(".", ""))
        assert wan(net_fen) == number, url


@pytest.mark.parametrize("by", ["county", "town", "category", "cooperative", "buyer_type"])
def test_the_overview_takes_few_statements(market, official, app, by):
    client = official(ScopeLevel.COUNTY, "440981")
    with counted_queries(app) as statements:
        assert client.get(f"/statistics?by={by}").status_code == 200
    assert len(statements) <= MOST_STATEMENTS, statements


def test_renaming_a_category_changes_no_row_of_the_past(market, official, act):
    page = official().get("/statistics?by=category").text
    assert "水果" in rows_of_table(page)[0]["产品类别"]

    def rename():
        category = db.session.get_one(Category, 1)
        category.name = "改名后的类别"

    act(rename)
    rows = rows_of_table(official().get("/statistics?by=category").text)
    assert rows[0]["产品类别"] == "水果"


def test_an_offline_column_without_any_record_is_blank_and_not_zero(act, official):
    act(make_places)
    total = totals_of_table(official().get("/statistics").text)
    assert (total["线下"], total["线上"], total["本年累计"]) == ("", "0.00", "0.00")


# ── From an order ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def order(act):
    """10-01 ordered and paid, 10-04 accepted; a second one waits for its money."""
    at = datetime(2026, 10, 1, 2, tzinfo=UTC)

    def build():
        load_categories()
        buyer = make_resident(name="秘密人")
        variant = make_variant(make_cooperative(SHIGU), price_fen=75_000, at=at)
        done = accepted(dispatched(paid(place(buyer, {variant: 4}, at=at))))
        place(make_resident(), {variant: 2}, at=at)
        return done.number

    return act(build)


def test_ordered_paid_and_accepted_stand_side_by_side(order, official):
    page = official().get("/statistics").text
    panel = page[page.index("下单、付款、验收") : page.index("只有验收计入销售额")]
    assert re.findall(r"([0-9.]+) 万元", panel) == ["0.45", "0.30", "0.30"]


def test_a_line_shows_its_order_and_nobody_s_name_phone_or_street(order, official):
    client = official()
    listing = client.get("/statistics/ledger").text
    entry = re.search(r"/statistics/ledger/(\d+)", listing)
    page = client.get(entry[0]).text
    assert order in page
    assert "市民" in page
    assert "香洲区" in page
    assert "10-04" in page
    detail = client.get("/statistics/exports/detail.csv?from=2026-01&to=2026-11").text
    for shown in (listing, page, detail):
        for secret in ("秘密人", "何小满", "13800000000", "港一路"):
            assert secret not in shown


def test_an_online_line_leads_to_the_batches_it_was_picked_from(order, official, app):
    client = official(ScopeLevel.COUNTY, "440981")
    address = re.search(r"/statistics/ledger/\d+", client.get("/statistics/ledger").text)[0]
    with counted_queries(app) as statements:
        page = see(client, address)
    assert len(statements) <= MOST_STATEMENTS, statements
    trace = see(client, page.link("批次"))
    number = re.search(r"合格证 (\S+)", page.text)[1]
    assert number in trace.text
    assert official(ScopeLevel.TOWN, CAOJIANG).get(address).status_code == 404


# ── What people type into addresses ─────────────────────────────────────────────────────────────


NONSENSE = (
    "/statistics?year=x",
    "/statistics?year=1999",
    "/statistics?year=99999999999999999999",
    "/statistics?month=13",
    "/statistics?year=2026&month=12",
    "/statistics?by=moon",
    "/statistics?mode=both",
    "/statistics?buyer_type=%00",
    "/statistics/ledger?from=2026-13",
    "/statistics/ledger?from=2026-11&to=2026-01",
    "/statistics/ledger?to=2027-01",
    "/statistics/ledger?from=２０２６-01",
    "/statistics/ledger?until=2026-02-31",
    "/statistics/ledger?from=2026-01&to=2026-02&until=2026-03-01",
    "/statistics/ledger?channel=<script>",
)


def test_a_question_that_makes_no_sense_is_explained(market, official):
    client = official()
    for address in NONSENSE:
        answer = client.get(address)
        assert answer.status_code == 422, address
        assert "还差一点，请看这几处" in answer.text
        assert "<script>" not in answer.text


def test_pages_of_the_ledger_that_do_not_exist_are_empty(market, official):
    assert official().get("/statistics/ledger?page=99999999999").status_code == 200


# ── Reading the page ────────────────────────────────────────────────────────────────────────────


def summary_of(page: str) -> str:
    return page[page.index('aria-label="汇总表"') :]


def rows_of_table(page: str) -> list[dict[str, str]]:
    """The rows of the summary on screen, the total last, by the titles of the columns."""
    head, *rows = re.findall(r"<tr>(.*?)</tr>", summary_of(page), re.DOTALL)
    return [dict(zip(texts_of(head), texts_of(row), strict=True)) for row in rows]


def totals_of_table(page: str) -> dict[str, str]:
    return rows_of_table(page)[-1]


def texts_of(markup: str) -> list[str]:
    cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", markup, re.DOTALL)
    return [unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in cells]


def wan(fen: int) -> str:
    """万元 as the page writes it, for amounts that are whole hundreds of yuan or rounded up."""
    hundredths = (abs(fen) + 5_000) // 10_000
    return f"{'-' if fen < 0 and hundredths else ''}{hundredths // 100:,}.{hundredths % 100:02d}"
