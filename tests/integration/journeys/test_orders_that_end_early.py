"""Orders that never become a sale: called off before they were sent, or never paid."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from catalog.products.models import Variant
from orders.checkout.handlers import expire_unpaid
from orders.payments.gateways.sandbox import SandboxProvider
from orders.records.models import Order
from orders.refunds.models import Refund
from orders.sales.models import SalesEntry
from shop import clock
from shop.accounts.people.models import Account
from shop.config import Settings
from shop.db import db
from tests.factories.payments import attempt_of, event_about, send
from tests.factories.people import make_resident
from tests.integration.journeys import steps
from tests.parts.pages import see
from tests.parts.pages import send as send_form

Visit = Callable[..., FlaskClient]


@pytest.fixture
def buyer(act: Callable[..., Any], visit: Visit) -> FlaskClient:
    return visit(act(make_resident))


@pytest.fixture
def number(manager: Account, visit: Visit, buyer: FlaskClient) -> str:
    """An order that waits for its money."""
    steps.put_into_basket(buyer, steps.list_product(visit(manager)))
    return steps.check_out(buyer)


def order_with(number: str) -> Order:
    return db.session.scalars(select(Order).where(Order.number == number)).one()


def stock(app: Flask) -> tuple[int, int]:
    """On hand, and held of that."""
    with app.app_context():
        variant = db.session.scalars(select(Variant)).one()
        return variant.on_hand, variant.held


def test_a_paid_order_called_off_before_dispatch_is_refunded_and_counts_nowhere(
    app: Flask,
    settings: Settings,
    sandbox: SandboxProvider,
    buyer: FlaskClient,
    number: str,
    deliver: Callable[[], int],
) -> None:
    assert stock(app) == (steps.STOCK, steps.QUANTITY)
    steps.choose(buyer, number, "succeed")
    with app.app_context():
        event = event_about(order_with(number))
        intent_id = str(attempt_of(order_with(number)).intent_id)
    assert send(app.test_client(), settings, event).text == "capture"

    cancellation = see(buyer, f"/orders/{number}").form("/cancellation")
    send_form(buyer, cancellation)
    assert stock(app) == (steps.STOCK, 0)
    assert "款项正在原路退回" in steps.order_page(buyer, number)

    deliver()
    assert "款项已原路退回" in steps.order_page(buyer, number)
    refunds = sandbox.client.v1.refunds.list({"payment_intent": intent_id}).data
    assert [refund.amount for refund in refunds] == [steps.TOTAL_FEN]
    with app.app_context():
        assert db.session.scalars(select(Refund)).one().provider_id == refunds[0].id
        assert db.session.scalar(select(func.count(SalesEntry.id))) == 0

    again = buyer.post(cancellation.action)
    assert again.status_code == 303
    deliver()
    assert len(sandbox.client.v1.refunds.list({"payment_intent": intent_id}).data) == 1


def test_an_order_that_nobody_pays_closes_after_half_an_hour_and_gives_its_stock_back(
    app: Flask, buyer: FlaskClient, number: str
) -> None:
    assert stock(app) == (steps.STOCK, steps.QUANTITY)
    with app.app_context():
        placed_at = order_with(number).placed_at
        assert expire_unpaid(placed_at + timedelta(minutes=29, seconds=59)) == 0
        assert expire_unpaid(placed_at + timedelta(minutes=30, seconds=1)) == 1
    assert stock(app) == (steps.STOCK, 0)
    assert "没有付款，库存已经退回" in steps.order_page(buyer, number)
    assert "去支付" not in see(buyer, f"/orders/{number}/payment").text


def test_money_that_comes_after_the_buyer_called_the_order_off_goes_back_by_itself(
    app: Flask,
    settings: Settings,
    sandbox: SandboxProvider,
    buyer: FlaskClient,
    number: str,
    deliver: Callable[[], int],
) -> None:
    steps.choose(buyer, number, "succeed")
    with app.app_context():
        event = event_about(order_with(number))
    assert buyer.post(f"/orders/{number}/closure").status_code == 303
    assert send(app.test_client(), settings, event).status_code == 200
    deliver()
    with app.app_context():
        refund = db.session.scalars(select(Refund)).one()
        assert (refund.amount_fen, refund.moved_at is not None) == (steps.TOTAL_FEN, True)
    assert stock(app) == (steps.STOCK, 0)


def test_money_that_comes_after_the_time_to_pay_opens_the_order_again(
    app: Flask, settings: Settings, sandbox: SandboxProvider, buyer: FlaskClient, number: str
) -> None:
    steps.choose(buyer, number, "succeed")
    before = stock(app)
    with app.app_context():
        event = event_about(order_with(number))
        assert expire_unpaid(clock.now() + timedelta(minutes=31)) == 1
    assert stock(app) == (steps.STOCK, 0)
    assert send(app.test_client(), settings, event).status_code == 200
    assert stock(app) == before
    assert "待发货" in steps.order_page(buyer, number)
