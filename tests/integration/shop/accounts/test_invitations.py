"""Inviting people, accepting, and taking offices back."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
import time_machine
from sqlalchemy import func, select

from shop import clock, outbox
from shop.accounts.audit.models import AuditEntry
from shop.accounts.people.models import Account, Appointment, Body, Invitation, Office, ScopeLevel
from shop.accounts.people.queries import find_account
from shop.db import db
from shop.outbox import OutboxMessage
from shop.web.audience import Role
from tests.factories.people import (
    COUNTY,
    TOWN,
    make_account,
    make_administrator,
    make_cooperative,
    make_enterprise,
    make_enterprise_member,
    make_finance,
    make_official,
    make_places,
    make_policies,
    make_resident,
    sign_in,
)
from tests.parts.pages import see

GUEST = "guest@shop.example"
NEWCOMER = {"name": "李干部", "password": "a basket of plums", "agreement": "y", "privacy": "y"}
TEAM = {"for": "official", "email": GUEST, "place": TOWN, "body": "town_team"}


@pytest.fixture
def desk(app, act):
    """An administrator at their desk."""
    act(make_places)
    act(make_policies)
    client = app.test_client()
    sign_in(client, act(make_administrator))
    return client


def invite(client, **changes):
    return client.post("/admin/invitations", data={**TEAM, **changes})


def links(act):
    """Where the invitations lead that were mailed, in their order."""
    query = select(OutboxMessage).where(OutboxMessage.kind == "mail").order_by(OutboxMessage.id)
    messages = act(lambda: db.session.scalars(query).all())
    return [message.payload["context"]["path"] for message in messages]


def roles_of(act, email):
    query = select(Account).where(Account.email == email)
    return act(lambda: db.session.scalars(query).one().roles)


def acts(act):
    """What people did; the first texts are published by nobody, and looking is no deed."""
    query = select(AuditEntry.act).where(
        AuditEntry.account_id.is_not(None), AuditEntry.act != "view_personal"
    )
    return act(lambda: db.session.scalars(query.order_by(AuditEntry.id)).all())


def test_an_official_is_invited_and_joins_with_scope_and_body(app, act, desk):
    assert invite(desk).location == "/admin/people"
    assert GUEST in desk.get("/admin/people").text
    (link,) = links(act)
    guest = app.test_client()
    assert "茂名市高州市石鼓镇" in guest.get(link).text
    answer = guest.post(f"{link}/acceptance", data=NEWCOMER)
    assert (answer.status_code, answer.location) == (303, "/account")
    assert "李干部" in guest.get("/account").text
    held = act(
        lambda: db.session.scalars(
            select(Appointment).where(Appointment.office == Office.OFFICIAL)
        ).one()
    )
    assert (held.scope_level, held.scope_code) == (ScopeLevel.TOWN, TOWN)
    assert held.body is Body.TOWN_TEAM
    assert acts(act) == ["invite", "accept_invitation"]


@pytest.mark.parametrize(
    ("place", "body", "level"),
    [
        ("bureau", "bureau", ScopeLevel.BUREAU),
        ("440900", "headquarters", ScopeLevel.CITY),
        (COUNTY, "working_group", ScopeLevel.COUNTY),
        (TOWN, "town_government", ScopeLevel.TOWN),
    ],
)
def test_every_scope_and_body_can_be_invited(act, desk, place, body, level):
    assert invite(desk, place=place, body=body).status_code == 303
    invitation = act(lambda: db.session.scalars(select(Invitation)).one())
    assert invitation.scope_level is level


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"place": TOWN, "body": "bureau"}, "镇一级只能是镇政府或驻镇工作队"),
        ({"place": COUNTY, "body": "town_team"}, "镇一级只能是镇政府或驻镇工作队"),
        ({"place": "bureau", "body": "town_government"}, "镇一级只能是镇政府或驻镇工作队"),
        ({"place": "440402001"}, "请选择负责范围"),
        ({"place": ""}, "请选择负责范围"),
        ({"body": "nobody"}, "请选择单位"),
        ({"email": "no address"}, "完整的邮箱地址"),
        ({"email": ""}, "请填写这一项"),
    ],
)
def test_what_can_not_be_offered_is_said_beside_the_field(act, desk, changes, says):
    answer = invite(desk, **changes)
    assert answer.status_code == 422
    assert says in answer.text
    assert links(act) == []


@pytest.mark.parametrize(
    ("kind", "role"), [("finance", Role.FINANCE), ("administrator", Role.ADMINISTRATOR)]
)
def test_finance_and_administrators_are_invited(app, act, desk, kind, role):
    invite(desk, **{"for": kind})
    app.test_client().post(f"{links(act)[0]}/acceptance", data=NEWCOMER)
    assert role in roles_of(act, GUEST)


def test_a_manager_of_a_cooperative_is_invited(app, act, desk):
    cooperative = act(make_cooperative)
    answer = invite(desk, **{"for": "cooperative", "organisation": str(cooperative.id)})
    assert answer.status_code == 303
    app.test_client().post(f"{links(act)[0]}/acceptance", data=NEWCOMER)
    assert roles_of(act, GUEST) == {Role.BUYER, Role.COOPERATIVE}


def test_an_enterprise_is_no_cooperative_to_manage(act, desk):
    enterprise = act(make_enterprise)
    answer = invite(desk, **{"for": "cooperative", "organisation": str(enterprise.id)})
    assert answer.status_code == 422


def test_an_account_that_is_there_accepts_after_signing_in(app, act, desk):
    person = act(make_account, "李干部", GUEST)
    invite(desk)
    (link,) = links(act)
    guest = app.test_client()
    assert f"/sign-in?next={link}" in guest.get(link).text
    assert guest.post(f"{link}/acceptance", data=NEWCOMER).status_code == 422
    sign_in(guest, person)
    key = guest.get_cookie("session").value
    assert see(guest, link).form("/acceptance").fields == {}
    assert guest.post(f"{link}/acceptance").status_code == 303
    assert guest.get_cookie("session").value != key, "more rights, a new key"
    assert Role.OFFICIAL in roles_of(act, GUEST)


def test_an_invitation_is_for_one_person_only(app, act, desk):
    invite(desk)
    (link,) = links(act)
    other = app.test_client()
    sign_in(other, act(make_resident))
    assert "另一个账户" in other.get(link).text
    assert other.post(f"{link}/acceptance").status_code == 403
    assert app.test_client().get(link).status_code == 200, "it can still be accepted"


def test_a_link_works_once(app, act, desk):
    invite(desk)
    (link,) = links(act)
    app.test_client().post(f"{link}/acceptance", data=NEWCOMER)
    late = app.test_client()
    assert late.get(link).status_code == 404
    assert late.post(f"{link}/acceptance", data=NEWCOMER).status_code == 404


def test_a_link_ends_after_seven_days(app, act, desk):
    invite(desk)
    (link,) = links(act)
    with time_machine.travel(clock.now() + timedelta(days=6, hours=23)):
        assert app.test_client().get(link).status_code == 200
    with time_machine.travel(clock.now() + timedelta(days=7, minutes=1)):
        assert app.test_client().get(link).status_code == 404


def test_a_withdrawn_link_is_worth_nothing(app, act, desk):
    invite(desk)
    (link,) = links(act)
    form = see(desk, "/admin/people").form("/withdrawal")
    assert desk.post(form.action).status_code == 303
    assert app.test_client().get(link).status_code == 404
    assert desk.post(form.action).status_code == 404
    assert acts(act) == ["invite", "withdraw_invitation"]


def test_the_same_invitation_is_not_sent_twice(act, desk):
    invite(desk)
    assert invite(desk).status_code == 422
    assert invite(desk, **{"for": "finance"}).status_code == 303
    assert len(links(act)) == 2


def test_the_register_of_links_holds_only_hashes(act, desk):
    invite(desk)
    token = links(act)[0].rsplit("/", 1)[1]
    invitation = act(lambda: db.session.scalars(select(Invitation)).one())
    assert token not in invitation.token_hash


def test_the_mail_says_what_is_offered_and_where(app, act, desk, settings):
    invite(desk)
    (link,) = links(act)
    with app.app_context():
        assert outbox.deliver_due(clock.now()) == 1
    (letter,) = settings.mail_folder.glob("*.eml")
    mail = message_from_bytes(letter.read_bytes(), policy=policy.default)
    letter.unlink()
    assert mail["To"] == GUEST
    assert mail["Subject"] == "菜篮子邀请您加入"
    text = mail.get_content()
    assert f"{settings.public_url}{link}" in text
    assert "茂名市高州市石鼓镇" in text


def test_nobody_takes_up_a_second_office_of_a_kind(app, act, desk):
    official = act(make_official)
    invite(desk, email=official.email)
    guest = app.test_client()
    sign_in(guest, official)
    assert guest.post(f"{links(act)[0]}/acceptance").status_code == 409


@pytest.mark.parametrize("missing", ["agreement", "privacy", "name", "password"])
def test_accepting_asks_for_everything_that_joining_does(app, act, desk, missing):
    invite(desk)
    (link,) = links(act)
    data = {name: value for name, value in NEWCOMER.items() if name != missing}
    assert app.test_client().post(f"{link}/acceptance", data=data).status_code == 422
    assert app.test_client().get(link).status_code == 200


def test_an_office_that_ends_signs_its_holder_out_at_once(app, act, desk):
    official = act(make_official)
    client = app.test_client()
    sign_in(client, official)
    appointment = act(find_account, official.id).official_appointment
    path = f"/admin/appointments/{appointment.id}/ending"
    assert desk.post(path).status_code == 303
    assert client.get("/account").status_code == 302
    sign_in(client, official)
    assert client.get("/designations").status_code == 403
    assert desk.post(path).status_code == 404
    assert acts(act) == ["end_appointment"]


def test_there_is_always_an_administrator(act, desk):
    action = see(desk, "/admin/people").form("/ending").action
    assert desk.post(action).status_code == 303
    assert "最后一位管理员" in desk.get("/admin/people").text
    act(make_administrator)
    assert desk.post(action).status_code == 303
    assert desk.get("/admin").status_code == 302


def test_a_colleague_is_invited_into_an_enterprise(app, act):
    act(make_policies)
    member = act(make_enterprise_member)
    client = app.test_client()
    sign_in(client, member)
    assert client.get("/account/invitations/new").status_code == 200
    assert client.post("/account/invitations", data={"email": GUEST}).status_code == 303
    guest = app.test_client()
    guest.post(f"{links(act)[0]}/acceptance", data=NEWCOMER)
    assert act(find_account, member.id).enterprise.name in guest.get("/account").text


def test_who_belongs_nowhere_invites_nobody(app, act):
    client = app.test_client()
    sign_in(client, act(make_resident))
    assert client.get("/account/invitations/new").status_code == 404
    assert client.post("/account/invitations", data={"email": GUEST}).status_code == 404


def test_a_member_can_not_flood_the_world_with_mail(app, act):
    client = app.test_client()
    sign_in(client, act(make_enterprise_member))
    for number in range(20):
        data = {"email": f"guest{number}@shop.example"}
        assert client.post("/account/invitations", data=data).status_code == 303
    assert client.post("/account/invitations", data={"email": GUEST}).status_code == 422
    assert act(lambda: db.session.scalar(select(func.count(Invitation.id)))) == 20


@pytest.mark.parametrize("make", [make_resident, make_finance, make_official])
@pytest.mark.parametrize("path", ["/admin", "/admin/people", "/admin/invitations/new"])
def test_only_administrators_come_to_this_desk(app, act, make, path):
    client = app.test_client()
    sign_in(client, act(make))
    assert client.get(path).status_code == 403
    assert invite(client).status_code == 403


@pytest.mark.parametrize("token", ["x", "😀", "%00", "a" * 3000])
def test_a_made_up_link_is_not_found(app, token):
    assert app.test_client().get(f"/invitations/{token}").status_code == 404
    assert app.test_client().post(f"/invitations/{token}/acceptance").status_code == 404


@pytest.mark.parametrize("kind", ["official", "cooperative", "finance", "administrator"])
def test_every_kind_of_invitation_has_its_page(desk, kind):
    page = see(desk, f"/admin/invitations/new?for={kind}")
    assert page.form("/admin/invitations").fields["for"] == kind


def test_another_kind_has_none(desk):
    assert desk.get("/admin/invitations/new?for=king").status_code == 404
