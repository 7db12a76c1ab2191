"""Money that comes when nobody waits for it any more: honoured where it can be, else given back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from catalog.products.models import Product, Variant
from catalog.stock.queries import list_mismatches
from catalog.stock.services import receive, write_off
from orders.checkout.errors import NotWaiting
from orders.checkout.handlers import expire_unpaid
from orders.checkout.services import close_order
from orders.payments.gateways.port import CURRENCY, Intent, IntentState
from orders.payments.models import Payment, PaymentAttempt
from orders.payments.services import apply_intent
from orders.pickups.services import close_point, reopen_point
from orders.records.events import OrderPaid
from orders.records.models import Order, SubOrder
from orders.refunds.models import Refund
from orders.refunds.services.cancellations import cancel_order
from shop import clock, events, invariants
from shop.accounts.notices.models import Notice
from shop.db import db
from shop.organisations.models import Organisation
from suppliers.fulfilment.queries import list_picks
from tests.factories.catalog import make_variant
from tests.factories.orders import NOW, dispatched, paid, place
from tests.factories.people import make_resident
from tests.factories.pickups import make_point
from tests.factories.transfers import transferred
from tests.parts.together import run_together

pytestmark = pytest.mark.both_engines

LATE = NOW + timedelta(hours=30)


@pytest.fixture
def buyer(act):
    return act(make_resident)


@pytest.fixture
def variant(act):
    return act(make_variant, stock=10)


@pytest.fixture
def order(act, buyer, variant):
    return act(place, buyer, {variant: 4}, at=NOW)


@pytest.fixture(autouse=True)
def no_rule_is_broken(act):
    yield
    assert act(invariants.list_broken) == []


def fresh(act, model, id_):
    return act(lambda: db.session.get_one(model, id_))


def expire(app, at=NOW + timedelta(hours=1)):
    with app.app_context():
        return expire_unpaid(at)


def pay(act, order, at=LATE):
    return act(lambda: paid(db.session.get_one(Order, order.id), at=at))


def refunds(act):
    return act(lambda: db.session.scalars(select(Refund).order_by(Refund.id)).all())


# ── Honoured ────────────────────────────────────────────────────────────────────────────────────


def test_money_for_an_expired_order_opens_it_again_while_there_is_stock(app, act, order, variant):
    assert expire(app) == 1
    assert fresh(act, Variant, variant.id).held == 0
    again = pay(act, order)
    assert (again.paid_at, again.closed_at) == (LATE, None)
    assert fresh(act, Variant, variant.id).held == 4
    assert refunds(act) == []


def test_the_days_of_delivery_are_counted_anew_from_the_late_money(app, act, order):
    part = act(lambda: db.session.scalars(select(SubOrder)).one())
    days = part.promised_on - clock.day_of(NOW)
    expire(app)
    pay(act, order, at=NOW + timedelta(days=3))
    now = fresh(act, SubOrder, part.id)
    assert now.promised_on - clock.day_of(NOW + timedelta(days=3)) == days


@pytest.mark.parametrize(
    ("placed", "late", "days", "why"),
    [
        (0, 11, 2, "paid at 21:00, after the cut-off at 20:00"),
        (11, 17, 1, "placed at 21:00, paid at 3:00 before the next cut-off"),
    ],
)
def test_late_money_is_counted_from_the_cut_off_of_a_pick_up_point(
    app, act, buyer, variant, placed, late, days, why
):
    """NOW is 10:00 in Zhuhai; what is ordered before the cut-off is there on the next day."""
    point = act(make_point)
    at, late_at = NOW + timedelta(hours=placed), NOW + timedelta(hours=late)
    order = act(place, buyer, {variant: 1}, point=point, at=at)
    assert expire(app, at + timedelta(hours=1)) == 1
    assert pay(act, order, at=late_at).paid_at == late_at
    part = act(lambda: db.session.scalars(select(SubOrder)).one())
    assert part.promised_on == clock.day_of(late_at) + timedelta(days=days), why


def test_an_order_that_was_opened_again_goes_its_way_like_any_other(app, act, order, variant):
    expire(app)
    cooperative_id = act(lambda: db.session.scalars(select(SubOrder.cooperative_id)).one())
    assert act(list_picks, cooperative_id) == []
    pay(act, order)
    assert [pick.quantity for pick in act(list_picks, cooperative_id)] == [4]
    act(lambda: dispatched(db.session.get_one(Order, order.id), at=LATE))
    now = fresh(act, Variant, variant.id)
    assert (now.on_hand, now.held) == (6, 0)


def test_buyer_and_cooperative_are_told_that_the_order_is_paid(app, act, order, monkeypatch):
    told = []
    monkeypatch.setitem(events._handlers, OrderPaid, [*events._handlers[OrderPaid], told.append])
    expire(app)
    pay(act, order)
    assert told == [OrderPaid(order.id, LATE)]


def test_a_transfer_that_comes_days_late_is_honoured_too(app, act, order):
    expire(app)
    payment_id = act(lambda: db.session.scalars(select(Payment.id)).one())
    act(transferred, payment_id, order.total_fen, at=LATE)
    assert fresh(act, Order, order.id).paid_at == LATE


# ── Given back ──────────────────────────────────────────────────────────────────────────────────


def test_money_goes_back_when_the_stock_is_gone(app, act, order, variant):
    expire(app)
    act(write_off, variant.id, 7, by=None, at=NOW, reason="spoiled")
    late = pay(act, order)
    assert (late.paid_at, late.closed_at is None) == (None, False)
    (refund,) = refunds(act)
    assert refund.amount_fen == order.total_fen
    assert fresh(act, Variant, variant.id).held == 0


def test_whoever_paid_for_nothing_is_told_at_once(act, buyer, order):
    act(close_order, order.id, by=buyer.id, at=NOW)
    pay(act, order, at=NOW + timedelta(seconds=1))
    told = act(lambda: db.session.scalars(select(Notice).order_by(Notice.id.desc())).first())
    assert (told.account_id, told.letter) == (buyer.id, "orders/money_unneeded")


def test_nothing_is_held_when_only_one_of_two_variants_is_left(app, act, buyer, variant):
    gone = act(make_variant, name="化橘红", stock=2)
    order = act(place, buyer, {variant: 1, gone: 2}, at=NOW)
    expire(app)
    act(write_off, gone.id, 1, by=None, at=NOW, reason="spoiled")
    assert pay(act, order).paid_at is None
    assert fresh(act, Variant, variant.id).held == 0
    assert len(refunds(act)) == 1


def test_money_for_an_order_that_the_buyer_called_off_goes_back(act, buyer, order, variant):
    act(close_order, order.id, by=buyer.id, at=NOW)
    assert pay(act, order, at=NOW + timedelta(seconds=1)).paid_at is None
    assert [refund.amount_fen for refund in refunds(act)] == [order.total_fen]
    assert fresh(act, Variant, variant.id).held == 0


@pytest.mark.parametrize(
    ("model", "column"),
    [
        (Organisation, "suspended_at"),
        (Organisation, "licence_lapsed_at"),
        (Product, "delisted_at"),
        (Variant, "withdrawn_at"),
    ],
)
def test_money_goes_back_when_the_goods_may_no_longer_be_sold(
    app, act, order, variant, model, column
):
    expire(app)

    def note(moment):
        product = db.session.get_one(Product, variant.product_id)
        ids = {Organisation: product.cooperative_id, Product: product.id, Variant: variant.id}
        setattr(db.session.get_one(model, ids[model]), column, moment)

    act(note, NOW)
    assert pay(act, order).paid_at is None
    assert len(refunds(act)) == 1
    assert fresh(act, Variant, variant.id).held == 0
    # No licence was written down that could have run out.
    act(note, None)


def test_money_goes_back_when_the_pick_up_point_has_closed_since(app, act, buyer, variant):
    point = act(make_point)
    order = act(place, buyer, {variant: 1}, point=point, at=NOW)
    expire(app)
    act(close_point, point.id, by=buyer.id, at=NOW + timedelta(hours=2))
    late = pay(act, order)
    assert (late.paid_at, late.closed_at is None) == (None, False)
    assert [refund.amount_fen for refund in refunds(act)] == [order.total_fen]
    assert fresh(act, Variant, variant.id).held == 0
    told = act(lambda: db.session.scalars(select(Notice).order_by(Notice.id.desc())).first())
    assert (told.account_id, told.letter) == (buyer.id, "orders/money_unneeded")


def test_a_pick_up_point_that_is_open_again_takes_the_order_of_late_money(app, act, buyer, variant):
    point = act(make_point)
    order = act(place, buyer, {variant: 1}, point=point, at=NOW)
    expire(app)
    act(close_point, point.id, by=buyer.id, at=NOW + timedelta(hours=2))
    act(reopen_point, point.id, by=buyer.id, at=NOW + timedelta(hours=3))
    assert pay(act, order).paid_at == LATE
    assert refunds(act) == []


def test_a_second_payment_of_a_paid_order_goes_back_whole(act, order, variant):
    pay(act, order)
    payment_id = act(lambda: db.session.scalars(select(Payment.id)).one())
    act(transferred, payment_id, order.total_fen, at=LATE)
    (refund,) = refunds(act)
    second = fresh(act, PaymentAttempt, refund.attempt_id)
    assert (refund.amount_fen, second.refunded_fen) == (order.total_fen, order.total_fen)
    assert fresh(act, Order, order.id).paid_at is not None
    assert fresh(act, Variant, variant.id).held == 4


def test_money_that_comes_again_after_it_went_back_can_still_open_the_order(
    app, act, order, variant
):
    expire(app)
    act(write_off, variant.id, 10, by=None, at=NOW, reason="spoiled")
    pay(act, order)
    act(receive, variant.id, 10, by=None, at=NOW)
    payment_id = act(lambda: db.session.scalars(select(Payment.id)).one())
    act(transferred, payment_id, order.total_fen, at=LATE)
    assert fresh(act, Order, order.id).paid_at == LATE
    assert len(refunds(act)) == 1


# ── At the same moment ──────────────────────────────────────────────────────────────────────────


def intent_for(act, order):
    """What the provider says of the order's latest attempt."""
    attempt = act(
        lambda: db.session.scalars(
            select(PaymentAttempt).order_by(PaymentAttempt.id.desc())
        ).first()
    )
    return Intent(
        id=f"pi_{attempt.id}",
        state=IntentState.SUCCEEDED,
        amount_fen=order.total_fen,
        received_fen=order.total_fen,
        currency=CURRENCY,
        client_secret="",
        failure="",
        attempt_key=attempt.idempotency_key,
    )


