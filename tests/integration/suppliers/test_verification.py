"""The administrator's register of cooperatives."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy import select

from shop.accounts.audit.models import AuditEntry
from shop.db import db
from shop.events import on
from shop.invariants import list_broken
from shop.organisations.events import (
    CooperativeAdmitted,
    CooperativeReinstated,
    CooperativeSuspended,
)
from shop.organisations.models import Organisation
from shop.organisations.queries import get_cooperative
from shop.places.queries import list_designations
from tests.factories.people import (
    OTHER_TOWN,
    TOWN,
    ScopeLevel,
    make_administrator,
    make_cooperative,
    make_cooperative_member,
    make_credit_code,
    make_enterprise,
    make_official,
    make_places,
    make_resident,
    sign_in,
)
from tests.parts.pages import see

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
LIST = "/admin/cooperatives"
FORM = {
    "name": "石鼓示例农民专业合作社",
    "credit_code": make_credit_code(815),
    "town_code": TOWN,
    "village": "示例村",
    "phone": "138 0000 0000",
    "introduction": "种冬瓜。\n\n也种芥菜。",
}
WHY = "没有手机，纸质材料已核对"


@pytest.fixture
def desk(app, act):
    act(make_places)
    client = app.test_client()
    sign_in(client, act(make_administrator))
    return client


def only(act):
    return act(lambda: db.session.scalars(select(Organisation)).one())


def acts(act):
    done = select(AuditEntry.act).where(AuditEntry.act != "view_personal")
    return act(lambda: db.session.scalars(done.order_by(AuditEntry.id)).all())


def test_a_cooperative_is_registered_admitted_suspended_and_reinstated(act, desk):
    path = desk.post(LIST, data=FORM).location
    assert not only(act).may_sell
    assert "待准入" in desk.get(path).text
    desk.post(see(desk, path).form("/admission").action, data={"reason": WHY})
    assert only(act).may_sell
    desk.post(f"{path}/suspension", data={"reason": "证照过期"})
    assert not only(act).may_sell
    page = desk.get(path).text
    assert "已暂停" in page
    assert "证照过期" in page
    desk.post(f"{path}/reinstatement", data={"reason": "证照已更新"})
    assert only(act).may_sell
    assert acts(act) == [
        "register_cooperative",
        "admit_cooperative",
        "suspend_cooperative",
        "reinstate_cooperative",
    ]
    assert "销售中" in desk.get(LIST).text


def test_others_learn_of_every_step(act, desk):
    heard = []
    for event in (CooperativeAdmitted, CooperativeSuspended, CooperativeReinstated):
        on(event)(heard.append)
    cooperative = act(make_cooperative, admitted=False)
    with time_machine.travel(NOW, tick=False):
        desk.post(f"{LIST}/{cooperative.id}/admission", data={"reason": WHY})
        desk.post(f"{LIST}/{cooperative.id}/suspension", data={"reason": "证照待核对"})
        desk.post(f"{LIST}/{cooperative.id}/reinstatement", data={"reason": "证照待核对"})
    assert heard == [
        CooperativeAdmitted(cooperative.id, NOW),
        CooperativeSuspended(cooperative.id, NOW),
        CooperativeReinstated(cooperative.id, NOW),
    ]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": ""}, "请填写这一项"),
        ({"name": "x" * 81}, "最多 80 个字"),
        ({"credit_code": make_credit_code(815)[:-1] + "0"}, "不是有效的统一社会信用代码"),
        ({"credit_code": "'; DROP TABLE organisation;--"}, "不是有效的统一社会信用代码"),
        ({"town_code": "440981104"}, "请选择镇或街道"),
        ({"town_code": "440402001"}, "请选择镇或街道"),
        ({"town_code": ""}, "请选择镇或街道"),
        ({"phone": "call me"}, "带区号的座机号"),
        ({"village": "x" * 41}, "最多 40 个字"),
        ({"introduction": "x" * 1001}, "最多 1000 个字"),
        ({"introduction": "治疗咳嗽、降血压、抗癌"}, "广告法"),
        ({"village": "抗癌村"}, "广告法"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_the_rest_is_kept(act, desk, changes, says):
    answer = desk.post(LIST, data={**FORM, **changes})
    assert answer.status_code == 422
    assert says in answer.text
    if "village" not in changes:
        assert 'value="示例村"' in answer.text
    assert act(lambda: db.session.scalars(select(Organisation)).all()) == []


def test_one_code_and_one_name_are_registered_once(act, desk):
    known = act(make_cooperative)
    answer = desk.post(LIST, data={**FORM, "credit_code": known.credit_code})
    assert (answer.status_code, "已经登记过" in answer.text) == (422, True)
    answer = desk.post(LIST, data={**FORM, "name": known.name})
    assert (answer.status_code, "已有同名的单位" in answer.text) == (422, True)


def test_only_towns_assisted_today_are_offered(act, desk):
    def end():
        for each in list_designations(TOWN):
            each.until = date(2026, 11, 22)

    act(end)
    with time_machine.travel(datetime(2026, 11, 22, 15, 59, tzinfo=UTC)):
        assert TOWN in see(desk, f"{LIST}/new").form(LIST).options["town_code"].values()
    with time_machine.travel(datetime(2026, 11, 22, 16, tzinfo=UTC)):
        assert TOWN not in see(desk, f"{LIST}/new").form(LIST).options["town_code"].values()
        assert desk.post(LIST, data=FORM).status_code == 422


def test_a_cooperative_is_not_admitted_once_its_town_is_no_longer_assisted(act, desk):
    cooperative = act(make_cooperative, admitted=False)

    def end():
        for each in list_designations(TOWN):
            each.until = date(2025, 12, 31)

    act(end)
    desk.post(f"{LIST}/{cooperative.id}/admission", data={"reason": WHY})
    assert not act(get_cooperative, cooperative.id).may_sell
    assert "不是重点帮扶镇" in desk.get(f"{LIST}/{cooperative.id}").text


def test_a_suspension_signs_the_cooperatives_people_out_at_once(app, act, desk):
    cooperative = act(make_cooperative)
    client, other = app.test_client(), app.test_client()
    sign_in(client, act(make_cooperative_member, cooperative))
    sign_in(other, act(make_cooperative_member))
    desk.post(f"{LIST}/{cooperative.id}/suspension", data={"reason": "证照过期"})
    assert client.get("/account").status_code == 302
    assert other.get("/account").status_code == 200


def test_a_step_that_is_out_of_turn_changes_nothing(act, desk):
    cooperative = act(make_cooperative, admitted=False)
    path = f"{LIST}/{cooperative.id}"
    desk.post(f"{path}/suspension", data={"reason": "证照待核对"})
    desk.post(f"{path}/reinstatement", data={"reason": "证照待核对"})
    assert acts(act) == []
    desk.post(f"{path}/admission", data={"reason": WHY})
    desk.post(f"{path}/admission", data={"reason": WHY})
    assert acts(act) == ["admit_cooperative"]
    assert "状态已经变化" in desk.get(path).text


@pytest.mark.parametrize("reason", ["", "\u202e", "x" * 201])
def test_a_suspension_needs_a_reason(act, desk, reason):
    cooperative = act(make_cooperative)
    answer = desk.post(f"{LIST}/{cooperative.id}/suspension", data={"reason": reason})
    assert answer.status_code == 422
    assert act(get_cooperative, cooperative.id).may_sell


@pytest.mark.both_engines
def test_an_admission_without_signatures_needs_a_reason_which_the_town_reads(app, act, desk):
    own, elsewhere = act(make_cooperative, admitted=False), act(make_cooperative, OTHER_TOWN)
    path = f"{LIST}/{own.id}"
    assert desk.post(f"{path}/admission", data={"reason": " "}).status_code == 422
    assert not act(get_cooperative, own.id).may_sell
    assert desk.post(f"{path}/admission", data={"reason": WHY}).status_code == 303
    assert WHY in desk.get(path).text

    def official_of(town):
        client = app.test_client()
        sign_in(client, act(make_official, ScopeLevel.TOWN, town))
        return client.get("/official/applications").text

    assert own.name in official_of(TOWN)
    assert WHY in official_of(TOWN)
    assert WHY not in official_of(elsewhere.town_code)
    assert act(list_broken) == []
    said = {"act": "admit_cooperative", "subject": "organisation", "detail": {}}
    silent = AuditEntry(at=NOW, subject_id=str(elsewhere.id), **said)
    act(lambda: db.session.add(silent))
    assert act(list_broken) == [
        f"these cooperatives were admitted with neither signatures nor a reason: [{elsewhere.id}]"
    ]


def test_what_may_change_is_changed_and_the_rest_stays(act, desk):
    cooperative = act(make_cooperative)
    path = f"{LIST}/{cooperative.id}"
    form = see(desk, f"{path}/edit").form(path)
    assert form.fields["village"] == "示例村"
    changed = {"village": "新村", "phone": "0668-1234567", "name": "另一个名字", "town_code": ""}
    assert desk.post(path, data=form.fields | changed).status_code == 303
    found = act(get_cooperative, cooperative.id)
    assert (found.village, found.phone) == ("新村", "06681234567")
    assert (found.name, found.town_code) == (cooperative.name, TOWN)
    assert desk.post(path, data={"phone": "x"}).status_code == 422
    assert acts(act) == ["revise_cooperative"]


def test_the_list_is_searched_by_name_and_code(act, desk):
    one, other = (
        act(make_cooperative, name="石鼓甲合作社"),
        act(make_cooperative, name="石鼓乙合作社"),
    )
    page = desk.get(LIST, query_string={"q": "甲"}).text
    assert one.name in page
    assert other.name not in page
    assert other.name in desk.get(LIST, query_string={"q": other.credit_code.lower()}).text
    assert "没有找到" in desk.get(LIST, query_string={"q": "%"}).text
    assert desk.get(LIST, query_string={"q": "\0", "page": "-1"}).status_code == 200


def test_an_enterprise_is_not_in_the_register(act, desk):
    enterprise = act(make_enterprise)
    assert enterprise.name not in desk.get(LIST).text
    for path in ("", "/edit"):
        assert desk.get(f"{LIST}/{enterprise.id}{path}").status_code == 404
    assert desk.post(f"{LIST}/{enterprise.id}/admission").status_code == 404


@pytest.mark.parametrize("make", [make_resident, make_cooperative_member, make_official])
def test_only_administrators_keep_the_register(app, act, make):
    cooperative = act(make_cooperative)
    client = app.test_client()
    sign_in(client, act(make))
    assert client.get(LIST).status_code == 403
    assert client.post(LIST, data=FORM).status_code == 403
    for step in ("admission", "suspension", "reinstatement"):
        assert client.post(f"{LIST}/{cooperative.id}/{step}").status_code == 403
