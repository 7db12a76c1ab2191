"""Who does what in a cooperative: asked in, given another part, let go."""

import json
from uuid import uuid4

import pytest
from sqlalchemy import select

from catalog.products.models import Variant
from shop import clock, outbox
from shop.accounts.audit.models import AuditEntry
from shop.accounts.people.models import Account, MemberRole, Membership
from shop.db import db
from shop.outbox import OutboxMessage
from shop.web.audience import Role
from tests.factories.catalog import make_variant
from tests.factories.orders import paid, place
from tests.factories.people import (
    make_cooperative,
    make_cooperative_member,
    make_policies,
    make_resident,
    sign_in,
)
from tests.parts.pages import see

MEMBERS = "/cooperative/members"
NEWCOMER = {"name": "黄社员", "password": "a basket of plums", "agreement": "y", "privacy": "y"}


@pytest.fixture
def cooperative(act):
    act(make_policies)
    return act(make_cooperative)


@pytest.fixture
def manager(act, cooperative):
    return act(make_cooperative_member, cooperative)


@pytest.fixture
def desk(app, manager):
    return client_of(app, manager)


@pytest.fixture
def picker(act, cooperative, manager):
    return act(make_cooperative_member, cooperative, MemberRole.PICKER)


def client_of(app, account):
    client = app.test_client()
    sign_in(client, account)
    return client


def link(act, kind):
    query = select(OutboxMessage).where(OutboxMessage.kind == kind)
    return act(lambda: db.session.scalars(query).one().payload["context"]["path"])


def roles_of(act, account_id):
    return act(lambda: db.session.get_one(Account, account_id).roles)


def role_of(act, account_id):
    query = select(Membership.role).filter_by(account_id=account_id, ended_at=None)
    return act(lambda: db.session.scalars(query).one())


@pytest.mark.parametrize(
    ("address", "kind"), [("helper@shop.example", "mail"), ("13900001111", "sms")]
)
def test_a_manager_asks_a_picker_in_by_mail_or_phone(app, act, desk, address, kind):
    answer = desk.post(MEMBERS, data={"identifier": address, "role": "picker"})
    assert answer.location == MEMBERS
    assert address in see(desk, MEMBERS).text
    guest = app.test_client()
    assert "备货员" in see(guest, link(act, kind)).text
    accepted = guest.post(f"{link(act, kind)}/acceptance", data=NEWCOMER)
    assert accepted.status_code == 303
    assert guest.get("/cooperative").status_code == 200
    assert guest.get(MEMBERS).status_code == 403


def test_a_message_by_phone_brings_the_link(app, act, desk):
    desk.post(MEMBERS, data={"identifier": "13900001111", "role": "accountant"})
    with app.app_context():
        outbox.deliver_due(clock.now())
    folder = app.config["SETTINGS"].sms_folder
    (message,) = [json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")]
    assert message["phone"] == "13900001111"
    assert message["text"].endswith(link(act, "sms"))


def test_an_invitation_is_taken_back(app, act, desk):
    desk.post(MEMBERS, data={"identifier": "helper@shop.example", "role": "picker"})
    form = see(desk, MEMBERS).form("/withdrawal")
    assert desk.post(form.action).location == MEMBERS
    assert app.test_client().get(link(act, "mail")).status_code == 404


def test_another_part_opens_other_pages_and_closes_the_sessions(app, act, desk, picker):
    client = client_of(app, picker)
    answer = desk.post(f"{MEMBERS}/{picker.id}/role", data={"role": "accountant"})
    assert answer.location == MEMBERS
    assert client.get("/cooperative").location.startswith("/sign-in")
    assert roles_of(act, picker.id) == {Role.BUYER, Role.ACCOUNTANT}
    again = client_of(app, picker)
    assert again.get("/invoices").status_code == 200
    assert again.get("/cooperative").status_code == 403
    entry = act(
        lambda: db.session.scalars(select(AuditEntry).filter_by(act="change_member_role")).one()
    )
    assert (entry.detail["before"], entry.detail["after"]) == ("picker", "accountant")


def test_a_part_once_had_can_be_given_again(act, desk, picker):
    for role in ("accountant", "picker", "picker"):
        desk.post(f"{MEMBERS}/{picker.id}/role", data={"role": role})
    assert role_of(act, picker.id) is MemberRole.PICKER


def test_who_was_let_go_is_signed_out_and_a_buyer_again(app, act, desk, picker):
    client = client_of(app, picker)
    desk.post(f"{MEMBERS}/{picker.id}/ending")
    assert client.get("/cooperative").location.startswith("/sign-in")
    assert roles_of(act, picker.id) == {Role.BUYER}


def test_one_manager_stays(act, desk, manager, picker):
    refused = desk.post(f"{MEMBERS}/{manager.id}/role", data={"role": "picker"})
    assert refused.status_code == 409
    assert "至少要有一位负责人" in refused.text
    desk.post(f"{MEMBERS}/{manager.id}/ending")
    assert role_of(act, manager.id) is MemberRole.MANAGER
    desk.post(f"{MEMBERS}/{picker.id}/role", data={"role": "manager"})
    assert desk.post(f"{MEMBERS}/{manager.id}/ending").status_code == 303
    assert roles_of(act, manager.id) == {Role.BUYER}


def test_members_of_another_cooperative_are_nobody_here(act, desk):
    stranger = act(make_cooperative_member)
    assert desk.get(f"{MEMBERS}/{stranger.id}/role").status_code == 404
    assert desk.post(f"{MEMBERS}/{stranger.id}/ending").status_code == 404


def test_nobody_works_for_two_cooperatives(app, act, desk, picker):
    other = client_of(app, act(make_cooperative_member))
    other.post(MEMBERS, data={"identifier": picker.email, "role": "accountant"})
    accepted = client_of(app, picker).post(f"{link(act, 'mail')}/acceptance")
    assert accepted.status_code == 409
    assert role_of(act, picker.id) is MemberRole.PICKER


def test_a_picker_sees_what_to_bring_but_no_price(app, act, cooperative, picker):
    variant = act(make_variant, cooperative, stock=10)

    def order():
        return paid(place(make_resident(), {variant: 2}, at=clock.now())).sub_orders[0].number

    number = act(order)
    client = client_of(app, picker)
    for address in ("/cooperative", "/cooperative/orders", f"/cooperative/orders/{number}"):
        page = see(client, address)
        assert variant.spec in page.text or "待发货" in page.text
        assert "元" not in page.text
        assert "/cooperative/listings" not in client.get(address).text
    assert "data-step" not in client.get("/cooperative").text


def test_a_picker_counts_stock_but_sets_no_price(app, act, cooperative, picker):
    variant = act(make_variant, cooperative, stock=10)
    client = client_of(app, picker)
    change = {"variant": variant.id, "value": 5, "seen": 1, "waited": 0}
    send = [{"key": str(uuid4()), "kind": kind, **change} for kind in ("stock", "price")]
    answer = client.post("/cooperative/acts", json={"account": picker.id, "acts": send}).json
    assert [each["applied"] for each in answer["results"]] == [True, False]
    assert answer["results"][1]["code"] == "not_allowed"
    assert "price" not in answer["states"][0]
    now = act(lambda: db.session.get_one(Variant, variant.id))
    assert (now.on_hand, now.price_fen) == (15, variant.price_fen)
