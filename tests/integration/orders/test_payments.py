import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from catalog.products.models import Variant
from orders.payments import handlers, services
from orders.payments.gateways.sandbox import Outcome, SandboxProvider
from orders.payments.handlers import apply_waiting_events, connect
from orders.payments.models import AttemptState, EventApplication, Payment, PaymentEvent
from orders.payments.services import store_event
from orders.records.models import Order
from orders.refunds.models import Refund
from shop import clock, outbox
from shop.accounts.people.models import Account
from shop.config import Settings
from shop.db import db, transaction
from tests.factories.catalog import make_variant
from tests.factories.orders import place
from tests.factories.payments import attempt_of, event_about, send, signature
from tests.factories.people import make_resident, sign_in

Act = Callable[..., Any]


@pytest.fixture
def buyer(act: Act) -> Account:
    return act(make_resident)


@pytest.fixture
def variant(act: Act) -> Variant:
    return act(make_variant)


@pytest.fixture
def order(act: Act, buyer: Account, variant: Variant) -> Order:
    return act(place, buyer, {variant: 2}, at=clock.now())


def fresh(app: Flask, order: Order) -> Order:
    with app.app_context():
        return db.session.get_one(Order, order.id)


def count_of(app: Flask, model: Any) -> int:
    with app.app_context():
        return int(db.session.scalar(select(func.count()).select_from(model)) or 0)


def make_event(app: Flask, order: Order, *args: Any, **changes: Any) -> dict[str, Any]:
    with app.app_context():
        return event_about(order, *args, **changes)


# ── The webhook ─────────────────────────────────────────────────────────────────────────────────


def test_a_signed_event_makes_an_order_paid(
    app: Flask, client: FlaskClient, settings: Settings, order: Order
) -> None:
    answer = send(client, settings, make_event(app, order))
    assert (answer.status_code, answer.text) == (200, "capture")
    assert fresh(app, order).paid_at is not None


def test_an_event_that_comes_twice_is_applied_once(
    app: Flask, client: FlaskClient, settings: Settings, order: Order
) -> None:
    event = make_event(app, order)
    first, second = send(client, settings, event), send(client, settings, event)
    assert (first.text, second.text) == ("capture", "capture")
    assert count_of(app, PaymentEvent) == count_of(app, EventApplication) == 1
    with app.app_context():
        payment = db.session.scalars(select(Payment)).one()
        assert payment.captured_fen == order.total_fen


def test_another_event_about_a_paid_intent_changes_nothing(
    app: Flask, client: FlaskClient, settings: Settings, order: Order
) -> None:
    with app.app_context():
        first = event_about(order, id="pi_same")
        second = event_about(order, id="pi_same")
    assert send(client, settings, first).text == "capture"
    assert send(client, settings, second).text == "ignore"


def test_a_failure_that_arrives_after_the_success_changes_nothing(
    app: Flask, client: FlaskClient, settings: Settings, order: Order
) -> None:
    with app.app_context():
        success = event_about(order, id="pi_same")
        failure = event_about(order, "requires_payment_method", id="pi_same")
    send(client, settings, success)
    assert send(client, settings, failure).text == "ignore"
    assert fresh(app, order).paid_at is not None


def test_a_decline_leaves_the_order_waiting(
    app: Flask, client: FlaskClient, settings: Settings, order: Order
) -> None:
    declined = make_event(app, order, "requires_payment_method")
    assert send(client, settings, declined).text == "fail"
    assert fresh(app, order).paid_at is None
    with app.app_context():
        assert attempt_of(order).failure == "card_declined"


@pytest.mark.parametrize("changes", [{"amount_received": 1}, {"currency": "usd"}])
def test_a_wrong_amount_or_currency_pays_nothing(
    app: Flask, client: FlaskClient, settings: Settings, order: Order, changes: dict[str, Any]
) -> None:
    assert send(client, settings, make_event(app, order, **changes)).text == "quarantine"
    assert fresh(app, order).paid_at is None


def test_an_event_about_an_unknown_intent_is_kept_and_answered(
    app: Flask, client: FlaskClient, settings: Settings, order: Order
) -> None:
    event = make_event(app, order, id="pi_stranger", metadata={})
    assert send(client, settings, event).text == "unknown_intent"
    assert count_of(app, PaymentEvent) == 1


