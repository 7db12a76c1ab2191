"""The files that officials hand in say what the screen says, in any program that opens them."""

import csv
import io
import itertools
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape
from urllib.parse import unquote

import pytest
import time_machine
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from catalog.categories.services import load_categories
from orders.exports.models import ExportRecord
from orders.exports.views import exports as exports_view
from orders.records.models import BuyerType
from orders.sales.models import Channel, Mode, SalesEntry
from orders.sales.services import take_off
from orders.targets.services import set_target
from shop.accounts.audit.models import AuditEntry
from shop.accounts.people.models import ScopeLevel
from shop.db import db
from tests.factories.catalog import make_batch, make_variant
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
from tests.parts.tables import read_csv, read_xlsx

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
SHIGU, CHENGCUN = "440981127", "441721101"
YEAR = "from=2026-01&to=2026-11"
MOST_STATEMENTS = 24
DETAIL_COLUMNS = (
    "序号 | 统计月份 | 市 | 县(市、区) | 镇 | 村 | 供货主体 | 统一社会信用代码 | 产品类别 | "
    "产品名称 | 规格 | 单位 | 数量 | 单价(元) | 金额(元) | 退款(元) | 净额(元) | 渠道 | "
    "活动名称 | 帮扶方式 | 采购方类型 | 采购单位 | 采购方区域 | 订单号 | 下单日期 | 验收日期 | "
    "付款日期 | 发票号码 | 批次/合格证号 | 带动户数 | 其中脱贫户、监测对象 | 带动务工人数 | "
    "佐证材料 | 填报人 | 审核人 | 状态 | 备注"
).split(" | ")
# Each would be a formula, a link or broken XML to a program that is too clever.
HOSTILE = (
    "=1+1",
    "+86",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    "http://shop.example",
    "<r><t>x</t></r>",
    '"quoted", and a comma',
    "🍊\u202ex",
    "a\uffffb",
    "00123",
)


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def official(act, app):
    """A signed-in official, of the bureau unless said otherwise."""

    def enter(level=ScopeLevel.BUREAU, code=None):
        client = app.test_client()
        sign_in(client, act(make_official, level, code))
        return client

    return enter


@pytest.fixture
def market(act):
    """Thirty sales of odd amounts in two towns, every third refunded a month later."""

    def build():
        make_places()
        load_categories()
        sellers = [make_cooperative(SHIGU), make_cooperative(CHENGCUN)]
        for number in range(30):
            sale = make_entry(
                sellers[number % 2],
                date(2026, 1 + number % 9, 1 + number % 28),
                1 + number * 123_457,
                channel=[Channel.OFFLINE, Channel.FAIR, Channel.AGREEMENT][number % 3],
                mode=[Mode.DIRECT, Mode.HELPED][number % 2],
                buyer_type=list(BuyerType)[number % 5],
                order_number=f"20260101{number:012d}",
            )
            if number % 3 == 0:
                make_refund(sale, date(2026, 2 + number % 9, 3), 1 + number * 617)
        make_entry(sellers[0], date(2025, 5, 5), 4_444_444)
        set_target(SHIGU, 2026, 30_000_000, "年初", by=None, at=NOW)

    act(build)


# ── The detail ledger ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_detail_has_exactly_the_agreed_columns_and_every_fen(market, official, act, kind):
    answer = official().get(f"/statistics/exports/detail.{kind}?{YEAR}")
    read = {"csv": read_csv, "xlsx": read_xlsx}[kind]
    table = read(answer.data, "序号")
    assert table.titles == DETAIL_COLUMNS
    raw = act(lambda: raw_lines(2026))
    assert len(table.rows) == len(raw) == 40
    for title, name in (("金额(元)", "amount"), ("退款(元)", "refund"), ("净额(元)", "net")):
        fen = sum(getattr(entry, f"{name}_fen") for entry in raw)
        assert table.sum_of(title) == table.total_of(title) == Decimal(fen) / 100
    assert [row["序号"] for row in table.rows] == [str(n) for n in range(1, 41)]
    assert all(row["带动户数"] == row["发票号码"] == "" for row in table.rows)
    refund = next(row for row in table.rows if row["状态"] == "验收后退款")
    assert Decimal(refund["净额(元)"]) == -Decimal(refund["退款(元)"])
    assert Decimal(refund["金额(元)"]) == 0


