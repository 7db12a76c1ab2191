"""An official of the town's team acts for a cooperative that asked them to, in its name."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from catalog.products.models import Variant
from shop import clock
from shop.accounts.audit.models import AuditEntry
from shop.accounts.mandates.models import Mandate
from shop.accounts.notices.models import Notice
from shop.accounts.people.models import Account, Body, MemberRole, Office, ScopeLevel
from shop.accounts.people.rules import Scope
from shop.accounts.people.services import add_member, appoint, end_appointment
from shop.db import db
from shop.organisations.models import Organisation
from shop.organisations.services import reinstate, suspend
from tests.factories.catalog import make_variant
from tests.factories.people import (
    OTHER_TOWN,
    TOWN,
    make_administrator,
    make_cooperative,
    make_cooperative_member,
    make_official,
    sign_in,
)
from tests.parts.pages import see
from tests.parts.queries import counted_queries

OWN, HELD = "/cooperative/mandates", "/official/mandates"


@pytest.fixture
def cooperative(act):
    return act(make_cooperative)


@pytest.fixture
def manager(app, act, cooperative):
    return client_of(app, act(make_cooperative_member, cooperative))


@pytest.fixture
def helper(act, cooperative):
    return act(make_official, ScopeLevel.TOWN, TOWN)


@pytest.fixture
def official(app, helper):
    return client_of(app, helper)


def client_of(app, account):
    client = app.test_client()
    sign_in(client, account)
    return client


def days(first=0, last=30):
    today = clock.day_of(clock.now())
    return {
        "from_on": (today + timedelta(days=first)).isoformat(),
        "until_on": (today + timedelta(days=last)).isoformat(),
    }


def appointment_of(act, account):
    return act(lambda: db.session.get_one(Account, account.id).official_appointment.id)


def give(act, manager, helper, **period):
    data = {"appointment": appointment_of(act, helper), **days(**period)}
    return manager.post(OWN, data=data)


def mandate(act):
    newest = select(Mandate).order_by(Mandate.id.desc()).limit(1)
    return act(lambda: db.session.scalars(newest).one())


def enter(act, official):
    return official.post(f"{HELD}/{mandate(act).id}/desk")


def letters(act, account):
    query = select(Notice.letter).filter_by(account_id=account.id).order_by(Notice.id)
    return [
        each.removeprefix("suppliers/") for each in act(lambda: db.session.scalars(query).all())
    ]


def test_who_was_asked_opens_the_desk_and_every_page_says_in_whose_name(
    act, cooperative, manager, helper, official
):
    assert official.get("/cooperative").status_code == 403
    assert give(act, manager, helper).location == OWN
    assert letters(act, helper) == ["mandate_given"]
    assert cooperative.name in see(official, HELD).text
    assert enter(act, official).location == "/cooperative"
    for address in ("/cooperative", "/cooperative/orders", "/cooperative/listings", "/invoices"):
        assert f"代办 {cooperative.name}" in see(official, address).text
    assert "mandate-band" not in manager.get("/cooperative").text


def test_what_is_done_is_in_the_log_as_this_persons_for_that_cooperative(
    app, act, cooperative, manager, helper, official
):
    variant = act(make_variant, cooperative, stock=10)
    give(act, manager, helper)
    enter(act, official)
    page = see(official, "/cooperative")
    form = page.form(f"/variants/{variant.id}/price")
    answer = official.post(form.action, data=form.fields | {"price": "70.50"})
    assert answer.status_code == 303
    assert act(lambda: db.session.get_one(Variant, variant.id)).price_fen == 7050

    def acts():
        query = select(AuditEntry).where(AuditEntry.mandate_id.is_not(None))
        return [(e.account_id, e.mandate.organisation_id) for e in db.session.scalars(query)]

    assert act(acts) == [(helper.id, cooperative.id)]
    assert "李干部" in see(manager, f"{OWN}/acts").text
    office = client_of(app, act(make_administrator))
    assert f"代办：{cooperative.name}" in see(office, "/admin/audit").text


def test_an_officials_own_acts_stay_their_own_while_they_act_for_somebody(
    act, manager, helper, official
):
    give(act, manager, helper)
    enter(act, official)
    official.post(f"{HELD}/{mandate(act).id}/ending")
    query = select(AuditEntry.mandate_id).filter_by(act="end_mandate")
    assert act(lambda: db.session.scalars(query).all()) == [None]


@pytest.mark.parametrize(
    "address", ["/cooperative/money", "/cooperative/members", OWN, f"{OWN}/acts"]
)
def test_money_members_and_mandates_are_the_managers_alone(act, manager, helper, official, address):
    give(act, manager, helper)
    enter(act, official)
    assert official.get(address).status_code == 403
    assert f'href="{address}"' not in official.get("/cooperative").text


def test_nothing_is_kept_on_the_phone_of_who_acts_for_a_cooperative(act, manager, helper, official):
    give(act, manager, helper)
    enter(act, official)
    answer = official.get("/cooperative")
    assert "desk-offline.js" not in answer.text
    assert "Desk-Account" not in answer.headers
    assert "desk-offline.js" in manager.get("/cooperative").text


def test_taken_back_is_over_at_once_and_told(act, manager, helper, official):
    give(act, manager, helper)
    enter(act, official)
    form = see(manager, OWN).form("/withdrawal")
    assert manager.post(form.action).location == OWN
    assert official.get("/cooperative").status_code == 403
    assert official.post("/cooperative/listings").status_code in (403, 405)
    assert enter(act, official).location == HELD
    assert official.get("/cooperative").status_code == 403
    assert letters(act, helper) == ["mandate_given", "mandate_ended"]


def test_left_is_left_and_can_be_opened_again(act, manager, helper, official):
    give(act, manager, helper)
    enter(act, official)
    assert official.post(f"{HELD}/leave").location == HELD
    assert official.get("/cooperative").status_code == 403
    enter(act, official)
    assert official.get("/cooperative").status_code == 200


def test_it_holds_from_its_first_to_its_last_day(act, manager, helper, official):
    give(act, manager, helper, first=1, last=2)
    start = clock.start_of(clock.day_of(clock.now()))
    for day, location in ((0, HELD), (1, "/cooperative"), (2, "/cooperative"), (3, HELD)):
        with time_machine.travel(start + timedelta(days=day, hours=12), tick=False):
            assert enter(act, official).location == location
    with time_machine.travel(start + timedelta(days=3), tick=False):
        assert official.get("/cooperative").status_code == 403


def test_it_ends_with_the_office_and_a_new_office_needs_a_new_one(
    app, act, manager, helper, official
):
    give(act, manager, helper)
    enter(act, official)

    def resign_and_return():
        account = db.session.get_one(Account, helper.id)
        end_appointment(account.official_appointment, at=clock.now())
        db.session.flush()
        town = Scope(ScopeLevel.TOWN, TOWN)
        appoint(account, Office.OFFICIAL, scope=town, body=Body.TOWN_TEAM, at=clock.now())

    act(resign_and_return)
    again = client_of(app, helper)
    assert enter(act, again).location == HELD
    assert "已结束" in see(again, HELD).text


def test_it_ends_for_good_with_a_suspension(act, cooperative, manager, helper, official):
    give(act, manager, helper)
    enter(act, official)
    act(lambda: suspend(db.session.get_one(Organisation, cooperative.id), at=clock.now()))
    assert official.get("/cooperative").status_code == 403
    assert give(act, manager, helper).status_code == 409
    act(lambda: reinstate(db.session.get_one(Organisation, cooperative.id), at=clock.now()))
    assert enter(act, official).location == HELD
    assert give(act, manager, helper).status_code == 303


def test_only_the_towns_own_team_can_be_asked(act, manager, helper):
    strangers = [
        act(make_official, ScopeLevel.TOWN, TOWN, Body.TOWN_GOVERNMENT),
        act(make_official, ScopeLevel.TOWN, OTHER_TOWN),
        act(make_official),
    ]
    for stranger in strangers:
        assert give(act, manager, stranger).status_code == 422
    assert "李干部" in see(manager, OWN).text


def test_who_works_for_a_cooperative_acts_for_no_other(act, manager, helper, official):
    give(act, manager, helper)

    def join_one():
        account = db.session.get_one(Account, helper.id)
        add_member(account, make_cooperative(), MemberRole.PICKER, at=clock.now())

    act(join_one)
    assert enter(act, official).location == HELD
    answer = give(act, manager, helper)
    assert (answer.status_code, "自己是一家合作社的成员" in answer.text) == (422, True)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"from_on": "2020-01-01"}, "2021-01-01"),
        (days(-1), "从今天或以后开始"),
        (days(5, 4), "不能早于第一天"),
        (days(0, 367), "最长一年"),
        ({"until_on": "soon"}, "请填写日期"),
        ({"appointment": "0"}, "请选择一位干部"),
        ({"appointment": ""}, "请选择一位干部"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(act, manager, helper, changes, says):
    data = {"appointment": appointment_of(act, helper), **days(), **changes}
    answer = manager.post(OWN, data=data)
    assert answer.status_code == 422
    assert says in answer.text


def test_giving_it_again_replaces_what_was_there(act, manager, helper):
    give(act, manager, helper)
    first = mandate(act).id
    give(act, manager, helper, last=60)
    open_ = select(Mandate.id).where(Mandate.ended_at.is_(None))
    assert act(lambda: db.session.scalars(open_).all()) == [mandate(act).id] != [first]


def test_another_cooperatives_mandate_is_nobodys_here(app, act, manager, helper, official):
    give(act, manager, helper)
    stranger = client_of(app, act(make_cooperative_member))
    assert stranger.post(f"{OWN}/{mandate(act).id}/withdrawal").status_code == 404
    colleague = client_of(app, act(make_official, ScopeLevel.TOWN, TOWN))
    assert enter(act, colleague).status_code == 404
    assert colleague.post(f"{HELD}/{mandate(act).id}/ending").status_code == 404
    assert enter(act, official).status_code == 303


def test_pages_ask_as_often_for_many_mandates_as_for_one(app, act, manager, helper, official):
    asked = []
    for _ in range(3):
        give(act, manager, helper)
        give(act, manager, act(make_official, ScopeLevel.TOWN, TOWN))
        with counted_queries(app) as statements:
            manager.get(OWN)
            official.get(HELD)
        asked.append(len(statements))
    assert asked[0] == asked[-1] < 20
