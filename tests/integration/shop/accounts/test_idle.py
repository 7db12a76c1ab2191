"""Desks that show what is others' close when nobody asks for anything."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from shop.accounts.sessions.handlers import forget_expired
from shop.accounts.sessions.models import BrowserSession, KeptForm
from shop.db import db
from shop.places.models import Town
from tests.factories.people import (
    COUNTY,
    make_administrator,
    make_cooperative_member,
    make_finance,
    make_keeper,
    make_official,
    make_resident,
    sign_in,
    sign_in_by_page,
)
from tests.parts.pages import Page, see

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
IDLE = timedelta(minutes=30)
# It is written down once a minute that a session is in use.
LATEST = IDLE + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


@pytest.fixture(autouse=True)
def idle_after_half_an_hour(app, monkeypatch):
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], idle_minutes=30))


def signed_in(app, account):
    client = app.test_client()
    sign_in(client, account)
    return client


def is_in(client):
    return client.get("/account").status_code == 200


@pytest.mark.parametrize("make", [make_official, make_finance, make_administrator])
def test_a_desk_closes_half_an_hour_after_the_last_request(app, act, clock, make):
    client = signed_in(app, act(make))
    for _ in range(4):
        clock.shift(IDLE)
        assert is_in(client)
    clock.shift(LATEST + timedelta(seconds=1))
    answer = client.get("/account?from=mail")
    assert answer.location == "/sign-in?next=/account?from%3Dmail"
    assert "30 分钟没有操作" in client.get(answer.location).text
    assert "30 分钟没有操作" not in client.get("/sign-in").text
    assert act(lambda: db.session.scalar(select(func.count(BrowserSession.key_hash)))) == 0


@pytest.mark.parametrize("make", [make_resident, make_cooperative_member, make_keeper])
def test_others_stay_signed_in(app, act, clock, make):
    client = signed_in(app, act(make))
    clock.shift(timedelta(days=5))
    assert is_in(client)


def test_pages_for_everybody_say_it_too(app, act, clock):
    client = signed_in(app, act(make_official))
    clock.shift(LATEST * 2)
    assert "30 分钟没有操作" in client.get("/policies/privacy").text
    assert client.get("/account").location == "/sign-in?next=/account"


def test_reading_writes_at_most_once_a_minute(app, act, clock):
    client = signed_in(app, act(make_official))
    seen = select(BrowserSession.seen_at)
    for seconds, written in ((59, NOW), (1, NOW + timedelta(minutes=1))):
        clock.shift(seconds)
        assert is_in(client)
        assert act(lambda: db.session.scalars(seen).one()) == written


@pytest.fixture
def late(app, act, clock):
    """An official who sends a form after the session has ended, and the answer."""
    official = act(make_official)
    client = signed_in(app, official)
    clock.shift(LATEST * 2)
    town = act(lambda: db.session.scalars(designable()).first())
    sent = {"town_code": town, "since": "2026-11-01", "basis": "市局 2026 年第 9 号文", "x": "<b>"}
    return client, official, sent, client.post("/designations", data=sent)


def designable():
    return select(Town.code).where(Town.code.startswith(COUNTY)).order_by(Town.code.desc())


def test_what_was_typed_waits_and_is_sent_after_signing_in(act, late):
    client, official, sent, answer = late
    assert answer.location == "/sign-in?next=/sign-in/kept"
    page = client.get(answer.location).text
    assert "登录后可以接着提交" in page
    assert "第 9 号文" not in act(lambda: db.session.scalars(select(KeptForm)).one()).sealed_fields
    sign_in_by_page(client, official)
    shown = see(client, "/sign-in/kept")
    assert "市局 2026 年第 9 号文" in shown.text
    form = shown.form("/designations")
    assert form.fields == sent
    assert client.post(form.action, data=form.fields).status_code in (303, 422)


def test_nobody_else_sees_what_was_typed(app, act, late):
    other = app.test_client()
    sign_in(other, act(make_official))
    page = Page(other.get("/sign-in/kept").text)
    assert "没有留着的内容" in page.text
    assert "第 9 号文" not in page.text


def test_it_waits_for_an_hour(app, act, clock, late):
    client, official, _, _ = late
    clock.shift(timedelta(hours=1))
    sign_in_by_page(client, official)
    assert "没有留着的内容" in client.get("/sign-in/kept").text
    with app.app_context():
        forget_expired(NOW + LATEST * 2 + timedelta(hours=1))
    assert act(lambda: db.session.scalar(select(func.count(KeptForm.account_id)))) == 0


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"reason": "  "},
        {"password": "a basket of pears", "reason": "x"},
        {"reason": "长" * 20_001},
    ],
    ids=["nothing", "blanks", "a password", "too long"],
)
def test_what_can_not_wait_is_not_kept(app, act, clock, sent):
    client = signed_in(app, act(make_official))
    clock.shift(LATEST * 2)
    answer = client.post("/designations", data=sent)
    assert answer.location == "/sign-in"
    assert act(lambda: db.session.scalar(select(func.count(KeptForm.account_id)))) == 0