def test_a_workbook_holds_text_as_text_amounts_as_exact_numbers_and_days_as_days(market, official):
    data = official().get(f"/statistics/exports/detail.xlsx?{YEAR}").data
    head, first = (
        CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()[2:4]
    )
    cells = dict(zip(head, first, strict=True))
    assert isinstance(cells["统一社会信用代码"], str)
    assert cells["订单号"] == "20260101000000000000"
    assert cells["净额(元)"] == 0.01
    assert cells["验收日期"] == date(2026, 1, 1)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    # As it was counted, not the nearest binary fraction.
    assert "<v>1234.58</v>" in sheet
    assert not re.search(r"<v>[0-9.]{14,}</v>", sheet)
    assert 'orientation="landscape"' in sheet
    assert 'fitToHeight="0"' in sheet
    assert 'ySplit="3"' in sheet


def test_a_workbook_says_what_it_is_about_and_how_it_counts(market, official):
    client = official(ScopeLevel.COUNTY, "440981")
    data = client.get(f"/statistics/exports/summary.xlsx?{YEAR}&by=town").data
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    assert book.sheet_names == ["汇总表", "口径说明"]
    lines = book.get_sheet_by_index(0).to_python()
    assert lines[0][0] == "消费帮扶销售汇总表(高州市 2026-01-01 至 2026-11-23)"
    assert "单位:万元" in lines[1]
    assert "数据截止时间:2026-11-23 14:00" in [line[0] for line in lines]
    notes = book.get_sheet_by_index(1).to_python()
    assert any("时序进度" in line[0] for line in notes)


def test_csv_is_marked_as_utf8_and_quotes_text_but_not_numbers(market, official):
    answer = official().get(f"/statistics/exports/detail.csv?{YEAR}")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    named = answer.headers["Content-Disposition"]
    assert named.isascii()
    assert unquote(named) == "attachment; filename*=UTF-8''明细台账_2026-01_2026-11.csv"
    assert "no-store" in answer.headers["Cache-Control"]
    line = answer.data.decode("utf-8-sig").split("\r\n")[1]
    assert line.startswith('1,"2026-01","茂名市","高州市","石鼓镇"')
    assert ",1,0.01,0.01,0.00,0.01," in line
    assert '"2026-01-01"' in line


@pytest.mark.both_engines
def test_an_online_line_names_the_batches_that_it_was_picked_from(act, official, app):
    at = datetime(2026, 11, 10, 2, tzinfo=UTC)

    def build():
        load_categories()
        seller = make_cooperative(SHIGU)
        variant = make_variant(seller, at=at, batched=False)
        boxes = {"quantity_g": 3 * variant.net_weight_g, "at": at}
        batches = [make_batch(variant.product, **boxes) for _ in range(3)]
        orders = [paid(place(make_resident(), {variant: 2}, at=at)) for _ in range(4)]
        for order in orders:
            accepted(dispatched(order))
        line = orders[1].sub_orders[0].lines[0]
        take_off(line.id, 1, 100, "压坏了一盒", by=None, at=NOW)
        make_entry(seller, date(2026, 11, 20))
        return [batch.code for batch in batches]

    first, second, third = act(build)
    client = official()
    with counted_queries(app) as statements:
        data = client.get(f"/statistics/exports/detail.csv?{YEAR}").data
    rows = read_csv(data, "序号").rows
    # In the order of their days: four sales, one that is not online, a refund of the second sale.
    assert [row["批次/合格证号"] for row in rows] == [
        *(first, f"{first}、{second}", second, third),
        *("", f"{first}、{second}"),
    ]
    assert len(statements) <= MOST_STATEMENTS, statements


