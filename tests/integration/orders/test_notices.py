"""A letter for each step, to those who left an address, and never two."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from orders.checkout.services import close_order
from orders.deliveries.services import accept
from orders.records.events import OrderPaid
from orders.records.models import AcceptedBy, SubOrder
from orders.refunds.services import cancel_order
from shop import mail
from shop.db import db
from shop.events import announce
from shop.outbox import OutboxMessage, deliver_due
from tests.factories.catalog import make_variant
from tests.factories.orders import NOW, accepted, dispatched, paid, place
from tests.factories.people import make_cooperative, make_cooperative_member, make_resident


@pytest.fixture
def cooperative(act):
    return act(make_cooperative)


@pytest.fixture
def manager(act, cooperative):
    return act(make_cooperative_member, cooperative)


@pytest.fixture
def variant(act, cooperative, manager):
    return act(make_variant, cooperative)


@pytest.fixture
def buyer(act):
    return act(make_resident)


def letters(act):
    """To whom, and which letter, in order."""
    rows = act(
        lambda: db.session.scalars(
            select(OutboxMessage).where(OutboxMessage.kind == mail.KIND).order_by(OutboxMessage.id)
        ).all()
    )
    return [(row.payload["to"], row.payload["template"]) for row in rows]


class Postbox:
    """Keeps what is sent."""

    def __init__(self):
        self.sent = []

    def send(self, message, key):
        self.sent.append(message)


@pytest.fixture
def postbox(app):
    before = app.extensions["mailer"]
    app.extensions["mailer"] = Postbox()
    yield app.extensions["mailer"]
    app.extensions["mailer"] = before


def deliver(app, postbox):
    """Have every letter sent, and look at what people would read."""
    with app.app_context():
        deliver_due(NOW + timedelta(days=60))
    for message in postbox.sent:
        assert "{" not in str(message["Subject"])
        assert "127.0.0.1" in message.get_content(), "it leads to the order"
    return [str(message["Subject"]) for message in postbox.sent]


def test_each_step_of_a_good_order_is_told(act, app, postbox, buyer, manager, variant):
    order = act(lambda: accepted(dispatched(paid(place(buyer, {variant: 1})))))
    assert letters(act) == [
        (buyer.email, "orders/order_placed"),
        (buyer.email, "orders/order_paid"),
        (manager.email, "orders/part_to_send"),
        (buyer.email, "orders/part_dispatched"),
        (manager.email, "orders/part_accepted"),
    ]
    told = deliver(app, postbox)
    assert len(told) == 5
    assert all(order.number in subject or "已发货" in subject for subject in told)


def test_an_expired_order_is_told_to_the_buyer_only(act, app, postbox, buyer, manager, variant):
    order = act(place, buyer, {variant: 1})
    act(close_order, order.id, by=None, at=NOW)
    assert letters(act)[-1] == (buyer.email, "orders/order_closed")
    assert len(deliver(app, postbox)) == 2


def test_a_cancelled_order_is_told_to_both(act, app, postbox, buyer, manager, variant):
    order = act(lambda: paid(place(buyer, {variant: 1})))
    act(cancel_order, order.id, reason="不要了", by=buyer.id, at=NOW)
    assert letters(act)[-2:] == [
        (buyer.email, "orders/order_cancelled"),
        (manager.email, "orders/part_cancelled"),
    ]
    deliver(app, postbox)


def test_what_was_accepted_unasked_is_told_to_the_buyer_too(
    act, app, postbox, buyer, manager, variant
):
    act(lambda: dispatched(paid(place(buyer, {variant: 1}))))
    part = act(lambda: db.session.scalars(select(SubOrder)).one())
    act(accept, part.id, account_id=None, accepted_by=AcceptedBy.SYSTEM, at=NOW)
    assert letters(act)[-1] == (buyer.email, "orders/part_accepted_unasked")
    deliver(app, postbox)


def test_no_step_is_told_twice(act, buyer, manager, variant):
    order = act(lambda: paid(place(buyer, {variant: 1})))
    before = letters(act)
    act(lambda: announce(OrderPaid(order.id, NOW)))
    assert letters(act) == before


def test_who_left_no_address_gets_no_letter(act, cooperative):
    buyer = act(make_resident, "13900000001")
    act(lambda: paid(place(buyer, {make_variant(cooperative): 1})))
    assert letters(act) == []
