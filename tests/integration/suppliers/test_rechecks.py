"""Every six months a cooperative is checked again: confirmed, signed twice, or paused."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from shop import clock
from shop.accounts.audit.models import AuditEntry
from shop.accounts.notices.models import Notice
from shop.accounts.people.models import Account, Body, MemberRole, ScopeLevel
from shop.accounts.people.services import add_member
from shop.db import db
from shop.invariants import list_broken
from shop.organisations.models import Organisation
from suppliers.licences.services import LicenceEntry, look_after, record_licence
from suppliers.rechecks import services
from suppliers.rechecks.errors import NothingToConfirm
from suppliers.rechecks.handlers import look_after_late_ones, open_rechecks
from suppliers.rechecks.models import Recheck
from suppliers.verification.models import DocumentKind
from tests.factories.applications import make_signers
from tests.factories.catalog import make_product
from tests.factories.people import (
    OTHER_TOWN,
    TOWN,
    make_administrator,
    make_cooperative,
    make_cooperative_member,
    make_official,
    sign_in,
)
from tests.factories.rechecks import confirmed, opened
from tests.parts.pages import see
from tests.parts.queries import counted_queries
from tests.parts.together import run_together

OWN, DESK = "/cooperative/recheck", "/official/rechecks"


@pytest.fixture
def cooperative(act):
    return act(make_cooperative)


@pytest.fixture
def manager(act, cooperative):
    return act(make_cooperative_member, cooperative)


@pytest.fixture
def desk(app, manager):
    return client_of(app, manager)


@pytest.fixture
def signers(act):
    """One official each of government and team, in this order."""
    return act(make_signers)


def client_of(app, account):
    client = app.test_client()
    sign_in(client, account)
    return client


def night(app, days=0):
    """What the nights do, so many days from now."""
    with app.app_context(), time_machine.travel(clock.now() + timedelta(days=days), tick=False):
        opened_ = open_rechecks(clock.now())
        look_after_late_ones(clock.now())
    return opened_


def fill(desk, **changes):
    form = see(desk, OWN).form(OWN)
    given = form.fields | {"contact": "黄社长", "licences_hold": "y", "sells_from_town": "y"}
    return desk.post(OWN, data={k: v for k, v in (given | changes).items() if v is not None})


def sign(client, recheck, note="已到村里核对"):
    form = see(client, f"{DESK}/{recheck.id}").form("/sign-offs")
    return client.post(form.action, data=form.fields | {"note": note})


def latest(act):
    return act(lambda: db.session.scalars(select(Recheck).order_by(Recheck.id.desc())).first())


def now_of(act, cooperative):
    return act(lambda: db.session.get_one(Organisation, cooperative.id))


def letters(act, account):
    query = select(Notice.letter).filter_by(account_id=account.id).order_by(Notice.id)
    found = act(lambda: db.session.scalars(query).all())
    return [letter.removeprefix("suppliers/") for letter in found]


def test_a_round_is_confirmed_signed_by_two_and_closed_for_six_months(
    app, act, cooperative, manager, desk, signers
):
    assert "没有要办的复核" in see(desk, OWN).text
    assert night(app) == 1
    assert night(app) == 0
    assert letters(act, manager) == ["recheck_opened"]
    assert "半年复核" in see(desk, "/cooperative").text
    assert fill(desk, phone="139 0000 0000", village="新村").location == OWN
    recheck = latest(act)
    government, team = (client_of(app, each) for each in signers)
    assert "改过" in see(government, f"{DESK}/{recheck.id}").text
    assert sign(government, recheck).status_code == 303
    assert now_of(act, cooperative).checked_at is None
    assert now_of(act, cooperative).phone == "13800000000"
    assert sign(team, recheck).status_code == 303
    now = now_of(act, cooperative)
    assert (now.phone, now.village) == ("13900000000", "新村")
    assert now.checked_at is not None
    assert now.recheck_due_on is None
    assert letters(act, manager) == ["recheck_opened", "recheck_finished"]
    assert letters(act, signers[0]) == ["recheck_to_sign"]
    assert night(app) == 0
    assert night(app, days=185) == 1
    assert act(list_broken) == []


def test_a_new_name_counts_with_the_signatures_and_is_found_by_buyers(
    app, act, cooperative, desk, signers
):
    product = act(make_product, cooperative)
    act(opened, cooperative)
    fill(desk, name="改名后的示例农民专业合作社")
    for each in signers:
        sign(client_of(app, each), latest(act))
    assert "改名后的示例农民专业合作社" in see(app.test_client(), f"/products/{product.id}").text


def test_a_name_that_is_taken_is_refused_beside_its_field(act, cooperative, desk):
    other = act(make_cooperative)
    act(opened, cooperative)
    answer = fill(desk, name=other.name)
    assert answer.status_code == 422
    assert "已有同名的单位" in answer.text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": ""}, "请填写"),
        ({"contact": ""}, "请填写"),
        ({"phone": "many"}, "请填写手机号"),
        ({"licences_hold": None}, "请先在“证照”里换新证"),
        ({"sells_from_town": None}, "不再从本镇供货"),
        ({"contact": "新写的村", "village": "抗癌村"}, "广告法"),
    ],
)
def test_half_a_confirmation_is_refused_and_what_was_typed_stays(
    act, cooperative, desk, changes, says
):
    act(opened, cooperative)
    answer = fill(desk, **({"village": "新写的村"} | changes))
    assert answer.status_code == 422
    assert says in answer.text
    assert "新写的村" in answer.text
    assert latest(act).version == 0


def test_with_a_lapsed_licence_nothing_is_confirmed(act, cooperative, manager, desk):
    act(opened, cooperative)
    yesterday = clock.day_of(clock.now()) - timedelta(days=1)
    kind = DocumentKind.BUSINESS_LICENCE
    entry = LicenceEntry(kind=kind, number="G-1", expires_on=yesterday)
    act(lambda: record_licence(cooperative.id, entry, by=manager.id, at=clock.now()).id)
    answer = fill(desk)
    assert answer.status_code == 422
    assert "有证照已经过期" in answer.text


def test_what_was_returned_is_mended_and_signed_anew(app, act, cooperative, manager, desk, signers):
    recheck = act(confirmed, cooperative, manager.id)
    government, team = (client_of(app, each) for each in signers)
    sign(government, recheck)
    form = see(team, f"{DESK}/{recheck.id}").form("/return")
    assert team.post(form.action, data=form.fields | {"reason": ""}).status_code == 422
    team.post(form.action, data=form.fields | {"reason": "电话打不通"})
    assert "电话打不通" in see(desk, OWN).text
    assert "recheck_returned" in letters(act, manager)
    fill(desk, phone="13900000001")
    assert sign(team, recheck).status_code == 303
    assert now_of(act, cooperative).checked_at is None, "the first signature was of another version"
    sign(government, recheck)
    assert now_of(act, cooperative).phone == "13900000001"


def test_one_person_or_one_body_never_signs_twice(app, act, cooperative, manager, signers):
    recheck = act(confirmed, cooperative, manager.id)
    government = client_of(app, signers[0])
    form = see(government, f"{DESK}/{recheck.id}").form("/sign-offs")
    for expected in ("已签字", "已经给这一版签过字"):
        government.post(form.action, data=form.fields | {"note": "属实"})
        assert expected in see(government, f"{DESK}/{recheck.id}").text
    colleague = act(make_official, ScopeLevel.TOWN, TOWN, Body.TOWN_GOVERNMENT)
    client_of(app, colleague).post(form.action, data=form.fields | {"note": "属实"})
    assert now_of(act, cooperative).checked_at is None


def test_a_member_signs_not_for_their_own(app, act, cooperative, manager, signers):
    recheck = act(confirmed, cooperative, manager.id)

    def join():
        account = db.session.get_one(Account, signers[0].id)
        add_member(account, cooperative, MemberRole.PICKER, at=clock.now())

    act(join)
    client = client_of(app, signers[0])
    sign(client, recheck)
    assert "您是这家合作社的成员" in see(client, f"{DESK}/{recheck.id}").text


def test_a_version_that_was_replaced_is_not_signed(app, act, cooperative, manager, desk, signers):
    recheck = act(confirmed, cooperative, manager.id)
    government, team = (client_of(app, each) for each in signers)
    old = see(government, f"{DESK}/{recheck.id}").form("/sign-offs")
    form = see(team, f"{DESK}/{recheck.id}").form("/return")
    team.post(form.action, data=form.fields | {"reason": "电话打不通"})
    fill(desk, phone="13900000002")
    government.post(old.action, data=old.fields | {"note": "属实"})
    assert "已经改过了" in see(government, f"{DESK}/{recheck.id}").text


def test_a_month_late_is_warned_two_months_late_is_paused_and_signing_lifts_it(
    app, act, cooperative, manager, desk, signers
):
    product = act(make_product, cooperative)
    buyer = app.test_client()
    night(app)
    for days in (59, 60, 61):
        night(app, days=days)
    assert letters(act, manager) == ["recheck_opened", "recheck_late"]
    night(app, days=89)
    assert buyer.get(f"/products/{product.id}").status_code == 200
    night(app, days=90)
    night(app, days=91)
    assert letters(act, manager) == ["recheck_opened", "recheck_late", "recheck_paused"]
    assert buyer.get(f"/products/{product.id}").status_code == 404
    assert cooperative.name not in see(buyer, "/products").text
    assert "复核逾期" in see(desk, "/cooperative").text
    assert now_of(act, cooperative).suspended_at is None
    fill(desk)
    for each in signers:
        sign(client_of(app, each), latest(act))
    assert buyer.get(f"/products/{product.id}").status_code == 200


def test_who_has_not_signed_is_warned_too(app, act, cooperative, manager, signers):
    recheck = act(confirmed, cooperative, manager.id)
    sign(client_of(app, signers[0]), recheck)
    night(app, days=60)
    assert "recheck_late" not in letters(act, signers[0])
    assert "recheck_late" in letters(act, signers[1])


def test_what_stopped_for_two_reasons_waits_for_both(app, act, cooperative, manager, signers, desk):
    product = act(make_product, cooperative)
    night(app)
    night(app, days=90)
    entry = LicenceEntry(
        kind=DocumentKind.BUSINESS_LICENCE,
        number="G-1",
        expires_on=clock.day_of(clock.now()) + timedelta(days=3),
    )
    act(lambda: record_licence(cooperative.id, entry, by=manager.id, at=clock.now()).id)
    fill(desk)
    for each in signers:
        sign(client_of(app, each), latest(act))
    assert app.test_client().get(f"/products/{product.id}").status_code == 200
    act(lambda: look_after(cooperative.id, at=clock.now() + timedelta(days=5)))
    assert app.test_client().get(f"/products/{product.id}").status_code == 404


def test_officials_see_those_of_their_scope_and_administrators_all(
    app, act, cooperative, manager, signers
):
    recheck = act(confirmed, cooperative, manager.id)
    other = act(make_official, ScopeLevel.TOWN, OTHER_TOWN)
    assert cooperative.name in see(client_of(app, signers[1]), DESK).text
    assert cooperative.name in see(client_of(app, act(make_administrator)), DESK).text
    stranger = client_of(app, other)
    assert cooperative.name not in see(stranger, DESK).text
    assert stranger.get(f"{DESK}/{recheck.id}").status_code == 404


def test_of_two_confirmations_at_once_one_counts(act, cooperative, manager):
    act(opened, cooperative)
    told = services.Confirmed(name=cooperative.name, contact="黄", phone="13800000000", village="")
    results = run_together(
        *(
            lambda: act(
                lambda: services.confirm(cooperative.id, told, by=manager.id, at=clock.now())
            )
            for _ in range(2)
        )
    )
    assert sum(isinstance(each, NothingToConfirm) for each in results) == 1
    assert latest(act).version == 1


def test_the_audit_log_tells_each_step(app, act, cooperative, manager, desk, signers):
    night(app)
    fill(desk)
    for each in signers:
        sign(client_of(app, each), latest(act))
    query = select(AuditEntry.act).where(AuditEntry.act.contains("recheck")).order_by(AuditEntry.id)
    assert act(lambda: db.session.scalars(query).all()) == [
        *("open_recheck", "confirm_recheck", "sign_recheck", "sign_recheck", "finish_recheck")
    ]


def test_the_list_asks_as_often_for_many_as_for_one(app, act, cooperative, manager, signers):
    act(confirmed, cooperative, manager.id)
    team = client_of(app, signers[1])
    with counted_queries(app) as few:
        team.get(DESK)
    for _ in range(3):
        other = act(make_cooperative)
        act(confirmed, other, act(make_cooperative_member, other).id)
    with counted_queries(app) as many:
        assert team.get(DESK).status_code == 200
    assert len(many) == len(few) <= 10
