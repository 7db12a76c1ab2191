"""Signing in and out, through the pages."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from sqlalchemy import func, select

from shop import clock
from shop.accounts.people.models import Account
from shop.accounts.sessions import services
from shop.accounts.sessions.events import SignedIn
from shop.accounts.sessions.handlers import forget_expired
from shop.accounts.sessions.models import BrowserSession, SignInAttempt
from shop.accounts.sessions.rules import PER_ADDRESS, PER_PERSON, WINDOW
from shop.db import db
from shop.events import on
from tests.factories.people import (
    PASSWORD,
    ZHUHAI_STREET,
    make_administrator,
    make_cooperative_member,
    make_finance,
    make_keeper,
    make_official,
    make_places,
    make_resident,
    sign_in_by_page,
)
from tests.parts.pages import see

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
PHONE = "13812345678"


def attempt(client, identifier=PHONE, password="a wrong password", address="203.0.113.7", **more):
    return client.post(
        "/sign-in",
        data={"identifier": identifier, "password": password, **more},
        environ_overrides={"REMOTE_ADDR": address},
    )


def key_of(client):
    cookie = client.get_cookie("session")
    return cookie.value if cookie else None


def is_in(client):
    return client.get("/account").status_code == 200


@pytest.mark.parametrize("typed", [PHONE, "+86 138-1234-5678", "１３８ １２３４ ５６７８"])
def test_a_person_signs_in_however_they_write_their_number(app, act, typed):
    act(make_resident, PHONE)
    client = app.test_client()
    assert attempt(client, typed, PASSWORD).status_code == 303
    assert is_in(client)


def test_a_person_signs_in_with_an_address_in_capitals(app, act):
    act(make_resident, "lin@shop.example")
    client = app.test_client()
    assert attempt(client, " Lin@Shop.Example ", PASSWORD).location == "/"
    assert is_in(client)


def test_unknown_and_wrong_get_the_same_answer(app, act):
    act(make_resident, PHONE)
    known = attempt(app.test_client(), PHONE)
    unknown = attempt(app.test_client(), "13900000000")
    nonsense = attempt(app.test_client(), "nobody at all")
    assert known.status_code == unknown.status_code == nonsense.status_code == 422
    assert "手机号、邮箱或密码不对" in known.text
    assert known.text.replace(PHONE, "") == unknown.text.replace("13900000000", "")


def test_a_closed_account_gets_the_same_answer_and_its_session_ends(app, act):
    person = act(make_resident, PHONE)
    client = app.test_client()
    sign_in_by_page(client, person)

    def close():
        db.session.get_one(Account, person.id).closed_at = NOW

    act(close)
    assert not is_in(client)
    assert attempt(app.test_client(), PHONE, PASSWORD).status_code == 422


def test_the_key_changes_at_sign_in_and_the_old_one_is_dead(app, act):
    person = act(make_resident)
    client, thief = app.test_client(), app.test_client()
    sign_in_by_page(client, person)
    first = key_of(client)
    sign_in_by_page(client, person)
    assert key_of(client) != first
    thief.set_cookie("session", first)
    assert not is_in(thief)
    assert is_in(client)


def test_signing_out_ends_the_session_and_leaves_nothing(app, act):
    person = act(make_resident)
    client, thief = app.test_client(), app.test_client()
    sign_in_by_page(client, person)
    thief.set_cookie("session", key_of(client))
    assert client.post("/sign-out").location == "/"
    assert key_of(client) is None
    assert not is_in(client)
    assert not is_in(thief)
    assert act(lambda: db.session.scalar(select(func.count(BrowserSession.key_hash)))) == 0


def test_a_session_that_was_ended_is_not_written_back(app, act):
    person = act(make_resident)
    client = app.test_client()
    sign_in_by_page(client, person)
    key = key_of(client)
    act(services.end_all_of, person.id)
    assert act(services.keep, key, {"_user_id": str(person.id)}, person.id, at=NOW) is False
    assert not is_in(client)


def test_the_database_holds_no_key(app, act):
    person = act(make_resident)
    client = app.test_client()
    sign_in_by_page(client, person)
    stored = act(lambda: db.session.scalars(select(BrowserSession.key_hash)).one())
    assert stored == services.hash_of(key_of(client)) != key_of(client)


def test_five_wrong_passwords_make_everybody_wait_for_that_person(app, act):
    person = act(make_resident, PHONE)
    client = app.test_client()
    with time_machine.travel(NOW, tick=False) as time:
        for n in range(PER_PERSON):
            assert attempt(client, address=f"198.51.100.{n}").status_code == 422
        refused = attempt(client, PHONE, PASSWORD, address="198.51.100.99")
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) == WINDOW.total_seconds() + 1
        assert "11-23 10:15" in refused.text
        assert not is_in(client)
        time.shift(WINDOW)
        assert sign_in_by_page(client, person)


def test_waiting_is_not_made_longer_by_trying(app, act):
    act(make_resident, PHONE)
    client = app.test_client()
    with time_machine.travel(NOW, tick=False) as time:
        for _ in range(PER_PERSON):
            attempt(client)
        time.shift(WINDOW - timedelta(seconds=1))
        assert attempt(client).status_code == 429
        time.shift(timedelta(seconds=1))
        assert attempt(client, PHONE, PASSWORD).status_code == 303


def test_an_unknown_person_is_throttled_too(app):
    for _ in range(PER_PERSON):
        assert attempt(app.test_client(), "13900000000").status_code == 422
    assert attempt(app.test_client(), "139-0000-0000").status_code == 429


def test_one_address_can_not_try_many_people_and_success_does_not_help(app, act):
    act(make_resident, PHONE)
    with time_machine.travel(NOW, tick=False):
        for n in range(PER_ADDRESS - 1):
            assert attempt(app.test_client(), f"1390000{n:04}").status_code == 422
        assert attempt(app.test_client(), PHONE, PASSWORD).status_code == 303
        assert attempt(app.test_client(), "13911111111").status_code == 422
        assert attempt(app.test_client(), PHONE, PASSWORD).status_code == 429
        assert attempt(app.test_client(), PHONE, PASSWORD, "203.0.113.8").status_code == 303


def test_attempts_are_kept_unreadable_and_only_for_a_day(app, act):
    attempt(app.test_client())
    kept = act(lambda: db.session.scalars(select(SignInAttempt)).one())
    assert PHONE not in kept.who_hash
    assert "203.0.113.7" not in kept.address_hash
    with app.app_context():
        forget_expired(clock.now() + timedelta(days=2))
    assert act(lambda: db.session.scalar(select(func.count(SignInAttempt.id)))) == 0


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "evil"],
)
def test_nobody_is_sent_elsewhere_after_signing_in(app, act, target):
    act(make_resident, PHONE)
    client = app.test_client()
    form = see(client, f"/sign-in?{urlencode({'next': target})}").form("/sign-in")
    assert form.fields["next"] == "/"
    assert attempt(client, PHONE, PASSWORD, next=target).location == "/"


def test_a_person_comes_back_to_the_page_that_asked(app, act):
    act(make_resident, PHONE)
    client = app.test_client()
    asked = client.get("/account?from=mail")
    assert asked.status_code == 302
    form = client.get(asked.location)
    assert 'value="/account?from=mail"' in form.text
    answer = attempt(client, PHONE, PASSWORD, next="/account?from=mail")
    assert answer.location == "/account?from=mail"


@pytest.mark.parametrize(
    ("make", "desk"),
    [
        (make_finance, "/finance"),
        (make_keeper, "/pickup"),
        (make_administrator, "/admin"),
        (make_official, "/statistics"),
        (make_cooperative_member, "/cooperative"),
    ],
)
def test_who_works_here_arrives_at_their_desk_unless_a_page_asked(app, act, make, desk):
    person = act(make)
    assert sign_in_by_page(app.test_client(), person).location == desk
    assert sign_in_by_page(app.test_client(), person, "/basket").location == "/basket"


def test_others_learn_of_it_in_the_same_transaction(app, act):
    person, heard = act(make_resident), []
    on(SignedIn)(heard.append)
    sign_in_by_page(app.test_client(), person)
    assert [(event.account_id, event.basket_token) for event in heard] == [(person.id, None)]


def test_two_browsers_are_two_people(app, act):
    one, other = app.test_client(), app.test_client()
    sign_in_by_page(one, act(make_resident, name="林小珠"))
    assert not is_in(other)
    sign_in_by_page(other, act(make_resident, name="何小满"))
    assert "林小珠" in one.get("/account").text
    assert "何小满" in other.get("/account").text


def test_an_old_session_ends_by_itself(app, act):
    person = act(make_resident)
    client = app.test_client()
    sign_in_by_page(client, person)
    with time_machine.travel(clock.now() + services.LIFETIME + timedelta(minutes=1)):
        client.set_cookie("session", key_of(client) or "")
        assert not is_in(client)


@pytest.mark.parametrize("key", ["", "x", "'; DROP TABLE account; --", "😀" * 50])
def test_a_made_up_cookie_is_a_stranger(app, key):
    client = app.test_client()
    client.set_cookie("session", key)
    assert client.get("/sign-in").status_code == 200
    assert not is_in(client)


HOME = {"recipient": "林一", "phone": PHONE, "town_code": ZHUHAI_STREET, "street": "前河路 1 号"}
STORED = "地址已存好。"


@pytest.fixture
def saved(app, act):
    """The browser of somebody who has just saved an address and has not seen a page since."""
    act(make_places)
    client = app.test_client()
    sign_in_by_page(client, act(make_resident))
    assert client.post("/account/addresses", data=HOME).status_code == 303
    return client


def test_a_notice_is_said_once_and_the_session_is_not_written_for_it(act, saved):
    (data,) = act(lambda: db.session.scalars(select(BrowserSession.data)).all())
    assert STORED not in str(data)
    assert STORED in saved.get("/account").text
    assert STORED not in saved.get("/account").text
    assert saved.get_cookie("flashes") is None


def test_a_notice_that_somebody_made_up_is_not_said(saved):
    payload, _, signature = saved.get_cookie("flashes").value.rpartition(".")
    saved.set_cookie("flashes", f"{payload}.{signature[::-1]}")
    assert STORED not in saved.get("/account").text


def test_a_notice_is_for_one_session_only(app, act, saved):
    other = app.test_client()
    sign_in_by_page(other, act(make_resident, "someone@shop.example"))
    other.set_cookie("flashes", saved.get_cookie("flashes").value)
    assert STORED not in other.get("/account").text


def test_signing_out_takes_the_notice_along(saved):
    saved.post("/sign-out")
    assert STORED not in saved.get("/").text
