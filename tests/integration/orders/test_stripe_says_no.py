"""What the payment provider and the network do to everyone sooner or later, and what it ends in."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from orders.checkout.services import close_order
from orders.history.queries import refund_states
from orders.payments.errors import ProviderRefused, ProviderUnavailable
from orders.payments.gateways.port import RefundOutcome, RefundReport
from orders.payments.gateways.sandbox import Outcome, SandboxProvider
from orders.payments.handlers import reconcile
from orders.payments.models import (
    AttemptState,
    Payment,
    PaymentAttempt,
    Suspense,
    SuspenseKind,
)
from orders.records.models import Order
from orders.records.rules import RefundState
from orders.refunds.handlers import ask_about_accepted
from orders.refunds.models import Refund, RefundFailure
from orders.refunds.queries import list_accepted
from orders.refunds.services import moves
from orders.refunds.services.cancellations import cancel_order
from shop import clock, outbox
from shop.accounts.audit.models import AuditEntry
from shop.accounts.notices.models import Notice
from shop.accounts.people.models import Account
from shop.config import Settings
from shop.db import db
from shop.invariants import list_broken
from shop.outbox import OutboxMessage
from tests.factories.catalog import make_variant
from tests.factories.orders import paid, place
from tests.factories.payments import attempt_of, event_about, refund_event, send
from tests.factories.people import make_finance, make_resident, sign_in
from tests.parts.fault_proxy import Fault, FaultProxy, fault_proxy
from tests.parts.localstripe import localstripe as run_localstripe
from tests.parts.pages import see
from tests.parts.pages import send as submit
from tests.parts.together import run_together

Act = Callable[..., Any]
CREATE = "POST /v1/payment_intents"
REFUND = "POST /v1/refunds"
# After which it is not known whether the provider acted.
SILENCES = (Fault.LOST, Fault.ANSWER_LOST, Fault.BUSY)


@pytest.fixture
def proxy(localstripe: str) -> Iterator[FaultProxy]:
    with fault_proxy(localstripe) as proxy:
        yield proxy


@pytest.fixture
def stripe(app: Flask, settings: Settings, proxy: FaultProxy) -> Iterator[SandboxProvider]:
    """The provider of the shop under test, behind the proxy; it doesn't try again by itself."""
    before = app.extensions["payment_provider"]
    app.extensions["payment_provider"] = make_provider(settings, proxy, seconds=10)
    yield app.extensions["payment_provider"]
    app.extensions["payment_provider"] = before


@pytest.fixture(autouse=True)
def _nothing_is_broken_in_the_end(app: Flask) -> Iterator[None]:
    yield
    with app.app_context():
        assert list_broken() == []


@pytest.fixture
def buyer(act: Act) -> Account:
    return act(make_resident)


@pytest.fixture
def order(act: Act, buyer: Account) -> Order:
    return act(place, buyer, {act(make_variant): 2}, at=clock.now())


@pytest.fixture
def page(client: FlaskClient, buyer: Account) -> FlaskClient:
    """The buyer's browser."""
    sign_in(client, buyer)
    return client


def make_provider(settings: Settings, proxy: FaultProxy, *, seconds: float) -> SandboxProvider:
    secret = settings.stripe_webhook_secret
    return SandboxProvider(
        "sk_test_x", "", secret, proxy.address, timeout_seconds=seconds, retries=0
    )


def soon() -> datetime:
    """When the reconciler first looks at what was begun just now."""
    return clock.now() + timedelta(minutes=3)


def begin(page: FlaskClient, order: Order) -> None:
    assert page.post(f"/orders/{order.number}/payment/attempts").status_code == 303


def pay(app: Flask, stripe: SandboxProvider, order: Order) -> None:
    """The card is charged, and nobody tells the shop."""
    with app.app_context():
        intent_id = str(attempt_of(order).intent_id)
    stripe.choose(intent_id, Outcome.SUCCEED)


def run_reconciler(app: Flask, at: datetime) -> None:
    with app.app_context():
        reconcile(at)


def is_paid(app: Flask, order: Order) -> bool:
    with app.app_context():
        return db.session.get_one(Order, order.id).paid_at is not None


def captured(app: Flask, order: Order) -> int:
    with app.app_context():
        query = select(Payment.captured_fen).where(Payment.order_id == order.id)
        return db.session.scalars(query).one()


def state_of(app: Flask, order: Order) -> tuple[AttemptState, str]:
    with app.app_context():
        attempt = attempt_of(order)
        return attempt.state, attempt.failure


