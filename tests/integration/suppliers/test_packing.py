"""What leaves together, from which batch it is picked, and what is printed for each parcel."""

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import select

from catalog.batches.models import Batch
from catalog.products.models import Product
from orders.pickups.models import Pickup
from shop import clock
from shop.db import db
from tests.factories.catalog import make_batch, make_variant
from tests.factories.orders import make_delivery, paid, place
from tests.factories.people import (
    make_cooperative,
    make_cooperative_member,
    make_resident,
    sign_in,
)
from tests.factories.pickups import make_point
from tests.parts.pages import Page
from tests.parts.queries import counted_queries

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
BOX_G = 2500
STREET = "情侣南路 1 号 9 栋"
ORDERS, PICKS, SLIPS = (
    "/cooperative/orders",
    "/cooperative/pick-list",
    "/cooperative/packing-slips",
)


@pytest.fixture(autouse=True)
def _morning():
    """Before the cut-off of the evening."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cooperative(act):
    return act(make_cooperative)


@pytest.fixture
def variant(act, cooperative):
    return act(make_variant, cooperative, stock=1000, batched=False)


@pytest.fixture
def buyer(act):
    return act(make_resident)


@pytest.fixture
def point(act):
    return act(make_point, name="拱北自提点", cut_off=time(20))


@pytest.fixture
def desk(act, app, cooperative):
    client = app.test_client()
    sign_in(client, act(make_cooperative_member, cooperative))
    return client


def harvest(act, variant, boxes, days_ago):
    def make():
        product = db.session.get_one(Product, variant.product_id)
        day = clock.day_of(clock.now()) - timedelta(days=days_ago)
        return make_batch(product, quantity_g=boxes * BOX_G, harvested_on=day, at=clock.now())

    return act(make)


def order(act, buyer, variant, units, point=None, **delivery):
    def make():
        to = make_delivery(street=STREET, recipient="何小满", **delivery)
        placed = place(buyer, {variant: units}, delivery=to, point=point, at=clock.now())
        return paid(placed).sub_orders[0]

    return act(make)


def text(desk, address):
    answer = desk.get(address)
    assert answer.status_code == 200
    return Page(answer.text).text


def test_orders_stand_by_day_and_pick_up_point_with_the_clock(act, desk, buyer, variant, point):
    order(act, buyer, variant, 1)
    order(act, buyer, variant, 1, point)
    order(act, buyer, variant, 2, point)
    page = text(desk, ORDERS)
    assert "拱北自提点" in page
    assert "快递到家" in page
    assert "20:00 截单 · 还有" in page
    assert page.index("拱北自提点") < page.index("快递到家")


def test_a_run_that_is_closed_says_that_nothing_is_added(act, desk, buyer, variant, point):
    placed = act(
        lambda: paid(
            place(buyer, {variant: 1}, point=point, at=clock.now() - timedelta(days=2))
        ).sub_orders[0]
    )
    assert placed.number in text(desk, ORDERS)
    assert "已截单，不会再加" in text(desk, ORDERS)


def test_one_run_is_looked_at_by_itself(act, desk, buyer, variant, point):
    home, collected = order(act, buyer, variant, 3), order(act, buyer, variant, 2, point)
    which = f"?day={collected.promised_on}&point={point.id}"
    page = text(desk, ORDERS + which)
    assert (collected.number in page, home.number in page) == (True, False)
    assert "2 箱 1" in text(desk, PICKS + which)
    assert "5 箱 2" in text(desk, PICKS)
    page = text(desk, SLIPS + which)
    assert (collected.number in page, home.number in page) == (True, False)
    assert home.number in text(desk, f"{SLIPS}?day={home.promised_on}&point=0")


def test_the_first_harvest_is_suggested_first_and_each_box_once(act, desk, buyer, variant):
    old, new = harvest(act, variant, 3, days_ago=4), harvest(act, variant, 10, days_ago=1)
    first, second = order(act, buyer, variant, 2), order(act, buyer, variant, 4)
    picks = text(desk, PICKS)
    assert f"批次 {old.code}" in picks
    assert picks.count("× 3") == 2
    slips = [text(desk, f"{ORDERS}/{each.number}/packing-slip") for each in (first, second)]
    assert f"批次 {old.code} × 2" in slips[0]
    assert new.code not in slips[0]
    assert f"批次 {old.code} × 1" in slips[1]
    assert f"批次 {new.code} × 3" in slips[1]
    page = desk.get(Page(desk.get(f"{ORDERS}/{second.number}").text).link("装箱单")).text
    assert f"/trace/{old.code}/qr.svg" in page
    assert f"/trace/{new.code}/qr.svg" in page


def test_what_was_suggested_is_what_sending_picks(act, desk, buyer, variant):
    old = harvest(act, variant, 3, days_ago=4)
    part = order(act, buyer, variant, 2)
    assert f"批次 {old.code} × 2" in text(desk, SLIPS)
    fields = next(
        form.fields
        for form in Page(desk.get(f"{ORDERS}/{part.number}").text).forms
        if form.action.endswith("/dispatch")
    )
    sent = {"carrier": "顺丰速运", "numbers": "SF1234567890"}
    assert desk.post(f"{ORDERS}/{part.number}/dispatch", data=fields | sent).status_code == 303
    assert act(lambda: db.session.get_one(Batch, old.id).allocated_g) == 2 * BOX_G
    assert part.number not in text(desk, SLIPS)
    assert desk.get(f"{ORDERS}/{part.number}/packing-slip").status_code == 404


def test_the_slip_in_the_box_hides_the_person_and_the_label_does_not(act, desk, buyer, variant):
    order(act, buyer, variant, 1, phone="13912345678")
    inside, outside = desk.get(SLIPS).text, desk.get(f"{SLIPS}?paper=label").text
    for secret in ("何小满", "13912345678", STREET):
        assert secret not in inside
        assert secret in outside
    assert "手机尾号 5678" in inside


def test_a_label_for_a_pick_up_point_names_the_point_and_hides_the_person(
    act, desk, buyer, variant, point
):
    part = order(act, buyer, variant, 1, point, phone="13912345678")
    page = desk.get(f"{SLIPS}?paper=label").text
    assert "拱北自提点" in page
    assert "凭取货码在自提点领取" in page
    query = select(Pickup.code).where(Pickup.sub_order_id == part.id)
    code = act(lambda: db.session.scalars(query).one())
    for secret in ("何小满", "13912345678", code):
        assert secret not in page


@pytest.mark.parametrize("address", [SLIPS, f"{ORDERS}/%s/packing-slip"])
def test_other_cooperatives_print_nothing_of_it(act, app, buyer, variant, address):
    part = order(act, buyer, variant, 1)
    other = app.test_client()
    sign_in(other, act(make_cooperative_member))
    answer = other.get(address % part.number if "%s" in address else address)
    assert answer.status_code == (404 if "%s" in address else 200)
    assert 'class="slip"' not in answer.text


def test_slips_come_twenty_at_a_time(act, desk, buyer, variant):
    for _ in range(21):
        order(act, buyer, variant, 1)
    assert desk.get(SLIPS).text.count('class="slip"') == 20
    assert desk.get(f"{SLIPS}?page=2").text.count('class="slip"') == 1


def test_more_orders_ask_the_database_no_more(act, app, desk, buyer, variant, point):
    harvest(act, variant, 50, days_ago=1)

    def asked():
        counts = []
        for address in (ORDERS, PICKS, SLIPS):
            with counted_queries(app) as statements:
                assert desk.get(address).status_code == 200
            counts.append(len(statements))
        return counts

    order(act, buyer, variant, 1)
    order(act, buyer, variant, 1, point)
    before = asked()
    for _ in range(4):
        order(act, buyer, variant, 1)
        order(act, buyer, variant, 1, point)
    assert asked() == before
    assert max(before) <= 16, before
