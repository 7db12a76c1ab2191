from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from shop.accounts.people.models import Account
from shop.config import Environment
from shop.db import db
from shop.places.models import Town
from tests.factories.catalog import make_product
from tests.factories.people import make_resident

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    runner = app.test_cli_runner()
    return lambda *words, **options: runner.invoke(args=words, **options)


def appoint(run: Run, email: str, password: str = "a basket of litchis") -> Result:
    return run("administrator", email, "--name", "陈大文", "--password", password)


def test_the_first_administrator_can_sign_in(client: FlaskClient, run: Run) -> None:
    assert run("setup").exit_code == 0
    assert appoint(run, "Chen@Shop.Example").exit_code == 0
    given = {"identifier": "chen@shop.example", "password": "a basket of litchis"}
    begins_with = "/account/second-factor?next=/admin"
    assert client.post("/sign-in", data=given | {"next": "/admin"}).location == begins_with
    assert client.get(begins_with).status_code == 200


@pytest.mark.parametrize(
    ("email", "password"), [("nobody", "a basket of litchis"), ("a@shop.example", "short")]
)
def test_an_administrator_needs_an_address_and_a_password(
    app: Flask, run: Run, email: str, password: str
) -> None:
    run("setup")
    assert appoint(run, email, password).exit_code == 2
    with app.app_context():
        assert db.session.scalar(select(func.count(Account.id))) == 0


def test_the_same_person_is_not_opened_twice(run: Run) -> None:
    run("setup")
    appoint(run, "chen@shop.example")
    assert appoint(run, "chen@shop.example").exit_code == 1


def test_setting_up_twice_adds_nothing(app: Flask, run: Run) -> None:
    run("setup")
    with app.app_context():
        before = db.session.scalar(select(func.count(Town.code)))
    assert run("setup").exit_code == 0
    with app.app_context():
        assert db.session.scalar(select(func.count(Town.code))) == before


def test_the_index_is_built_anew(client: FlaskClient, act: Callable[..., Any], run: Run) -> None:
    act(make_product, name="示例荔枝")
    assert run("search", "rebuild").exit_code == 0
    assert "示例荔枝" in client.get("/search?q=lizhi").text


def test_a_shop_with_people_in_it_is_not_filled(act: Callable[..., Any], run: Run) -> None:
    act(make_resident)
    assert "not empty" in run("seed").output
    assert run("seed", "--if-empty").exit_code == 0


def test_production_has_no_demo(app: Flask, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    production = replace(app.config["SETTINGS"], environment=Environment.PRODUCTION)
    monkeypatch.setitem(app.config, "SETTINGS", production)
    assert run("seed").exit_code == 1
