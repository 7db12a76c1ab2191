"""What buyers see of their orders, and strangers don't."""

import pytest

from catalog.products.models import Variant
from orders.cart.queries import Owner, list_lines
from orders.checkout.services import close_order
from orders.records.models import Order
from orders.refunds.services.cancellations import cancel_order
from shop import clock
from shop.db import db
from tests.factories.catalog import make_variant
from tests.factories.orders import accepted, dispatched, paid, place
from tests.factories.people import make_resident, sign_in
from tests.parts.pages import see


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


# ── Back into the basket ────────────────────────────────────────────────────────────────────────


def ended(act, buyer, wanted):
    order = act(place, buyer, wanted, at=clock.now())
    act(close_order, order.id, by=None, at=clock.now())
    return order


def basket_of(act, buyer):
    """Units by variant."""
    lines = act(lambda: list_lines(Owner(account_id=buyer.id), clock.day_of(clock.now())))
    return {line.variant.id: line.quantity for line in lines}


def put_back(client, order):
    answer = client.post(f"/orders/{order.number}/reorder")
    assert (answer.status_code, answer.location) == (303, "/basket")
    return see(client, "/basket").text


def test_an_order_that_ended_goes_back_into_the_basket_once(act, own, buyer, variant):
    order = ended(act, buyer, {variant: 2})
    assert "放回菜篮" in see(own, f"/orders/{order.number}").text
    assert "放回了 1 种" in put_back(own, order)
    assert basket_of(act, buyer) == {variant.id: 2}
    put_back(own, order)
    assert basket_of(act, buyer) == {variant.id: 2}, "a second click adds nothing"


def test_more_in_the_basket_than_was_ordered_stays(act, own, buyer, variant):
    order = ended(act, buyer, {variant: 2})
    own.post("/basket/lines", data={"variant_id": variant.id, "quantity": "5"})
    put_back(own, order)
    assert basket_of(act, buyer) == {variant.id: 5}


def test_what_is_no_longer_sold_or_not_so_much_of_it_is_named(act, own, buyer, variant):
    gone, few = (act(make_variant, stock=9) for _ in range(2))
    order = ended(act, buyer, {variant: 2, gone: 1, few: 4})

    def change():
        db.session.get_one(Variant, gone.id).withdrawn_at = clock.now()
        db.session.get_one(Variant, few.id).on_hand = 3

    act(change)
    page = put_back(own, order)
    assert "放回了 2 种" in page
    assert "这个规格不再销售。" in page
    assert "库存不够，只剩 3" in page
    assert basket_of(act, buyer) == {variant.id: 2, few.id: 3}


def test_todays_price_holds(act, own, buyer, variant):
    order = ended(act, buyer, {variant: 1})
    act(lambda: setattr(db.session.get_one(Variant, variant.id), "price_fen", 12_345))
    assert "123.45" in put_back(own, order)


def test_nobody_puts_back_somebody_elses_order(act, app, buyer, variant):
    order = ended(act, buyer, {variant: 1})
    stranger = act(make_resident)
    client = app.test_client()
    sign_in(client, stranger)
    assert client.post(f"/orders/{order.number}/reorder").status_code == 404
    assert basket_of(act, stranger) == {}


def test_an_order_on_its_way_is_not_offered_again(own, order):
    assert "放回菜篮" not in see(own, f"/orders/{order.number}").text