def intents_of(app: Flask, stripe: SandboxProvider, order: Order) -> list[Any]:
    """What the provider has for the order's latest attempt."""
    with app.app_context():
        key = attempt_of(order).idempotency_key
    # Other tests of this session have made theirs at the same provider.
    found = stripe.client.v1.payment_intents.list({"limit": 100}).auto_paging_iter()
    return [intent for intent in found if intent.metadata.to_dict().get("attempt") == key]


# ── Beginning to pay ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fault", SILENCES)
def test_an_intent_whose_answer_is_lost_is_asked_for_again_and_made_once(
    app: Flask,
    page: FlaskClient,
    proxy: FaultProxy,
    stripe: SandboxProvider,
    order: Order,
    fault: Fault,
) -> None:
    proxy.plan(CREATE, fault)
    begin(page, order)
    assert "支付服务暂时没有响应" in page.get(f"/orders/{order.number}/payment").text
    assert state_of(app, order) == (AttemptState.PENDING, "")
    begin(page, order)
    assert state_of(app, order) == (AttemptState.OPEN, "")
    assert len(intents_of(app, stripe, order)) == 1
    pay(app, stripe, order)
    run_reconciler(app, soon())
    assert captured(app, order) == order.total_fen


def test_an_answer_that_comes_too_late_is_as_good_as_none(
    app: Flask,
    settings: Settings,
    page: FlaskClient,
    proxy: FaultProxy,
    stripe: SandboxProvider,
    order: Order,
) -> None:
    app.extensions["payment_provider"] = make_provider(settings, proxy, seconds=0.3)
    proxy.plan(CREATE, Fault.STALLED)
    begin(page, order)
    assert state_of(app, order) == (AttemptState.PENDING, "")
    app.extensions["payment_provider"] = stripe
    run_reconciler(app, soon())
    assert state_of(app, order) == (AttemptState.OPEN, "")
    assert len(intents_of(app, stripe, order)) == 1


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.BROKEN])
def test_an_answer_that_the_provider_would_repeat_is_no_dead_end(
    app: Flask,
    page: FlaskClient,
    proxy: FaultProxy,
    stripe: SandboxProvider,
    order: Order,
    fault: Fault,
) -> None:
    proxy.plan(CREATE, fault)
    begin(page, order)
    answer = page.get(f"/orders/{order.number}/payment").text
    assert "支付服务暂时没有响应" in answer
    assert "再试一次" in answer
    assert state_of(app, order) == (AttemptState.FAILED, "never_connected")
    begin(page, order)
    assert state_of(app, order) == (AttemptState.OPEN, "")
    pay(app, stripe, order)
    run_reconciler(app, soon())
    assert captured(app, order) == order.total_fen


def test_a_reconciler_that_meets_a_broken_provider_leaves_the_buyer_another_try(
    app: Flask, page: FlaskClient, proxy: FaultProxy, stripe: SandboxProvider, order: Order
) -> None:
    proxy.plan(CREATE, Fault.LOST)
    proxy.plan(CREATE, Fault.BROKEN)
    begin(page, order)
    run_reconciler(app, soon())
    with app.app_context():
        attempt = attempt_of(order)
        assert (attempt.state, attempt.check_due_at) == (AttemptState.FAILED, None)
        assert attempt.last_word == "provider_broke"
    begin(page, order)
    assert state_of(app, order) == (AttemptState.OPEN, "")


def test_an_attempt_that_never_reached_the_provider_is_given_up_with_its_order(
    app: Flask,
    act: Act,
    page: FlaskClient,
    proxy: FaultProxy,
    stripe: SandboxProvider,
    order: Order,
) -> None:
    proxy.plan(CREATE, Fault.ANSWER_LOST)
    begin(page, order)
    act(close_order, order.id, by=None, at=clock.now())
    run_reconciler(app, soon())
    assert state_of(app, order) == (AttemptState.FAILED, "never_connected")


# ── Paying ──────────────────────────────────────────────────────────────────────────────────────


def test_the_webhook_alone_finishes_an_order(
    app: Flask,
    client: FlaskClient,
    settings: Settings,
    page: FlaskClient,
    stripe: SandboxProvider,
    order: Order,
) -> None:
    begin(page, order)
    pay(app, stripe, order)
    with app.app_context():
        event = event_about(order)
    assert send(client, settings, event).text == "capture"
    assert is_paid(app, order)


def test_the_return_page_alone_finishes_an_order(
    app: Flask, page: FlaskClient, stripe: SandboxProvider, order: Order
) -> None:
    begin(page, order)
    pay(app, stripe, order)
    page.get(f"/orders/{order.number}/payment?waiting=1")
    page.post(f"/orders/{order.number}/payment/checks")
    assert is_paid(app, order)


