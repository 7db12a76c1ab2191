"""Messages that did not arrive: seen, tried again, or put aside by somebody who says why."""

import pytest
from sqlalchemy import select

from shop import outbox
from shop.accounts.audit.models import AuditEntry
from shop.db import db
from shop.outbox import MAX_ATTEMPTS, OutboxMessage
from tests.factories.orders import NOW
from tests.factories.people import make_administrator, sign_in
from tests.parts.pages import see
from tests.parts.queries import counted_queries

PAYLOAD = {
    "to": "hexiaoman@shop.example",
    "template": "orders/order_paid",
    "context": {"name": "何小满", "number": "C1", "path": "/invitations/secret", "lines": ["荔枝"]},
}
ERROR = "SMTPRecipientsRefused: {'hexiaoman@shop.example': (550, b'13800001234')}"


@pytest.fixture
def administrator(act):
    return act(make_administrator)


@pytest.fixture
def desk(app, administrator):
    client = app.test_client()
    sign_in(client, administrator)
    return client


def dead(kind="mail", key="mail:a"):
    outbox.post(kind, key, PAYLOAD, at=NOW)
    message = db.session.scalars(select(OutboxMessage).filter_by(key=key)).one()
    message.attempts, message.last_error, message.dead_at = MAX_ATTEMPTS, ERROR, NOW
    db.session.flush()
    return message.id


def message(act, number):
    return act(lambda: db.session.get_one(OutboxMessage, number))


def acts(act):
    query = select(AuditEntry.act).where(AuditEntry.subject == "message").order_by(AuditEntry.id)
    return act(lambda: db.session.scalars(query).all())


def test_a_dead_letter_is_seen_with_its_error_and_without_anybodys_data(act, desk):
    number = act(dead)
    for page in (see(desk, "/admin/messages").text, see(desk, f"/admin/messages/{number}").text):
        assert "h***@shop.example" in page
        assert "SMTPRecipientsRefused" in page
        for secret in ("hexiaoman", "13800001234", "何小满", "secret", "荔枝"):
            assert secret not in page
    assert "orders/order_paid" in see(desk, f"/admin/messages/{number}").text


def test_one_message_is_tried_again_with_all_its_tries(act, desk):
    number, other = act(dead), act(dead, key="mail:b")
    assert desk.post(f"/admin/messages/{number}/attempts").status_code == 303
    tried, left = message(act, number), message(act, other)
    assert (tried.dead_at, tried.attempts) == (None, 0)
    assert left.dead_at is not None
    assert acts(act) == ["replay_message"]


def test_all_of_a_kind_are_tried_again_and_no_other(act, desk):
    mails = [act(dead, key=f"mail:{each}") for each in range(3)]
    refund = act(dead, "refund", "refund:1")
    desk.post("/admin/messages/attempts", data={"kind": "mail"})
    assert all(message(act, each).dead_at is None for each in mails)
    assert message(act, refund).dead_at is not None
    assert acts(act) == ["replay_messages"]


def test_a_message_that_arrived_meanwhile_is_not_sent_again(act, desk):
    number = act(dead)
    act(_arrive, number)
    desk.post(f"/admin/messages/{number}/attempts")
    assert message(act, number).delivered_at == NOW
    assert acts(act) == []


def _arrive(number):
    arrived = db.session.get_one(OutboxMessage, number)
    arrived.dead_at, arrived.delivered_at = None, NOW


def test_a_message_is_put_aside_once_and_only_with_a_reason(act, desk):
    number = act(dead)
    address = f"/admin/messages/{number}/discard"
    assert desk.post(address, data={"note": " "}).status_code == 422
    assert message(act, number).discarded_at is None
    for _ in range(2):
        assert desk.post(address, data={"note": "收件人已注销"}).status_code == 303
    assert message(act, number).discarded_at is not None
    assert acts(act) == ["discard_message"]
    assert "h***@" not in see(desk, "/admin/messages").text
    assert "h***@" in see(desk, "/admin/messages?show=discarded").text
    act(lambda: outbox.revive("mail:a", at=NOW))
    assert message(act, number).discarded_at is None, "whoever needs it can have it sent again"


def test_a_refund_cannot_be_put_aside(act, desk):
    number = act(dead, "refund", "refund:1")
    page = see(desk, f"/admin/messages/{number}")
    assert "不能放弃" in page.text
    assert not [form for form in page.forms if form.action.endswith("/discard")]
    desk.post(f"/admin/messages/{number}/discard", data={"note": "算了"})
    assert message(act, number).discarded_at is None


def test_what_waits_for_its_next_try_cannot_be_put_aside(act, desk):
    number = act(dead)
    act(lambda: outbox.revive("mail:a", at=NOW))
    desk.post(f"/admin/messages/{number}/discard", data={"note": "算了"})
    assert message(act, number).discarded_at is None
    assert "h***@" not in see(desk, "/admin/messages").text


def test_the_dead_are_counted_where_supervisors_look(act, client):
    act(dead)
    assert client.get("/readyz").json["dead_letters"] == 1


def test_a_long_list_of_them_is_paged_and_asks_no_more_for_more(app, act, desk):
    act(dead)
    with counted_queries(app) as few:
        desk.get("/admin/messages")
    act(lambda: [dead(key=f"mail:{each}") for each in range(40)])
    with counted_queries(app) as many:
        page = desk.get("/admin/messages").text
    assert page.count('class="job ') == 30
    assert len(many) == len(few)
