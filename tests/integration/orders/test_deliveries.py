"""Parcels on their way, what is accepted, and what freight costs."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from catalog.products.models import Variant
from catalog.stock.queries import list_mismatches
from orders.deliveries.errors import NotToBeAccepted, NotToBeSent
from orders.deliveries.handlers import accept_unasked
from orders.deliveries.models import Parcel
from orders.deliveries.queries import find_tariff
from orders.deliveries.services import accept, dispatch, load_default_tariff
from orders.payments.models import Payment
from orders.records.models import AcceptedBy, SubOrder
from orders.refunds.errors import AlreadySent
from orders.refunds.services import cancel_order
from orders.sales.models import SalesEntry
from shop import clock
from shop.accounts.audit.models import AuditEntry
from shop.db import db
from tests.factories.catalog import make_variant
from tests.factories.orders import NOW, dispatched, paid, place
from tests.factories.people import (
    make_administrator,
    make_cooperative,
    make_resident,
    sign_in,
)
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


def send(act, part, parcels=PARCELS, cooperative_id=None):
    seller = cooperative_id or part.cooperative_id
    return act(dispatch, part.id, seller, parcels, by=None, at=NOW + timedelta(days=1))


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