def test_the_waiting_page_has_the_shop_ask_without_leaving(
    app: Flask, page: FlaskClient, stripe: SandboxProvider, order: Order
) -> None:
    begin(page, order)
    address, headers = f"/orders/{order.number}/payment", {"Accept": "application/json"}
    assert page.post(f"{address}/checks", headers=headers).json == {"state": "open"}
    pay(app, stripe, order)
    assert page.post(f"{address}/checks", headers=headers).json == {"state": "paid"}
    assert f'data-ask="{address}/checks"' not in page.get(f"/orders/{order.number}").text


def test_the_reconciler_alone_finishes_an_order(
    app: Flask, page: FlaskClient, stripe: SandboxProvider, order: Order
) -> None:
    begin(page, order)
    pay(app, stripe, order)
    run_reconciler(app, soon())
    run_reconciler(app, soon())
    assert is_paid(app, order)
    assert captured(app, order) == order.total_fen


def test_all_three_at_once_count_the_money_once(
    app: Flask,
    settings: Settings,
    buyer: Account,
    page: FlaskClient,
    stripe: SandboxProvider,
    order: Order,
) -> None:
    begin(page, order)
    pay(app, stripe, order)
    with app.app_context():
        event = event_about(order)

    def return_to_the_page() -> None:
        browser = app.test_client()
        sign_in(browser, buyer)
        browser.post(f"/orders/{order.number}/payment/checks")

    doors = [
        threading.Thread(target=door)
        for door in (
            lambda: send(app.test_client(), settings, event),
            return_to_the_page,
            lambda: run_reconciler(app, soon()),
            lambda: run_reconciler(app, soon()),
        )
    ]
    for door in doors:
        door.start()
    for door in doors:
        door.join()
    assert is_paid(app, order)
    assert captured(app, order) == order.total_fen


def test_a_declined_card_is_seen_by_the_reconciler_and_the_next_one_pays(
    app: Flask, page: FlaskClient, stripe: SandboxProvider, order: Order
) -> None:
    begin(page, order)
    with app.app_context():
        declined = str(attempt_of(order).intent_id)
    stripe.choose(declined, Outcome.DECLINE)
    run_reconciler(app, soon())
    assert state_of(app, order) == (AttemptState.FAILED, "card_declined")
    assert "没有成功" in page.get(f"/orders/{order.number}/payment").text
    begin(page, order)
    pay(app, stripe, order)
    run_reconciler(app, soon() + timedelta(minutes=5))
    assert is_paid(app, order)
    assert stripe.client.v1.payment_intents.retrieve(declined).status == "canceled"


def test_the_webhook_comes_first_and_the_answer_later(
    app: Flask,
    client: FlaskClient,
    settings: Settings,
    page: FlaskClient,
    proxy: FaultProxy,
    stripe: SandboxProvider,
    order: Order,
) -> None:
    proxy.plan(CREATE, Fault.ANSWER_LOST)
    begin(page, order)
    (intent,) = intents_of(app, stripe, order)
    with app.app_context():
        event = event_about(order, id=intent.id)
    assert send(client, settings, event).text == "capture"
    run_reconciler(app, soon())
    with app.app_context():
        attempt = attempt_of(order)
        assert (attempt.state, attempt.intent_id) == (AttemptState.SUCCEEDED, intent.id)
        assert attempt.check_due_at is None
    assert captured(app, order) == order.total_fen


@pytest.mark.parametrize("fault", [*SILENCES, Fault.BROKEN])
def test_a_silent_provider_stops_the_run_and_is_asked_again(
    app: Flask,
    page: FlaskClient,
    proxy: FaultProxy,
    stripe: SandboxProvider,
    order: Order,
    fault: Fault,
) -> None:
    begin(page, order)
    pay(app, stripe, order)
    proxy.plan("GET /v1/payment_intents", fault)
    run_reconciler(app, soon())
    assert not is_paid(app, order)
    with app.app_context():
        word = "provider_broke" if fault is Fault.BROKEN else "provider_unavailable"
        assert attempt_of(order).last_word == word
    run_reconciler(app, soon() + timedelta(minutes=2))
    assert is_paid(app, order)


def test_a_buyer_who_asks_a_silent_provider_is_told_and_loses_nothing(
    app: Flask, page: FlaskClient, proxy: FaultProxy, stripe: SandboxProvider, order: Order
) -> None:
    begin(page, order)
    pay(app, stripe, order)
    proxy.plan("GET /v1/payment_intents", Fault.LOST)
    answer = page.post(f"/orders/{order.number}/payment/checks", follow_redirects=True)
    assert answer.status_code == 200
    assert "我们会自动核对" in answer.text
    page.post(f"/orders/{order.number}/payment/checks")
    assert is_paid(app, order)


