"""The desk of finance: what is in doubt, what fits nothing, what is on its way back."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from orders.finance.queries import how_far
from orders.history.queries import refund_states
from orders.payments.gateways.sandbox import Outcome, SandboxProvider
from orders.payments.models import AttemptState, Payment, Suspense, SuspenseEnd, SuspenseKind
from orders.records.models import Order
from orders.records.rules import RefundState
from orders.refunds.models import Refund
from orders.refunds.services.cancellations import cancel_order
from shop import clock, outbox
from shop.accounts.audit.models import AuditEntry
from shop.accounts.people.models import Account
from shop.config import Settings
from shop.db import db
from shop.invariants import list_broken
from tests.factories.catalog import make_variant
from tests.factories.orders import paid, place
from tests.factories.payments import (
    attempt_of,
    dispute_event,
    event_about,
    intent_event,
    refund_event,
    send,
)
from tests.factories.people import make_finance, make_resident, sign_in
from tests.parts.pages import see
from tests.parts.queries import counted_queries

Act = Callable[..., Any]


@pytest.fixture
def buyer(act: Act) -> Account:
    return act(make_resident)


@pytest.fixture
def order(act: Act, buyer: Account) -> Order:
    """Placed a while ago, so that what is not known of it is in doubt."""
    return act(place, buyer, {act(make_variant): 2}, at=clock.now() - timedelta(minutes=5))


@pytest.fixture
def desk(app: Flask, act: Act) -> FlaskClient:
    client = app.test_client()
    sign_in(client, act(make_finance))
    return client


def place_and_pay(*args: Any, **kwargs: Any) -> Order:
    return paid(place(*args, **kwargs))


def tell(app: Flask, settings: Settings, order: Order, **changes: Any) -> str:
    """Let the provider tell of money for an order; what came of it."""
    with app.app_context():
        event = event_about(order, **changes)
    return send(app.test_client(), settings, event).text


def the_suspense() -> Suspense:
    return db.session.scalars(select(Suspense)).one()


def address_of_suspense(app: Flask) -> str:
    with app.app_context():
        return f"/finance/suspense/{the_suspense().id}"


# ── In doubt ────────────────────────────────────────────────────────────────────────────────────


def test_a_payment_in_doubt_is_listed_and_asked_about_now(
    app: Flask, desk: FlaskClient, sandbox: SandboxProvider, buyer: Account, order: Order
) -> None:
    browser = app.test_client()
    sign_in(browser, buyer)
    browser.post(f"/orders/{order.number}/payment/attempts")
    assert order.number in see(desk, "/finance/payments").text
    with app.app_context():
        attempt_id, intent_id = attempt_of(order).id, str(attempt_of(order).intent_id)
    sandbox.choose(intent_id, Outcome.SUCCEED)
    assert desk.post(f"/finance/payments/{attempt_id}/checks").status_code == 303
    assert order.number not in see(desk, "/finance/payments").text
    with app.app_context():
        assert db.session.get_one(Order, order.id).paid_at is not None


def test_a_provider_that_does_not_answer_is_said_to_finance(
    app: Flask, desk: FlaskClient, order: Order
) -> None:
    with app.app_context():
        attempt_id = attempt_of(order).id
    answer = desk.post(f"/finance/payments/{attempt_id}/checks", follow_redirects=True)
    assert answer.status_code == 200
    assert "没有响应" in answer.text
    assert "没有回答" in answer.text


def test_a_payment_that_was_begun_just_now_is_not_in_doubt(
    act: Act, desk: FlaskClient, buyer: Account
) -> None:
    fresh = act(place, buyer, {act(make_variant): 1}, at=clock.now())
    assert fresh.number not in see(desk, "/finance/payments").text


# ── Money that fits nothing ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"amount_received": 1}, SuspenseKind.WRONG_AMOUNT),
        ({"amount_received": 10**9}, SuspenseKind.WRONG_AMOUNT),
        ({"currency": "usd"}, SuspenseKind.WRONG_CURRENCY),
    ],
)
def test_money_that_does_not_fit_is_kept_aside_and_pays_nothing(
    app: Flask,
    settings: Settings,
    desk: FlaskClient,
    order: Order,
    changes: dict[str, Any],
    kind: SuspenseKind,
) -> None:
    assert tell(app, settings, order, **changes) == "quarantine"
    assert tell(app, settings, order, **changes) == "ignore"
    with app.app_context():
        assert the_suspense().kind is kind
        assert attempt_of(order).state is AttemptState.QUARANTINED
        assert db.session.get_one(Order, order.id).paid_at is None
        assert list_broken() == []
    assert order.number in see(desk, "/finance/suspense").text


def test_a_buyer_whose_money_did_not_fit_is_told_and_can_pay_again(
    app: Flask, settings: Settings, buyer: Account, order: Order
) -> None:
    tell(app, settings, order, amount_received=1)
    browser = app.test_client()
    sign_in(browser, buyer)
    page = browser.get(f"/orders/{order.number}/payment?waiting=1")
    assert "金额与应付的不一致" in page.text
    browser.post(f"/orders/{order.number}/payment/attempts")
    assert tell(app, settings, order) == "capture"
    with app.app_context():
        assert db.session.get_one(Order, order.id).paid_at is not None


@pytest.mark.parametrize("pays_again", [False, True])
def test_a_wrong_amount_is_given_back_once(
    app: Flask,
    settings: Settings,
    desk: FlaskClient,
    buyer: Account,
    order: Order,
    pays_again: bool,
) -> None:
    tell(app, settings, order, amount_received=123)
    if pays_again:
        browser = app.test_client()
        sign_in(browser, buyer)
        browser.post(f"/orders/{order.number}/payment/attempts")
        tell(app, settings, order)
    address = address_of_suspense(app)
    assert desk.post(f"{address}/return").status_code == 303
    assert desk.post(f"{address}/return").status_code == 409
    assert desk.post(f"{address}/settlement", data={"note": "又一次"}).status_code == 409
    with app.app_context():
        payment = db.session.scalars(select(Payment)).one()
        assert payment.captured_fen == 123 + (order.total_fen if pays_again else 0)
        assert payment.refunded_fen == 123
        assert db.session.scalars(select(Refund)).one().amount_fen == 123
        assert the_suspense().ending is SuspenseEnd.RETURNED
        is_paid = db.session.get_one(Order, order.id).paid_at is not None
        assert is_paid is pays_again
        entry = db.session.scalars(select(AuditEntry).filter_by(act="settle_suspense")).one()
        assert entry.detail["amount"] == 123
        assert list_broken() == []


def test_two_people_of_finance_give_the_same_money_back_once(
    app: Flask, act: Act, settings: Settings, order: Order
) -> None:
    tell(app, settings, order, amount_received=123)
    address = address_of_suspense(app)
    desks = [app.test_client(), app.test_client()]
    for desk in desks:
        sign_in(desk, act(make_finance))
    answers: list[int] = []
    acts = [
        threading.Thread(
            target=lambda d=desk: answers.append(d.post(f"{address}/return").status_code)
        )
        for desk in desks
    ]
    for each in acts:
        each.start()
    for each in acts:
        each.join()
    assert sorted(answers) == [303, 409]
    with app.app_context():
        assert db.session.scalars(select(Refund)).one().amount_fen == 123
        assert list_broken() == []


def test_another_currency_can_only_be_settled_outside(
    app: Flask, settings: Settings, desk: FlaskClient, order: Order
) -> None:
    tell(app, settings, order, currency="usd")
    address = address_of_suspense(app)
    page = see(desk, address)
    assert [form for form in page.forms if form.action.endswith("/return")] == []
    assert desk.post(f"{address}/return").status_code == 409
    refused = desk.post(f"{address}/settlement", data={"note": " "})
    assert refused.status_code == 422
    assert desk.post(f"{address}/settlement", data={"note": "后台已退"}).status_code == 303
    with app.app_context():
        assert (the_suspense().ending, the_suspense().note) == (SuspenseEnd.OUTSIDE, "后台已退")
    assert "后台已退" in see(desk, address).text
    assert "USD" in see(desk, "/finance/suspense?show=settled").text


def test_money_by_an_intent_that_nobody_knows_is_kept_once(
    app: Flask, settings: Settings, desk: FlaskClient, order: Order
) -> None:
    stranger = {"id": "pi_stranger", "metadata": {}}
    assert tell(app, settings, order, **stranger) == "unknown_intent"
    assert tell(app, settings, order, **stranger) == "unknown_intent"
    with app.app_context():
        assert the_suspense().kind is SuspenseKind.UNKNOWN_INTENT
    assert "认不出的付款" in see(desk, "/finance/suspense").text


def test_a_stranger_that_brought_no_money_is_nobody_to_worry_about(
    app: Flask, settings: Settings, order: Order
) -> None:
    with app.app_context():
        event = intent_event(attempt_of(order), "canceled", "canceled", id="pi_x", metadata={})
    assert send(app.test_client(), settings, event).text == "unknown_intent"
    with app.app_context():
        assert db.session.scalars(select(Suspense)).all() == []


def test_a_refund_that_somebody_made_past_the_shop_is_seen(
    app: Flask, act: Act, settings: Settings, desk: FlaskClient, buyer: Account
) -> None:
    order = act(place_and_pay, buyer, {act(make_variant): 2}, at=clock.now())
    act(cancel_order, order.id, reason="买家取消", by=buyer.id, at=clock.now())
    with app.app_context():
        refund = db.session.scalars(select(Refund)).one()
        by_hand = {"id": "re_by_hand", "metadata": {}}
        event = refund_event(refund, "created", "succeeded", **by_hand)
    assert send(app.test_client(), settings, event).text == "refund_succeeded"
    assert "商店以外的退款或拒付" in see(desk, "/finance/suspense").text
    with app.app_context():
        assert db.session.scalars(select(Refund)).one().moved_at is None


def test_a_payment_that_the_bank_takes_back_waits_for_finance_once_with_its_order(
    app: Flask, act: Act, settings: Settings, desk: FlaskClient, buyer: Account
) -> None:
    order = act(place_and_pay, buyer, {act(make_variant): 2}, at=clock.now())
    for kind, status in (("created", "needs_response"), ("closed", "lost")):
        with app.app_context():
            event = dispute_event(attempt_of(order), kind, status)
        assert send(app.test_client(), settings, event).text == f"dispute_{status}"
    with app.app_context():
        suspense = the_suspense()
        assert suspense.amount == order.total_fen
        assert list_broken() == []
    page = see(desk, "/finance/suspense").text
    assert "商店以外的退款或拒付" in page
    assert order.number in page
    assert "银行拒付，我方败诉" in see(desk, f"/finance/orders/{order.number}").text
    settlement = f"/finance/suspense/{suspense.id}/settlement"
    settled = {"note": "已在支付服务后台答辩", "seen": "dispute_lost"}
    assert desk.post(settlement, data=settled).status_code == 303
    assert "没有待核对的款项" in see(desk, "/finance/suspense").text


@pytest.mark.parametrize(
    ("told", "later", "word"),
    [
        ("created needs_response", "closed lost", "银行拒付，我方败诉"),
        ("created needs_response", "closed won", "银行拒付，我方胜诉"),
        ("created needs_response", "funds_withdrawn needs_response", "银行拒付，款项已扣走"),
        ("closed lost", "funds_reinstated lost", "银行拒付，款项已还回"),
        ("created warning_needs_response", "updated needs_response", "银行拒付，待答辩"),
    ],
)
@pytest.mark.parametrize("is_known", [True, False], ids=["ours", "a stranger's"])
def test_what_a_bank_decides_after_finance_settled_a_dispute_comes_to_the_desk_once(
    app: Flask,
    act: Act,
    settings: Settings,
    desk: FlaskClient,
    buyer: Account,
    told: str,
    later: str,
    word: str,
    is_known: bool,
) -> None:
    order = act(place_and_pay, buyer, {act(make_variant): 2}, at=clock.now())
    bank = bank_about(app, settings, order, is_known=is_known)
    bank(told)
    settle_all(app, desk)
    bank(later)
    bank(later)
    bank(told)
    (again,) = open_suspense(app)
    with app.app_context():
        first = db.session.scalars(select(Suspense).order_by(Suspense.id)).first()
        assert (first.note, again.provider_id) == ("已在后台处理", first.provider_id)
        assert list_broken() == []
    assert word in see(desk, "/finance/suspense").text
    assert word in see(desk, f"/finance/suspense/{again.id}").text
    settle_all(app, desk)
    bank(later)
    assert open_suspense(app) == []


@pytest.mark.parametrize(
    ("told", "later"),
    [
        ("closed lost", "created needs_response"),
        ("closed lost", "funds_withdrawn needs_response"),
        ("funds_reinstated won", "closed won"),
        ("created needs_response, closed lost", "funds_withdrawn lost"),
        ("created needs_response", "updated under_review"),
    ],
)
def test_what_finance_knew_when_it_settled_a_dispute_does_not_come_back(
    app: Flask,
    act: Act,
    settings: Settings,
    desk: FlaskClient,
    buyer: Account,
    told: str,
    later: str,
) -> None:
    order = act(place_and_pay, buyer, {act(make_variant): 2}, at=clock.now())
    bank = bank_about(app, settings, order)
    for each in told.split(", "):
        bank(each)
    settle_all(app, desk)
    bank(later)
    assert open_suspense(app) == []


def test_finance_settles_no_dispute_without_having_read_what_the_bank_just_said(
    app: Flask, act: Act, settings: Settings, desk: FlaskClient, buyer: Account
) -> None:
    order = act(place_and_pay, buyer, {act(make_variant): 2}, at=clock.now())
    bank = bank_about(app, settings, order)
    bank("created needs_response")
    address = address_of_suspense(app)
    assert 'value="dispute_needs_response"' in desk.get(address).text
    bank("closed lost")
    unread = {"note": "已答辩", "seen": "dispute_needs_response"}
    refused = desk.post(f"{address}/settlement", data=unread)
    assert refused.status_code == 409
    for words in ("银行刚刚有了新的答复", "银行拒付，我方败诉", "已答辩", 'value="dispute_lost"'):
        assert words in refused.text
    assert len(open_suspense(app)) == 1
    read = {"note": "已答辩", "seen": "dispute_lost"}
    assert desk.post(f"{address}/settlement", data=read).status_code == 303
    assert open_suspense(app) == []


def bank_about(
    app: Flask, settings: Settings, order: Order, *, is_known: bool = True
) -> Callable[[str], None]:
    """Lets the provider say of an order's payment what happened at the bank: ``closed lost``."""

    def say(words: str) -> None:
        kind, status = words.split()
        with app.app_context():
            event = dispute_event(attempt_of(order), kind, status)
        if not is_known:
            event["data"]["object"]["payment_intent"] = None
        assert send(app.test_client(), settings, event).text == f"dispute_{status}"

    return say