# Where each table shows a text that somebody else wrote.
SHOWING = {
    "detail": ("序号", "产品名称"),
    "summary": ("年度目标", "供货主体"),
    "pivot": ("净额", "供货主体"),
}


@pytest.mark.parametrize("table", SHOWING)
def test_what_looks_like_a_formula_is_only_text(act, official, table):
    def build():
        make_places()
        seller = make_cooperative(SHIGU)
        for number, name in enumerate(HOSTILE):
            # In tables each is a seller of its own, known by the name on its line.
            own = seller if table == "detail" else make_cooperative(SHIGU)
            names = {"product_name": name, "cooperative_name": name}
            make_entry(own, date(2026, 3, 1 + number), 10_000_000 - number, **names)

    act(build)
    client, (head, title) = official(), SHOWING[table]
    address = f"{YEAR}&by=cooperative&first=cooperative"
    workbook = client.get(f"/statistics/exports/{table}.xlsx?{address}").data
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "<hyperlink" not in sheet
    read = [row[title] for row in read_xlsx(workbook, head).rows]
    expected = dict(zip(HOSTILE, HOSTILE, strict=True))
    expected |= {"<r><t>x</t></r>": " <r><t>x</t></r>", "a\uffffb": "ab"}
    assert sorted(set(expected.values()) - set(read)) == []
    text = client.get(f"/statistics/exports/{table}.csv?{address}").data.decode("utf-8-sig")
    lines = above_seal(csv.reader(io.StringIO(text, newline="")))
    column = {line[lines[0].index(title)] for line in lines[1:-1]}
    assert {f"'{name}" for name in HOSTILE[:7]} <= column
    assert set(HOSTILE[7:]) <= column
    assert not set(HOSTILE[:7]) & column


# ── The summary ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("by", ["county", "town", "category", "cooperative", "buyer_type"])
def test_the_table_on_screen_is_the_table_in_both_files(market, official, by):
    client = official()
    page = client.get(f"/statistics?by={by}").text
    screen = table_of(page, "汇总表")
    text = client.get(f"/statistics/exports/summary.csv?{YEAR}&by={by}").data.decode("utf-8-sig")
    assert above_seal(csv.reader(io.StringIO(text))) == screen
    workbook = read_xlsx(
        client.get(f"/statistics/exports/summary.xlsx?{YEAR}&by={by}").data, "年度目标"
    )
    assert [normal(list(row.values())) for row in [*workbook.rows, workbook.totals]] == [
        normal(row) for row in screen[1:]
    ]


@pytest.mark.parametrize(
    "turned",
    [
        "first=town",
        "first=month&second=channel&third=county",
        "first=cooperative&second=buyer_type&orders=1&until=2026-11-20",
        "first=category&channel=not_online&mode=helped&from=2026-02&to=2026-05",
    ],
)
def test_the_pivot_on_screen_is_the_pivot_in_both_files(market, official, turned):
    client = official()
    page = client.get(f"/statistics/pivot?{turned}").text
    links = [
        unescape(url)
        for url in re.findall(r'href="(/statistics/exports/pivot\.(?:xlsx|csv)\?[^"]+)"', page)
    ]
    assert [url.partition("?")[0][-4:] for url in links] == ["xlsx", ".csv"]
    levels = turned.count("first") + turned.count("second") + turned.count("third")
    screen = table_of(page, "多维统计")
    # The page says in the cell before its sums how many rows they are of.
    assert screen[-1].pop(0) == f"合计（全部 {len(screen) - 2} 行）"
    screen[-1] = ["合计", *[""] * (levels - 1), *screen[-1]]
    text = client.get(links[1]).data.decode("utf-8-sig")
    assert above_seal(csv.reader(io.StringIO(text))) == screen
    workbook = read_xlsx(client.get(links[0]).data, "净额")
    assert [normal(list(row.values())) for row in [*workbook.rows, workbook.totals]] == [
        normal(row) for row in screen[1:]
    ]


