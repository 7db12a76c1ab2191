"""Administrators set yearly targets by month; officials read them; every version stays."""

import threading
from datetime import UTC, datetime
from itertools import product

import pytest
import time_machine
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from catalog.categories.models import Category
from catalog.categories.services import load_categories
from orders.records.models import BuyerType
from orders.targets.errors import SetMeanwhile
from orders.targets.models import MONTHS, Spread, Target
from orders.targets.queries import Aim, areas_in, plans_in, targets_in
from orders.targets.services import set_area_target, set_target
from shop.accounts.audit.models import AuditEntry
from shop.accounts.people.models import ScopeLevel
from shop.db import db, transaction
from shop.places.models import Town
from shop.places.queries import list_assisted_towns
from tests.factories.catalog import make_product
from tests.factories.people import (
    make_administrator,
    make_cooperative,
    make_official,
    make_places,
    sign_in,
)
from tests.parts.queries import counted_queries

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
SHIGU, CAOJIANG = "440981127", "440981124"
MOST_STATEMENTS = 12


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def administrator(act, app):
    """A signed-in administrator."""

    def build():
        make_places()
        return make_administrator()

    client = app.test_client()
    sign_in(client, act(build))
    return client


def test_the_newest_version_holds_and_the_older_ones_stay(administrator, act):
    for amount, reason in (("120", "年初任务"), ("1305000.50元", "年中调整")):
        answer = send(administrator, amount=amount, reason=reason)
        assert answer.status_code == 303
    assert act(targets_in, 2026, "") == {SHIGU: 130_500_050}
    versions = act(lambda: db.session.scalars(select(Target).order_by(Target.version)).all())
    assert [(t.version, t.amount_fen, t.reason) for t in versions] == [
        (1, 120_000_000, "年初任务"),
        (2, 130_500_050, "年中调整"),
    ]
    page = administrator.get("/admin/targets").text
    for words in ("130.50", "第 2 版", "平均到各月", "年中调整", "郑管理"):
        assert words in page
    own = administrator.get(f"/admin/targets/{SHIGU}").text
    for words in ("第 2 版：130.50 万元", "第 1 版：120.00 万元", "年初任务"):
        assert words in own


def test_each_setting_is_in_the_audit_log(administrator, act):
    send(administrator, amount="120", reason="年初任务")
    entry = act(lambda: db.session.scalars(select(AuditEntry).filter_by(act="set_target")).one())
    assert entry.subject_id == SHIGU
    assert entry.detail["amount_fen"] == 120_000_000
    assert entry.account_id is not None


def test_years_are_apart_and_scopes_are_prefixes(act):
    act(make_places)
    act(set_target, SHIGU, 2025, 1, "", by=None, at=NOW)
    act(set_target, SHIGU, 2026, 2, "", by=None, at=NOW)
    act(set_target, "441721101", 2026, 3, "", by=None, at=NOW)
    assert act(targets_in, 2025, "") == {SHIGU: 1}
    assert act(targets_in, 2026, "4409") == {SHIGU: 2}
    assert act(targets_in, 2026, "") == {SHIGU: 2, "441721101": 3}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount": "很多"}, "请填写金额"),
        ({"amount": "0"}, "之间的数"),
        ({"amount": "-1"}, "之间的数"),
        ({"amount": "9" * 23}, "之间的数"),
        ({"reason": ""}, "请填写这一项"),
        ({"reason": "长" * 201}, "最多 200 个字"),
        ({"year": "1999"}, "之间的数"),
        ({"year": "二"}, "请填写整数"),
        ({"amount": ""}, "请填写这一项"),
        # Yuan where 万元 are asked for.
        ({"amount": "1205000"}, "之间的数"),
        ({"spread": "often"}, "请从列表中选择"),
        ({"category": "999"}, "请从列表中选择"),
        ({"buyer_type": "everybody"}, "请从列表中选择"),
        ({"spread": "typed", "months-0": "100"}, "少 20.00 万元"),
        ({"spread": "typed", "months-0": "100", "months-11": "20.000001"}, "多 0.01 元"),
        ({"spread": "typed", "months-3": "-1", "months-0": "121"}, "之间的数"),
        ({"spread": "typed", "months-3": "四月"}, "请填写金额"),
    ],
)
def test_what_cannot_be_a_target_is_said_beside_the_field(administrator, act, changes, words):
    answer = send(administrator, **changes)
    assert answer.status_code == 422
    assert words in answer.text
    for name, typed in changes.items():
        assert typed in answer.text or name in ("year", "spread", "category", "buyer_type")
    assert act(targets_in, 2026, "") == {}


