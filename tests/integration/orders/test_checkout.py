"""From the basket to one order, whatever is pressed, and however often."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from catalog.products.models import Product, Variant
from catalog.stock.queries import list_mismatches
from orders.checkout.errors import NoDeliveryThere
from orders.checkout.handlers import expire_unpaid
from orders.deliveries.services import set_tariff
from orders.payments.models import Payment
from orders.records.models import BuyerType, Order, OrderLine, SubOrder
from shop import clock
from shop.accounts.people.models import Address
from shop.db import db
from shop.organisations.models import EnterpriseType, Organisation
from shop.places.models import Town
from tests.factories.catalog import make_variant
from tests.factories.orders import NOW, TOWN_CODE, make_delivery, paid, place
from tests.factories.people import (
    TOWN,
    make_account,
    make_administrator,
    make_enterprise,
    make_enterprise_member,
    make_resident,
    sign_in,
)
from tests.parts.pages import Page
from tests.parts.together import run_together

ADDRESS = {
    "address": "new",
    "recipient": "何小满",
    "phone": "138 0000 0000",
    "town_code": TOWN_CODE,
    "street": "港一路 8 号 2 栋 301",
    "perishables": "y",
}


@pytest.fixture
def variant(act):
    return act(make_variant, stock=10)


@pytest.fixture
def buyer(act):
    return act(make_resident)


def enter(app, account, *variants, quantity=1):
    """A browser in which somebody signed in and filled a basket."""
    client = app.test_client()
    sign_in(client, account)
    for variant in variants:
        answer = client.post("/basket/lines", data={"variant_id": variant.id, "quantity": quantity})
        assert answer.status_code == 303
    return client


def filled(client, **changes):
    """What the checkout page would send, filled in."""
    return Page(client.get("/checkout").text).form("/checkout").fields | ADDRESS | changes


def orders_of(act):
    return act(lambda: db.session.scalars(select(Order).order_by(Order.id)).all())


def held(act, variant):
    return act(lambda: db.session.get_one(Variant, variant.id).held)


def change(act, model, id_, **values):
    def write():
        row = db.session.get_one(model, id_)
        for name, value in values.items():
            setattr(row, name, value)

    act(write)


# ── One order ───────────────────────────────────────────────────────────────────────────────────


def test_a_basket_becomes_an_order_with_everything_frozen(act, app, buyer, variant):
    client = enter(app, buyer, variant, quantity=2)
    answer = client.post("/checkout", data=filled(client))
    assert answer.status_code == 303
    (order,) = orders_of(act)
    assert answer.location == f"/orders/{order.number}/payment"
    assert (order.goods_fen, order.freight_fen, order.total_fen) == (15_000, 0, 15_000)
    assert (order.phone, order.town_code, order.county_name) == ("13800000000", TOWN_CODE, "香洲区")
    assert order.buyer_type is BuyerType.RESIDENT
    assert order.expires_at - order.placed_at == timedelta(minutes=30)
    line = act(lambda: db.session.scalars(select(OrderLine)).one())
    assert (line.product_name, line.quantity, line.amount_fen) == ("白糖罂荔枝", 2, 15_000)
    assert (line.town_code, line.city_name, line.village) == (TOWN, "茂名市", "上村")
    assert (line.category_name, len(line.credit_code)) == ("水果", 18)
    part = act(lambda: db.session.scalars(select(SubOrder)).one())
    assert part.number == f"{order.number}A"
    assert part.promised_on == clock.day_of(order.placed_at) + timedelta(days=2)
    payment = act(lambda: db.session.scalars(select(Payment)).one())
    assert payment.due_fen == 15_000
    assert held(act, variant) == 2
    assert "白糖罂荔枝" not in client.get("/basket").text


def test_an_order_is_split_by_cooperative_and_each_part_has_its_freight(act, app, buyer):
    one, two = act(make_variant, price_fen=5000), act(make_variant, price_fen=20_000)
    client = enter(app, buyer, one, two)
    client.post("/checkout", data=filled(client))
    (order,) = orders_of(act)
    parts = act(lambda: db.session.scalars(select(SubOrder).order_by(SubOrder.id)).all())
    assert [part.freight_fen for part in parts] == [1000, 0]
    assert [part.number[-1] for part in parts] == ["A", "B"]
    assert order.total_fen == 26_000 == sum(p.goods_fen + p.freight_fen for p in parts)


def test_a_member_buys_for_their_unit_and_may_buy_for_themselves(act, app, variant):
    enterprise = act(make_enterprise, EnterpriseType.UNION)
    member = act(make_enterprise_member, enterprise)
    client = enter(app, member, variant)
    client.post("/checkout", data=filled(client, buyer="unit"))
    client.post("/basket/lines", data={"variant_id": variant.id, "quantity": 1})
    client.post("/checkout", data=filled(client, buyer="self"))
    for_unit, own = orders_of(act)
    assert (for_unit.buyer_type, for_unit.buyer_unit) == (BuyerType.UNION, enterprise.name)
    assert for_unit.organisation_id == enterprise.id
    assert (own.buyer_type, own.buyer_unit, own.organisation_id) == (BuyerType.RESIDENT, "", None)


def test_a_resident_cannot_buy_for_a_unit(act, app, buyer, variant):
    client = enter(app, buyer, variant)
    assert client.post("/checkout", data=filled(client, buyer="unit")).status_code == 422
    assert orders_of(act) == []


def test_the_address_is_remembered_and_can_be_chosen_next_time(act, app, buyer, variant):
    client = enter(app, buyer, variant)
    client.post("/checkout", data=filled(client))
    client.post("/basket/lines", data={"variant_id": variant.id, "quantity": 1})
    address = act(lambda: db.session.scalars(select(Address)).one())
    form = filled(client, address=address.id)
    for left_out in ("recipient", "phone", "town_code", "street"):
        del form[left_out]
    assert client.post("/checkout", data=form).status_code == 303
    assert [order.street for order in orders_of(act)] == [ADDRESS["street"]] * 2
    assert act(lambda: db.session.scalar(select(func.count()).select_from(Address))) == 1


def test_an_address_of_somebody_else_is_no_choice(act, app, buyer, variant):
    other = enter(app, act(make_resident), variant)
    other.post("/checkout", data=filled(other))
    address = act(lambda: db.session.scalars(select(Address)).one())
    client = enter(app, buyer, variant)
    assert client.post("/checkout", data=filled(client, address=address.id)).status_code == 422
    assert len(orders_of(act)) == 1


# ── Twice, at once, and again ───────────────────────────────────────────────────────────────────


def test_pressing_twice_and_going_back_give_the_same_order(act, app, buyer, variant):
    client = enter(app, buyer, variant)
    form = filled(client)
    answers = [client.post("/checkout", data=form) for _ in range(3)]
    assert {answer.location for answer in answers} == {answers[0].location}
    assert [answer.status_code for answer in answers] == [303] * 3
    assert len(orders_of(act)) == 1
    assert held(act, variant) == 1


def test_two_requests_at_once_with_one_key_give_one_order(act, app, buyer, variant):
    first = enter(app, buyer, variant)
    second = enter(app, buyer)
    form = filled(first)
    answers = run_together(
        lambda: first.post("/checkout", data=form), lambda: second.post("/checkout", data=form)
    )
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert len(orders_of(act)) == 1
    assert held(act, variant) == 1
    assert act(list_mismatches) == []


def test_two_buyers_and_one_unit_left_make_one_order(act, app):
    last = act(make_variant, stock=1)
    clients = [enter(app, act(make_resident), last) for _ in range(2)]
    forms = [filled(client) for client in clients]
    answers = run_together(
        *(
            lambda client=client, form=form: client.post("/checkout", data=form)
            for client, form in zip(clients, forms, strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert "只剩 0 箱" in refused.text
    assert len(orders_of(act)) == 1
    assert held(act, last) == 1
    assert act(list_mismatches) == []


def test_two_tabs_become_the_same_order(act, app, buyer, variant):
    client = enter(app, buyer, variant)
    one, other = filled(client), filled(client)
    answers = [client.post("/checkout", data=form) for form in (one, other)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert len(orders_of(act)) == 1
    assert held(act, variant) == 1


def test_two_tabs_and_two_double_clicks_at_once_become_one_order(act, app, buyer, variant):
    tabs = [enter(app, buyer, variant), enter(app, buyer)]
    forms = [filled(tab) for tab in tabs]
    answers = run_together(
        *(
            lambda tab=tab, form=form: tab.post("/checkout", data=form)
            for tab, form in zip(tabs, forms, strict=True)
            for _ in range(3)
        )
    )
    assert [answer.status_code for answer in answers] == [303] * 6
    assert len({answer.location for answer in answers}) == 1
    assert len(orders_of(act)) == 1
    assert held(act, variant) == 1
    assert act(list_mismatches) == []


def test_the_next_basket_becomes_another_order(act, app, buyer, variant):
    client = enter(app, buyer, variant)
    first = filled(client)
    client.post("/checkout", data=first)
    client.post("/basket/lines", data={"variant_id": variant.id, "quantity": 2})
    second = filled(client)
    assert second["checkout_key"] != first["checkout_key"]
    assert client.post("/checkout", data=second).status_code == 303
    assert client.post("/checkout", data=first).location.endswith("/payment"), "back, and again"
    assert [order.goods_fen for order in orders_of(act)] == [7500, 15_000]


def test_nobody_can_guess_the_key_of_another(act, app, buyer, variant):
    other = act(make_resident)
    keys = {filled(enter(app, each, variant))["checkout_key"] for each in (buyer, other)}
    assert len(keys) == 2
    assert all(len(key) >= 40 for key in keys)


def test_the_key_of_somebody_elses_order_leads_nowhere(act, app, buyer, variant):
    other = enter(app, act(make_resident), variant)
    form = filled(other)
    other.post("/checkout", data=form)
    client = enter(app, buyer, variant)
    answer = client.post("/checkout", data=filled(client, checkout_key=form["checkout_key"]))
    assert answer.status_code == 404
    assert len(orders_of(act)) == 1


@pytest.mark.parametrize(
    "key", ["", "short", "x" * 65, "😀" * 30, "a" * 30 + "\x00", "' OR 1=1 --    "]
)
def test_a_key_that_is_none_is_replaced_by_a_new_one(act, app, buyer, variant, key):
    client = enter(app, buyer, variant)
    answer = client.post("/checkout", data=filled(client, checkout_key=key))
    assert answer.status_code == 422
    again = Page(answer.text).form("/checkout").fields | ADDRESS
    assert client.post("/checkout", data=again).status_code == 303


# ── What changed meanwhile ──────────────────────────────────────────────────────────────────────


def test_a_changed_price_is_shown_and_asked_for_again(act, app, buyer, variant):
    client = enter(app, buyer, variant)
    form = filled(client)
    change(act, Variant, variant.id, price_fen=8000)
    answer = client.post("/checkout", data=form)
    assert answer.status_code == 409
    assert "单价从 ¥75.00 变为 ¥80.00" in answer.text
    assert "还没有下单" in answer.text
    assert orders_of(act) == []
    again = Page(answer.text).form("/checkout").fields
    assert again["recipient"] == ADDRESS["recipient"], "what was typed is kept"
    assert client.post("/checkout", data=again).status_code == 303
    assert orders_of(act)[0].goods_fen == 8000


def test_a_basket_line_with_yesterdays_price_says_so_before_anything_is_ordered(
    act, app, buyer, variant
):
    client = enter(app, buyer, variant)
    assert "放进菜篮时是" not in client.get("/basket").text
    change(act, Variant, variant.id, price_fen=8000)
    for page in ("/basket", "/checkout"):
        assert "放进菜篮时是 ¥75.00，现在是 ¥80.00" in client.get(page).text, page
    client.post(f"/basket/lines/{variant.id}", data={"quantity": 1})
    assert "放进菜篮时是" not in client.get("/basket").text, "seen, and confirmed"


def test_a_changed_freight_is_shown_and_asked_for_again(act, app, buyer, variant):
    client = enter(app, buyer, variant)
    form = filled(client)
    administrator = act(make_administrator)
    act(
        set_tariff,
        None,
        **{"first_g": 1000, "first_fen": 1500, "step_g": 1000, "step_fen": 500},
        **{"free_from_fen": None, "lead_days": 3, "by": administrator.id, "at": NOW},
    )
    answer = client.post("/checkout", data=form)
    assert answer.status_code == 409
    assert "运费从 ¥10.00 变为 ¥25.00" in answer.text
    assert orders_of(act) == []


@pytest.mark.parametrize(
    ("model", "values", "says"),
    [
        (Variant, {"withdrawn_at": NOW}, "不再销售"),
        (Product, {"delisted_at": NOW}, "下架"),
        (Organisation, {"suspended_at": NOW}, "暂停销售"),
        (Variant, {"on_hand": 1}, "只剩 1 箱"),
    ],
)
def test_what_vanished_meanwhile_is_told_and_the_rest_can_be_ordered(
    act, app, buyer, variant, model, values, says
):
    rest = act(make_variant, name="化橘红", stock=10)
    client = enter(app, buyer, variant, rest, quantity=2)
    form = filled(client)
    product = act(lambda: db.session.get_one(Product, variant.product_id))
    ids = {Variant: variant.id, Product: product.id, Organisation: product.cooperative_id}
    change(act, model, ids[model], **values)
    answer = client.post("/checkout", data=form)
    assert answer.status_code == 409
    assert says in answer.text
    assert orders_of(act) == []
    assert (
        client.post("/checkout", data=Page(answer.text).form("/checkout").fields).status_code == 303
    )
    lines = act(lambda: db.session.scalars(select(OrderLine.product_name)).all())
    assert lines == ["化橘红"]
    assert "白糖罂荔枝" in client.get("/basket").text, "what could not be bought is kept"


@pytest.mark.parametrize("quote", ["", "0" * 64, "😀", "\x00", json.dumps([]), "x" * 5000])
def test_a_forged_quote_places_nothing(act, app, buyer, variant, quote):
    client = enter(app, buyer, variant)
    answer = client.post("/checkout", data=filled(client, quote=quote, seen=quote))
    assert answer.status_code == 409
    assert orders_of(act) == []


# ── Bad input ───────────────────────────────────────────────────────────────────────────────────


def test_perishables_have_to_be_agreed_to_and_the_box_is_not_ticked(act, app, buyer, variant):
    client = enter(app, buyer, variant)
    form = filled(client)
    assert "perishables" not in Page(client.get("/checkout").text).form("/checkout").fields
    form.pop("perishables")
    answer = client.post("/checkout", data=form)
    assert answer.status_code == 422
    assert "不适用七天无理由退货" in answer.text
    assert orders_of(act) == []


def test_lasting_goods_ask_for_no_agreement(act, app, buyer):
    oil = act(make_variant, name="花生油", perishable=False)
    client = enter(app, buyer, oil)
    assert "perishables" not in client.get("/checkout").text
    form = filled(client)
    form.pop("perishables")
    assert client.post("/checkout", data=form).status_code == 303


@pytest.mark.parametrize(
    "code",
    ["", "999999999", TOWN, "440981", "4404020011", "abc", "😀", "\x00", "44040200１", "' OR ''='"],
)
def test_a_town_that_is_none_or_lies_outside_zhuhai_is_refused(act, app, buyer, variant, code):
    client = enter(app, buyer, variant)
    answer = client.post("/checkout", data=filled(client, town_code=code))
    assert answer.status_code == 422
    assert "镇" in Page(answer.text).text
    assert orders_of(act) == []


def test_the_service_refuses_other_towns_too(act, variant):
    account = act(make_resident)
    for code in (TOWN, "999999999"):
        with pytest.raises(NoDeliveryThere):
            act(place, account, {variant: 1}, delivery=make_delivery(town_code=code))


@pytest.mark.parametrize("value", ["", "   ", "x" * 500, "\x00", "\u200b"])
@pytest.mark.parametrize("name", ["recipient", "phone", "street"])
def test_an_address_without_substance_is_refused(act, app, buyer, variant, name, value):
    client = enter(app, buyer, variant)
    answer = client.post("/checkout", data=filled(client, **{name: value}))
    assert answer.status_code == 422
    assert orders_of(act) == []


@pytest.mark.parametrize("value", ["<script>alert(1)</script>", "'; DROP TABLE account; --", "🍊‮"])
def test_markup_in_an_address_is_only_text(act, app, buyer, variant, value):
    client = enter(app, buyer, variant)
    assert client.post("/checkout", data=filled(client, street=value)).status_code == 303
    page = client.get(f"/orders/{orders_of(act)[0].number}").text
    assert "<script>alert" not in page


@pytest.mark.parametrize("phone", ["123", "23800000000", "abc", "１３８", "1380000000000000"])
def test_a_phone_that_is_none_is_refused(app, buyer, variant, phone):
    client = enter(app, buyer, variant)
    answer = client.post("/checkout", data=filled(client, phone=phone))
    assert answer.status_code == 422
    assert "请填写手机号" in answer.text


def test_an_empty_basket_leads_back_to_the_basket(app, buyer):
    client = enter(app, buyer)
    assert client.get("/checkout").location == "/basket"


def test_a_stranger_is_asked_to_sign_in_and_comes_back(app):
    assert app.test_client().get("/checkout").location == "/sign-in?next=/checkout"


# ── The end of orders nobody paid ───────────────────────────────────────────────────────────────


def test_an_unpaid_order_expires_after_half_an_hour_and_gives_stock_back_once(
    act, app, buyer, variant
):
    order = act(place, buyer, {variant: 4})
    with app.app_context():
        assert expire_unpaid(NOW + timedelta(minutes=29)) == 0
        assert expire_unpaid(NOW + timedelta(minutes=30)) == 1
        assert expire_unpaid(NOW + timedelta(minutes=31)) == 0
    assert held(act, variant) == 0
    assert act(lambda: db.session.get_one(Order, order.id)).closed_at is not None
    assert act(list_mismatches) == []


def test_a_hold_that_expired_between_page_and_post_explains_itself(act, app, buyer, variant):
    client = enter(app, buyer, variant)
    client.post("/checkout", data=filled(client))
    (order,) = orders_of(act)
    payment = f"/orders/{order.number}/payment"
    assert "去支付" in client.get(payment).text
    with app.app_context():
        assert expire_unpaid(order.expires_at) == 1
    answer = client.post(f"{payment}/attempts", follow_redirects=True)
    assert answer.status_code == 200
    assert "前没有收到付款，订单已经关闭" in answer.text
    assert "去支付" not in answer.text


def test_a_paid_order_does_not_expire(act, app, buyer, variant):
    act(lambda: paid(place(buyer, {variant: 4})))
    with app.app_context():
        assert expire_unpaid(NOW + timedelta(days=2)) == 0
    assert held(act, variant) == 4


def test_a_buyer_gives_up_an_unpaid_order_and_only_that(act, app, buyer, variant):
    client = enter(app, buyer, variant)
    client.post("/checkout", data=filled(client))
    (order,) = orders_of(act)
    stranger = enter(app, act(make_account))
    assert stranger.post(f"/orders/{order.number}/closure").status_code == 404
    assert held(act, variant) == 1
    assert client.post(f"/orders/{order.number}/closure").status_code == 303
    assert held(act, variant) == 0
    client.post(f"/orders/{order.number}/closure")
    assert held(act, variant) == 0
    assert "已关闭" in client.get(f"/orders/{order.number}").text


def test_a_paid_order_cannot_be_given_up_like_an_unpaid_one(act, app, buyer, variant):
    client = enter(app, buyer)
    order = act(lambda: paid(place(buyer, {variant: 1}, at=clock.now())))
    client.post(f"/orders/{order.number}/closure")
    assert act(lambda: db.session.get_one(Order, order.id)).closed_at is None
    assert held(act, variant) == 1


def test_every_town_of_zhuhai_can_be_chosen(act, app, buyer, variant):
    client = enter(app, buyer, variant)
    offered = Page(client.get("/checkout").text).form("/checkout").options["town_code"]
    towns = act(
        lambda: db.session.scalars(select(Town.code).where(Town.code.startswith("4404"))).all()
    )
    assert set(offered.values()) - {""} == set(towns)