def test_an_event_of_another_kind_is_kept_and_answered(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    event = {"id": "evt_1", "type": "charge.refunded", "data": {"object": {"object": "charge"}}}
    assert send(client, settings, event).text == "not_about_an_intent"


@pytest.mark.parametrize("header", [None, "", "nonsense", "t=1,v1=00", "t=x,v1=y"])
def test_an_unsigned_event_is_refused(
    app: Flask, client: FlaskClient, order: Order, header: str | None
) -> None:
    payload = json.dumps(make_event(app, order)).encode()
    headers = {} if header is None else {"Stripe-Signature": header}
    assert client.post("/webhooks/stripe", data=payload, headers=headers).status_code == 400
    assert count_of(app, PaymentEvent) == 0


def test_an_event_signed_by_somebody_else_is_refused(
    app: Flask, client: FlaskClient, order: Order
) -> None:
    payload = json.dumps(make_event(app, order)).encode()
    headers = {"Stripe-Signature": signature(payload, "whsec_of_another")}
    assert client.post("/webhooks/stripe", data=payload, headers=headers).status_code == 400


def test_an_event_signed_long_ago_is_refused(
    app: Flask, client: FlaskClient, settings: Settings, order: Order
) -> None:
    stale = send(client, settings, make_event(app, order), at=time.time() - 600)
    assert stale.status_code == 400
    assert fresh(app, order).paid_at is None


@pytest.mark.parametrize("payload", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"data": 1}'])
def test_a_signed_event_that_makes_no_sense_is_refused(
    client: FlaskClient, settings: Settings, payload: bytes
) -> None:
    headers = {"Stripe-Signature": signature(payload, settings.stripe_webhook_secret)}
    assert client.post("/webhooks/stripe", data=payload, headers=headers).status_code == 400


def test_an_enormous_event_is_refused(client: FlaskClient) -> None:
    answer = client.post("/webhooks/stripe", data=b"x" * 300_000)
    assert answer.status_code == 413


def test_the_same_event_through_many_doors_at_once_is_applied_once(
    app: Flask, settings: Settings, order: Order
) -> None:
    event = make_event(app, order)
    answers: list[int] = []

    def arrive() -> None:
        answers.append(send(app.test_client(), settings, event).status_code)

    doors = [threading.Thread(target=arrive) for _ in range(6)]
    for door in doors:
        door.start()
    for door in doors:
        door.join()
    assert set(answers) <= {200, 503}
    assert 200 in answers
    with app.app_context():
        assert db.session.scalars(select(Payment)).one().captured_fen == order.total_fen
    assert count_of(app, EventApplication) == 1


def test_an_event_whose_process_died_before_applying_it_is_applied_later(
    app: Flask, settings: Settings, order: Order
) -> None:
    with app.app_context():
        payload = json.dumps(event_about(order))
        provider = app.extensions["payment_provider"]
        with transaction():
            store_event(provider.read_event(payload), at=clock.now())
        apply_waiting_events(clock.now())
    assert fresh(app, order).paid_at is not None


def test_events_that_can_not_be_applied_keep_no_other_waiting(
    app: Flask, act: Act, buyer: Account, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = act(place, buyer, {act(make_variant): 1}, at=clock.now())
    monkeypatch.setattr(handlers, "BATCH", 1)
    capture = services._capture

    def capture_later(order_id: int, *args: Any) -> None:
        if order_id == order.id:
            raise RuntimeError
        capture(order_id, *args)

    monkeypatch.setattr(services, "_capture", capture_later)
    provider = app.extensions["payment_provider"]
    for each in (order, order, later):
        event = make_event(app, each)
        act(store_event, provider.read_event(json.dumps(event)), at=clock.now())
    with app.app_context():
        apply_waiting_events(clock.now())
    assert fresh(app, order).paid_at is None
    assert fresh(app, later).paid_at is not None
    monkeypatch.setattr(services, "_capture", capture)
    with app.app_context():
        apply_waiting_events(clock.now())
    assert fresh(app, order).paid_at is not None, "it is tried again"


# ── localstripe ─────────────────────────────────────────────────────────────────────────────────


def test_a_card_pays_through_the_sandbox(
    app: Flask, sandbox: SandboxProvider, order: Order
) -> None:
    with app.app_context():
        assert connect(attempt_of(order).id)
        intent_id = str(attempt_of(order).intent_id)
        sandbox.choose(intent_id, Outcome.SUCCEED)
        intent = sandbox.get_intent(intent_id)
    assert (intent.received_fen, intent.currency) == (order.total_fen, "cny")


def test_a_declined_attempt_is_followed_by_another(
    app: Flask,
    client: FlaskClient,
    sandbox: SandboxProvider,
    buyer: Account,
    order: Order,
) -> None:
    sign_in(client, buyer)
    address = f"/orders/{order.number}/payment"
    client.post(f"{address}/attempts")
    client.post(f"/sandbox{address}", data={"outcome": "decline"})
    client.post(f"{address}/checks")
    assert "没有成功" in client.get(address).text
    client.post(f"{address}/attempts")
    client.post(f"/sandbox{address}", data={"outcome": "succeed"})
    client.post(f"{address}/checks")
    assert fresh(app, order).paid_at is not None
    with app.app_context():
        states = [a.state for a in db.session.scalars(select(Payment)).one().attempts]
    assert states == [AttemptState.FAILED, AttemptState.SUCCEEDED]


def test_a_provider_that_is_down_keeps_the_order_and_can_be_tried_again(
    app: Flask, client: FlaskClient, buyer: Account, order: Order
) -> None:
    sign_in(client, buyer)
    address = f"/orders/{order.number}/payment"
    assert client.post(f"{address}/attempts").status_code == 303
    page = client.get(address)
    assert page.status_code == 200
    assert f'action="{address}/attempts"' in page.text


def test_a_refund_goes_back_through_stripe(
    app: Flask,
    act: Act,
    client: FlaskClient,
    sandbox: SandboxProvider,
    buyer: Account,
    order: Order,
    variant: Variant,
) -> None:
    sign_in(client, buyer)
    client.post(f"/orders/{order.number}/payment/attempts")
    client.post(f"/sandbox/orders/{order.number}/payment", data={"outcome": "succeed"})
    client.post(f"/orders/{order.number}/payment/checks")
    client.post(f"/orders/{order.number}/cancellation")
    client.post(f"/orders/{order.number}/cancellation")
    with app.app_context():
        assert db.session.get_one(Variant, variant.id).held == 0
        outbox.deliver_due(clock.now() + timedelta(seconds=1))
        refund = db.session.scalars(select(Refund)).one()
        assert refund.moved_at is not None
        sent = sandbox.client.v1.refunds.retrieve(str(refund.provider_id))
    assert (sent.amount, sent.status) == (order.total_fen, "succeeded")


# ── Whose order it is ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/orders/{}/payment"),
        ("GET", "/orders/{}/payment/state"),
        ("POST", "/orders/{}/payment/attempts"),
        ("POST", "/orders/{}/payment/checks"),
        ("POST", "/orders/{}/cancellation"),
        ("POST", "/sandbox/orders/{}/payment"),
    ],
)
def test_a_stranger_finds_no_such_order(
    act: Act, client: FlaskClient, order: Order, method: str, path: str
) -> None:
    sign_in(client, act(make_resident))
    sent = {"outcome": "succeed"} if method == "POST" else None
    answer = client.open(path.format(order.number), method=method, data=sent)
    assert answer.status_code == 404


def test_a_paid_order_needs_no_payment(
    app: Flask, client: FlaskClient, settings: Settings, buyer: Account, order: Order
) -> None:
    send(client, settings, make_event(app, order))
    sign_in(client, buyer)
    assert client.get(f"/orders/{order.number}/payment").status_code == 302
    again = client.post(f"/orders/{order.number}/payment/attempts")
    assert again.location == f"/orders/{order.number}/payment"


def test_an_unpaid_order_can_not_be_cancelled_as_a_paid_one(
    app: Flask, client: FlaskClient, buyer: Account, order: Order
) -> None:
    sign_in(client, buyer)
    client.post(f"/orders/{order.number}/cancellation")
    assert count_of(app, Refund) == 0