def open_suspense(app: Flask) -> list[Suspense]:
    with app.app_context():
        return list(db.session.scalars(select(Suspense).where(Suspense.settled_at.is_(None))))


def settle_all(app: Flask, desk: FlaskClient) -> None:
    for each in open_suspense(app):
        settlement = f"/finance/suspense/{each.id}/settlement"
        with app.app_context():
            seen = how_far(db.session.get_one(Suspense, each.id))
        settled = {"note": "已在后台处理", "seen": seen}
        assert desk.post(settlement, data=settled).status_code == 303


def test_a_dispute_about_a_payment_that_nobody_knows_is_kept_too(
    app: Flask, act: Act, settings: Settings, buyer: Account
) -> None:
    order = act(place_and_pay, buyer, {act(make_variant): 2}, at=clock.now())
    with app.app_context():
        event = dispute_event(attempt_of(order), "created", "warning_needs_response")
    event["data"]["object"]["payment_intent"] = None
    assert send(app.test_client(), settings, event).text == "dispute_warning_needs_response"
    with app.app_context():
        assert the_suspense().attempt_id is None


# ── Refunds ─────────────────────────────────────────────────────────────────────────────────────


def test_a_failed_refund_is_told_apart_and_the_buyer_reads_that_it_is_under_way(
    app: Flask,
    act: Act,
    settings: Settings,
    desk: FlaskClient,
    sandbox: SandboxProvider,
    buyer: Account,
    order: Order,
) -> None:
    browser = app.test_client()
    sign_in(browser, buyer)
    browser.post(f"/orders/{order.number}/payment/attempts")
    browser.post(f"/sandbox/orders/{order.number}/payment", data={"outcome": "succeed"})
    browser.post(f"/orders/{order.number}/payment/checks")
    act(cancel_order, order.id, reason="买家取消", by=buyer.id, at=clock.now())
    with app.app_context():
        outbox.deliver_due(clock.now() + timedelta(seconds=1))
        refund = db.session.scalars(select(Refund)).one()
        assert refund.moved_at is not None
        event = refund_event(refund, "failed", "failed")
    assert order.number not in see(desk, "/finance/refunds?show=failed").text
    send(app.test_client(), settings, event)
    assert order.number in see(desk, "/finance/refunds?show=failed").text
    assert order.number not in see(desk, "/finance/refunds").text
    assert "退款失败 1" in see(desk, "/finance").text
    with app.app_context():
        assert refund_states([order.id]) == {order.id: RefundState.FAILED}


