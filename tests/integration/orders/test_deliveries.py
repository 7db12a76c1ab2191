"""Parcels on their way, what is accepted, and what freight costs."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from catalog.products.models import Variant
from catalog.stock.queries import list_mismatches
from orders.deliveries.errors import NotToBeAccepted, NotToBeSent, OtherThanWaits
from orders.deliveries.handlers import accept_unasked
from orders.deliveries.models import Parcel, Shipment
from orders.deliveries.queries import find_destination, find_tariff, list_zones
from orders.deliveries.services import accept, dispatch, load_default_tariff, load_default_zone
from orders.payments.models import Payment
from orders.records.events import AcceptanceDue
from orders.records.models import AcceptedBy, OrderLine, SubOrder
from orders.refunds.errors import AlreadySent
from orders.refunds.services.cancellations import cancel_order
from orders.sales.models import SalesEntry
from shop import clock, events
from shop.accounts.audit.models import AuditEntry
from shop.accounts.people.services import remember_address
from shop.db import db
from shop.events import on
from shop.invariants import list_broken
from tests.factories.catalog import make_variant
from tests.factories.orders import NOW, dispatched, make_delivery, paid, place
from tests.factories.people import (
    make_administrator,
    make_cooperative,
    make_places,
    make_resident,
    sign_in,
)
from tests.factories.pickups import ISLAND, make_zone
from tests.parts.pages import Page

PARCELS = [("顺丰速运", "SF1234567890"), ("顺丰速运", "SF1234567891")]


@pytest.fixture
def buyer(act):
    return act(make_resident)


@pytest.fixture
def variant(act):
    return act(make_variant, stock=10)


@pytest.fixture
def waiting(act, buyer, variant):
    """A paid order's only part."""
    order = act(lambda: paid(place(buyer, {variant: 2})))
    return only_part(act, order)


@pytest.fixture
def sent(act, buyer, variant):
    order = act(lambda: dispatched(paid(place(buyer, {variant: 2}))))
    return only_part(act, order)


def only_part(act, order):
    return act(
        lambda: db.session.scalars(select(SubOrder).where(SubOrder.order_id == order.id)).one()
    )


def send(act, part, parcels=PARCELS, cooperative_id=None, quantities=None, key=""):
    seller, at = cooperative_id or part.cooperative_id, NOW + timedelta(days=1)
    return act(dispatch, part.id, seller, parcels, quantities, key=key, by=None, at=at)


def line_of(act, part):
    query = select(OrderLine).where(OrderLine.sub_order_id == part.id)
    return act(lambda: db.session.scalars(query).one())


def reread(act, part):
    return act(lambda: db.session.get_one(SubOrder, part.id))


def count(act, model):
    return len(act(lambda: db.session.scalars(select(model)).all()))


def stock(act, variant):
    row = act(lambda: db.session.get_one(Variant, variant.id))
    return row.on_hand, row.held


def test_sending_sells_what_was_held_and_writes_down_the_parcels(act, waiting, variant):
    assert stock(act, variant) == (10, 2)
    send(act, waiting)
    assert stock(act, variant) == (8, 0)
    assert count(act, Parcel) == 2
    assert act(list_mismatches) == []
    assert act(lambda: db.session.scalars(select(AuditEntry.act)).all()).count("dispatch") == 1


def test_a_part_is_sent_once(act, waiting, variant):
    send(act, waiting)
    with pytest.raises(NotToBeSent):
        send(act, waiting)
    assert stock(act, variant) == (8, 0)
    assert count(act, Parcel) == 2


def test_an_unpaid_part_is_not_sent(act, buyer, variant):
    part = only_part(act, act(place, buyer, {variant: 1}))
    with pytest.raises(NotToBeSent):
        send(act, part)


def test_a_split_part_is_sent_when_nothing_of_it_waits_any_more(act, waiting, variant):
    line = line_of(act, waiting)
    send(act, waiting, quantities={line.id: 1})
    assert reread(act, waiting).dispatched_at is None
    assert stock(act, variant) == (9, 1)
    send(act, waiting, quantities={line.id: 1})
    assert reread(act, waiting).dispatched_at is not None
    assert stock(act, variant) == (8, 0)
    assert count(act, Shipment) == 2
    assert act(list_broken) == []


