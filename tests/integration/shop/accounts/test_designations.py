"""Officials say which towns of their scope are assisted."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy import select

from shop.accounts.audit.models import AuditEntry
from shop.accounts.people.models import ScopeLevel
from shop.db import db
from shop.places.models import TownDesignation
from shop.places.queries import is_assisted
from tests.factories.people import (
    COUNTY,
    TOWN,
    make_administrator,
    make_cooperative_member,
    make_official,
    make_resident,
    sign_in,
)
from tests.parts.pages import see

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
# 根子镇 of the same county, never designated; 东平镇 of another city.
FREE_TOWN, OTHER_CITY_TOWN = "440981104", "441721104"
FORM = {
    "town_code": FREE_TOWN,
    "since": "2026-12-01",
    "until": "",
    "evidence": "示例文件〔2026〕1号",
}


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def official(app, act):
    client = app.test_client()
    sign_in(client, act(make_official, ScopeLevel.COUNTY, COUNTY))
    return client


def assisted(act, town_code, day):
    return act(is_assisted, town_code, day)


def designation_of(act, town_code):
    query = select(TownDesignation).where(TownDesignation.town_code == town_code)
    return act(lambda: db.session.scalars(query).one())


def test_a_town_counts_from_its_first_day_on(act, official):
    assert official.post("/designations", data=FORM).location == "/designations"
    assert not assisted(act, FREE_TOWN, date(2026, 11, 30))
    assert assisted(act, FREE_TOWN, date(2026, 12, 1))
    page = official.get("/designations").text
    assert "根子镇" in page
    assert "还没开始" in page
    assert "待确认" in page
    entry = act(lambda: db.session.scalars(select(AuditEntry)).one())
    assert (entry.act, entry.subject_id) == ("designate", FREE_TOWN)
    assert entry.detail["evidence"] == FORM["evidence"]


def test_a_town_counts_up_to_its_last_day(act, official):
    found = designation_of(act, TOWN)
    path = f"/designations/{found.id}/ending"
    assert official.get(path).status_code == 200
    assert official.post(path, data={"until": "2026-12-31"}).status_code == 303
    assert assisted(act, TOWN, date(2026, 12, 31))
    assert not assisted(act, TOWN, date(2027, 1, 1))
    assert official.post(path, data={"until": "2026-12-30"}).status_code == 409
    acts = act(lambda: db.session.scalars(select(AuditEntry.act)).all())
    assert acts == ["end_designation"]


def test_a_town_that_ended_can_begin_again(act, official):
    found = designation_of(act, TOWN)
    official.post(f"/designations/{found.id}/ending", data={"until": "2026-12-31"})
    again = {**FORM, "town_code": TOWN, "since": "2027-01-01", "confirmed": "y"}
    assert official.post("/designations", data={**again, "since": "2026-12-31"}).status_code == 422
    assert official.post("/designations", data=again).status_code == 303
    assert assisted(act, TOWN, date(2027, 1, 1))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"town_code": TOWN}, "不能重复认定"),
        ({"town_code": OTHER_CITY_TOWN}, "请选择镇或街道"),
        ({"town_code": "440402001"}, "请选择镇或街道"),
        ({"town_code": ""}, "请选择镇或街道"),
        ({"since": ""}, "请填写这一项"),
        ({"since": "1000-01-01"}, "2021-01-01 到 2099-12-31 之间"),
        ({"since": "9999-12-31"}, "2021-01-01 到 2099-12-31 之间"),
        ({"since": "tomorrow"}, "请填写日期"),
        ({"until": "2026-11-30"}, "不能早于开始日期"),
        ({"until": "0001-01-01"}, "2021-01-01 到 2099-12-31 之间"),
        ({"evidence": ""}, "请填写这一项"),
        ({"evidence": "x" * 501}, "最多 500 个字"),
        ({"evidence": "\0"}, "请填写这一项"),
    ],
)
def test_what_can_not_be_designated_is_said_beside_the_field(act, official, changes, says):
    answer = official.post("/designations", data={**FORM, **changes})
    assert answer.status_code == 422
    assert says in answer.text
    assert not assisted(act, FREE_TOWN, date(2026, 12, 1))


@pytest.mark.parametrize("until", ["", "x", "2020-01-01", "2021-05-31", "9999-01-01"])
def test_an_end_that_can_not_be_is_refused(act, official, until):
    path = f"/designations/{designation_of(act, TOWN).id}/ending"
    assert official.post(path, data={"until": until}).status_code == 422
    assert designation_of(act, TOWN).until is None


def test_an_official_sees_and_ends_only_their_own_towns(app, act, official):
    page = official.get("/designations").text
    assert "石鼓镇" in page
    assert "程村镇" not in page
    foreign = designation_of(act, "441721101")
    path = f"/designations/{foreign.id}/ending"
    assert official.get(path).status_code == 404
    assert official.post(path, data={"until": "2026-12-31"}).status_code == 404
    assert official.post("/designations/999999/ending", data={"until": ""}).status_code == 404


def test_the_bureau_can_designate_everywhere(app, act):
    client = app.test_client()
    sign_in(client, act(make_official))
    offered = see(client, "/designations/new").form("/designations").options["town_code"]
    assert OTHER_CITY_TOWN in offered.values()
    assert "440402001" not in offered.values()
    answer = client.post("/designations", data={**FORM, "town_code": OTHER_CITY_TOWN})
    assert answer.status_code == 303


def test_a_town_team_is_offered_its_town_only(app, act):
    client = app.test_client()
    sign_in(client, act(make_official, ScopeLevel.TOWN, FREE_TOWN))
    offered = see(client, "/designations/new").form("/designations").options["town_code"]
    assert set(offered.values()) == {"", FREE_TOWN}


@pytest.mark.parametrize("make", [make_resident, make_cooperative_member, make_administrator])
def test_nobody_but_officials_designates(app, act, make):
    client = app.test_client()
    sign_in(client, act(make))
    assert client.get("/designations").status_code == 403
    assert client.post("/designations", data=FORM).status_code == 403
