"""Events come late, twice and in any order: a history ends the same, however it was told."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from catalog.products.models import Variant
from orders.payments.handlers import provider
from orders.payments.models import AttemptState, Payment, PaymentAttempt, Suspense
from orders.payments.services import apply_event, store_event
from orders.records.models import Order
from orders.refunds.models import Refund, RefundFailure
from orders.refunds.services.cancellations import cancel_order
from shop import clock
from shop.accounts.people.models import Account
from shop.db import db, transaction
from shop.invariants import list_broken
from tests.factories.catalog import make_variant
from tests.factories.orders import paid, place
from tests.factories.payments import attempt_of, charge_event, intent_event, refund_event
from tests.factories.people import make_resident

pytestmark = pytest.mark.both_engines

Act = Callable[..., Any]
Event = dict[str, Any]
# Each example is an order of its own in the same database.
MANY = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
DECLINED = {"last_payment_error": {"code": "card_declined"}}


@pytest.fixture
def buyer(act: Act) -> Account:
    return act(make_resident)


@pytest.fixture
def variant(act: Act) -> Variant:
    return act(make_variant, stock=100_000)


def tell(events: list[Event]) -> list[str]:
    """Store and apply events as the webhook does; what came of each."""
    outcomes = []
    for event in events:
        read = provider().read_event(json.dumps(event))
        with transaction():
            event_id = store_event(read, at=clock.now())
        with transaction():
            outcomes.append(apply_event(event_id, provider(), at=clock.now()))
    return outcomes


def told(data: st.DataObject, history: list[Event]) -> list[Event]:
    """A history as it may arrive: each event at least once, in any order."""
    again = data.draw(st.lists(st.sampled_from(history), max_size=4))
    return data.draw(st.permutations(history + again))


def intent_history(attempt: PaymentAttempt, kinds: list[str]) -> list[Event]:
    due = attempt.payment.due_fen
    made = {
        "processing": ("processing", {}),
        "requires_action": ("requires_action", {}),
        "payment_failed": ("requires_payment_method", DECLINED),
        "canceled": ("canceled", {}),
        "succeeded": ("succeeded", {"amount_received": due}),
        "wrong": ("succeeded", {"amount_received": due - 1}),
        "foreign": ("succeeded", {"amount_received": due, "currency": "hkd"}),
    }
    return [
        intent_event(attempt, "succeeded" if kind in ("wrong", "foreign") else kind, status, **more)
        for kind in kinds
        for status, more in [made[kind]]
    ]


BEFORE = ["processing", "requires_action", "payment_failed"]
HISTORIES = {
    "paid": ([*BEFORE, "succeeded"], AttemptState.SUCCEEDED, True),
    "declined": (BEFORE, AttemptState.FAILED, False),
    "canceled": ([*BEFORE, "canceled"], AttemptState.FAILED, False),
    "given up": (["requires_action", "canceled"], AttemptState.FAILED, False),
    "still on its way": (["processing", "requires_action"], AttemptState.OPEN, False),
    "wrong amount": ([*BEFORE, "wrong"], AttemptState.QUARANTINED, False),
    "wrong currency": ([*BEFORE, "foreign"], AttemptState.QUARANTINED, False),
}


@pytest.mark.parametrize("name", HISTORIES)
@MANY
@given(data=st.data())
def test_an_attempt_ends_the_same_however_its_events_arrive(
    app: Flask, buyer: Account, variant: Variant, name: str, data: st.DataObject
) -> None:
    kinds, state, pays = HISTORIES[name]
    with app.app_context():
        with transaction():
            order_id = place(buyer, {variant: 1}, at=clock.now()).id
        order = db.session.get_one(Order, order_id)
        tell(told(data, intent_history(attempt_of(order), kinds)))
        attempt = attempt_of(db.session.get_one(Order, order_id))
        payment = attempt.payment
        due = payment.due_fen if pays else 0
        assert (attempt.state, attempt.received_fen, payment.captured_fen) == (state, due, due)
        assert (payment.order.paid_at is not None) is pays
        kept = select(Suspense).where(Suspense.attempt_id == attempt.id)
        is_kept = state is AttemptState.QUARANTINED
        assert len(db.session.scalars(kept).all()) == is_kept
        # Once a payment has ended for good nobody asks about it any more.
        ended = pays or is_kept or "canceled" in kinds
        assert (attempt.check_due_at is None) is ended


def refund_history(refund: Refund, kinds: list[str]) -> list[Event]:
    """``charge`` is the older form of the news that money moved."""
    made = []
    for kind in kinds:
        status = {"created": "pending", "failed": "failed"}.get(kind, "succeeded")
        event = refund_event(refund, kind, status)
        made.append(charge_event(event) if kind == "charge" else event)
    return made


@pytest.mark.parametrize(
    ("kinds", "moves"),
    [
        (["created", "updated", "charge"], True),
        (["created", "updated", "failed"], False),
        (["created", "charge", "updated", "failed"], False),
    ],
)
@MANY
@given(data=st.data())
def test_a_refund_ends_the_same_however_its_events_arrive(
    app: Flask,
    buyer: Account,
    variant: Variant,
    kinds: list[str],
    moves: bool,
    data: st.DataObject,
) -> None:
    with app.app_context():
        with transaction():
            order = paid(place(buyer, {variant: 1}, at=clock.now()))
            refund_id = cancel_order(order.id, reason="买家取消", by=buyer.id, at=clock.now()).id
        refund = db.session.get_one(Refund, refund_id)
        key = refund.idempotency_key
        history = refund_history(refund, kinds)
        tell(told(data, history))
        refund = db.session.get_one(Refund, refund_id)
        assert (refund.moved_at is not None) is moves
        assert (refund.idempotency_key == key) is moves
        failures = select(RefundFailure.idempotency_key).where(RefundFailure.refund_id == refund_id)
        assert db.session.scalars(failures).all() == ([] if moves else [key])
        assert db.session.scalars(select(Suspense)).all() == []


def test_many_histories_at_once_leave_the_books_whole(
    app: Flask, buyer: Account, variant: Variant
) -> None:
    lots = random.Random(7)
    with app.app_context():
        events: list[Event] = []
        for kinds, _, _ in HISTORIES.values():
            with transaction():
                order_id = place(buyer, {variant: 1}, at=clock.now()).id
            attempt = attempt_of(db.session.get_one(Order, order_id))
            events += intent_history(attempt, kinds) * 2
        lots.shuffle(events)
        tell(events)
        assert list_broken() == []
        captured = db.session.scalars(select(Payment.captured_fen)).all()
        assert sum(1 for each in captured if each) == 1