def test_freight_is_charged_once_however_often_a_part_is_split(act, buyer):
    cheap = act(make_variant, stock=10, price_fen=1000)
    waiting = only_part(act, act(lambda: paid(place(buyer, {cheap: 2}))))

    def charged():
        part, payment = reread(act, waiting), act(lambda: db.session.scalars(select(Payment)).one())
        return part.freight_fen, payment.due_fen, payment.captured_fen

    before, line = charged(), line_of(act, waiting)
    assert before[0] > 0
    for _ in range(2):
        send(act, waiting, quantities={line.id: 1})
    assert charged() == before


@pytest.mark.parametrize("units", [0, -1, 3, 10**9])
def test_units_that_do_not_wait_are_not_sent(act, waiting, variant, units):
    with pytest.raises((NotToBeSent, OtherThanWaits)):
        send(act, waiting, quantities={line_of(act, waiting).id: units})
    assert stock(act, variant) == (10, 2)


def test_a_line_of_another_part_is_not_sent(act, waiting, buyer, variant):
    other = only_part(act, act(lambda: paid(place(buyer, {variant: 1}))))
    with pytest.raises(NotToBeSent):
        send(act, waiting, quantities={line_of(act, other).id: 1})


def test_one_form_sends_once_however_often_it_comes(act, waiting, variant):
    line = line_of(act, waiting)
    for _ in range(3):
        send(act, waiting, quantities={line.id: 1}, key="the-key-of-this-very-form")
    assert stock(act, variant) == (9, 1)
    assert count(act, Shipment) == 1


def test_the_key_of_another_parts_form_sends_nothing(act, waiting, buyer, variant):
    other = only_part(act, act(lambda: paid(place(buyer, {variant: 1}))))
    send(act, waiting, key="the-key-of-this-very-form")
    with pytest.raises(NotToBeSent):
        send(act, other, key="the-key-of-this-very-form")


def test_what_was_sent_in_part_is_not_accepted_yet(act, app, waiting, buyer):
    send(act, waiting, quantities={line_of(act, waiting).id: 1})
    with pytest.raises(NotToBeAccepted):
        act(accept, waiting.id, account_id=buyer.id, accepted_by=AcceptedBy.BUYER, at=NOW)
    with app.app_context():
        assert accept_unasked(NOW + timedelta(days=60)) == 0


def test_two_at_once_never_send_more_than_waits(app, act, waiting, variant):
    """Ten threads each send one of two units: two go through."""
    line = line_of(act, waiting)

    def send_one(number):
        try:
            send(act, waiting, quantities={line.id: 1}, key=f"the-form-of-thread-{number:04d}")
        except (NotToBeSent, OtherThanWaits):
            return 0
        return 1

    with ThreadPoolExecutor(10) as threads:
        assert sum(threads.map(send_one, range(10))) == 2
    assert stock(act, variant) == (8, 0)
    assert act(list_broken) == []


def test_another_cooperative_cannot_send(act, waiting):
    stranger = act(make_cooperative)
    with pytest.raises(NotToBeSent):
        send(act, waiting, cooperative_id=stranger.id)


def test_a_part_without_parcels_is_not_sent(act, waiting):
    with pytest.raises(NotToBeSent):
        send(act, waiting, parcels=[])


def test_what_was_sent_cannot_be_cancelled_and_the_other_way_round(act, waiting, buyer):
    act(cancel_order, waiting.order_id, reason="不要了", by=buyer.id, at=NOW)
    with pytest.raises(NotToBeSent):
        send(act, waiting)


def test_what_is_on_its_way_is_not_refunded(act, sent, buyer):
    with pytest.raises(AlreadySent):
        act(cancel_order, sent.order_id, reason="不要了", by=buyer.id, at=NOW)
    assert act(lambda: db.session.scalars(select(Payment.refunded_fen)).one()) == 0


def test_the_buyer_confirms_once_and_it_counts_once(act, client, buyer, sent):
    sign_in(client, buyer)
    address = f"/orders/{sent.number[:-1]}/parts/{sent.number}/receipt"
    for _ in range(2):
        assert client.post(address).status_code == 303
    part = act(lambda: db.session.get_one(SubOrder, sent.id))
    assert part.accepted_by is AcceptedBy.BUYER
    assert count(act, SalesEntry) == 1
    assert "已完成" in client.get(f"/orders/{sent.number[:-1]}").text


