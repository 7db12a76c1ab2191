"""Pick-up points: chosen at the checkout, checked in and handed over by their keepers."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from orders.deliveries.errors import NotToBeAccepted
from orders.deliveries.handlers import accept_unasked
from orders.deliveries.services import accept
from orders.payments.models import Payment
from orders.pickups.errors import CodeUnknown, NotArrivedYet, NotOnItsWay, PointClosed
from orders.pickups.handlers import accept_fetched
from orders.pickups.models import Pickup, PickupPoint
from orders.pickups.services import arrive, close_point, hand_over
from orders.records.models import AcceptedBy, Order, SubOrder
from shop import clock
from shop.accounts.notices.models import Notice
from shop.db import db
from shop.invariants import list_broken
from tests.factories.catalog import make_variant
from tests.factories.orders import NOW, dispatched, paid, place
from tests.factories.people import make_administrator, make_keeper, make_resident, sign_in
from tests.factories.pickups import make_point
from tests.parts.pages import Page
from tests.parts.queries import counted_queries


@pytest.fixture
def buyer(act):
    return act(make_resident)


@pytest.fixture
def variant(act):
    return act(make_variant, stock=100, price_fen=1000)


@pytest.fixture
def keeper(act):
    return act(make_keeper)


@pytest.fixture
def point(act, keeper):
    return act(make_point, keeper)


@pytest.fixture
def desk(act, app, point, keeper):
    client = app.test_client()
    sign_in(client, keeper)
    return client


@pytest.fixture
def sent(act, buyer, variant, point):
    """A part on its way to the point."""
    return one(act, act(lambda: dispatched(paid(place(buyer, {variant: 2}, point=point)))))


def one(act, order):
    return act(
        lambda: db.session.scalars(select(SubOrder).where(SubOrder.order_id == order.id)).one()
    )


def pickup_of(act, part):
    return act(
        lambda: db.session.scalars(select(Pickup).where(Pickup.sub_order_id == part.id)).one()
    )


def fetch(act, part, keeper, *, at=NOW + timedelta(days=2)):
    """The part arrives and is handed over."""
    pickup = pickup_of(act, part)
    act(arrive, pickup.id, by=keeper.id, at=at)
    act(hand_over, pickup.point_id, pickup.code, by=keeper.id, at=at)


def open_checkout(act, app, buyer, variant):
    client = app.test_client()
    sign_in(client, buyer)
    client.post("/basket/lines", data={"variant_id": variant.id, "quantity": 2})
    return client


def checkout_fields(client, **changes):
    fields = Page(client.get("/checkout").text).form("/checkout").fields
    return fields | {"buyer": "self", "method": "online", "perishables": "y"} | changes


# ── Choosing a point ────────────────────────────────────────────────────────────────────────────


def test_a_buyer_chooses_a_point_and_pays_its_fee(act, app, sandbox, buyer, variant, point):
    client = open_checkout(act, app, buyer, variant)
    chosen = {"address": f"point-{point.id}", "recipient": "王小满", "phone": "13800000000"}
    shown = client.post("/checkout/quote", data=checkout_fields(client, **chosen))
    assert "自提费 2.00 元" in Page(shown.text).text
    again = Page(shown.text).form("/checkout").fields
    agreed = {"quote": again["quote"], "seen": again["seen"]}
    answer = client.post("/checkout", data=checkout_fields(client, **chosen) | agreed)
    assert answer.status_code == 303
    order = act(lambda: db.session.scalars(select(Order)).one())
    assert (order.freight_fen, order.street) == (200, point.address)
    assert pickup_of(act, one(act, order)).point_id == point.id
    assert act(list_broken) == []


def test_freight_that_changed_with_the_place_is_asked_and_never_silent(
    act, app, sandbox, buyer, variant, point
):
    client = open_checkout(act, app, buyer, variant)
    chosen = {"address": f"point-{point.id}", "recipient": "王小满", "phone": "13800000000"}
    answer = client.post("/checkout", data=checkout_fields(client, **chosen))
    assert answer.status_code == 409
    assert "运费从 ¥14.00 变为 ¥2.00" in Page(answer.text).text
    assert act(lambda: db.session.scalars(select(Order)).all()) == []


@pytest.mark.parametrize("address", ["point-0", "point-999", "point-x", "point-", "point-1 "])
def test_a_point_that_is_none_is_refused(act, app, buyer, variant, point, address):
    client = open_checkout(act, app, buyer, variant)
    for path in ("/checkout", "/checkout/quote"):
        answer = client.post(path, data=checkout_fields(client, address=address))
        assert answer.status_code == (422 if path == "/checkout" else 200)


@pytest.mark.parametrize("value", ["", "\x00", "😀", "x" * 5000, "<b>", "440402005", "-1"])
@pytest.mark.parametrize("field", ["address", "town_code", "recipient", "buyer", "quote", "seen"])
def test_no_value_breaks_the_quote(act, app, buyer, variant, point, field, value):
    client = open_checkout(act, app, buyer, variant)
    answer = client.post("/checkout/quote", data=checkout_fields(client) | {field: value})
    assert answer.status_code == 200


def test_whoever_fetches_says_who_they_are(act, app, buyer, variant, point):
    client = open_checkout(act, app, buyer, variant)
    chosen = {"address": f"point-{point.id}", "recipient": "", "phone": "12"}
    answer = client.post("/checkout", data=checkout_fields(client, **chosen))
    assert answer.status_code == 422


def test_a_point_that_closed_meanwhile_takes_no_order(act, buyer, variant, point):
    administrator = act(make_administrator)
    act(close_point, point.id, by=administrator.id, at=NOW)
    with pytest.raises(PointClosed):
        act(place, buyer, {variant: 1}, point=point)


# ── At the point ────────────────────────────────────────────────────────────────────────────────


def test_a_part_gets_its_code_when_it_is_paid(act, buyer, variant, point):
    order = act(place, buyer, {variant: 1}, point=point)
    assert pickup_of(act, one(act, order)).code is None
    act(lambda: paid(db.session.get_one(Order, order.id)))
    code = pickup_of(act, one(act, order)).code
    assert len(code) == 6
    assert code.isdecimal()


def test_from_the_point_to_the_buyer(act, app, desk, buyer, sent, point):
    page = Page(desk.get("/pickup").text).text
    assert "何*" in page
    assert "何小满" not in page
    assert "13800000000" not in page
    assert desk.post(f"/pickup/parts/{sent.number}/arrival").status_code == 303
    code = pickup_of(act, sent).code
    own = app.test_client()
    sign_in(own, buyer)
    order_page = Page(own.get(f"/orders/{sent.number[:-1]}").text).text
    assert code in order_page
    assert point.name in order_page
    assert "到自提点了" in order_page
    assert "到自提点报取货码" in order_page
    letters = act(lambda: db.session.scalars(select(Notice.letter)).all())
    assert letters.count("orders/pickup_arrived") == 1
    assert (
        desk.post("/pickup/handovers", data={"code": f" {code[:3]} {code[3:]} "}).status_code == 303
    )
    assert "已交给 何*" in Page(desk.get("/pickup").text).text
    fetched = act(lambda: db.session.get_one(SubOrder, sent.id))
    assert fetched.arrived_at is not None
    assert fetched.accepted_at is None
    order_page = Page(own.get(f"/orders/{sent.number[:-1]}").text).text
    assert "已送到" in order_page
    assert "取走了" in order_page
    assert own.post(f"/orders/{sent.number[:-1]}/parts/{sent.number}/receipt").status_code == 303
    assert act(lambda: db.session.get_one(SubOrder, sent.id)).accepted_by is AcceptedBy.BUYER
    assert act(list_broken) == []


def test_the_same_code_hands_over_once(act, desk, sent, keeper):
    fetch(act, sent, keeper)
    code = pickup_of(act, sent).code
    answer = desk.post("/pickup/handovers", data={"code": code})
    assert answer.status_code == 422
    assert "没有这个取货码" in answer.text


def test_two_keepers_at_once_hand_over_once(act, sent, keeper):
    pickup = pickup_of(act, sent)
    act(arrive, pickup.id, by=keeper.id, at=NOW + timedelta(days=2))

    def try_once(_):
        try:
            act(hand_over, pickup.point_id, pickup.code, by=keeper.id, at=NOW + timedelta(days=2))
        except CodeUnknown:
            return 0
        return 1

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(try_once, range(6))) == 1


def test_what_has_not_arrived_is_not_handed_over(act, desk, sent):
    answer = desk.post("/pickup/handovers", data={"code": pickup_of(act, sent).code})
    assert answer.status_code == 422
    assert "还没有登记到点" in answer.text
    with pytest.raises(NotArrivedYet):
        act(hand_over, pickup_of(act, sent).point_id, pickup_of(act, sent).code, by=1, at=NOW)


def test_what_was_not_all_sent_does_not_arrive(act, buyer, variant, point, keeper):
    waiting = one(act, act(lambda: paid(place(buyer, {variant: 1}, point=point))))
    with pytest.raises(NotOnItsWay):
        act(arrive, pickup_of(act, waiting).id, by=keeper.id, at=NOW)


def test_what_arrived_does_not_arrive_again(act, desk, sent):
    for _ in range(2):
        assert desk.post(f"/pickup/parts/{sent.number}/arrival").status_code == 303
    letters = act(lambda: db.session.scalars(select(Notice.letter)).all())
    assert letters.count("orders/pickup_arrived") == 1


def test_the_code_of_another_point_means_nothing_here(act, app, sent, keeper):
    pickup = pickup_of(act, sent)
    act(arrive, pickup.id, by=keeper.id, at=NOW)
    other = act(make_keeper)
    act(make_point, other)
    client = app.test_client()
    sign_in(client, other)
    assert client.post("/pickup/handovers", data={"code": pickup.code}).status_code == 422
    assert client.post(f"/pickup/parts/{sent.number}/arrival").status_code == 404
    assert sent.number not in client.get("/pickup").text


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "abcdef", "٣٤٥٦٧٨", "😀", "\x00" * 6, "-12345"]
)
def test_a_code_that_is_none_is_explained(desk, code):
    answer = desk.post("/pickup/handovers", data={"code": code})
    assert answer.status_code == 422
    assert "aria-invalid" in answer.text


def test_guessing_codes_is_stopped_for_a_while(act, desk, sent, keeper):
    pickup = pickup_of(act, sent)
    act(arrive, pickup.id, by=keeper.id, at=NOW)
    wrong = "000000" if pickup.code != "000000" else "111111"
    answers = [desk.post("/pickup/handovers", data={"code": wrong}).status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]
    assert desk.post("/pickup/handovers", data={"code": pickup.code}).status_code == 429


def test_a_keeper_without_a_point_is_told_whom_to_ask(act, app):
    client = app.test_client()
    sign_in(client, act(make_keeper))
    assert "还没有安排您负责哪个自提点" in client.get("/pickup").text
    assert client.post("/pickup/handovers", data={"code": "123456"}).status_code == 404


def test_every_heap_can_be_looked_at_and_asks_little(act, app, desk, buyer, variant, point):
    act(lambda: [dispatched(paid(place(buyer, {variant: 1}, point=point))) for _ in range(12)])
    for show in ("expected", "arrived", "long", "done", "x", "😀"):
        with counted_queries(app) as statements:
            assert desk.get(f"/pickup?show={show}").status_code == 200
        assert len(statements) <= 12, show


# ── Accepted by itself ──────────────────────────────────────────────────────────────────────────


def test_what_was_fetched_is_accepted_by_itself_after_48_hours(act, app, sent, keeper):
    fetched_at = NOW + timedelta(days=2)
    fetch(act, sent, keeper, at=fetched_at)
    with app.app_context():
        assert accept_fetched(fetched_at + timedelta(hours=48)) == 0
        assert accept_fetched(fetched_at + timedelta(hours=48, seconds=1)) == 1
        assert accept_fetched(fetched_at + timedelta(days=9)) == 0
    assert act(lambda: db.session.get_one(SubOrder, sent.id)).accepted_by is AcceptedBy.SYSTEM


def test_what_lies_at_a_point_is_never_accepted_by_itself(act, app, sent, keeper):
    act(arrive, pickup_of(act, sent).id, by=keeper.id, at=NOW + timedelta(days=2))
    with app.app_context():
        assert accept_unasked(NOW + timedelta(days=60)) == 0
        assert accept_fetched(NOW + timedelta(days=60)) == 0
    with pytest.raises(NotToBeAccepted):
        act(accept, sent.id, account_id=None, accepted_by=AcceptedBy.SYSTEM, at=NOW)


# ── Administrators ──────────────────────────────────────────────────────────────────────────────

POINT = {
    "name": "吉大自提点",
    "town_code": "440402004",
    "address": "景山路 1 号",
    "opening_hours": "每天 9:00–20:00",
    "cut_off": "２０：３０",
    "lead_days": "1",
    "fee_fen": "1.50",
}


@pytest.fixture
def office(act, app):
    client = app.test_client()
    sign_in(client, act(make_administrator))
    return client


def test_an_administrator_opens_closes_and_reopens_a_point(act, office, keeper, point):
    address = office.post("/admin/pickup-points", data=POINT).location
    opened = act(lambda: db.session.scalars(select(PickupPoint).filter_by(name="吉大自提点")).one())
    assert (opened.fee_fen, f"{opened.cut_off:%H:%M}") == (150, "20:30")
    assert office.post(f"{address}/keepers", data={"account": str(keeper.id)}).status_code == 303
    assert keeper.name in office.get(address).text
    assert (
        f"{point.id}/keepers/{keeper.id}/removal"
        not in office.get(f"/admin/pickup-points/{point.id}").text
    )
    assert office.post("/admin/pickup-points", data=POINT).status_code == 422
    for path, is_closed in (("closure", True), ("reopening", False)):
        office.post(f"{address}/{path}")
        row = act(lambda: db.session.get_one(PickupPoint, opened.id))
        assert (row.closed_at is not None) == is_closed


@pytest.mark.parametrize(
    "time", ["", "24:00", "20", "20:60", "x", "20:0", "²0:00", "\x00", "20:00:00"]
)
def test_a_cut_off_that_is_no_time_is_refused(act, office, point, time):
    assert office.post("/admin/pickup-points", data=POINT | {"cut_off": time}).status_code == 422


def test_only_keepers_are_assigned(act, office, point, buyer):
    answer = office.post(
        f"/admin/pickup-points/{point.id}/keepers", data={"account": str(buyer.id)}
    )
    assert answer.status_code == 422


def test_the_promise_of_a_point_is_kept_when_its_rules_change(act, office, sent, point):
    before = act(lambda: db.session.get_one(SubOrder, sent.id))
    office.post(f"/admin/pickup-points/{point.id}", data=POINT | {"lead_days": "9", "fee_fen": "9"})
    after = act(lambda: db.session.get_one(SubOrder, sent.id))
    assert (after.promised_on, after.freight_fen) == (before.promised_on, before.freight_fen)
    assert act(lambda: db.session.scalars(select(Payment.due_fen)).one())
    assert clock.day_of(NOW) < after.promised_on
