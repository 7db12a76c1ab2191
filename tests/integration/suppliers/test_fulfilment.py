"""A cooperative's desk: what to pick, what to send, and nothing of anybody else's."""

import pytest
from sqlalchemy import event, select

from catalog.products.models import Variant
from orders.deliveries.models import Parcel
from orders.records.models import SubOrder
from orders.refunds.services.cancellations import cancel_order
from shop import clock
from shop.db import db
from shop.invariants import list_broken
from tests.factories.catalog import make_variant
from tests.factories.orders import NOW, accepted, dispatched, make_delivery, paid, place
from tests.factories.people import (
    make_cooperative,
    make_cooperative_member,
    make_resident,
    sign_in,
)
from tests.parts.pages import Page

SENT = {"carrier": "顺丰速运", "other": "", "numbers": "sf 1234 567890"}
STREET = "情侣南路 1 号 9 栋"


@pytest.fixture
def cooperative(act):
    return act(make_cooperative)


@pytest.fixture
def variant(act, cooperative):
    return act(make_variant, cooperative, stock=100)


@pytest.fixture
def buyer(act):
    return act(make_resident)


@pytest.fixture
def desk(act, app, cooperative):
    client = app.test_client()
    sign_in(client, act(make_cooperative_member, cooperative))
    return client


@pytest.fixture
def part(act, buyer, variant):
    """A paid part that waits."""
    delivery = make_delivery(street=STREET)
    order = act(lambda: paid(place(buyer, {variant: 2}, delivery=delivery, at=clock.now())))
    return act(
        lambda: db.session.scalars(select(SubOrder).where(SubOrder.order_id == order.id)).one()
    )


def send(desk, part, **changes):
    """Post the form as its page shows it, with these fields filled in."""
    return post(desk, part, form_of(desk, part) | SENT | changes)


def post(desk, part, fields):
    return desk.post(f"/cooperative/orders/{part.number}/dispatch", data=fields)


def form_of(desk, part):
    page = Page(desk.get(f"/cooperative/orders/{part.number}").text)
    forms = [form for form in page.forms if form.action.endswith("/dispatch")]
    return forms[0].fields if forms else {}


def parcels(act):
    rows = act(lambda: db.session.scalars(select(Parcel).order_by(Parcel.id)).all())
    return [(row.carrier, row.tracking_number) for row in rows]


def test_today_shows_what_to_pick_what_to_send_and_the_money(act, desk, buyer, variant, part):
    act(lambda: dispatched(paid(place(buyer, {variant: 1}, at=clock.now()))))
    act(lambda: accepted(dispatched(paid(place(buyer, {variant: 3}, at=clock.now())))))
    act(lambda: place(buyer, {variant: 50}, at=clock.now()))
    page = Page(desk.get("/cooperative").text).text
    assert "去发货：1 单" in page
    assert "待发货 1 单" in page
    assert "路上的货款 85.00 元" in page
    assert "2 白糖罂荔枝 5斤装 · 1 单 箱" in page


def test_a_variant_of_which_few_are_left_is_running_low(act, desk, cooperative):
    act(make_variant, cooperative, name="豆豉", stock=3)
    act(make_variant, cooperative, name="花生油", stock=0)
    page = Page(desk.get("/cooperative").text).text
    assert "还剩 3 箱" in page
    assert "售罄" in page


def test_an_order_that_is_not_paid_is_none_of_its_business(act, desk, buyer, variant):
    order = act(place, buyer, {variant: 1})
    assert order.number not in desk.get("/cooperative/orders").text
    assert desk.get(f"/cooperative/orders/{order.number}A").status_code == 404


def test_the_pick_list_sums_by_product(act, desk, variant, part):
    act(lambda: paid(place(make_resident(), {variant: 3})))
    page = Page(desk.get("/cooperative/pick-list").text).text
    assert "5 箱 2" in page


def test_the_address_is_for_the_cooperative_that_ships_and_for_no_other(act, app, desk, part):
    assert STREET in desk.get(f"/cooperative/orders/{part.number}").text
    other = app.test_client()
    sign_in(other, act(make_cooperative_member))
    assert other.get(f"/cooperative/orders/{part.number}").status_code == 404
    assert send(other, part).status_code == 404
    for address in ("/cooperative", "/cooperative/orders", "/cooperative/pick-list"):
        page = other.get(address).text
        assert part.number not in page
        assert STREET not in page


def test_residents_have_no_desk(app, buyer, part):
    client = app.test_client()
    sign_in(client, buyer)
    for address in ("/cooperative", "/cooperative/orders", "/cooperative/pick-list"):
        assert client.get(address).status_code == 403
    assert send(client, part).status_code == 403


def test_a_part_is_sent_with_one_or_several_parcels(act, desk, part):
    answer = send(desk, part, numbers="sf 1234 567890\nSF1234567891\n\nSF1234567891")
    assert answer.status_code == 303
    assert parcels(act) == [("顺丰速运", "SF1234567890"), ("顺丰速运", "SF1234567891")]
    page = desk.get(f"/cooperative/orders/{part.number}").text
    assert "已发货" in page
    assert "SF1234567890" in page
    assert part.number in desk.get("/cooperative/orders?show=sent").text


