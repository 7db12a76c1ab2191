"""Who forgot their password sets another one by a link; nobody else gains anything by asking."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from shop import clock
from shop.accounts.audit.models import AuditEntry
from shop.accounts.passwords.handlers import token_for
from shop.accounts.people.models import Account
from shop.db import db
from shop.outbox import OutboxMessage
from tests.factories.people import PASSWORD, make_resident, sign_in
from tests.parts.pages import see

FORGOTTEN, ANEW = "/password/forgotten", "xin-de-mima-2026"


@pytest.fixture
def resident(act):
    return act(make_resident, "forgetful@shop.example")


def letters(act):
    query = select(OutboxMessage).where(OutboxMessage.key.contains("password_forgotten"))
    return act(lambda: [message.payload for message in db.session.scalars(query)])


def link_of(act):
    (letter,) = letters(act)
    path = letter["context"]["path"]
    assert re.fullmatch(r"/password/new/[\w.-]+", path)
    return path


def comes_in(app, password):
    client = app.test_client()
    sent = {"identifier": "forgetful@shop.example", "password": password}
    return client.post("/sign-in", data=sent).status_code == 303


def test_a_link_sets_the_password_once_and_signs_out_everywhere(app, act, client, resident):
    elsewhere = app.test_client()
    sign_in(elsewhere, resident)
    assert "忘记密码" in see(client, "/sign-in").text
    assert [comes_in(app, f"guess {n}") for n in range(6)] == [False] * 6
    answer = client.post(FORGOTTEN, data={"identifier": " Forgetful@shop.example "})
    assert answer.location == FORGOTTEN
    assert "一小时内有效" in see(client, FORGOTTEN).text
    link = link_of(act)
    short = client.post(link, data={"password": "short"})
    assert short.status_code == 422
    assert "至少" in short.text
    assert client.post(link, data={"password": ANEW}).location == "/sign-in"
    assert (comes_in(app, ANEW), comes_in(app, PASSWORD)) == (True, False)
    assert elsewhere.get("/account").status_code == 302
    for answer in (client.get(link), client.post(link, data={"password": "ling-yi-ge-mima"})):
        assert answer.status_code == 410
        assert "已经失效" in answer.text
    assert comes_in(app, ANEW)
    logged = act(lambda: db.session.scalars(select(AuditEntry.act)).all())
    assert logged.count("set_password_anew") == 1


def test_a_link_is_over_after_an_hour_and_with_another_password_in_between(act, client, resident):
    link = f"/password/new/{act(token_for, resident)}"
    assert client.get(link).status_code == 200
    with time_machine.travel(clock.now() + timedelta(minutes=61), tick=False):
        assert client.get(link).status_code == 410
    for broken in ("nonsense", link.rpartition("/")[2] + "x"):
        assert client.get(f"/password/new/{broken}").status_code == 404
    act(lambda: setattr(db.session.get_one(Account, resident.id), "password_hash", "another"))
    assert client.post(link, data={"password": ANEW}).status_code == 410


def test_nobody_learns_whether_there_is_an_account_and_asking_is_counted(act, client, resident):
    known, unknown = "forgetful@shop.example", "nobody@shop.example"
    answers = [client.post(FORGOTTEN, data={"identifier": each}) for each in (known, unknown)]
    assert len({(answer.status_code, answer.location, answer.text) for answer in answers}) == 1
    assert len(letters(act)) == 1
    tries = [client.post(FORGOTTEN, data={"identifier": known}).status_code for _ in range(12)]
    assert tries[-1] == 429
    assert len(letters(act)) <= 2, "one letter a minute at most"
    assert client.post(FORGOTTEN, data={"identifier": ""}).status_code == 422


def test_a_closed_account_gets_no_link_and_a_phone_gets_a_message(act, client, resident):
    act(make_resident, "13812340000")
    token = act(token_for, resident)
    act(lambda: setattr(db.session.get_one(Account, resident.id), "closed_at", clock.now()))
    client.post(FORGOTTEN, data={"identifier": "forgetful@shop.example"})
    assert letters(act) == []
    assert client.get(f"/password/new/{token}").status_code == 410
    client.post(FORGOTTEN, data={"identifier": "138 1234 0000"})
    assert [letter["to"] for letter in letters(act)] == ["13812340000"]