@pytest.mark.parametrize("number", ["C20261123-AAAAAA", "%00", "x" * 400, "..", "😀", "1 OR 1=1"])
def test_a_part_that_is_none_is_not_found(client, act, buyer, sent, number):
    sign_in(client, buyer)
    order = sent.number[:-1]
    assert client.post(f"/orders/{order}/parts/{number}/receipt").status_code == 404
    assert client.post(f"/orders/{number}/parts/{sent.number}/receipt").status_code == 404


def test_strangers_cannot_confirm(act, client, sent):
    sign_in(client, act(make_resident))
    answer = client.post(f"/orders/{sent.number[:-1]}/parts/{sent.number}/receipt")
    assert answer.status_code == 404
    with pytest.raises(NotToBeAccepted):
        act(accept, sent.id, account_id=99, accepted_by=AcceptedBy.BUYER, at=NOW)


def test_what_was_not_sent_cannot_be_accepted(act, waiting, buyer):
    with pytest.raises(NotToBeAccepted):
        act(accept, waiting.id, account_id=buyer.id, accepted_by=AcceptedBy.BUYER, at=NOW)


def test_a_part_is_accepted_by_itself_when_the_days_to_complain_are_over(act, app, sent):
    last_day = clock.start_of(sent.promised_on + timedelta(days=7))
    with app.app_context():
        assert accept_unasked(last_day) == 0
        assert accept_unasked(last_day + timedelta(days=1)) == 1
        assert accept_unasked(last_day + timedelta(days=1)) == 0
    part = act(lambda: db.session.get_one(SubOrder, sent.id))
    assert part.accepted_by is AcceptedBy.SYSTEM
    assert count(act, SalesEntry) == 1


def test_what_was_sent_late_leaves_as_many_days_to_complain(act, app, waiting):
    late = NOW + timedelta(days=30)
    act(dispatch, waiting.id, waiting.cooperative_id, PARCELS, by=None, at=late)
    with app.app_context():
        assert accept_unasked(late + timedelta(hours=1)) == 0
        assert accept_unasked(late + timedelta(days=8)) == 1


def test_a_part_that_somebody_vetoes_waits_and_lets_the_next_pass(act, app, sent, buyer, variant):
    other = only_part(act, act(lambda: dispatched(paid(place(buyer, {variant: 1})))))

    def veto(event):
        if event.sub_order_id == sent.id:
            raise NotToBeAccepted

    on(AcceptanceDue)(veto)
    try:
        with app.app_context():
            assert accept_unasked(NOW + timedelta(days=60)) == 1
    finally:
        events._handlers[AcceptanceDue].remove(veto)
    assert reread(act, sent).accepted_at is None
    assert reread(act, other).accepted_at is not None


def test_what_was_never_sent_is_not_accepted_by_itself(app, waiting):
    with app.app_context():
        assert accept_unasked(NOW + timedelta(days=60)) == 0


# ── Freight ─────────────────────────────────────────────────────────────────────────────────────

TARIFF = {
    **{"first_g": "2", "first_fen": "15", "step_g": "0.5", "step_fen": "3.50"},
    **{"free_from_fen": "", "lead_days": "4"},
}


@pytest.fixture
def office(act, app):
    client = app.test_client()
    sign_in(client, act(make_administrator))
    return client


def test_the_first_tariff_is_written_once(act):
    one = act(load_default_tariff, at=NOW)
    assert act(load_default_tariff, at=NOW).id == one.id


def test_an_administrator_sets_freight_for_all_and_for_one(act, office):
    one, other = act(make_cooperative), act(make_cooperative)
    office.post("/admin/freight/default", data=TARIFF | {"first_fen": "8"})
    office.post(f"/admin/freight/{one.id}", data=TARIFF)
    assert act(find_tariff, one.id).first_fen == 1500
    assert act(find_tariff, one.id).step_g == 500
    assert act(find_tariff, one.id).free_from_fen is None
    assert act(find_tariff, other.id).first_fen == 800
    assert one.name in office.get("/admin/freight").text
    assert Page(office.get(f"/admin/freight/{one.id}").text).form(f"/{one.id}").fields["first_fen"]
    office.post(f"/admin/freight/{one.id}/removal")
    assert act(find_tariff, one.id).first_fen == 800
    assert act(lambda: db.session.scalars(select(AuditEntry.act)).all()).count("set_freight") == 2


