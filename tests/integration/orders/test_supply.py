"""Tonnes by category and week: each number leads to its parts, what nobody knows stays blank."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape
from io import BytesIO

import pytest
import time_machine
from python_calamine import CalamineWorkbook

from catalog.categories.services import load_categories
from catalog.expectations.rules import Week, week_of, weeks_from
from catalog.expectations.services import Said, expect
from catalog.products.models import Variant
from orders.records.models import OrderLine
from orders.rollups.handlers import move_watermark
from orders.rollups.queries import sums_by
from orders.rollups.rules import Dimension, Span
from orders.sales.queries import Slice
from shop.accounts.people.models import ScopeLevel
from shop.accounts.people.rules import Scope
from shop.db import db
from tests.factories.catalog import make_category, make_product, make_variant
from tests.factories.orders import accepted, dispatched, paid, place
from tests.factories.people import (
    make_cooperative,
    make_official,
    make_places,
    make_resident,
    sign_in,
)
from tests.factories.sales import make_entry, make_refund, roll_up_some
from tests.parts.queries import counted_queries
from tests.parts.tables import read_csv, read_xlsx

NOW = datetime(2026, 11, 25, 6, tzinfo=UTC)  # a Wednesday
SHIGU, GUANZHU = "440981127", "440904116"
PRESENT = Week(2026, 48)
PAGE = "/statistics/supply"
MOST_STATEMENTS = 16


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def market(act, app):
    """A town with fruit of every kind of knowledge, and another with some fruit of its own."""

    def build():
        make_places()
        load_categories()
        fruit = make_category("fruit")
        named = {"category": (fruit.id, fruit.name)}
        seller, other = make_cooperative(SHIGU), make_cooperative(GUANZHU)
        goods = make_variant(seller, stock=2000)
        foreign = make_product(other)
        expect(
            seller.id,
            goods.product_id,
            [Said(PRESENT, 4_000_000, 0), Said(PRESENT.after(1), 1_000_000, 0)],
            by=None,
            at=NOW,
        )
        expect(other.id, foreign.id, [Said(PRESENT.after(1), 9_000_000, 0)], by=None, at=NOW)
        # Accepted: the week before last, with a line nobody weighed and a refund; and this week.
        sale = make_entry(seller, date(2026, 11, 9), net_weight_g=3_000_000, **named)
        make_entry(seller, date(2026, 11, 15), net_weight_g=None, **named)
        make_refund(sale, date(2026, 11, 15), 100)
        make_entry(seller, date(2026, 11, 15), net_weight_g=3_500_000, **named)
        make_entry(seller, date(2026, 11, 16), net_weight_g=20_000, **named)
        make_entry(seller, date(2026, 11, 23), net_weight_g=500_000, **named)
        make_entry(other, date(2026, 11, 23), net_weight_g=7_000_000, **named)
        # A year earlier, the 50th week of 2025: Monday, and the Monday after it.
        make_entry(seller, date(2025, 12, 8), net_weight_g=6_000_000, **named)
        make_entry(seller, date(2025, 12, 15), net_weight_g=None, **named)
        # Ordered for this week: 2.5 kg a box.
        order = paid(place(make_resident(), {goods: 400}, at=NOW))
        assert week_of(order.sub_orders[0].promised_on) == PRESENT
        return seller, goods, fruit

    built = act(build)
    with app.app_context():
        move_watermark(NOW)
    return built


@pytest.fixture
def official(act, app):
    def enter(level=ScopeLevel.BUREAU, code=None):
        account = act(make_official, level, code)
        client = app.test_client()
        sign_in(client, account)
        return client

    return enter


def cells_of(html, row):
    """The texts of a category's four rows, or of the total's."""
    body = html.split("<tbody>" if row != "合计" else "<tfoot>")
    part = next(p for p in body[1:] if row == "合计" or f">{row}</th>" in p.split("</tr>")[0])
    found = {}
    for line in re.findall(r"<tr>(.*?)</tr>", part, re.DOTALL):
        head = re.search(r'<th scope="row" class="first">(.*?)</th>', line)
        if head:
            texts = re.findall(r"<td[^>]*>(.*?)</td>", line, re.DOTALL)
            found[head[1]] = [
                " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split()) for text in texts
            ]
    return found


def links_of(html, words):
    return [unescape(url) for url in re.findall(rf'<a href="([^"]+)">{words}</a>', html)]


def test_a_town_reads_what_it_expects_supplied_and_lacks(market, official):
    answer = official(ScopeLevel.TOWN, SHIGU).get(PAGE)
    rows = cells_of(answer.text, "水果")
    # Weeks 44 to 55: four before the present one, and seven after it.
    assert rows["预计采收"] == ["", "", "", "", "4.00", "1.00", *[""] * 6]
    # 3 t − 3 t refunded + 3.5 t, and a line that nobody weighed; then 20 kg; then 0.5 t.
    assert rows["已供应"] == ["", "", "3.50 1 笔不明", "0.02", "0.50", *[""] * 7]
    # This week 1 t is ordered beside the 0.5 t accepted; in the 50th it was 6 t last year, and what
    # only had a line without a weight is not known.
    assert rows["要货"] == [*[""] * 4, "1.50", "", "6.00", *[""] * 5]
    assert rows["余缺"] == [*[""] * 4, "余 2.50", "", "未报预计", *[""] * 5]
    assert "1 笔线下销售没有重量" in answer.text
    assert "还没有合作社报预计的：水果" in answer.text


def test_each_number_leads_to_what_it_is_made_of(market, official):
    town = official(ScopeLevel.TOWN, SHIGU)
    page = town.get(PAGE).text
    (url,) = links_of(page, "3.50")
    lines = town.get(url).text
    assert "2026年11月9日至2026年11月15日" in lines
    assert ">3.50<" in lines
    assert "2026-11-16" not in lines
    (url,) = links_of(page, "1.00")
    parts = town.get(url).text
    assert "白糖罂荔枝" in parts
    assert "1.00" in parts
    (url,) = links_of(page, r"1\.50")
    parts = town.get(url).text
    # What is ordered, what was accepted this week, nothing of last year, and the sum.
    cells = re.findall(r'<td class="n">(?:<a[^>]*>)?([0-9.]*)', parts.split("<tbody>")[1])
    assert cells[:5] == ["1.00", "0.50", "", "1.50", "4.00"]
    assert "余 2.50" in parts
    assert links_of(page, r"余 2\.50") == [url]
    assert "2026-11-23" in town.get(links_of(parts, r"0\.50")[0]).text
    (url,) = links_of(page, r"6\.00")
    before = links_of(town.get(url).text, r"6\.00")[0]
    assert "2025-12-08" in town.get(before).text


def test_scopes_and_filters_show_only_what_is_theirs(market, official):
    whole = official()
    seller, _, fruit = market
    assert cells_of(whole.get(PAGE).text, "水果")["预计采收"][4:6] == ["4.00", "10.00"]
    narrowed = whole.get(f"{PAGE}?cooperative={seller.id}&category={fruit.id}").text
    assert cells_of(narrowed, "水果")["预计采收"][4:6] == ["4.00", "1.00"]
    assert cells_of(narrowed, "水果")["已供应"][4] == "0.50"
    elsewhere = official(ScopeLevel.TOWN, GUANZHU)
    assert cells_of(elsewhere.get(PAGE).text, "水果")["已供应"][2:5] == ["", "", "7.00"]
    for path in (f"{PAGE}?town={SHIGU}", f"{PAGE}/2026-W49/expected?town={SHIGU}"):
        assert elsewhere.get(path).status_code == 404
    listed = elsewhere.get(f"{PAGE}/2026-W49/expected").text
    assert "9.00" in listed
    assert seller.name not in listed
    assert "没有等着验收的订单" in elsewhere.get(f"{PAGE}/2026-W48/wanted").text


def test_a_presale_is_expected_only_where_nobody_says_what_will_come(act, market, official):
    seller, goods, _ = market

    def sell_in_advance():
        told = db.session.get_one(Variant, goods.id)
        untold = make_variant(seller, name="晚熟荔枝")
        for variant, days in ((told, 8), (untold, 9)):
            variant.presale_ships_on = NOW.date() + timedelta(days=days)
            variant.presale_cap = 200

    act(sell_in_advance)
    town = official(ScopeLevel.TOWN, SHIGU)
    page = town.get(PAGE).text
    # 200 boxes of 2.5 kg beside the tonne that was announced; the announced one's cap adds nothing.
    assert cells_of(page, "水果")["预计采收"][5] == "1.50 含预售"
    parts = town.get(links_of(page, r"1\.50")[0]).text
    assert "预售上限" in parts
    assert parts.count("0.50") == 1


def test_orders_count_until_they_are_accepted_or_cancelled(act, market, official):
    _, goods, _ = market

    def wanted():
        rows = cells_of(official(ScopeLevel.TOWN, SHIGU).get(PAGE).text, "水果")
        return rows["要货"][4], rows["已供应"][4]

    def order(boxes, then):
        variant = db.session.get_one(Variant, goods.id)
        return then(paid(place(make_resident(), {variant: boxes}, at=NOW)))

    act(order, 40, dispatched)  # on its way: 0.1 t more
    assert wanted() == ("1.60", "0.50")
    act(order, 80, lambda placed: accepted(dispatched(placed, at=NOW), at=NOW))
    assert wanted() == ("1.80", "0.70")

    def make_late():
        for line in db.session.query(OrderLine).where(OrderLine.quantity.in_([40, 400])):
            line.sub_order.promised_on = PRESENT.since - timedelta(days=1)

    act(make_late)
    # What still waits counts this week, what left before it doesn't.
    assert wanted() == ("1.70", "0.70")


@pytest.mark.both_engines
@pytest.mark.parametrize("tenths", [0, 5, 10])
def test_days_are_summed_alike_wherever_the_watermark_stands(act, app, tenths):
    def build():
        make_places()
        load_categories()
        seller = make_cooperative(SHIGU)
        for place_, day in enumerate((date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 15))):
            for weight in (None, 1000 + place_):
                make_entry(seller, day, 100, net_weight_g=weight)
        make_entry(seller, date(2026, 11, 15), 100, net_weight_g=5, category=(2, "蔬菜"))

    act(build)
    act(roll_up_some, tenths, 3)
    part = Slice(
        scope=Scope(ScopeLevel.TOWN, SHIGU), since=date(2026, 10, 31), until=date(2026, 11, 15)
    )
    days = {
        day: Span(day, day)
        for day in map(date.fromordinal, range(part.since.toordinal(), part.until.toordinal() + 1))
    }
    found = act(sums_by, [Dimension.CATEGORY], part, days)
    told = {
        (day, key): (sums.lines, sums.unweighed, sums.weight_g)
        for (key,), held in found.items()
        for day, sums in held.items()
    }
    assert told == {
        (date(2026, 10, 31), "1"): (2, 1, 1000),
        (date(2026, 11, 1), "1"): (2, 1, 1001),
        (date(2026, 11, 15), "1"): (2, 1, 1002),
        (date(2026, 11, 15), "2"): (1, 0, 5),
    }


def test_weeks_that_are_none_or_not_here_yet_are_said_beside_the_field(market, official):
    bureau = official()
    for week, words in (("2025-W53", "请按 2026-W48"), ("2026-W49", "最晚从本周看起")):
        answer = bureau.get(f"{PAGE}?week={week}")
        assert answer.status_code == 422
        assert words in answer.text
        assert f'value="{week}"' in answer.text
    assert bureau.get(f"{PAGE}?week=2025-w50").status_code == 200
    # What is wrong must not wait in a fold; and weeks that were asked for never do.
    assert '<details class="filters-fold no-print" open>' in answer.text
    assert 'id="past"' in bureau.get(PAGE).text
    assert 'id="past"' not in bureau.get(f"{PAGE}?week=2026-W45").text
    for path in ("2025-W53/expected", "2027-W20/expected", "2026-W47/wanted", "x/wanted"):
        assert bureau.get(f"{PAGE}/{path}").status_code == 404


def test_a_ledger_that_begins_within_its_month_says_what_fits(market, official):
    bureau = official()
    ledger = "/statistics/ledger?from=2026-11&to=2026-11"
    assert (
        "导出"
        not in bureau.get(f"{ledger}&since=2026-11-10")
        .text.split("filters")[0]
        .split("page-head")[-1]
    )
    for since, words in (
        ("2026-10-31", "起始日期要在起始月份之内"),
        ("2026-11-26", "起始日期不能晚于"),
        ("x", "请按 2026-11-23"),
    ):
        answer = bureau.get(f"{ledger}&since={since}")
        assert answer.status_code == 422
        assert words in answer.text


def test_the_table_asks_the_same_however_much_there_is(act, app, market, official):
    bureau = official()

    def asked(path):
        with counted_queries(app) as queries:
            assert bureau.get(path).status_code == 200
        return len(queries)

    paths = (PAGE, f"{PAGE}/2026-W48/expected", f"{PAGE}/2026-W48/wanted")
    few = [asked(path) for path in paths]

    def more():
        for slug in ("vegetable", "aquatic"):
            product = make_product(make_cooperative(GUANZHU), category=slug)
            said = [Said(PRESENT.after(n), 1000, 0) for n in range(8)]
            expect(product.cooperative_id, product.id, said, by=None, at=NOW)

    act(more)
    assert [asked(path) for path in paths] == few
    assert few[0] <= MOST_STATEMENTS


def test_the_table_on_screen_is_the_table_in_both_files(market, official):
    town = official(ScopeLevel.TOWN, SHIGU)
    page = town.get(PAGE).text
    screen = cells_of(page, "水果")
    links = [
        unescape(url) for url in re.findall(r'href="(/statistics/exports/supply\.[^"]+)"', page)
    ]
    assert [url.partition("?")[0][-4:] for url in links] == ["xlsx", ".csv"]
    workbook, text = (town.get(url).data for url in links)
    read = read_csv(text, "余缺")
    assert [row["周"] for row in read.rows] == [
        week.code for week in weeks_from(Week(2026, 44), 12)
    ]
    assert (read.rows[4]["周一"], read.rows[4]["周日"]) == ("2026-11-23", "2026-11-29")
    for title in ("预计采收", "要货"):
        assert [row[title] for row in read.rows] == screen[title]
    supplied = [f"{row['已供应']} {row['重量不明（笔）']} 笔不明" for row in read.rows]
    assert [cell.replace("  笔不明", "") for cell in supplied] == screen["已供应"]
    assert [row["说明"] for row in read.rows] == screen["余缺"]
    assert read.rows[4]["余缺"] == "2.50"
    assert read.totals["已供应"] == "4.02"
    assert [numbers_of(row) for row in read_xlsx(workbook, "余缺").rows] == [
        numbers_of(row) for row in read.rows
    ]
    first = CalamineWorkbook.from_filelike(BytesIO(workbook)).get_sheet_by_index(0).to_python()
    assert "供应吨数表" in str(first[0])
    assert "单位:吨" in str(first[1])
    registered = re.findall(
        r"/statistics/exports/register/[0-9]+", town.get("/statistics/exports/register").text
    )
    record = town.get(registered[0])
    assert "产品类别、周" in record.text


def numbers_of(row):
    """A row of a file with its numbers as numbers: a workbook keeps no zeros at their end."""
    is_number = re.compile(r"-?[0-9]+(\.[0-9]+)?").fullmatch
    return {title: Decimal(cell) if is_number(cell) else cell for title, cell in row.items()}


def test_a_file_of_what_cannot_be_shown_is_the_page_that_says_so(market, official):
    for week in ("?week=2025-W53", ""):
        answer = official().get(f"/statistics/exports/supply.csv{week}")
        assert answer.status_code == 422
        assert "请按 2026-W48" in answer.text
    foreign = official(ScopeLevel.TOWN, GUANZHU)
    address = f"/statistics/exports/supply.csv?week=2026-W40&town={SHIGU}"
    assert foreign.get(address).status_code == 404
