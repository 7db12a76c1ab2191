"""What buyers see of their orders, and strangers don't."""

import pytest

from orders.records.models import Order
from orders.refunds.services import cancel_order
from shop import clock
from shop.db import db
from tests.factories.catalog import make_variant
from tests.factories.orders import accepted, dispatched, paid, place
from tests.factories.people import make_resident, sign_in


@pytest.fixture
def buyer(act):
    return act(make_resident)


@pytest.fixture
def variant(act):
    return act(make_variant, stock=50)


@pytest.fixture
def order(act, buyer, variant):
    return act(place, buyer, {variant: 2}, at=clock.now())


@pytest.fixture
def own(client, buyer):
    sign_in(client, buyer)
    return client


def test_an_unpaid_order_asks_to_be_paid(own, order):
    page = own.get(f"/orders/{order.number}").text
    assert "待付款" in page
    assert f'href="/orders/{order.number}/payment"' in page
    assert f'action="/orders/{order.number}/closure"' in page


def test_a_paid_order_can_be_cancelled_and_then_tells_of_the_refund(act, own, buyer, order):
    act(lambda: paid(db.session.get_one(Order, order.id)))
    page = own.get(f"/orders/{order.number}").text
    assert "待发货" in page
    assert f'action="/orders/{order.number}/cancellation"' in page
    act(cancel_order, order.id, reason="不要了", by=buyer.id, at=clock.now())
    page = own.get(f"/orders/{order.number}").text
    assert "退款中" in page
    assert "/cancellation" not in page


def test_a_sent_order_shows_its_parcels_and_asks_for_the_word(act, own, order):
    act(lambda: dispatched(paid(db.session.get_one(Order, order.id))))
    page = own.get(f"/orders/{order.number}").text
    assert "待收货" in page
    assert "顺丰速运" in page
    assert f'action="/orders/{order.number}/parts/{order.number}A/receipt"' in page
    assert "/cancellation" not in page


def test_an_accepted_order_is_done(act, own, order):
    act(lambda: accepted(dispatched(paid(db.session.get_one(Order, order.id)))))
    page = own.get(f"/orders/{order.number}").text
    assert "已完成" in page
    assert "/receipt" not in page


def test_the_list_holds_ones_own_and_is_paged(act, own, buyer, variant):
    orders = act(lambda: [place(buyer, {variant: 1}, at=clock.now()) for _ in range(12)])
    strangers = act(lambda: place(make_resident(), {variant: 1}))
    first, second = own.get("/orders").text, own.get("/orders?page=2").text
    assert [number in first + second for number in (o.number for o in orders)] == [True] * 12
    assert second.count("<article") == 2
    assert strangers.number not in first + second


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999999999", "😀", "%00"])
def test_a_page_that_is_none_is_no_error(own, page):
    assert own.get(f"/orders?page={page}").status_code == 200


def test_somebody_elses_order_is_not_found(act, app, order):
    stranger = app.test_client()
    sign_in(stranger, act(make_resident))
    assert stranger.get(f"/orders/{order.number}").status_code == 404
    assert stranger.get(f"/orders/{order.number}/payment").status_code == 404
    assert app.test_client().get(f"/orders/{order.number}").status_code == 302


@pytest.mark.parametrize("number", ["C20261123-AAAAAA", "%00", "x" * 400, "😀", "' OR 1=1 --"])
def test_a_number_that_is_none_is_not_found(own, number):
    assert own.get(f"/orders/{number}").status_code == 404
    assert own.post(f"/orders/{number}/closure").status_code == 404