def test_pressing_twice_sends_once(act, desk, part, variant):
    (name,) = (name for name in form_of(desk, part) if name.startswith("units_"))
    fields = form_of(desk, part) | SENT | {name: "1"}
    for _ in range(2):
        assert post(desk, part, fields).status_code == 303
    assert parcels(act) == [("顺丰速运", "SF1234567890")]
    assert act(lambda: db.session.get_one(Variant, variant.id)).held == 1


def test_a_part_that_was_sent_from_another_tab_says_so(act, desk, part):
    other_tab = form_of(desk, part) | SENT | {"numbers": "SF9999999999"}
    send(desk, part)
    assert post(desk, part, other_tab).status_code == 303
    assert "现在不能发货" in desk.get(f"/cooperative/orders/{part.number}").text
    assert parcels(act) == [("顺丰速运", "SF1234567890")]


def test_some_are_sent_now_and_the_rest_later_for_one_freight(act, desk, buyer, part, variant):
    (name,) = (name for name in form_of(desk, part) if name.startswith("units_"))
    send(desk, part, **{name: "1"})
    page = Page(desk.get(f"/cooperative/orders/{part.number}").text).text
    assert "共 2，已发 1" in page
    assert "随后发出" in page
    assert "1 箱 1" in Page(desk.get("/cooperative/pick-list").text).text
    assert part.number in desk.get("/cooperative/orders").text
    send(desk, part, numbers="SF1234567891")
    sent = act(lambda: db.session.get_one(SubOrder, part.id))
    assert sent.dispatched_at is not None
    assert sent.freight_fen == part.freight_fen
    assert act(list_broken) == []


@pytest.mark.parametrize("units", ["0", "-1", "3", "1.5", "1000000000", "", "x", "😀", "\x00"])
def test_units_that_do_not_wait_are_refused(act, desk, part, units):
    (name,) = (name for name in form_of(desk, part) if name.startswith("units_"))
    assert send(desk, part, **{name: units}).status_code == 422
    assert parcels(act) == []


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "<b>" * 9, "\x00" * 20])
def test_a_form_without_its_key_is_shown_again_with_a_fresh_one(act, desk, part, key):
    answer = send(desk, part, key=key)
    assert answer.status_code == 422
    assert len(Page(answer.text).form("/dispatch").fields["key"]) >= 20
    assert parcels(act) == []


def test_another_carrier_is_named(act, desk, part):
    assert send(desk, part, carrier="other").status_code == 422
    assert send(desk, part, carrier="other", other="示例物流").status_code == 303
    assert parcels(act) == [("示例物流", "SF1234567890")]


@pytest.mark.parametrize(
    "numbers",
    [
        *("", "   ", "12345", "x" * 41, "单号", "😀" * 8, "\x00", "<b>12345678</b>", "SF-123456-"),
        *("SF1234567890\n???", "\n".join(f"SF12345678{n:02d}" for n in range(21)), "9" * 2000),
    ],
)
def test_a_tracking_number_that_is_none_is_refused_and_kept_to_be_mended(act, desk, part, numbers):
    answer = send(desk, part, numbers=numbers)
    assert answer.status_code == 422
    assert parcels(act) == []


@pytest.mark.parametrize("carrier", ["", "x" * 400, "😀", "\x00", "OTHER"])
def test_a_carrier_that_is_none_is_refused(act, desk, part, carrier):
    assert send(desk, part, carrier=carrier).status_code == 422
    assert parcels(act) == []


def test_a_cancelled_part_says_not_to_send_it(act, desk, buyer, part):
    act(cancel_order, part.order_id, reason="不要了", by=buyer.id, at=NOW)
    page = desk.get(f"/cooperative/orders/{part.number}").text
    assert "不用发货" in page
    assert send(desk, part).status_code == 303
    assert parcels(act) == []


@pytest.mark.parametrize("show", ["open", "sent", "done", "cancelled", "", "x", "😀", "%00"])
def test_every_heap_can_be_looked_at(desk, part, show):
    answer = desk.get(f"/cooperative/orders?show={show}&page=-1")
    assert answer.status_code == 200


@pytest.mark.parametrize("number", ["C20261123-AAAAAAA", "%00", "x" * 400, "😀", "' OR 1=1 --"])
def test_a_number_that_is_none_is_not_found(desk, number):
    assert desk.get(f"/cooperative/orders/{number}").status_code == 404
    assert desk.post(f"/cooperative/orders/{number}/dispatch").status_code == 404


def test_the_desk_asks_the_database_little_and_weighs_little(act, app, desk, variant):
    act(lambda: [paid(place(make_resident(), {variant: 1})) for _ in range(25)])
    with app.app_context():
        engine = db.engine
    for address in ("/cooperative", "/cooperative/orders", "/cooperative/pick-list"):
        statements = []
        note = lambda *args, kept=statements: kept.append(args[2])  # noqa: E731
        event.listen(engine, "before_cursor_execute", note)
        answer = desk.get(address)
        event.remove(engine, "before_cursor_execute", note)
        asked = [statement for statement in statements if statement.startswith("SELECT")]
        assert len(asked) <= 9, asked
        assert len(answer.data) < 30_000, address
