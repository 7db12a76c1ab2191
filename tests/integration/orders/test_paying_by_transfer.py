"""An enterprise chooses to pay by bank transfer; what waits then, and for how long."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from catalog.products.models import Variant
from orders.checkout.handlers import expire_unpaid
from orders.payments import services
from orders.payments.errors import TooLittle
from orders.payments.handlers import connect, remind_of_transfers
from orders.payments.models import AttemptState, Payment, PaymentAttempt, PaymentMethod
from orders.payments.rules import codes_in, spoken
from orders.payments.services import capture_transfer
from orders.records.models import Order
from orders.refunds.models import Refund
from shop import clock
from shop.accounts.people.models import Account
from shop.config import Settings
from shop.db import db
from shop.outbox import OutboxMessage
from tests.factories.catalog import make_variant
from tests.factories.orders import paid, place
from tests.factories.people import make_enterprise_member, make_resident, sign_in
from tests.integration.orders.test_checkout import enter, filled, held, orders_of

Act = Callable[..., Any]


@pytest.fixture
def variant(act: Act) -> Variant:
    return act(make_variant, stock=10)


@pytest.fixture
def member(act: Act) -> Account:
    return act(make_enterprise_member)


@pytest.fixture
def order(act: Act, member: Account, variant: Variant) -> Order:
    return act(place, member, {variant: 2}, for_unit=True, transfer_days=5, at=clock.now())


def payment_of(act: Act, order: Order) -> Payment:
    return act(lambda: db.session.scalars(select(Payment).filter_by(order_id=order.id)).one())


def attempts(act: Act) -> list[PaymentAttempt]:
    return act(lambda: db.session.scalars(select(PaymentAttempt).order_by(PaymentAttempt.id)).all())


def test_a_unit_can_choose_to_transfer_and_its_stock_waits_for_days(
    act: Act, app: Flask, settings: Settings, member: Account, variant: Variant
) -> None:
    client = enter(app, member, variant, quantity=2)
    answer = client.post("/checkout", data=filled(client, buyer="unit", method="transfer"))
    assert answer.status_code == 303
    (order,) = orders_of(act)
    assert order.expires_at - order.placed_at == timedelta(days=settings.transfer_days)
    payment, (attempt,) = payment_of(act, order), attempts(act)
    assert payment.method is attempt.method is PaymentMethod.TRANSFER
    assert attempt.intent_id is None
    page = client.get(answer.location).text
    code = str(payment.transfer_code)
    assert codes_in(code) == [code]
    for words in (spoken(code), settings.transfer_account_number, "150.00", "改为在线支付"):
        assert words in page
    with app.app_context():
        assert expire_unpaid(order.expires_at - timedelta(seconds=1)) == 0
        assert held(act, variant) == 2
        assert expire_unpaid(order.expires_at) == 1
    assert held(act, variant) == 0
    assert spoken(code) not in client.get(answer.location).text


def test_a_resident_is_not_offered_it_and_can_not_send_it(
    act: Act, app: Flask, variant: Variant
) -> None:
    client = enter(app, act(make_resident), variant)
    assert "对公转账" not in client.get("/checkout").text
    answer = client.post("/checkout", data=filled(client, method="transfer"))
    assert answer.status_code == 422
    assert orders_of(act) == []


def test_a_member_who_buys_for_themselves_is_told_that_only_units_transfer(
    act: Act, app: Flask, member: Account, variant: Variant
) -> None:
    client = enter(app, member, variant)
    answer = client.post("/checkout", data=filled(client, buyer="self", method="transfer"))
    assert answer.status_code == 422
    assert "以单位名义购买时才能选择对公转账" in answer.text
    assert orders_of(act) == []


def test_a_shop_without_an_account_does_not_offer_it(
    act: Act,
    app: Flask,
    settings: Settings,
    member: Account,
    variant: Variant,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "SETTINGS", replace(settings, transfer_bank=""))
    client = enter(app, member, variant)
    assert "对公转账" not in client.get("/checkout").text
    sent = filled(client, buyer="unit", method="transfer")
    assert client.post("/checkout", data=sent).status_code == 422


def test_no_intent_is_made_for_a_transfer(app: Flask, act: Act, order: Order) -> None:
    (attempt,) = attempts(act)
    with app.app_context():
        assert connect(attempt.id) is False


def test_a_buyer_may_pay_online_while_the_transfer_is_awaited(
    app: Flask, act: Act, client: FlaskClient, member: Account, order: Order
) -> None:
    sign_in(client, member)
    client.post(f"/orders/{order.number}/payment/attempts")
    client.post(f"/orders/{order.number}/payment/attempts")
    waiting, online = attempts(act)
    assert (waiting.method, online.method) == (PaymentMethod.TRANSFER, PaymentMethod.ONLINE)
    code = str(payment_of(act, order).transfer_code)
    assert spoken(code) in client.get(f"/orders/{order.number}/payment").text, "both may still come"
    assert act(lambda: paid(db.session.get_one(Order, order.id))).paid_at is not None


def test_a_transfer_pays_and_one_that_comes_second_goes_back(act: Act, order: Order) -> None:
    payment = payment_of(act, order)
    first = act(capture_transfer, payment.id, order.total_fen, at=clock.now())
    assert first.state is AttemptState.SUCCEEDED
    second = act(capture_transfer, payment.id, order.total_fen, at=clock.now())
    assert second.id != first.id
    assert act(lambda: db.session.get_one(Order, order.id)).paid_at is not None
    (refund,) = act(lambda: db.session.scalars(select(Refund)).all())
    assert (refund.attempt_id, refund.amount_fen) == (second.id, order.total_fen)


def test_a_transfer_of_too_little_pays_nothing(act: Act, order: Order) -> None:
    payment = payment_of(act, order)
    with pytest.raises(TooLittle):
        act(capture_transfer, payment.id, order.total_fen - 1, at=clock.now())
    assert payment_of(act, order).captured_fen == 0


def test_a_buyer_is_reminded_once_a_day_before_the_order_closes(
    app: Flask, act: Act, order: Order
) -> None:
    def reminders() -> int:
        letters = act(lambda: db.session.scalars(select(OutboxMessage.payload)).all())
        return [letter.get("template") for letter in letters].count("orders/transfer_due")

    day_before = order.expires_at - timedelta(days=1)
    with app.app_context():
        remind_of_transfers(day_before - timedelta(minutes=1))
    assert reminders() == 0
    for minutes in (0, 5):
        with app.app_context():
            remind_of_transfers(day_before + timedelta(minutes=minutes))
    assert reminders() == 1


def test_a_buyer_who_can_not_be_reminded_keeps_no_other_from_it(
    app: Flask,
    act: Act,
    member: Account,
    variant: Variant,
    order: Order,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    later = act(place, member, {variant: 1}, for_unit=True, transfer_days=5, at=clock.now())
    untold = payment_of(act, order).id
    remind = services.remind

    def remind_later(payment_id: int, *, at: datetime) -> None:
        if payment_id == untold:
            raise RuntimeError
        remind(payment_id, at=at)

    monkeypatch.setattr(services, "remind", remind_later)
    with app.app_context():
        remind_of_transfers(later.expires_at - timedelta(hours=23))
    assert payment_of(act, order).reminded_at is None
    assert payment_of(act, later).reminded_at is not None