@pytest.mark.parametrize("round_", range(3))
def test_expiry_racing_a_payment_never_leaves_an_order_paid_and_closed(
    app, act, order, variant, round_
):
    intent = intent_for(act, order)
    run_together(
        lambda: expire(app, LATE),
        lambda: act(apply_intent, intent, at=LATE),
        lambda: expire(app, LATE),
    )
    now = fresh(act, Order, order.id)
    assert (now.paid_at, now.closed_at) == (LATE, None), "stock was there: the money is honoured"
    assert fresh(act, Variant, variant.id).held == 4
    assert refunds(act) == []


def test_a_hold_that_expired_is_released_once_whoever_closes_the_order(
    app, act, buyer, order, variant
):
    answers = run_together(
        lambda: expire(app, LATE),
        lambda: expire(app, LATE),
        lambda: act(close_order, order.id, by=buyer.id, at=LATE),
    )
    refused = isinstance(answers[2], NotWaiting)
    assert sum(answers[:2]) == (1 if refused else 0), answers
    assert fresh(act, Variant, variant.id).held == 0
    assert act(list_mismatches) == []


def test_a_payment_for_an_order_that_is_called_off_at_that_moment_is_kept_or_given_back_whole(
    act, buyer, order, variant
):
    intent = intent_for(act, order)
    answers = run_together(
        lambda: act(close_order, order.id, by=buyer.id, at=LATE),
        lambda: act(apply_intent, intent, at=LATE),
    )
    now = fresh(act, Order, order.id)
    was_paid_first = isinstance(answers[0], NotWaiting)
    assert (now.paid_at is not None) == was_paid_first
    assert len(refunds(act)) == (0 if was_paid_first else 1)
    assert fresh(act, Variant, variant.id).held == (4 if was_paid_first else 0)


