"""Administrators bring yearly targets as a sheet: a dry run first, then all of it or nothing."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
import time_machine
from sqlalchemy import func, select

from catalog.categories.services import load_categories
from orders.records.models import BuyerType
from orders.target_sheets import handlers
from orders.target_sheets.models import TargetImport, TargetImportRow
from orders.targets.models import Spread, Target
from orders.targets.queries import targets_in
from orders.targets.services import set_target
from shop.accounts.audit.models import AuditEntry
from shop.db import db
from tests.factories.offline import as_csv
from tests.factories.people import make_administrator, make_official, make_places, sign_in
from tests.parts.queries import counted_queries
from tests.parts.tables import read_xlsx

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
SHIGU, CAOJIANG = "440981127", "440981124"
PAGE = "/admin/targets/imports"
HEAD = ["县(市、区)", "镇", "年度", "目标(万元)", "产品类别", "采购方类型", "分月方式", "理由"]
RIGHT = [
    ["高州市", "石鼓镇", "2026", "150", "", "", "", "年中调增"],
    ["高州市", "石鼓镇", "2026", "30", "水果", "工会", "平均", ""],
    ["", "曹江镇", "2026", "80.000001", "", "", "按产季", ""],
    ["合计", "", "", "230", "", "", "", ""],
]
MOST_STATEMENTS = 14


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def administrator(act, app):
    """A signed-in administrator; one town has a target already."""

    def build():
        make_places()
        load_categories()
        set_target(SHIGU, 2026, 120_000_000, "", by=None, at=NOW, spread=Spread.SEASON)
        return make_administrator()

    client = app.test_client()
    sign_in(client, act(build))
    return client


def bring(client, rows, name="目标.csv", head=HEAD):
    file = (BytesIO(as_csv([["2026年消费帮扶目标"], head, *rows])), name)
    return client.post(PAGE, data={"file": file}, content_type="multipart/form-data")


def confirm(client, where, reason=""):
    return client.post(f"{where}/confirmation", data={"reason": reason})


def versions(act):
    query = select(Target).order_by(Target.id)
    return act(lambda: db.session.scalars(query).all())


@pytest.mark.both_engines
def test_a_sheet_is_looked_at_first_and_then_becomes_versions_in_one_act(administrator, act):
    where = bring(administrator, RIGHT).location
    page = administrator.get(f"{where}?show=all").text
    for words in (
        "有改动",
        "新目标",
        "120.00",
        "150.00",
        "水果 · 工会",
        "年中调增",
        "设定 3 个目标",
    ):
        assert words in page
    assert len(versions(act)) == 1, "nothing holds before somebody says so"
    assert confirm(administrator, where).status_code == 303
    first, whole, part, other = versions(act)
    assert (whole.version, whole.amount_fen, whole.reason) == (2, 150_000_000, "年中调增")
    assert whole.spread is Spread.SEASON, "months lie as they did"
    assert (part.category_id is not None, part.buyer_type) == (True, BuyerType.UNION)
    assert (part.version, part.amount_fen, part.spread) == (1, 30_000_000, Spread.EVEN)
    assert (other.town_code, other.amount_fen) == (CAOJIANG, 80_000_001)
    assert act(targets_in, 2026, "") == {SHIGU: 150_000_000, CAOJIANG: 80_000_001}
    assert first.version == 1
    acts = act(lambda: db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all())
    assert acts[-5:] == ["upload_targets", *["set_target"] * 3, "import_targets"]
    assert "郑管理" in administrator.get(where).text
    again = confirm(administrator, where)
    assert (again.status_code, len(versions(act))) == (303, 4), "a sheet counts once"


def test_one_wrong_row_stops_the_whole_sheet_and_is_told_beside_it(administrator, act):
    wrong = [
        ["", "石鼓镇", "2026", "0", "", "", "", ""],
        ["", "火星镇", "二〇二六", "12", "", "", "", ""],
        ["", "石鼓镇", "2026", "5", "飞机", "", "", ""],
        ["", "曹江镇", "2026", "=1+1", "", "", "", "<b>x</b>"],
    ]
    where = bring(administrator, [RIGHT[0], *wrong]).location
    page = administrator.get(where).text
    for words in (
        *("目标要大于零", "没有这个镇", "请写成 2021 到 2100", "可以填：", "不是金额"),
        *("火星镇", "二〇二六", "飞机", "=1+1", "有 4 行有误"),
    ):
        assert words in page, words
    assert "<b>x" not in page
    assert "设定" not in page.partition('class="page-head"')[2].partition("</main>")[0]
    confirm(administrator, where, "年中调整")
    assert "整份都没有导入" in administrator.get(where).text
    assert len(versions(act)) == 1


def test_a_change_wants_a_reason_in_its_row_or_for_all(administrator, act):
    rows = [["", "石鼓镇", "2026", "150", "", "", "", ""], RIGHT[2]]
    where = bring(administrator, rows).location
    refused = confirm(administrator, where)
    assert (refused.status_code, "修改目标要写明理由" in refused.text) == (422, True)
    assert len(versions(act)) == 1
    confirm(administrator, where, "年中统一调整")
    _, whole, other = versions(act)
    assert (whole.reason, other.reason) == ("年中统一调整", "年中统一调整")


def test_what_somebody_sets_meanwhile_is_shown_before_anything_is_set(administrator, act):
    where = bring(administrator, RIGHT).location
    act(set_target, CAOJIANG, 2026, 1_000_000, "县里先定", by=None, at=NOW)
    confirm(administrator, where, "调整")
    assert len(versions(act)) == 2
    page = administrator.get(f"{where}?show=all").text
    for words in ("什么都还没有改：有 1 行", "1.00"):
        assert words in page
    confirm(administrator, where, "调整")
    assert [each.version for each in versions(act)] == [1, 1, 2, 1, 2]


def test_the_template_has_the_towns_and_says_nothing_new_when_it_comes_back(administrator, act):
    for year, filled in ((2026, [1_200_000_00]), (2027, [])):
        file = administrator.get(f"{PAGE}/template.xlsx?year={year}").data
        rows = read_xlsx(file, "镇").rows
        assert {row["镇"] for row in rows} >= {"石鼓镇", "曹江镇"}
        assert [row["目标(万元)"] for row in rows if row["目标(万元)"]] == (
            ["120"] if filled else []
        )
    where = bring_file(administrator, administrator.get(f"{PAGE}/template.xlsx?year=2026").data)
    found = act(lambda: db.session.scalars(select(TargetImport)).one())
    assert (found.counts["same"], found.counts["changed"], found.counts["new"]) == (1, 0, 0)
    assert "没有填" in administrator.get(where).text


def test_a_file_that_is_no_table_of_targets_is_refused_with_the_page(administrator, act):
    for rows, head, words in (
        ([["石鼓镇", "2026"]], ["镇", "年度"], "表里还缺这些列：目标(万元)"),
        ([], HEAD, "文件是空的"),
        ([["", "石鼓镇", "2026", "1"]] * 560, HEAD, "一次最多导入 500 行"),
    ):
        answer = bring(administrator, rows, head=head)
        assert (answer.status_code, words in answer.text) == (422, True), words
    for name, content in (("目标.xlsx", b"PK\x03\x04"), ("目标.xls", b"x"), ("目标.csv", b"")):
        data = {"file": (BytesIO(content), name)}
        answer = administrator.post(PAGE, data=data, content_type="multipart/form-data")
        assert answer.status_code == 422
    assert act(lambda: db.session.scalar(select(func.count(TargetImport.id)))) == 0


def test_only_so_many_sheets_wait_and_one_can_be_thrown_away(administrator, act):
    where = [bring(administrator, RIGHT).location for _ in range(10)]
    assert "已经有 10 份表格等着处理" in bring(administrator, RIGHT).text
    administrator.post(f"{where[0]}/disposal")
    confirm(administrator, where[0], "改")
    assert "已经导入或作废了" in administrator.get(where[0]).text
    assert len(versions(act)) == 1
    assert bring(administrator, RIGHT).status_code == 303


def test_rows_are_forgotten_and_the_sheet_stays(administrator, act, app):
    where = bring(administrator, RIGHT).location
    confirm(administrator, where)
    for days, left in ((89, 3), (91, 0)):
        with app.app_context():
            handlers.forget_rows(NOW + timedelta(days=days))
        assert act(lambda: db.session.scalar(select(func.count(TargetImportRow.id)))) == left
    assert "逐行内容只保留 90 天" in administrator.get(where).text


def test_long_sheets_take_few_statements_and_officials_have_none(administrator, act, app):
    rows = [["", "石鼓镇", str(2030 + number // 5), "9", "", "", "", ""] for number in range(300)]
    with counted_queries(app) as statements:
        where = bring(administrator, rows).location
    assert len(statements) <= MOST_STATEMENTS, statements
    for address in (where, PAGE):
        with counted_queries(app) as statements:
            assert administrator.get(address).status_code == 200
        assert len(statements) <= MOST_STATEMENTS, statements
    client = app.test_client()
    sign_in(client, act(make_official))
    assert client.get(PAGE).status_code in (403, 404)
    assert client.get(where).status_code in (403, 404)


def bring_file(client, content):
    data = {"file": (BytesIO(content), "目标.xlsx")}
    return client.post(PAGE, data=data, content_type="multipart/form-data").location