def test_an_intent_that_the_provider_forgot_ends_its_attempt_and_the_next_one_pays(
    app: Flask,
    page: FlaskClient,
    proxy: FaultProxy,
    stripe: SandboxProvider,
    order: Order,
    tmp_path: Path,
) -> None:
    begin(page, order)
    before = proxy.upstream
    with run_localstripe(tmp_path) as restarted:
        proxy.upstream = restarted
        answer = page.post(f"/orders/{order.number}/payment/checks", follow_redirects=True)
        assert "查不到这笔付款" in answer.text
        run_reconciler(app, soon())
        run_reconciler(app, soon() + timedelta(minutes=2))
    proxy.upstream = before
    assert state_of(app, order) == (AttemptState.FAILED, "unknown_intent")
    with app.app_context():
        assert attempt_of(order).check_due_at is None
    begin(page, order)
    pay(app, stripe, order)
    run_reconciler(app, soon())
    assert is_paid(app, order)


# ── Orders that ended before the money came ─────────────────────────────────────────────────────


def test_nobody_can_pay_for_a_closed_order(
    app: Flask, act: Act, page: FlaskClient, stripe: SandboxProvider, order: Order
) -> None:
    begin(page, order)
    act(close_order, order.id, by=None, at=clock.now())
    run_reconciler(app, clock.now())
    (intent,) = intents_of(app, stripe, order)
    assert intent.status == "canceled"
    assert state_of(app, order) == (AttemptState.FAILED, "canceled")
    with app.app_context():
        assert attempt_of(order).check_due_at is None


def test_money_that_is_faster_than_the_cancel_is_late_money(
    app: Flask,
    act: Act,
    page: FlaskClient,
    proxy: FaultProxy,
    stripe: SandboxProvider,
    order: Order,
    buyer: Account,
) -> None:
    begin(page, order)
    act(close_order, order.id, by=buyer.id, at=clock.now())
    with app.app_context():
        intent_id = str(attempt_of(order).intent_id)
    cancel = f"{CREATE}/{intent_id}/cancel"
    proxy.before(cancel, lambda: stripe.choose(intent_id, Outcome.SUCCEED))
    run_reconciler(app, clock.now())
    assert state_of(app, order) == (AttemptState.SUCCEEDED, "")
    with app.app_context():
        # The buyer called it off, so it is not opened again.
        assert db.session.scalars(select(Refund)).one().amount_fen == order.total_fen


# ── Giving money back ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
def refunded(
    app: Flask, page: FlaskClient, stripe: SandboxProvider, order: Order
) -> Callable[[], Refund]:
    """An order that was paid and called off; what it gives is its refund as it is now."""
    begin(page, order)
    pay(app, stripe, order)
    run_reconciler(app, soon())
    page.post(f"/orders/{order.number}/cancellation")

    def look() -> Refund:
        return db.session.scalars(select(Refund)).one()

    return look


def deliver(app: Flask, *, minutes: int = 0) -> None:
    with app.app_context():
        outbox.deliver_due(clock.now() + timedelta(minutes=minutes, seconds=1))


def sent_back(stripe: SandboxProvider, refund: Refund) -> list[int]:
    """The amounts that the provider says went back."""
    intent = {"payment_intent": str(refund.attempt.intent_id)}
    return [each.amount for each in stripe.client.v1.refunds.list(intent).data]


@pytest.mark.parametrize("fault", SILENCES)
def test_a_refund_whose_answer_is_lost_moves_once(
    app: Flask,
    proxy: FaultProxy,
    stripe: SandboxProvider,
    order: Order,
    refunded: Callable[[], Refund],
    fault: Fault,
) -> None:
    proxy.plan(REFUND, fault)
    deliver(app)
    with app.app_context():
        assert (refunded().moved_at, refunded().failure) == (None, "provider_unavailable")
    deliver(app, minutes=5)
    with app.app_context():
        assert refunded().moved_at is not None
        assert refunded().failure == ""
        assert sent_back(stripe, refunded()) == [order.total_fen]


