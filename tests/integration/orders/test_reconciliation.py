"""Two ways to the same amount are compared, and a page says when they last agreed."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, text, update

from catalog.categories.services import load_categories
from orders.payments.models import Payment
from orders.reconciliation.handlers import reconcile
from orders.reconciliation.models import Equation, Reconciliation
from orders.rollups.handlers import move_watermark
from shop.accounts.audit.models import AuditEntry
from shop.accounts.people.models import ScopeLevel
from shop.db import db
from tests.factories.catalog import make_variant
from tests.factories.orders import accepted, dispatched, paid, place
from tests.factories.people import (
    make_cooperative,
    make_finance,
    make_official,
    make_places,
    make_resident,
    sign_in,
)
from tests.factories.sales import make_entry
from tests.parts.queries import counted_queries

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
PAGE = "/statistics/reconciliation"


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def trade(act, app):
    """An accepted order of 40 yuan, one that waits to be sent, one that nobody paid, and a fair."""
    at = NOW - timedelta(days=20)

    def build():
        make_places()
        load_categories()
        seller = make_cooperative()
        variant = make_variant(seller, price_fen=1_000, at=at)
        accepted(dispatched(paid(place(make_resident(), {variant: 4}, at=at))))
        paid(place(make_resident(), {variant: 3}, at=at))
        place(make_resident(), {variant: 2}, at=at)
        make_entry(seller, NOW.date(), 77_700, activity_id=5)

    act(build)
    with app.app_context():
        move_watermark(NOW)


def comparisons(app):
    with app.app_context():
        rows = db.session.scalars(select(Reconciliation).order_by(Reconciliation.id)).all()
        return {row.equation: row for row in rows}


@pytest.mark.usefixtures("trade")
def test_sums_ledger_orders_and_payments_agree(app):
    with app.app_context():
        assert reconcile(NOW) == 0
    found = comparisons(app)
    assert all(row.holds for row in found.values())
    assert found[Equation.ROLLUP].left_fen == 4_000 + 77_700
    assert (found[Equation.ORDERS].left_fen, found[Equation.ORDERS].compared) == (4_000, 1)
    assert found[Equation.PAYMENTS].right_fen >= 7_000
    assert found[Equation.PAYMENTS].compared == 2


@pytest.mark.usefixtures("trade")
def test_what_differs_is_found_and_the_page_says_since_when(app, act):
    with app.app_context():
        reconcile(NOW - HOUR)
    act(lambda: db.session.execute(text("UPDATE sales_rollup SET net_fen = net_fen + 1")))
    act(
        lambda: db.session.execute(
            update(Payment)
            .values(refunded_fen=Payment.refunded_fen + 1)
            .where(Payment.captured_fen > 0)
        )
    )
    with app.app_context():
        assert reconcile(NOW) == 2
    found = comparisons(app)
    assert not found[Equation.ROLLUP].holds
    assert found[Equation.ORDERS].holds
    assert (found[Equation.PAYMENTS].apart, found[Equation.PAYMENTS].compared) == (2, 2)
    client = app.test_client()
    sign_in(client, act(make_finance))
    page = client.get(PAGE).text
    assert page.count("不符：") == 2
    assert "11-23 14:00" in page
    assert "11-23 13:00" in page
    assert "哪些时候不相符？" in page


@pytest.mark.usefixtures("trade")
def test_two_errors_that_cancel_each_other_are_found_one_by_one(app, act):
    change = "UPDATE sales_rollup SET amount_fen = amount_fen + 1 WHERE grain = 'category'"
    act(lambda: db.session.execute(text(change)))
    with app.app_context():
        assert reconcile(NOW) == 1
    row = comparisons(app)[Equation.ROLLUP]
    assert row.left_fen == row.right_fen
    assert row.apart == 2


def test_the_bureau_and_finance_ask_for_it_now_and_every_official_sees_whether_it_holds(app, act):
    for make in (make_official, make_finance):
        client = app.test_client()
        sign_in(client, act(make))
        assert client.get(PAGE).text.count("还没有核对过") == 3
        answer = client.post(PAGE, follow_redirects=True)
        assert "已交给后台核对" in answer.text
    with app.app_context():
        asked = db.session.scalars(select(AuditEntry.act)).all()
    assert asked.count("ask_reconciliation") == 2
    county = app.test_client()
    sign_in(county, act(make_official, ScopeLevel.COUNTY, "440981"))
    page = county.get(PAGE).text
    assert page.count("还没有核对过") == 3
    assert "金额(元)" not in page
    assert "现在核对" not in page
    assert PAGE in county.get("/statistics").text
    assert county.post(PAGE).status_code == 404


def test_the_page_takes_few_statements(app, act):
    client = app.test_client()
    sign_in(client, act(make_finance))
    with app.app_context():
        for hour in range(3):
            reconcile(NOW + hour * HOUR)
    with counted_queries(app) as statements:
        page = client.get(PAGE)
    assert page.status_code == 200
    assert len(re.findall("相符</span>", page.text)) == 3
    assert len(statements) <= 9, statements