def test_the_last_units_go_to_a_late_payer_or_to_a_new_order_but_not_to_both(
    app, act, order, variant
):
    act(write_off, variant.id, 6, by=None, at=NOW, reason="spoiled")
    expire(app)
    other = act(make_resident)
    intent = intent_for(act, order)
    run_together(
        lambda: act(apply_intent, intent, at=LATE),
        lambda: act(place, other, {variant: 1}, at=LATE),
    )
    held = fresh(act, Variant, variant.id).held
    is_paid = fresh(act, Order, order.id).paid_at is not None
    assert held == (4 if is_paid else 1)
    assert len(refunds(act)) == (0 if is_paid else 1)


def test_a_cancellation_and_a_second_payment_do_not_wait_for_each_other(act, buyer, order, variant):
    pay(act, order)
    payment_id = act(lambda: db.session.scalars(select(Payment.id)).one())
    answers = run_together(
        lambda: act(cancel_order, order.id, reason="buyer", by=buyer.id, at=LATE),
        lambda: act(transferred, payment_id, order.total_fen, at=LATE),
    )
    assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    payment = fresh(act, Payment, payment_id)
    assert payment.captured_fen == payment.refunded_fen == 2 * order.total_fen
    assert fresh(act, Variant, variant.id).held == 0
