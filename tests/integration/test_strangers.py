"""The tests' own ground: two clients in one test are two people, and every test starts clean."""

from datetime import UTC, datetime

import pytest
from flask import session
from flask_login import current_user, login_user
from sqlalchemy import func, select

from shop.accounts.people.models import Account
from shop.app import create_app
from shop.db import db
from shop.web.audience import public

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


@pytest.fixture
def app(app, settings):
    """The shop with two more addresses: one signs the only account in, one says who asks."""
    shop = create_app(settings)

    @shop.post("/let-me-in")
    @public
    def let_me_in():
        login_user(db.session.scalars(select(Account)).one())
        session["asked"] = "yes"
        return ""

    @shop.get("/who-am-i")
    @public
    def who_am_i():
        return current_user.name if current_user.is_authenticated else "a stranger"

    yield shop
    with shop.app_context():
        db.engine.dispose()


def test_signing_in_one_client_leaves_the_other_a_stranger(app, act):
    act(lambda: db.session.add(account()))
    one, other = app.test_client(), app.test_client()
    assert one.post("/let-me-in").status_code == 200
    assert one.get("/who-am-i").text == "陈大文"
    assert other.get("/who-am-i").text == "a stranger"


def test_the_client_that_a_test_asks_for_leaves_others_strangers(app, act, client):
    act(lambda: db.session.add(account()))
    assert client.post("/let-me-in").status_code == 200
    assert app.test_client().get("/who-am-i").text == "a stranger"


@pytest.mark.parametrize("time", ["first", "second"])
def test_what_one_test_wrote_the_next_does_not_find(app, act, time):
    assert act(lambda: db.session.scalar(select(func.count(Account.id)))) == 0
    someone = account()
    act(lambda: db.session.add(someone))
    assert someone.id == 1, f"numbers start again the {time} time too"


def account() -> Account:
    return Account(name="陈大文", email="chen@shop.example", password_hash="-", created_at=NOW)