@pytest.mark.parametrize("field", ["first_g", "first_fen", "step_g", "step_fen", "lead_days"])
@pytest.mark.parametrize("value", ["", "-1", "abc", "1e9", "99999999999999999999", "😀", "\x00"])
def test_a_tariff_of_nonsense_is_refused(act, office, field, value):
    before = act(find_tariff, 0).first_fen
    answer = office.post("/admin/freight/default", data=TARIFF | {field: value})
    assert answer.status_code == 422
    assert act(find_tariff, 0).first_fen == before


@pytest.mark.parametrize("id_", ["0", "999", "99999999999999999999", "x"])
def test_a_tariff_for_nobody_is_not_found(office, id_):
    assert office.get(f"/admin/freight/{id_}").status_code == 404
    assert office.post(f"/admin/freight/{id_}", data=TARIFF).status_code == 404
    assert office.post(f"/admin/freight/{id_}/removal").status_code == 404


# ── Islands ─────────────────────────────────────────────────────────────────────────────────────

ZONE = {
    **{"name": "外伶仃", "surcharge_fen": "20", "extra_days": "3", "free_from_fen": ""},
    "town_codes": ["440402107"],
}


def test_an_administrator_draws_changes_and_removes_a_zone(act, office):
    act(make_places)
    office.post("/admin/zones", data=ZONE)
    (zone,) = act(list_zones)
    assert act(find_destination, "440402107").zone.surcharge_fen == 2000
    assert act(find_destination, "440402005").zone is None
    change = ZONE | {"town_codes": ["440402106"], "surcharge_fen": "8"}
    assert office.post(f"/admin/zones/{zone.id}", data=change).status_code == 303
    assert act(find_destination, "440402107").zone is None
    assert act(find_destination, "440402106").zone.surcharge_fen == 800
    assert "外伶仃" in office.get("/admin/zones").text
    office.post(f"/admin/zones/{zone.id}/removal")
    assert act(list_zones) == []


@pytest.mark.parametrize("change", [{"town_codes": ["440402105"]}, {"name": "海岛"}])
def test_a_town_is_in_one_zone_and_a_name_is_one_zones(act, office, change):
    act(make_zone, name="海岛")
    answer = office.post("/admin/zones", data=ZONE | change)
    assert answer.status_code == 422
    assert len(act(list_zones)) == 1


@pytest.mark.parametrize("codes", [[], ["440981104"], ["x"], ["\x00"], ["440402107", "1"]])
def test_a_zone_of_towns_outside_zhuhai_is_refused(act, office, codes):
    act(make_places)
    assert office.post("/admin/zones", data=ZONE | {"town_codes": codes}).status_code == 422


def test_an_island_pays_the_ferry_and_waits_for_it(act, buyer):
    act(make_zone)
    cheap = act(make_variant, stock=10, price_fen=1000)
    shore = act(lambda: place(buyer, {cheap: 1}))
    island = act(lambda: place(buyer, {cheap: 1}, delivery=make_delivery(town_code=ISLAND)))
    assert island.freight_fen == shore.freight_fen + 1500
    days = [only_part(act, order).promised_on for order in (shore, island)]
    assert days[1] - days[0] == timedelta(days=2)


def test_the_basket_reckons_with_the_latest_address(act, client, buyer):
    act(make_zone)
    cheap = act(make_variant, stock=10, price_fen=1000)
    act(remember_address, buyer.id, make_delivery(town_code=ISLAND), at=NOW)
    sign_in(client, buyer)
    client.post("/basket/lines", data={"variant_id": cheap.id, "quantity": 1})
    page = Page(client.get("/basket").text).text
    assert "加收 15.00 元" in page
    assert "桂山镇" in page


def test_the_first_zone_is_the_islands_and_only_the_first(act):
    act(make_places)
    for _ in range(2):
        act(load_default_zone, at=NOW)
    (zone,) = act(list_zones)
    assert act(find_destination, ISLAND).zone.id == zone.id
    assert [act(find_destination, code).zone.id for code in ("440402106", "440402107")] == [
        zone.id
    ] * 2