def test_a_refund_that_the_provider_broke_over_moves_by_another_key_once_nothing_came_of_it(
    app: Flask,
    proxy: FaultProxy,
    stripe: SandboxProvider,
    order: Order,
    refunded: Callable[[], Refund],
) -> None:
    proxy.plan(REFUND, Fault.BROKEN)
    with app.app_context():
        key = refunded().idempotency_key
    for minutes in (0, 5, 9):
        deliver(app, minutes=minutes)
        with app.app_context():
            refund = refunded()
            assert (refund.idempotency_key, refund.failure) == (key, "provider_broke")
    deliver(app, minutes=30)
    with app.app_context():
        assert refunded().moved_at is not None
        assert refunded().failure == ""
        assert refunded().idempotency_key != key
        assert sent_back(stripe, refunded()) == [order.total_fen]


def test_a_refund_that_broke_after_the_money_had_left_is_found_and_not_sent_twice(
    app: Flask,
    proxy: FaultProxy,
    stripe: SandboxProvider,
    order: Order,
    refunded: Callable[[], Refund],
) -> None:
    proxy.plan(REFUND, Fault.BROKEN)
    deliver(app)
    with app.app_context():
        refund = refunded()
        # Straight to the provider: what it had begun when it broke.
        proxy.forget_answers()
        stripe.refund(str(refund.attempt.intent_id), refund.amount_fen, refund.idempotency_key)
    deliver(app, minutes=30)
    with app.app_context():
        assert refunded().moved_at is not None
        assert sent_back(stripe, refunded()) == [order.total_fen]


def test_money_that_left_twice_because_the_provider_broke_is_shown_to_finance(
    app: Flask,
    client: FlaskClient,
    settings: Settings,
    proxy: FaultProxy,
    stripe: SandboxProvider,
    refunded: Callable[[], Refund],
) -> None:
    proxy.plan(REFUND, Fault.BROKEN)
    deliver(app)
    with app.app_context():
        of_what_broke = refund_event(refunded(), "updated", "succeeded")
    deliver(app, minutes=30)
    for _ in range(2):
        assert send(client, settings, of_what_broke).status_code == 200
    with app.app_context():
        kept = db.session.scalars(select(Suspense)).one()
        assert (kept.kind, kept.amount) == (SuspenseKind.UNKNOWN_REFUND, refunded().amount_fen)


def test_a_refund_whose_key_the_provider_forgot_is_found_and_not_sent_twice(
    app: Flask,
    proxy: FaultProxy,
    stripe: SandboxProvider,
    order: Order,
    refunded: Callable[[], Refund],
    localstripe: str,
    settings: Settings,
) -> None:
    proxy.plan(REFUND, Fault.ANSWER_LOST)
    deliver(app)
    # Straight to localstripe, which remembers no key at all.
    app.extensions["payment_provider"] = SandboxProvider(
        "sk_test_x", "", settings.stripe_webhook_secret, localstripe
    )
    deliver(app, minutes=5)
    with app.app_context():
        assert refunded().moved_at is not None
        assert sent_back(stripe, refunded()) == [order.total_fen]


def test_a_refused_refund_is_given_up_with_its_reason_and_can_be_sent_again(
    app: Flask,
    act: Act,
    proxy: FaultProxy,
    stripe: SandboxProvider,
    order: Order,
    refunded: Callable[[], Refund],
) -> None:
    proxy.plan(REFUND, Fault.REFUSED, times=outbox.MAX_ATTEMPTS)
    for _ in range(outbox.MAX_ATTEMPTS):
        with app.app_context():
            outbox.deliver_due(clock.now() + timedelta(days=1))
            act_now = select(OutboxMessage).where(OutboxMessage.kind == "refund")
            dead_at = db.session.scalars(act_now).one().dead_at
        act(make_due)
    assert dead_at is not None
    with app.app_context():
        refund = refunded()
        assert "not enough money" in refund.failure
        keys = set(db.session.scalars(select(RefundFailure.idempotency_key)))
        assert len(keys | {refund.idempotency_key}) == outbox.MAX_ATTEMPTS + 1
    desk = app.test_client()
    sign_in(desk, act(make_finance))
    assert "not enough money" in desk.get("/finance/refunds?show=failed").text
    with app.app_context():
        address = f"/finance/refunds/{refunded().id}/attempts"
    assert desk.post(address).status_code == 303
    deliver(app)
    with app.app_context():
        assert sent_back(stripe, refunded()) == [order.total_fen]
        assert refunded().moved_at is not None
    assert desk.post(address).status_code == 409


def make_due() -> None:
    query = select(OutboxMessage).where(OutboxMessage.kind == "refund")
    db.session.scalars(query).one().due_at = clock.now()