@pytest.mark.parametrize(
    ("town_code", "status"),
    [("440402001", 422), ("999999999", 422), ("440999999", 404), ("", 422), ("4409\x00", 404)],
)
def test_only_towns_that_can_be_assisted_have_targets(administrator, act, town_code, status):
    assert send(administrator, town_code=town_code).status_code == status
    assert act(targets_in, 2026, "") == {}


@pytest.mark.parametrize("year", ["x", "1999", "99999999", "２０２６", "-1"])
def test_a_year_that_is_none_shows_this_year(administrator, year):
    page = administrator.get("/admin/targets", query_string={"year": year})
    assert page.status_code == 200
    assert "2026 年度目标" in page.text


def test_officials_do_not_set_targets(act, app):
    client = app.test_client()
    sign_in(client, act(make_official))
    assert client.get("/admin/targets").status_code == 403
    assert send(client).status_code == 403
    assert send_area(client).status_code == 403


@pytest.mark.parametrize("town_code", ["440902001", "440981999"])
def test_a_town_that_is_not_designated_gets_no_target(administrator, act, town_code):
    def name_it():
        if db.session.get(Town, town_code) is None:
            db.session.add(Town(code=town_code, name="无名镇", county_code=town_code[:6]))

    act(name_it)
    answer = send(administrator, town_code=town_code)
    assert answer.status_code == 422
    assert "不是重点帮扶镇" in answer.text
    assert 'value="120"' in answer.text
    assert act(targets_in, 2026, "") == {}


@pytest.mark.both_engines
def test_months_sum_to_the_year_whichever_way_they_were_laid(administrator, act):
    even = [1_000_000] * 12
    for spread, typed, expected in (
        ("even", {}, even),
        ("season", {}, even),  # nothing is on sale yet
        ("typed", {"months-6": "119.999999", "months-11": "1元"}, None),
    ):
        amount = "12" if expected else "120.000099"
        assert send(administrator, spread=spread, amount=amount, **typed).status_code == 303
        plan = act(plans_in, 2026, "")[Aim(SHIGU)]
        assert sum(plan.months) == plan.amount_fen
        assert expected is None or list(plan.months) == expected
    assert act(plans_in, 2026, "")[Aim(SHIGU)].months == (0,) * 6 + (119_999_999, 0, 0, 0, 0, 100)
    # What was typed stands in the form again, to be changed.
    assert 'value="119.999999"' in administrator.get(f"/admin/targets/{SHIGU}").text


def test_by_season_follows_what_the_town_sells_and_stays_when_that_changes(administrator, act):
    def list_two():
        load_categories()
        seller = make_cooperative(SHIGU)
        for category, months in (("fruit", [5, 6]), ("vegetable", list(range(1, 13)))):
            make_product(seller, category=category, months=months)

    act(list_two)
    assert send(administrator, spread="season", amount="24").status_code == 303
    plan = act(plans_in, 2026, "")[Aim(SHIGU)]
    # Each product brings half: 12 over two months, and 12 over twelve.
    assert list(plan.months) == [1_000_000] * 4 + [7_000_000] * 2 + [1_000_000] * 6
    fruit = act(lambda: db.session.scalar(select(Category.id).where(Category.slug == "fruit")))
    part = {"category": str(fruit), "amount": "10", "spread": "season", "reason": "水果"}
    assert send(administrator, **part).status_code == 303
    page = administrator.get(f"/admin/targets/{SHIGU}?category={fruit}").text
    assert "水果" in page
    assert '<th scope="row" class="first">水果</th><td class="n">10.00</td>' in page
    # A part is no second target.
    assert act(targets_in, 2026, "") == {SHIGU: 24_000_000}
    # It is taken back with a reason, and its version stays.
    assert send(administrator, **part | {"amount": "", "reason": "不再分解"}).status_code == 303
    page = administrator.get(f"/admin/targets/{SHIGU}").text
    for words in ("已撤销", "第 2 版：撤销", "不再分解", "第 1 版：10.00 万元"):
        assert words in page
    again = send(administrator, **part | {"amount": "", "reason": "再撤"})
    assert again.status_code == 409
    assert "不用撤销" in again.text


