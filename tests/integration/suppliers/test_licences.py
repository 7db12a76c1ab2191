"""A licence that ran out stops what depends on it; a new one brings it back."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select

from catalog.products.queries import find_product
from orders.cart.rules import why_none
from shop import clock
from shop.accounts.notices.models import Notice
from shop.db import db
from shop.organisations.models import Organisation
from suppliers.licences.handlers import look_after_licences
from suppliers.licences.services import LicenceEntry, record_licence
from suppliers.verification.models import DocumentKind
from tests.factories.catalog import make_product
from tests.factories.people import (
    make_administrator,
    make_cooperative,
    make_cooperative_member,
    sign_in,
)
from tests.parts.pages import see

LAST_DAY = date(2026, 12, 20)
BUSINESS, FOOD = DocumentKind.BUSINESS_LICENCE, DocumentKind.FOOD_PRODUCTION


@pytest.fixture
def cooperative(act):
    return act(make_cooperative)


@pytest.fixture
def manager(act, cooperative):
    return act(make_cooperative_member, cooperative)


@pytest.fixture
def office(app, act):
    client = app.test_client()
    sign_in(client, act(make_administrator))
    return client


@pytest.fixture
def fruit(act, cooperative):
    return act(make_product, cooperative, name="荔枝")


@pytest.fixture
def dried(act, cooperative, manager):
    """Listed while the permit held."""
    write_down(act, cooperative, manager, FOOD)
    return act(make_product, cooperative, name="荔枝干", category="processed")


def write_down(act, cooperative, manager, kind=BUSINESS, expires_on=LAST_DAY):
    entry = LicenceEntry(kind=kind, number="G-1", expires_on=expires_on)
    act(lambda: record_licence(cooperative.id, entry, by=manager.id, at=clock.now()).id)


def night_of(app, day):
    """The nightly look, on a day."""
    with app.app_context(), time_machine.travel(clock.start_of(day), tick=False):
        look_after_licences(clock.now())


def letters(act, manager):
    query = select(Notice.letter).where(Notice.account_id == manager.id).order_by(Notice.id)
    found = act(lambda: db.session.scalars(query).all())
    return [letter.removeprefix("suppliers/") for letter in found]


def status(app, product):
    return app.test_client().get(f"/products/{product.id}").status_code


def test_without_a_business_licence_nothing_is_sold(app, act, cooperative, manager, fruit):
    write_down(act, cooperative, manager)
    night_of(app, LAST_DAY)
    assert status(app, fruit) == 200
    night_of(app, LAST_DAY + timedelta(days=1))
    assert status(app, fruit) == 404
    assert "证照" in app.test_client().get(f"/products/{fruit.id}").text
    assert not act(lambda: db.session.get_one(Organisation, cooperative.id).may_sell)
    assert app.test_client().get(f"/cooperatives/{cooperative.id}").status_code == 404


def test_a_permit_to_make_food_takes_processed_food_with_it(
    app, act, cooperative, manager, fruit, dried
):
    night_of(app, LAST_DAY + timedelta(days=1))
    assert (status(app, fruit), status(app, dried)) == (200, 404)
    page = see(app.test_client(), f"/cooperatives/{cooperative.id}").text
    assert "荔枝" in page
    assert "荔枝干" not in page

    def why():
        return why_none(find_product(dried.id).variants[0], LAST_DAY)

    assert "证照" in act(why)


def test_what_is_listed_while_a_licence_is_missing_waits_too(app, act, cooperative, manager, fruit):
    write_down(act, cooperative, manager)
    night_of(app, LAST_DAY + timedelta(days=1))
    assert status(app, act(make_product, cooperative, name="龙眼")) == 404


def test_a_new_licence_brings_it_back(app, act, cooperative, manager, office, fruit):
    write_down(act, cooperative, manager)
    night_of(app, LAST_DAY + timedelta(days=1))
    address = f"/admin/cooperatives/{cooperative.id}/licences"
    assert "已过期" in office.get(address).text or "停止销售" in office.get(address).text
    answer = office.post(
        address, data={"kind": "business_licence", "number": "G-2", "expires_on": "2031-12-20"}
    )
    assert answer.location == address
    assert status(app, fruit) == 200
    night_of(app, LAST_DAY + timedelta(days=2))
    assert status(app, fruit) == 200


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"expires_on": ""}, "请填写有效期"),
        ({"open_ended": "y"}, "写了日期就不要勾选"),
        ({"expires_on": "2022-01-01"}, "已经过期"),
        ({"number": ""}, "证照号码"),
        ({"kind": "passport"}, "请选择哪一种证照"),
    ],
)
def test_half_a_licence_is_refused(act, cooperative, office, changes, says):
    given = {"kind": "business_licence", "number": "G-2", "expires_on": "2031-12-20"}
    answer = office.post(f"/admin/cooperatives/{cooperative.id}/licences", data=given | changes)
    assert answer.status_code == 422
    assert says in answer.text


def test_managers_are_warned_three_times_and_told_once_that_it_is_over(
    app, act, cooperative, manager
):
    write_down(act, cooperative, manager)
    for before in (31, 30, 29, 7, 6, 1, 0, -1, -2):
        night_of(app, LAST_DAY - timedelta(days=before))
    assert letters(act, manager) == ["licence_expiring"] * 3 + ["licence_expired"]


def test_the_desk_says_why_and_until_when(app, act, cooperative, manager):
    write_down(act, cooperative, manager)
    night_of(app, LAST_DAY + timedelta(days=1))
    client = app.test_client()
    sign_in(client, manager)
    assert "营业执照已过期" in client.get("/cooperative").text
    page = see(client, "/cooperative/licences").text
    assert "G-1" in page


def test_a_suspended_cooperative_reads_so_on_its_desk(app, act, cooperative, manager):
    client = app.test_client()
    sign_in(client, manager)
    assert "起暂停" not in see(client, "/cooperative").text

    def suspend():
        db.session.get_one(Organisation, cooperative.id).suspended_at = clock.now()

    act(suspend)
    assert "起暂停，商品不能搜索和购买" in see(client, "/cooperative").text