@pytest.mark.parametrize("at_once", [True, False])
def test_a_refund_that_fails_is_seen_by_finance_and_sent_again_with_another_key(
    app: Flask,
    act: Act,
    client: FlaskClient,
    settings: Settings,
    proxy: FaultProxy,
    stripe: SandboxProvider,
    order: Order,
    refunded: Callable[[], Refund],
    at_once: bool,
) -> None:
    with app.app_context():
        key = refunded().idempotency_key
    if at_once:
        proxy.change(REFUND, status="failed", failure_reason="lost_or_stolen_card")
        deliver(app)
    else:
        deliver(app)
        with app.app_context():
            assert refund_states([order.id]) == {order.id: RefundState.MOVED}
            event = refund_event(refunded(), "failed", "failed")
        assert send(client, settings, event).text == "refund_failed"
    with app.app_context():
        refund = refunded()
        assert refund_states([order.id]) == {order.id: RefundState.FAILED}
        assert refund.failure == "lost_or_stolen_card"
        assert refund.idempotency_key != key
        address = f"/finance/refunds/{refund.id}/attempts"
    desk = app.test_client()
    sign_in(desk, act(make_finance))
    assert desk.post(address).status_code == 303
    deliver(app)
    with app.app_context():
        assert refund_states([order.id]) == {order.id: RefundState.MOVED}
        assert sent_back(stripe, refunded()) == [order.total_fen] * 2
        failure = db.session.scalars(select(RefundFailure)).one()
        assert failure.idempotency_key == key
        told = Counter(db.session.scalars(select(Notice.letter)))
        assert told["orders/refund_failed"] == 1
        assert told["orders/refund_moved"] == (1 if at_once else 2), "each move is told once"


def test_a_refund_that_takes_days_is_asked_about_until_it_has_moved(
    app: Flask,
    proxy: FaultProxy,
    stripe: SandboxProvider,
    order: Order,
    refunded: Callable[[], Refund],
) -> None:
    proxy.change(REFUND, status="pending")
    deliver(app)
    with app.app_context():
        assert (refunded().moved_at, refunded().failure) == (None, "")
        assert refunded().provider_id is not None
        proxy.plan("GET /v1/refunds", Fault.BROKEN)
        for hours in (1, 2):
            assert refunded().moved_at is None
            ask_about_accepted(clock.now() + timedelta(hours=hours))
        assert refunded().moved_at is not None
        assert sent_back(stripe, refunded()) == [order.total_fen]


def accepted_refund(buyer: Account) -> Refund:
    """One that the provider has accepted and not moved yet."""
    order = paid(place(buyer, {make_variant(): 1}, at=clock.now()))
    refund = cancel_order(order.id, reason="买家取消", by=buyer.id, at=clock.now())
    refund.provider_id = f"re_{refund.id}"
    return refund


@pytest.mark.parametrize("error", [ProviderRefused, ProviderUnavailable, RuntimeError])
def test_a_refund_that_can_not_be_looked_at_keeps_no_other_waiting(
    app: Flask,
    act: Act,
    buyer: Account,
    stripe: SandboxProvider,
    monkeypatch: pytest.MonkeyPatch,
    error: type[Exception],
) -> None:
    hidden, seen = act(accepted_refund, buyer), act(accepted_refund, buyer)

    def look(provider_id: str) -> RefundReport:
        if provider_id == hidden.provider_id:
            raise error
        key, done = seen.idempotency_key, RefundOutcome.SUCCEEDED
        return RefundReport(provider_id, "", key, seen.amount_fen, "cny", done, "")

    monkeypatch.setattr(stripe, "get_refund", look)
    with app.app_context():
        for hours in (1, 2):
            ask_about_accepted(clock.now() + timedelta(hours=hours))
        assert db.session.get_one(Refund, seen.id).moved_at is not None
        assert db.session.get_one(Refund, hidden.id).moved_at is None


@pytest.mark.both_engines
def test_a_refund_that_was_never_asked_about_is_asked_about_first(act: Act, buyer: Account) -> None:
    asked, never_asked = act(accepted_refund, buyer), act(accepted_refund, buyer)
    act(moves.record_look, asked.id, at=clock.now() - timedelta(days=9))
    found = act(list_accepted, clock.now(), timedelta(hours=1), 1)
    assert found == [(never_asked.id, never_asked.provider_id)]


def test_news_of_a_refund_come_before_the_answer(
    app: Flask,
    client: FlaskClient,
    settings: Settings,
    proxy: FaultProxy,
    stripe: SandboxProvider,
    order: Order,
    refunded: Callable[[], Refund],
) -> None:
    proxy.plan(REFUND, Fault.ANSWER_LOST)
    deliver(app)
    with app.app_context():
        event = refund_event(refunded(), "updated", "succeeded")
    assert send(client, settings, event).text == "refund_succeeded"
    deliver(app, minutes=5)
    with app.app_context():
        assert refunded().moved_at is not None
        assert sent_back(stripe, refunded()) == [order.total_fen]


