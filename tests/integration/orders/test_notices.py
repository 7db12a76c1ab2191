"""A notice for each step, by the ways that reach a person, and never two."""

import json
from datetime import date, timedelta

import pytest
from flask_babel import force_locale
from sqlalchemy import func, select, update

from orders.checkout.services import close_order
from orders.deliveries.services import accept
from orders.records.events import OrderPaid, RefundMoved
from orders.records.models import AcceptedBy, Order, OrderLine, SubOrder
from orders.refunds.services.cancellations import cancel_order
from shop import mail, sms
from shop.accounts.notices.rules import contact_of
from shop.accounts.notices.services import tell
from shop.db import db
from shop.events import announce
from shop.outbox import OutboxMessage, deliver_due
from tests.factories.catalog import make_variant
from tests.factories.orders import NOW, accepted, dispatched, paid, place
from tests.factories.people import make_cooperative, make_cooperative_member, make_resident, sign_in
from tests.parts.pages import see


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
        (manager.email, "orders/part_cancelled"),
        (buyer.email, "orders/order_cancelled"),
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


def test_who_left_no_address_gets_no_letter_and_still_finds_it_in_the_inbox(app, act, cooperative):
    buyer = act(make_resident, "13900000001")
    order = act(lambda: paid(place(buyer, {make_variant(cooperative): 1})))
    assert letters(act) == []
    client = app.test_client()
    sign_in(client, buyer)
    assert f"订单 {order.number} 已付款" in see(client, "/account/inbox").text


def test_what_is_urgent_goes_by_phone_to_who_left_nothing_else(app, act, cooperative, settings):
    phone_only, both = act(make_resident, "13900000001"), act(make_resident)
    for buyer in (phone_only, both):
        order = act(lambda buyer=buyer: paid(place(buyer, {make_variant(cooperative): 1})))
        refund = act(cancel_order, order.id, reason="不要了", by=buyer.id, at=NOW)
        act(lambda refund=refund: announce(RefundMoved(refund.id, NOW)))
    with app.app_context():
        deliver_due(NOW + timedelta(days=60))
    texts = [json.loads(file.read_text()) for file in settings.sms_folder.glob("*.json")]
    assert [each["phone"] for each in texts] == ["13900000001"]
    assert texts[0]["text"].startswith(sms.SIGN)
    assert "已原路退回" in texts[0]["text"]
    assert len(texts[0]["text"]) <= sms.LONGEST


def test_a_shop_without_a_way_to_send_texts_promises_none(app, act, cooperative, monkeypatch):
    monkeypatch.delitem(app.extensions, "sms")
    buyer = act(make_resident, "13900000001")
    order = act(lambda: paid(place(buyer, {make_variant(cooperative): 1})))
    refund = act(cancel_order, order.id, reason="不要了", by=buyer.id, at=NOW)
    act(lambda: announce(RefundMoved(refund.id, NOW)))
    query = select(func.count(OutboxMessage.id)).where(OutboxMessage.kind == sms.KIND)
    assert act(lambda: db.session.scalar(query)) == 0


def test_a_letter_speaks_the_language_that_the_person_last_chose(app, act, postbox, buyer, variant):
    client = app.test_client()
    sign_in(client, buyer)
    client.post("/preferences", data={"language": "en"})
    order = act(place, buyer, {variant: 1})
    deliver(app, postbox)
    assert str(postbox.sent[-1]["Subject"]).startswith(f"Order {order.number} is placed")


@pytest.mark.parametrize("writer", ["zh_Hans_CN", "en"])
@pytest.mark.parametrize(
    ("reader", "says"),
    [
        ("zh_Hans_CN", ["承诺 2026年11月", "预售，12月5日起发货"]),
        ("en", ["promised by 2", " Nov 2026", "pre-order, sent from 5 Dec"]),
    ],
)
def test_days_are_worded_for_the_reader_whoever_caused_the_letter(
    act, app, postbox, buyer, variant, writer, reader, says
):
    client = app.test_client()
    sign_in(client, buyer)
    client.post("/preferences", data={"language": reader})
    order = act(place, buyer, {variant: 1})
    act(lambda: db.session.execute(update(OrderLine).values(ships_on=date(2026, 12, 5))))
    act(lambda: in_language(writer, lambda: paid(db.session.get_one(Order, order.id))))
    deliver(app, postbox)
    letters_to_buyer = [each for each in postbox.sent if each["To"] == buyer.email]
    letter = letters_to_buyer[-1].get_content()
    inbox = see(client, "/account/inbox").text
    for words in says:
        assert words in letter
        assert words in inbox


def in_language(language, do):
    """As a person would do it who reads the shop in that language."""
    with force_locale(language):
        return do()


def test_a_letter_that_was_written_with_words_for_its_days_is_still_read(act, app, buyer):
    part = {"cooperative": "一社", "lines": ["荔枝 2 kg × 1 箱"], "promised_on": "2026年11月25日"}
    told = {"number": "2611230001", "total_fen": 4980, "parts": [part]}
    act(tell, contact_of(buyer), "orders/order_paid", told, key="a", path="/orders", at=NOW)
    client = app.test_client()
    sign_in(client, buyer)
    text = see(client, "/account/inbox").text
    assert "一社，承诺 2026年11月25日前送到" in text
    assert "荔枝 2 kg × 1 箱" in text


def test_the_same_letter_has_the_same_id_however_often_it_leaves(app, act, postbox, buyer, variant):
    act(place, buyer, {variant: 1})
    message = act(lambda: db.session.scalars(select(OutboxMessage).filter_by(kind="mail")).one())
    with app.app_context():
        for _ in range(2):
            mail.deliver(message.payload, NOW)
    first, second = postbox.sent
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Message-ID"].endswith("@127.0.0.1>")
