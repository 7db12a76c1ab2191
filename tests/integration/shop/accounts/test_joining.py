"""Joining as a resident, and for an enterprise."""

import pytest
from sqlalchemy import func, select

from shop.accounts.people.models import Account
from shop.accounts.policies.models import Consent, PolicyKind, PolicyText
from shop.db import db
from shop.organisations.models import EnterpriseType, Organisation
from tests.factories.people import (
    make_credit_code,
    make_enterprise,
    make_policies,
    make_resident,
)

RESIDENT = {
    "name": "林小珠",
    "identifier": "138 1234 5678",
    "password": "a basket of plums",
    "agreement": "y",
    "privacy": "y",
}
ENTERPRISE = {
    **RESIDENT,
    "as": "enterprise",
    "organisation": "示例单位工会",
    "enterprise_type": "union",
    "credit_code": make_credit_code(4711),
    "phone": "0756-1234567",
}


@pytest.fixture(autouse=True)
def _policies(act):
    act(make_policies)


def join(app, data, **changes):
    client = app.test_client()
    kept = {name: value for name, value in {**data, **changes}.items() if value is not None}
    return client, client.post("/join", data=kept)


def count(act, model):
    return act(lambda: db.session.scalar(select(func.count()).select_from(model)))


def test_a_resident_joins_and_is_in(app, act):
    client, answer = join(app, RESIDENT, next="/account")
    assert (answer.status_code, answer.location) == (303, "/account")
    page = client.get("/account").text
    assert "13812345678" in page
    assert "欢迎来到菜篮子，林小珠" in page
    assert "用户协议 第 1 版" in page


def test_the_password_is_stored_as_argon2id(app, act):
    join(app, RESIDENT)
    stored = act(lambda: db.session.scalars(select(Account.password_hash)).one())
    assert stored.startswith("$argon2id$")


def test_consent_names_the_versions_in_force(app, act):
    join(app, RESIDENT)
    query = select(PolicyText.kind).join(Consent, Consent.policy_text_id == PolicyText.id)
    assert set(act(lambda: db.session.scalars(query).all())) == set(PolicyKind)


@pytest.mark.parametrize("path", ["/join", "/join?as=enterprise"])
def test_no_box_is_ticked_beforehand_and_each_leads_to_its_text(app, path):
    page = app.test_client().get(path).text
    assert page.count('type="checkbox"') == 2
    assert "checked" not in page
    assert 'href="/policies/agreement"' in page
    assert 'href="/policies/privacy"' in page


@pytest.mark.parametrize("box", ["agreement", "privacy"])
def test_nobody_joins_without_either_consent(app, act, box):
    _, answer = join(app, RESIDENT, **{box: None})
    assert answer.status_code == 422
    assert "请先阅读，再勾选同意" in answer.text
    assert 'value="林小珠"' in answer.text
    assert count(act, Account) == 0


def test_nobody_joins_before_there_are_texts(app, act, database):
    act(lambda: [db.session.delete(text) for text in db.session.scalars(select(PolicyText))])
    _, answer = join(app, RESIDENT)
    assert answer.status_code == 422
    assert "还没有发布" in answer.text
    assert count(act, Account) == 0


@pytest.mark.parametrize("identifier", ["13812345678", "+86 13812345678"])
def test_a_number_joins_once(app, act, identifier):
    act(make_resident, "13812345678")
    _, answer = join(app, RESIDENT, identifier=identifier)
    assert answer.status_code == 422
    assert "已经注册过，请直接登录" in answer.text


@pytest.mark.parametrize("password", ["short", "13812345678", "x" * 200, "", " " * 9])
def test_a_weak_password_is_refused_and_not_sent_back(app, act, password):
    _, answer = join(app, RESIDENT, password=password)
    assert answer.status_code == 422
    assert count(act, Account) == 0
    assert not password.strip() or f'value="{password}"' not in answer.text.replace(
        'value="138 1234 5678"', ""
    )


def test_an_enterprise_member_brings_the_organisation(app, act):
    client, answer = join(app, ENTERPRISE, credit_code=ENTERPRISE["credit_code"].lower())
    assert answer.status_code == 303, answer.text
    page = client.get("/account").text
    assert "示例单位工会" in page
    assert "工会" in page
    organisation = act(lambda: db.session.scalars(select(Organisation)).one())
    assert organisation.credit_code == ENTERPRISE["credit_code"]
    assert organisation.enterprise_type is EnterpriseType.UNION
    assert organisation.phone == "07561234567"


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("credit_code", make_credit_code(4711)[:-1] + "0", "不是有效的统一社会信用代码"),
        ("credit_code", "", "请填写这一项"),
        ("enterprise_type", "charity", "请选择单位类型"),
        ("enterprise_type", None, "请选择单位类型"),
        ("organisation", "", "请填写这一项"),
        ("phone", "12", "带区号的座机号"),
    ],
)
def test_what_is_wrong_with_an_enterprise_is_said_beside_it(app, act, field, value, says):
    _, answer = join(app, ENTERPRISE, **{field: value})
    assert answer.status_code == 422
    assert says in answer.text
    assert count(act, Account) == count(act, Organisation) == 0


def test_a_known_organisation_is_not_open_to_strangers(app, act):
    known = act(make_enterprise)
    _, answer = join(app, ENTERPRISE, credit_code=known.credit_code)
    assert answer.status_code == 422
    assert "索取邀请" in answer.text
    assert count(act, Account) == 0


def test_two_enterprises_do_not_share_a_name(app, act):
    known = act(make_enterprise)
    _, answer = join(app, ENTERPRISE, organisation=known.name)
    assert answer.status_code == 422
    assert "已有同名的单位" in answer.text
    assert count(act, Account) == 0


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "x" * 5000,
        "\0",
        "‮‏",
        "😀" * 41,
        "' OR 1=1 --",
        "<script>alert(1)</script>",
        "-1",
        "９９９９９９９９９９９９９９９９９９",
    ],
)
@pytest.mark.parametrize("field", sorted(ENTERPRISE))
def test_no_hostile_value_breaks_joining(app, field, hostile):
    client, answer = join(app, ENTERPRISE, **{field: hostile})
    assert answer.status_code in (303, 422)
    if answer.status_code == 303:
        assert "<script>alert" not in client.get("/account").text
    else:
        assert "<script>alert" not in answer.text


def test_nobody_is_sent_elsewhere_after_joining(app):
    _, answer = join(app, RESIDENT, next="//evil.example")
    assert answer.location == "/"