@pytest.mark.both_engines
def test_the_same_version_can_be_written_once_for_each_part(act):
    act(make_places)
    act(load_categories)
    first = act(lambda: db.session.scalar(select(Category.id).order_by(Category.id).limit(1)))
    for category_id, buyer_type in product((None, first), (None, BuyerType.UNION)):
        row = {"town_code": SHIGU, "year": 2026, "version": 1, "amount_fen": 1, "set_at": NOW}
        row |= {"category_id": category_id, "buyer_type": buyer_type}
        act(lambda row=row: db.session.add(Target(**row)))
        with pytest.raises(IntegrityError):
            act(lambda row=row: db.session.add(Target(**row)))
    months = dict.fromkeys(MONTHS, 0)
    for wrong in (
        {"spread": "even"},
        {"spread": "even", **months},
        {"spread": "even", **months, "m01_fen": 2, "m02_fen": -1},
        {"m01_fen": 1},
        {"amount_fen": 0},
        {"version": 2, "reason": ""},
        {"year": 2025, "amount_fen": None},
    ):
        row = {"town_code": CAOJIANG, "year": 2026, "version": 1, "amount_fen": 1, "set_at": NOW}
        with pytest.raises(IntegrityError):
            act(lambda row=row | wrong: db.session.add(Target(**row)))


@pytest.mark.both_engines
def test_a_version_is_never_changed(act):
    act(make_places)
    act(set_target, SHIGU, 2026, 100, "", by=None, at=NOW)
    act(set_area_target, "440981", 2026, 100, "省里下达", by=None, at=NOW)
    for table in ("target", "area_target"):
        for change in (f"UPDATE {table} SET amount_fen = 5", f"DELETE FROM {table}"):
            with pytest.raises(DBAPIError, match="append-only"):
                act(lambda change=change: db.session.execute(text(change)))


@pytest.mark.both_engines
def test_an_area_says_its_own_number_beside_the_sum_of_its_towns(administrator, act):
    send(administrator, amount="120")
    send(administrator, town_code=CAOJIANG, amount="80.5")
    assert send_area(administrator, amount="250", reason="市里下达").status_code == 303
    page = administrator.get("/admin/targets/areas/440981").text
    for words in ("200.50", "250.00", "高 49.50", "市里下达", "第 1 版"):
        assert words in page
    assert send_area(administrator, amount="190.5", reason="年中核减").status_code == 303
    table = administrator.get("/admin/targets").text
    for words in ("200.50", "190.50", "低 10.00"):
        assert words in table
    # The statistics count with the towns.
    assert sum(act(targets_in, 2026, "440981").values()) == 200_500_000
    assert act(areas_in, 2026) == {"440981": 190_500_000}
    assert send_area(administrator, amount="", reason="撤销").status_code == 303
    assert act(areas_in, 2026) == {}
    assert "第 3 版：撤销" in administrator.get("/admin/targets/areas/440981").text


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"amount": "0"}, 422, "之间的数"),
        ({"amount": "-3"}, 422, "之间的数"),
        ({"amount": "九"}, 422, "请填写金额"),
        ({"amount": "1205000"}, 422, "之间的数"),
        ({"reason": " "}, 422, "请填写这一项"),
        ({"amount": ""}, 409, "不用撤销"),
        ({"area_code": "440400"}, 404, "没有找到"),
        ({"area_code": "440981127"}, 404, "没有找到"),
        ({"area_code": "44098\x00"}, 404, "没有找到"),
    ],
)
def test_what_an_area_cannot_say(administrator, act, changes, status, words):
    answer = send_area(administrator, **changes)
    assert answer.status_code == status
    assert words in answer.text
    assert act(areas_in, 2026) == {}