# ── Where is this money? ────────────────────────────────────────────────────────────────────────


def test_the_money_of_an_order_is_found_by_any_of_its_numbers(
    app: Flask, settings: Settings, desk: FlaskClient, order: Order
) -> None:
    tell(app, settings, order, id="pi_known")
    for words in (order.number, order.number.lower(), f"{order.number}A", "pi_known"):
        answer = desk.get("/finance/orders", query_string={"q": words})
        assert answer.location == f"/finance/orders/{order.number}"
    assert "没有找到" in see(desk, "/finance/orders?q=nothing").text


def test_an_order_shows_what_came_in_what_was_said_and_what_went_back(
    app: Flask, act: Act, settings: Settings, desk: FlaskClient, order: Order, buyer: Account
) -> None:
    tell(app, settings, order, status="requires_payment_method", id="pi_known")
    tell(app, settings, order, id="pi_known")
    act(cancel_order, order.id, reason="买家取消", by=buyer.id, at=clock.now())
    text = see(desk, f"/finance/orders/{order.number}").text
    for words in ("pi_known", "payment_intent.succeeded", "记为收款", "记为未成功", "买家取消"):
        assert words in text


@pytest.mark.parametrize(
    "place_", ["/finance", "/finance/payments", "/finance/suspense", "/finance/refunds?show=all"]
)
def test_a_longer_list_asks_no_more_of_the_database(
    app: Flask, act: Act, settings: Settings, desk: FlaskClient, buyer: Account, place_: str
) -> None:
    variant = act(make_variant)

    def one_more() -> None:
        at = clock.now() - timedelta(minutes=9)
        act(place, buyer, {variant: 1}, at=at)
        tell(app, settings, act(place, buyer, {variant: 1}, at=at), amount_received=1)
        called_off = act(place_and_pay, buyer, {variant: 1}, at=at)
        act(cancel_order, called_off.id, reason="买家取消", by=buyer.id, at=clock.now())

    one_more()
    desk.get(place_)
    with counted_queries(app) as few:
        desk.get(place_)
    for _ in range(3):
        one_more()
    with counted_queries(app) as many:
        assert desk.get(place_).status_code == 200
    assert len(many) == len(few)
    assert len(many) <= 12