# ── Giving money back by the bank ───────────────────────────────────────────────────────────────


@pytest.fixture
def maker(app: Flask, act: Act) -> FlaskClient:
    """The browser of a person of finance."""
    client = app.test_client()
    sign_in(client, act(make_finance))
    return client


@pytest.fixture
def checker(app: Flask, act: Act) -> FlaskClient:
    """The browser of another one."""
    client = app.test_client()
    sign_in(client, act(make_finance))
    return client


def fail_for_good(app: Flask, act: Act, proxy: FaultProxy) -> None:
    """The provider says no until the shop no longer asks by itself."""
    proxy.plan(REFUND, Fault.REFUSED, times=outbox.MAX_ATTEMPTS)
    for _ in range(outbox.MAX_ATTEMPTS):
        act(make_due)
        deliver(app)


def rerouting_of(refund: Refund) -> str:
    return f"/finance/refunds/{refund.id}/rerouting"


def pay_out(maker: FlaskClient, checker: FlaskClient, reference: str) -> None:
    form = see(maker, "/finance/payouts").form("/payout")
    assert submit(maker, form, reference=reference).status_code == 303
    submit(checker, see(checker, "/finance/payouts").form("/confirmation"))


@pytest.mark.both_engines
def test_a_refund_that_failed_for_good_is_paid_out_by_two_people_and_never_by_the_provider(
    app: Flask,
    act: Act,
    page: FlaskClient,
    maker: FlaskClient,
    checker: FlaskClient,
    proxy: FaultProxy,
    stripe: SandboxProvider,
    order: Order,
    refunded: Callable[[], Refund],
) -> None:
    fail_for_good(app, act, proxy)
    refund = act(refunded)
    assert order.number not in see(maker, "/finance/payouts").text
    form = see(maker, f"/finance/orders/{order.number}").form("/rerouting")
    assert submit(maker, form).status_code == 303
    assert "改用银行转账" in see(page, f"/orders/{order.number}").text
    assert maker.post(f"/finance/refunds/{refund.id}/attempts").status_code == 409
    deliver(app, minutes=60)
    (payout,) = [each for each in see(maker, "/finance/payouts").forms if "/payout" in each.action]
    assert submit(maker, payout, reference="PAY-1").status_code == 303
    with app.app_context():
        assert refunded().moved_at is None, "one person alone moves nothing"
    again = maker.post(payout.action, data={"reference": "PAY-2"}, follow_redirects=True)
    assert "这笔款不需要付出" in again.text, "nor is it paid twice"
    submit(checker, see(checker, "/finance/payouts").form("/confirmation"))
    with app.app_context():
        moved = refunded()
        assert (moved.moved_at is not None, moved.provider_id) == (True, "PAY-1")
        assert refund_states([order.id]) == {order.id: RefundState.MOVED}
        assert sent_back(stripe, moved) == []
        assert outbox.count_dead() == 0, "nobody has to look after its message"
        told = Counter(db.session.scalars(select(Notice.letter)))
        assert (told["orders/refund_rerouted"], told["orders/refund_moved"]) == (1, 1)
        entry = db.session.scalars(select(AuditEntry).filter_by(act="reroute_refund")).one()
        assert entry.subject_id == str(refund.id)
    assert "款项已用银行转账退给您" in see(page, f"/orders/{order.number}").text


def silent(app: Flask, maker: FlaskClient, proxy: FaultProxy, refund: Refund) -> None:
    proxy.plan(REFUND, Fault.ANSWER_LOST)
    deliver(app)


def accepted(app: Flask, maker: FlaskClient, proxy: FaultProxy, refund: Refund) -> None:
    proxy.change(REFUND, status="pending")
    deliver(app)


def tried_again_by_itself(
    app: Flask, maker: FlaskClient, proxy: FaultProxy, refund: Refund
) -> None:
    proxy.plan(REFUND, Fault.REFUSED)
    deliver(app)


def sent_again(app: Flask, maker: FlaskClient, proxy: FaultProxy, refund: Refund) -> None:
    proxy.change(REFUND, status="failed", failure_reason="expired_or_canceled_card")
    deliver(app)
    maker.post(f"/finance/refunds/{refund.id}/attempts")


def moved(app: Flask, maker: FlaskClient, proxy: FaultProxy, refund: Refund) -> None:
    deliver(app)


