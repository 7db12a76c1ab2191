"""A harvest that is sold before it is in: from the listing to the buyer's door."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from catalog.products.errors import BelowPromised
from catalog.products.models import Product, Variant
from catalog.products.services.variants import edit_variant
from catalog.search.queries import documents_for
from catalog.stock.errors import HarvestNotIn, OutOfStock
from catalog.stock.handlers import end_presales
from catalog.stock.services import hold, receive, release, set_available, write_off
from orders.cart.errors import NotForSale
from orders.checkout.handlers import expire_unpaid
from orders.checkout.services import close_order
from orders.deliveries.services import dispatch
from orders.records.models import Order, OrderLine, SubOrder
from orders.refunds.models import Side
from orders.refunds.services.cancellations import cancel_order, cancel_units
from shop import clock, invariants
from shop.db import db
from tests.factories.catalog import make_draft, make_variant
from tests.factories.orders import NOW, dispatched, paid, place
from tests.factories.people import make_cooperative, make_cooperative_member, make_resident, sign_in
from tests.factories.pickups import make_point
from tests.integration.orders.test_checkout import enter, filled, orders_of
from tests.parts.pages import Page
from tests.parts.together import run_together

TODAY = clock.day_of(NOW)
HARVEST = TODAY + timedelta(days=12)
LATER = NOW + timedelta(days=13)


@pytest.fixture
def buyer(act):
    return act(make_resident)


@pytest.fixture
def cooperative(act):
    return act(make_cooperative)


@pytest.fixture
def variant(act, cooperative):
    """5 in the store, and 30 of a harvest to come."""
    made = act(make_variant, cooperative, stock=5)
    sell_in_advance(act, made)
    return made


@pytest.fixture(autouse=True)
def no_rule_is_broken(act):
    yield
    assert act(invariants.list_broken) == []


def sell_in_advance(act, variant, cap=30, ships_on=HARVEST):
    def write():
        row = db.session.get_one(Variant, variant.id)
        row.presale_ships_on, row.presale_cap = ships_on, cap

    act(write)


def stock_of(act, variant):
    """On hand, held, promised, and the cap of what may be promised."""
    row = act(lambda: db.session.get_one(Variant, variant.id))
    return row.on_hand, row.held, row.promised, row.presale_cap


def order_of(act, buyer, variant, quantity, at=NOW):
    return act(lambda: paid(place(buyer, {variant: quantity}, at=at)))


def send(act, order, at=LATER):
    return act(lambda: dispatched(db.session.get_one(Order, order.id), at=at))


# ── Ordering ────────────────────────────────────────────────────────────────────────────────────


def test_stock_is_sold_first_and_more_of_it_only_in_advance(act, buyer, variant):
    order_of(act, buyer, variant, 2)
    assert stock_of(act, variant) == (5, 2, 0, 30)
    order_of(act, buyer, variant, 4)
    assert stock_of(act, variant) == (5, 2, 4, 30)
    days = act(lambda: db.session.scalars(select(OrderLine.ships_on).order_by(OrderLine.id)).all())
    assert days == [None, HARVEST]


def test_the_promise_of_a_part_counts_from_the_day_of_sending(act, buyer, variant):
    order_of(act, buyer, variant, 20)
    part = act(lambda: db.session.scalars(select(SubOrder)).one())
    assert part.promised_on == HARVEST + timedelta(days=2)


def test_no_more_is_promised_than_the_cap_says(act, buyer, variant):
    order_of(act, buyer, variant, 28)
    with pytest.raises(NotForSale, match="预售只剩 2 箱"):
        act(place, buyer, {variant: 3}, at=NOW)
    order_of(act, buyer, variant, 2)
    assert stock_of(act, variant) == (5, 0, 30, 30)


def test_two_buyers_of_the_last_units_of_a_harvest_make_one_order(act, variant):
    buyers = [act(make_resident) for _ in range(2)]
    answers = run_together(*(lambda b=b: act(place, b, {variant: 20}, at=NOW) for b in buyers))
    assert sum(isinstance(answer, Exception) for answer in answers) == 1
    assert stock_of(act, variant) == (5, 0, 20, 30)


def test_on_the_day_of_sending_nothing_is_sold_in_advance_any_more(app, act, buyer, variant):
    morning = clock.start_of(HARVEST)
    with pytest.raises(NotForSale, match="只剩 5 箱"):
        act(place, buyer, {variant: 6}, at=morning)
    with app.app_context():
        assert end_presales(morning - timedelta(minutes=1)) == 0
        assert end_presales(morning) == 1
        assert end_presales(morning) == 0
    assert stock_of(act, variant)[3] is None


# ── The harvest comes in ────────────────────────────────────────────────────────────────────────


def test_what_was_sold_in_advance_has_the_first_call_on_the_harvest(act, buyer, variant):
    order_of(act, buyer, variant, 30)
    act(receive, variant.id, 27, by=None, at=LATER)
    with pytest.raises(OutOfStock) as refused:
        act(hold, variant.id, 3, by=None, at=LATER, reference="")
    assert refused.value.available == 2
    act(hold, variant.id, 2, by=None, at=LATER, reference="")
    act(release, variant.id, 2, by=None, at=LATER, reference="")


def test_a_presold_part_is_sent_once_the_harvest_is_in(act, buyer, variant):
    order = order_of(act, buyer, variant, 20)
    with pytest.raises(HarvestNotIn) as refused:
        send(act, order)
    assert refused.value.missing == 15
    assert "请先登记收成数量" in str(refused.value)
    assert stock_of(act, variant) == (5, 0, 20, 30), "nothing was sent by half"
    act(receive, variant.id, 20, by=None, at=LATER)
    send(act, order)
    assert stock_of(act, variant) == (5, 0, 0, 10), "what was sent is off the harvest"


def test_the_cooperative_counts_what_lies_there_presold_or_not(act, buyer, variant):
    manager = act(make_cooperative_member)
    order = order_of(act, buyer, variant, 20)
    act(set_available, variant.id, 25, by=manager.id, at=LATER)
    assert stock_of(act, variant) == (25, 0, 20, 30)
    act(set_available, variant.id, 0, by=manager.id, at=LATER)
    assert stock_of(act, variant) == (0, 0, 20, 30)
    with pytest.raises(HarvestNotIn):
        send(act, order)


def test_a_harvest_that_comes_in_by_and_by_is_sent_by_and_by(act, buyer, variant):
    order = order_of(act, buyer, variant, 20)
    line = act(lambda: db.session.scalars(select(OrderLine)).one())
    part = act(lambda: db.session.scalars(select(SubOrder)).one())

    def send_units(units):
        parcels = [("顺丰速运", f"SF00000000{units}")]
        ids = (part.id, part.cooperative_id)
        act(dispatch, *ids, parcels, {line.id: units}, by=None, at=LATER)

    send_units(5)
    assert stock_of(act, variant) == (0, 0, 15, 25)
    with pytest.raises(HarvestNotIn):
        send_units(15)

    def call_off():
        said = {"side": Side.COOPERATIVE, "reason": "歉收", "by": None, "at": LATER}
        cancel_units(db.session.get_one(SubOrder, part.id), {line.id: 3}, **said)

    act(call_off)
    assert stock_of(act, variant) == (0, 0, 12, 25), "what nobody waits for can be promised again"
    act(receive, variant.id, 12, by=None, at=LATER)
    send_units(12)
    assert stock_of(act, variant) == (0, 0, 0, 13)
    assert order.id == part.order_id


# ── Given up ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("how", ["expires", "is closed", "is cancelled"])
def test_a_presold_order_that_ends_early_gives_its_promise_back_once(app, act, buyer, variant, how):
    order = act(place, buyer, {variant: 20}, at=NOW)
    assert stock_of(act, variant) == (5, 0, 20, 30)
    if how == "expires":
        with app.app_context():
            assert expire_unpaid(LATER) == 1
            assert expire_unpaid(LATER) == 0
    elif how == "is closed":
        act(close_order, order.id, by=buyer.id, at=NOW)
    else:
        act(lambda: paid(db.session.get_one(Order, order.id)))
        act(cancel_order, order.id, reason="buyer", by=buyer.id, at=NOW)
    assert stock_of(act, variant) == (5, 0, 0, 30)


def test_late_money_for_a_presold_order_is_promised_again(app, act, buyer, variant):
    order = act(place, buyer, {variant: 20}, at=NOW)
    with app.app_context():
        expire_unpaid(NOW + timedelta(hours=1))
    act(lambda: paid(db.session.get_one(Order, order.id), at=NOW + timedelta(days=2)))
    assert stock_of(act, variant) == (5, 0, 20, 30)
    part = act(lambda: db.session.scalars(select(SubOrder)).one())
    assert part.promised_on == HARVEST + timedelta(days=2), "the harvest's day is still the same"


def test_the_harvests_day_holds_for_late_money_at_a_pick_up_point_too(app, act, buyer, variant):
    order = act(lambda: place(buyer, {variant: 20}, point=make_point(), at=NOW))
    with app.app_context():
        expire_unpaid(NOW + timedelta(hours=1))
    evening = NOW + timedelta(hours=11)
    act(lambda: paid(db.session.get_one(Order, order.id), at=evening))
    part = act(lambda: db.session.scalars(select(SubOrder)).one())
    assert part.promised_on == HARVEST + timedelta(days=1), "no cut-off puts it off"


def test_late_money_after_the_harvest_is_honoured_from_the_store(app, act, buyer, variant):
    order = act(place, buyer, {variant: 20}, at=NOW)
    with app.app_context():
        expire_unpaid(NOW + timedelta(hours=1))
    act(receive, variant.id, 20, by=None, at=LATER)
    act(lambda: paid(db.session.get_one(Order, order.id), at=LATER))
    assert stock_of(act, variant) == (25, 20, 0, 30)
    line = act(lambda: db.session.scalars(select(OrderLine)).one())
    assert line.ships_on is None


def test_who_bought_from_stock_is_not_put_off_to_a_harvest(app, act, buyer, variant):
    order = act(place, buyer, {variant: 5}, at=NOW)
    with app.app_context():
        expire_unpaid(NOW + timedelta(hours=1))
    act(write_off, variant.id, 1, by=None, at=NOW, reason="spoiled")
    late = act(lambda: paid(db.session.get_one(Order, order.id), at=NOW + timedelta(days=2)))
    assert late.paid_at is None
    assert stock_of(act, variant) == (4, 0, 0, 30)


# ── The listing ─────────────────────────────────────────────────────────────────────────────────


def test_the_cap_cannot_fall_below_what_was_promised(act, cooperative, buyer, variant):
    order_of(act, buyer, variant, 20)
    manager = act(make_cooperative_member, cooperative)

    def cap(units):
        draft = replace(make_draft(), presale_ships_on=HARVEST, presale_cap=units)
        ids = (cooperative.id, variant.product_id, variant.id)
        act(edit_variant, *ids, draft, by=manager.id, at=NOW)

    with pytest.raises(BelowPromised):
        cap(19)
    cap(20)
    assert stock_of(act, variant)[3] == 20


@pytest.mark.parametrize(
    ("day", "cap", "says"),
    [
        (timedelta(days=0), "30", "之间的日期"),
        (timedelta(days=366), "30", "之间的日期"),
        (None, "30", "同时填写"),
        (timedelta(days=20), "", "同时填写"),
        (timedelta(days=20), "0", "之间的数"),
        (timedelta(days=20), "1.5", "整数"),
        (timedelta(days=20), "-1", "之间的数"),
        (timedelta(days=20), "1000000000", "之间的数"),
    ],
)
def test_a_presale_needs_a_day_ahead_and_a_cap(app, act, cooperative, variant, day, cap, says):
    client, address = desk(app, act, cooperative, variant)
    form = Page(client.get(f"{address}/edit").text).form(address).fields
    today = clock.day_of(clock.now())
    form |= {"presale_ships_on": "" if day is None else str(today + day), "presale_cap": cap}
    answer = client.post(address, data=form)
    assert answer.status_code == 422
    assert says in answer.text


def test_a_cooperative_sells_in_advance_and_ends_it_again(app, act, cooperative, variant):
    client, address = desk(app, act, cooperative, variant)
    form = Page(client.get(f"{address}/edit").text).form(address).fields
    day = clock.day_of(clock.now()) + timedelta(days=20)
    asked = form | {"presale_ships_on": str(day), "presale_cap": "80"}
    assert client.post(address, data=asked).status_code == 303
    assert stock_of(act, variant)[3] == 80
    shown = Page(client.get(f"{address}/edit").text).form(address).fields
    assert (shown["presale_ships_on"], shown["presale_cap"]) == (str(day), "80")
    none = shown | {"presale_ships_on": "", "presale_cap": ""}
    assert client.post(address, data=none).status_code == 303
    assert stock_of(act, variant)[3] is None


def desk(app, act, cooperative, variant):
    client = app.test_client()
    sign_in(client, act(make_cooperative_member, cooperative))
    return client, f"/cooperative/listings/{variant.product_id}/variants/{variant.id}"


# ── What people see ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def only_in_advance(act, cooperative):
    """Nothing in the store; 30 of a harvest that is 20 days ahead of the real today."""
    made = act(make_variant, cooperative, name="荔枝王", stock=0)
    sell_in_advance(act, made, ships_on=clock.day_of(clock.now()) + timedelta(days=20))
    return made


def test_the_day_of_sending_stands_wherever_the_goods_do(
    app, act, buyer, cooperative, only_in_advance
):
    day = clock.day_of(clock.now()) + timedelta(days=20)
    words = f"预售 · {day.month}月{day.day}日起发货"
    product = f"/products/{only_in_advance.product_id}"
    client = enter(app, buyer)
    assert words in client.get(product).text
    assert words in client.get("/products?stock=1").text
    client.post("/basket/lines", data={"variant_id": only_in_advance.id, "quantity": 3})
    assert words in client.get("/basket").text
    assert words in client.get("/checkout").text
    assert client.post("/checkout", data=filled(client)).status_code == 303
    (order,) = orders_of(act)
    assert words in client.get(f"/orders/{order.number}").text
    act(lambda: paid(db.session.get_one(Order, order.id), at=clock.now()))
    seller = app.test_client()
    sign_in(seller, act(make_cooperative_member, cooperative))
    for page in ("/cooperative", "/cooperative/orders", "/cooperative/pick-list"):
        assert words in seller.get(page).text, page
    assert words in seller.get(f"/cooperative/orders/{order.number}A").text


def test_a_presale_can_be_found_among_what_can_be_had(app, act, only_in_advance):
    def document():
        (found,) = documents_for(db.session(), [only_in_advance.product_id])
        return found

    assert act(document).in_stock
    sell_in_advance(act, only_in_advance, cap=None, ships_on=None)
    assert not act(document).in_stock


def test_a_harvest_that_is_moved_while_somebody_buys_is_shown_and_asked(
    app, act, buyer, only_in_advance
):
    client = enter(app, buyer, only_in_advance, quantity=3)
    form = filled(client)
    day = clock.day_of(clock.now()) + timedelta(days=25)
    sell_in_advance(act, only_in_advance, ships_on=day)
    answer = client.post("/checkout", data=form)
    assert answer.status_code == 409
    assert f"现在是预售，{day.month}月{day.day}日起发货" in answer.text
    assert orders_of(act) == []


def test_the_desk_says_that_the_harvest_is_not_in(app, act, cooperative, buyer, only_in_advance):
    order = order_of(act, buyer, only_in_advance, 3, at=clock.now())
    seller = app.test_client()
    sign_in(seller, act(make_cooperative_member, cooperative))
    address = f"/cooperative/orders/{order.number}A"
    form = Page(seller.get(address).text).form(f"{address}/dispatch").fields
    assert form["units_1"] == "0", "before its day nobody sends it by accident"
    form |= {"carrier": "顺丰速运", "numbers": "SF1234567890", "units_1": "3"}
    answer = seller.post(f"{address}/dispatch", data=form, follow_redirects=True)
    assert "这批预售还没有入库，还差 3 箱" in answer.text
    assert act(lambda: db.session.scalars(select(SubOrder)).one()).dispatched_at is None


def test_a_presale_that_ends_takes_its_product_off_what_can_be_had(app, act, only_in_advance):
    product = act(lambda: db.session.get_one(Product, only_in_advance.product_id))
    with app.app_context():
        assert end_presales(clock.now() + timedelta(days=21)) == 1
    client = app.test_client()
    assert "暂时售罄" in client.get(f"/products/{product.id}").text