@pytest.mark.parametrize(
    ("level", "code", "seen", "hidden"),
    [
        (ScopeLevel.BUREAU, None, ["all", "440900", "440981", SHIGU], ["440400", "440402001", "x"]),
        (ScopeLevel.CITY, "440900", ["440900", "440981", SHIGU], ["all", "441700", "441721101"]),
        (ScopeLevel.COUNTY, "440981", ["440981", SHIGU], ["440900", "440904", "44098"]),
        (ScopeLevel.TOWN, SHIGU, [SHIGU], ["440981", CAOJIANG, "all"]),
    ],
)
def test_officials_read_the_targets_of_their_scope(act, app, level, code, seen, hidden):
    client = app.test_client()
    sign_in(client, act(make_official, level, code))
    for town, fen in ((SHIGU, 120_000_000), (CAOJIANG, 80_000_000), ("441721101", 7_000_000)):
        act(set_target, town, 2026, fen, "年初", by=None, at=NOW, spread=Spread.EVEN)
    page = client.get("/statistics/targets").text
    assert "<form" not in page.split("<main")[1]
    for place in seen:
        assert f'id="{place}"' in page
        answer = client.get(page_of(place))
        assert answer.status_code == 200
        assert "设定或修改" not in answer.text
    for place in hidden:
        assert f'id="{place}"' not in page
        assert client.get(page_of(place)).status_code == 404


def test_the_tables_ask_the_database_little_however_many_towns_there_are(administrator, app, act):
    towns = act(lambda: [town.code for town in list_assisted_towns(NOW.date())])
    for town in towns:
        act(set_target, town, 2026, 120_000_000, "年初", by=None, at=NOW, spread=Spread.EVEN)
    for page in ("/admin/targets", "/admin/targets/areas/all", f"/admin/targets/{SHIGU}"):
        with counted_queries(app) as statements:
            assert administrator.get(page).status_code == 200
        assert len(statements) <= MOST_STATEMENTS, page


@pytest.mark.both_engines
def test_two_who_set_the_same_target_at_once_do_not_overwrite_each_other(app, act):
    act(make_places)
    both_ready = threading.Barrier(2)
    outcomes = []

    def set_one(amount_fen: int) -> None:
        with app.app_context():
            both_ready.wait(timeout=20)
            try:
                with transaction():
                    set_target(SHIGU, 2026, amount_fen, "同时", by=None, at=NOW)
                outcomes.append(amount_fen)
            except SetMeanwhile:
                outcomes.append(None)

    threads = [threading.Thread(target=set_one, args=(fen,)) for fen in (100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    kept = act(lambda: db.session.scalars(select(Target).order_by(Target.version)).all())
    assert [t.version for t in kept] == list(range(1, len(kept) + 1))
    assert {t.amount_fen for t in kept} == {fen for fen in outcomes if fen}
    assert len(outcomes) == 2


@pytest.mark.both_engines
def test_the_slower_of_two_is_told_to_look_again(app, act, engine, administrator):
    """The version that the slower one saw was taken before it wrote: the constraint answers."""
    act(set_target, SHIGU, 2026, 100, "", by=None, at=NOW)

    def write_the_same_version_behind_its_back():
        with db.engine.connect() as other:
            assert other.execute(text("SELECT max(version) FROM target")).scalar() == 1
        db.session.add(
            Target(town_code=SHIGU, year=2026, version=1, amount_fen=5, set_at=NOW, set_by_id=None)
        )
        with db.session.no_autoflush:
            set_target(SHIGU, 2026, 300, "再改", by=None, at=NOW)

    with pytest.raises(SetMeanwhile):
        act(write_the_same_version_behind_its_back)
    assert act(targets_in, 2026, "") == {SHIGU: 100}


def send(client, **changes):
    given = {"town_code": SHIGU, "year": "2026", "amount": "120", "reason": "年初任务"}
    given |= {"category": "", "buyer_type": "", "spread": "even"}
    return client.post("/admin/targets", data=given | changes)


def send_area(client, **changes):
    given = {"area_code": "440981", "year": "2026", "amount": "250", "reason": "市里下达"}
    return client.post("/admin/targets/areas", data=given | changes)


def page_of(place):
    return f"/statistics/targets/{place if len(place) == 9 else 'areas/' + place}"