def given_back_elsewhere(app: Flask, maker: FlaskClient, proxy: FaultProxy, refund: Refund) -> None:
    """As the provider's own desk may have done."""
    proxy.change(REFUND, status="failed", failure_reason="charge_already_refunded")
    deliver(app)


@pytest.mark.parametrize(
    "happened",
    [silent, accepted, tried_again_by_itself, sent_again, moved, given_back_elsewhere],
)
def test_a_refund_that_the_provider_may_move_or_has_moved_is_not_paid_out_by_bank(
    app: Flask,
    act: Act,
    maker: FlaskClient,
    proxy: FaultProxy,
    stripe: SandboxProvider,
    order: Order,
    refunded: Callable[[], Refund],
    happened: Callable[..., None],
) -> None:
    refund = act(refunded)
    happened(app, maker, proxy, refund)
    assert "/rerouting" not in maker.get(f"/finance/orders/{order.number}").text
    answer = maker.post(rerouting_of(refund), follow_redirects=True)
    assert "现在不能改走银行转账" in answer.text
    with app.app_context():
        assert refunded().rerouted_at is None
        assert db.session.scalars(select(AuditEntry).filter_by(act="reroute_refund")).all() == []
    assert order.number not in see(maker, "/finance/payouts").text


@pytest.mark.both_engines
def test_of_people_who_send_a_refund_by_both_ways_at_once_one_has_their_way(
    app: Flask,
    act: Act,
    maker: FlaskClient,
    checker: FlaskClient,
    proxy: FaultProxy,
    stripe: SandboxProvider,
    order: Order,
    refunded: Callable[[], Refund],
) -> None:
    fail_for_good(app, act, proxy)
    refund = act(refunded)
    third = app.test_client()
    sign_in(third, act(make_finance))
    run_together(
        lambda: maker.post(rerouting_of(refund)),
        lambda: checker.post(rerouting_of(refund)),
        lambda: third.post(f"/finance/refunds/{refund.id}/attempts"),
    )
    deliver(app)
    with app.app_context():
        entries = db.session.scalars(select(AuditEntry.act).where(AuditEntry.subject == "refund"))
        acts = Counter(entries)
        by_bank = refunded().rerouted_at is not None
        assert (acts["reroute_refund"], acts["send_refund_again"]) == (by_bank, not by_bank)
        assert sent_back(stripe, refunded()) == ([] if by_bank else [order.total_fen])
    assert (order.number in see(maker, "/finance/payouts").text) is by_bank


@pytest.mark.both_engines
@pytest.mark.parametrize("is_paid_out", [False, True])
def test_a_late_success_of_a_refund_that_went_by_bank_is_shown_to_finance_and_not_counted(
    app: Flask,
    client: FlaskClient,
    act: Act,
    settings: Settings,
    maker: FlaskClient,
    checker: FlaskClient,
    proxy: FaultProxy,
    stripe: SandboxProvider,
    order: Order,
    refunded: Callable[[], Refund],
    is_paid_out: bool,
) -> None:
    deliver(app)
    with app.app_context():
        failed = refund_event(refunded(), "failed", "failed")
        late = [refund_event(refunded(), "updated", "succeeded") for _ in range(2)]
    send(client, settings, failed)
    maker.post(rerouting_of(act(refunded)))
    if is_paid_out:
        pay_out(maker, checker, "PAY-1")
    for event in [*late, refund_event_again(failed)]:
        assert send(client, settings, event).status_code == 200
    with app.app_context():
        refund = refunded()
        assert (refund.moved_at is not None) is is_paid_out
        assert refund.provider_id == ("PAY-1" if is_paid_out else None)
        kept = db.session.scalars(select(Suspense)).one()
        assert (kept.kind, kept.amount) == (SuspenseKind.UNKNOWN_REFUND, refund.amount_fen)
    assert order.number in see(maker, "/finance/suspense").text


def refund_event_again(event: dict[str, Any]) -> dict[str, Any]:
    """The same news under another number."""
    return event | {"id": event["id"] + "again"}


def test_an_attempt_of_another_day_is_asked_about_more_rarely(
    app: Flask, page: FlaskClient, stripe: SandboxProvider, order: Order
) -> None:
    begin(page, order)
    at = clock.now() + timedelta(days=1)
    run_reconciler(app, at)
    with app.app_context():
        due = db.session.scalars(select(PaymentAttempt.check_due_at)).one()
        assert due is not None
        assert timedelta(hours=5) < due - at <= timedelta(hours=6, minutes=1)