def test_a_pivot_longer_than_a_page_is_whole_in_the_file_and_takes_few_statements(
    act, official, app
):
    def build():
        make_places()
        sellers = [make_cooperative(SHIGU) for _ in range(4)]
        for number in range(4 * 30):
            make_entry(sellers[number % 4], date(2024, 1, 1) + timedelta(days=29 * (number // 4)))

    act(build)
    client = official()
    address = "from=2024-01&to=2026-11&first=cooperative&second=month"
    assert client.get(f"/statistics/pivot?{address}").text.count("<tr>") == 100 + 2
    with counted_queries(app) as statements:
        data = client.get(f"/statistics/exports/pivot.csv?{address}").data
    assert len(read_csv(data, "净额").rows) > 100
    assert len(statements) <= MOST_STATEMENTS, statements


def test_totals_come_from_fen_and_are_rounded_once(act, official):
    def build():
        make_places()
        sellers = [make_cooperative(SHIGU), make_cooperative(CHENGCUN)]
        for seller in sellers:
            make_entry(seller, date(2026, 3, 1), 4_900)  # 0.0049 万元 each

    act(build)
    table = read_csv(
        official().get(f"/statistics/exports/summary.csv?{YEAR}&by=town").data, "年度目标"
    )
    assert {row["本年累计"] for row in table.rows} == {"0.00"}
    assert table.totals["本年累计"] == "0.01"


def test_a_period_that_begins_later_in_the_year_is_not_called_the_year(market, official):
    table = read_csv(
        official().get("/statistics/exports/summary.csv?from=2026-03&to=2026-04").data, "年度目标"
    )
    assert "本期累计" in table.titles
    assert table.totals["年度目标"] == ""
    assert table.totals["完成率%"] == table.totals["时序进度差"] == "—"


def test_filters_of_the_address_hold_in_the_files(market, official, act):
    address = f"/statistics/exports/detail.csv?{YEAR}&channel=fair&mode=helped&town={SHIGU}"
    assert read_csv(official().get(address).data, "序号").rows == []
    address = f"/statistics/exports/detail.csv?{YEAR}&buyer_type=union&channel=not_online"
    rows = read_csv(official().get(address).data, "序号").rows
    expected = act(lambda: [e for e in raw_lines(2026) if e.buyer_type is BuyerType.UNION])
    assert len(rows) == len(expected) > 0


def test_a_ledger_that_stops_at_a_day_is_exported_up_to_that_day(market, official, monkeypatch):
    client = official()
    narrowed = "from=2026-09&to=2026-09&until=2026-09-18&mode=direct"
    page = client.get(f"/statistics/ledger?{narrowed}").text
    shown = [cells[0] for cells in table_of(page, "明细台账")[1:-1]]
    assert shown == ["2026-09-09"]
    assert re.search(r'name="until"[^>]* value="2026-09-18"', page), "the next filter keeps it"
    (link,) = re.findall(r'href="(/statistics/exports\?[^"]+)"', page)
    form = client.get(unescape(link)).text
    assert re.search(r'name="until"[^>]* value="2026-09-18"', form)
    data = client.get(f"/statistics/exports/detail.csv?{unescape(link).partition('?')[2]}").data
    assert [row["验收日期"] for row in read_csv(data, "序号").rows] == shown
    # One that is made by the worker is told the day as well.
    monkeypatch.setattr(exports_view, "MOST_AT_ONCE", 0)
    page = client.get(f"/statistics/exports/detail.csv?{narrowed}", follow_redirects=True).text
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
    where = client.post("/statistics/exports/jobs/detail.csv", data=fields).location
    assert "2026年9月1日至2026年9月18日" in client.get(where).text


# ── In another program ──────────────────────────────────────────────────────────────────────────


@pytest.mark.sqlite_only
def test_libreoffice_opens_the_workbooks_with_the_same_totals(market, official, tmp_path, act):
    client, names = official(), ("detail", "summary", "pivot")
    for name in names:
        data = client.get(f"/statistics/exports/{name}.xlsx?{YEAR}&first=month&second=town").data
        (tmp_path / f"{name}.xlsx").write_bytes(data)
    soffice = shutil.which("soffice")
    assert soffice, "LibreOffice Calc is missing"
    subprocess.run(
        [
            soffice,
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false",
            "--outdir",
            str(tmp_path),
            *(str(tmp_path / f"{name}.xlsx") for name in names),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    raw = act(lambda: raw_lines(2026))
    net_fen = sum(entry.net_fen for entry in raw)
    detail = last_row(tmp_path / "detail.csv", "序号")
    assert Decimal(detail["净额(元)"]) == Decimal(net_fen) / 100
    wan = round(Decimal(net_fen) / 1_000_000, 2)
    assert Decimal(last_row(tmp_path / "summary.csv", "年度目标")["本年累计"]) == wan
    assert Decimal(last_row(tmp_path / "pivot.csv", "上年同期")["净额"]) == wan
    for name, head in zip(names, ("序号", "年度目标", "上年同期"), strict=True):
        assert same_cells(tmp_path / f"{name}.csv", tmp_path / f"{name}.xlsx", head), name


# ── Asking for it ───────────────────────────────────────────────────────────────────────────────

BAD_PERIODS = (
    ("", "请填写月份"),
    ("from=2026-05", "请填写月份"),
    ("from=2026-05&to=2026-04", "截止月份不能早于起始月份"),
    ("from=2026-01&to=2026-12", "截止月份还没有到"),
    ("from=2027-01&to=2027-02", "起始月份还没有到"),
    ("from=2026-1&to=2026-11", "请按 2026-11 的样子填写月份"),
    ("from=2026-13&to=2026-11", "请按 2026-11 的样子填写月份"),
    ("from=0000-01&to=9999-12", "请按 2026-11 的样子填写月份"),
    ("from=abc&to=<script>", "请按 2026-11 的样子填写月份"),
    (f"{YEAR}&mode=moon", "请从列表中选择"),
    (f"{YEAR}&until=2026-10-31", "截至日期要在截止月份之内"),
    (f"{YEAR}&until=2026-11-31", "请按 2026-11-23 的样子填写日期"),
)


def test_a_period_that_cannot_be_is_explained_with_the_form_kept(act, official):
    act(make_places)
    client = official()
    bad = [*itertools.product(("detail.xlsx", "summary.csv", "pivot.csv"), BAD_PERIODS)]
    for name, (asked, words) in [*bad, ("summary.xlsx", (f"{YEAR}&by=moon", "请从列表中选择"))]:
        answer = client.get(f"/statistics/exports/{name}?{asked}")
        assert (answer.status_code, words in answer.text) == (422, True), (name, asked)
    kept = client.get("/statistics/exports/detail.csv?from=2026-5x&to=2026-04&mode=helped").text
    assert 'value="2026-5x"' in kept
    assert '<option selected value="helped">' in kept
    assert client.get(f"/statistics/exports/detail.pdf?{YEAR}").status_code == 404


def test_an_empty_period_is_a_file_with_a_head_and_zeros(act, official):
    act(make_places)
    client = official()
    detail = read_csv(
        client.get("/statistics/exports/detail.csv?from=2021-01&to=2021-12").data, "序号"
    )
    assert detail.rows == []
    assert detail.totals["净额(元)"] == "0.00"
    assert (
        read_xlsx(
            client.get("/statistics/exports/summary.xlsx?from=2021-01&to=2021-12").data, "年度目标"
        ).totals["完成率%"]
        == "—"
    )


def test_the_form_offers_this_year_and_only_what_lies_in_the_scope(market, official):
    page = official(ScopeLevel.TOWN, SHIGU).get("/statistics/exports").text
    assert 'value="2026-01"' in page
    assert 'value="2026-11"' in page
    assert "石鼓镇" in page
    assert "程村镇" not in page


def test_every_export_is_logged_with_who_what_and_how_much(market, official, act):
    client = official()
    client.get(f"/statistics/exports/detail.csv?{YEAR}&mode=helped").close()
    client.get(f"/statistics/exports/summary.xlsx?{YEAR}&by=county").close()
    logged = act(
        lambda: db.session.scalars(
            select(AuditEntry).where(AuditEntry.act.startswith("export_")).order_by(AuditEntry.id)
        ).all()
    )
    assert [entry.act for entry in logged] == ["export_detail", "export_summary"]
    record = act(lambda: db.session.scalars(select(ExportRecord.id)).first())
    said = {"kind": "csv", "filters": {"mode": "helped"}, "rows": 20, "record": record}
    assert logged[0].detail == said
    assert logged[0].subject_id == "2026-01-01/2026-11-23"
    assert logged[0].account_id is not None


def test_files_are_chinese_whatever_language_the_screen_speaks(market, official):
    client = official()
    client.set_cookie("language", "en")
    table = read_csv(client.get(f"/statistics/exports/detail.csv?{YEAR}").data, "序号")
    assert table.titles == DETAIL_COLUMNS
    assert {row["帮扶方式"] for row in table.rows} == {"直接采购", "帮助销售"}


# ── Reading ─────────────────────────────────────────────────────────────────────────────────────


def table_of(page: str, label: str) -> list[list[str]]:
    """The cells of a table of a page, without thousands marks."""
    markup = page[page.index(f'aria-label="{label}"') :]
    return [
        [unescape(re.sub(r"<[^>]+>", "", cell)).strip().replace(",", "") for cell in cells]
        for cells in (
            re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
            for row in re.findall(r"<tr>(.*?)</tr>", markup, re.DOTALL)
        )
    ]


def raw_lines(year: int) -> list[SalesEntry]:
    first, last = date(year, 1, 1), date(year, 12, 31)
    query = select(SalesEntry).where(SalesEntry.counted_on.between(first, last))
    return list(db.session.scalars(query))


def above_seal(lines: Iterable[list[str]]) -> list[list[str]]:
    """A CSV file up to its row of totals."""
    return [line for line in lines if not line[0].startswith("# ")]


def normal(row: list[str]) -> list[str]:
    """Numbers without trailing zeros, as a workbook's reader gives them."""
    return [
        f"{Decimal(cell).normalize():f}" if re.fullmatch(r"-?[0-9.]+", cell) else cell
        for cell in row
    ]


def last_row(file, head: str) -> dict[str, str]:
    """The row of totals of a CSV file that another program wrote."""
    lines = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"))))
    titles = next(line for line in lines if head in line)
    total = next(line for line in lines if line and line[0] == "合计")
    return dict(zip(titles, (cell.replace(",", "") for cell in total), strict=False))


def same_cells(opened, workbook, head: str) -> bool:
    """Whether another program shows what calamine reads, in each cell of the table. It shows days
    as 2026-11-23 and numbers with thousands marks; texts such as codes stay as they are."""
    shown = [
        [cell.replace(",", "") for cell in line]
        for line in csv.reader(io.StringIO(opened.read_text(encoding="utf-8")))
    ]
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook.read_bytes()))
    read = book.get_sheet_by_index(0).to_python()
    first = next(number for number, line in enumerate(read) if head in line)
    last = next(number for number, line in enumerate(read) if line[0] == "合计")
    return all(
        _same(cell, text)
        for cells, texts in zip(read[first : last + 1], shown[first : last + 1], strict=True)
        for cell, text in zip(cells, texts, strict=True)
    )


def _same(cell, text: str) -> bool:
    if isinstance(cell, float):
        return float(text) == pytest.approx(cell)
    return text == str(cell).replace(",", "")
