"""Everybody's own inbox, and what is unread in it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select, update

from shop.accounts.notices.models import Notice
from shop.accounts.notices.rules import contact_of
from shop.accounts.notices.services import tell
from shop.db import db
from shop.outbox import OutboxMessage
from tests.factories.orders import NOW
from tests.factories.people import make_policies, make_resident, sign_in
from tests.parts.pages import see
from tests.parts.queries import counted_queries

REFUND = {"number": "2611230001", "amount_fen": 1500, "reason": "坏果"}


@pytest.fixture
def person(act):
    act(make_policies)
    return act(make_resident)


@pytest.fixture
def client(app, person):
    client = app.test_client()
    sign_in(client, person)
    return client


def told(act, person, key="a", path="/orders", **context):
    to = contact_of(person)
    return act(tell, to, "orders/refund_moved", REFUND | context, key=key, path=path, at=NOW)


def unread(client):
    page = see(client, "/account/inbox").text
    return page.count("未读") - page.count("条未读")


def test_a_notice_says_what_the_letter_says(act, client, person):
    assert told(act, person)
    page = see(client, "/account/inbox").text
    assert "订单 2611230001 的退款已退回" in page
    assert "15.00 元已经原路退回" in page
    assert "您好" not in page, "a greeting is for letters"


def test_it_is_read_in_the_language_of_the_reader(act, client, person):
    told(act, person)
    client.post("/preferences", data={"language": "en"})
    assert "The refund for order 2611230001 has been sent" in see(client, "/account/inbox").text


def test_reading_a_notice_leads_to_what_it_is_about_and_is_noted_once(act, client, person):
    told(act, person)
    told(act, person, key="b")
    assert unread(client) == 2
    number = act(lambda: db.session.scalar(select(func.min(Notice.id))))
    for _ in range(2):
        answer = client.post(f"/account/inbox/{number}/reading")
        assert (answer.status_code, answer.location) == (303, "/orders")
    assert unread(client) == 1
    client.post("/account/inbox/reading")
    assert unread(client) == 0


def test_nobody_reads_another_persons_notices(app, act, person):
    told(act, person)
    stranger = app.test_client()
    sign_in(stranger, act(make_resident))
    number = act(lambda: db.session.scalar(select(func.min(Notice.id))))
    assert stranger.post(f"/account/inbox/{number}/reading").status_code == 404
    stranger.post("/account/inbox/reading")
    assert "15.00" not in see(stranger, "/account/inbox").text
    assert act(lambda: db.session.scalar(select(func.count(Notice.read_at)))) == 0


def test_a_notice_never_leads_out_of_the_shop(act, client, person):
    told(act, person, path="//evil.example/")
    number = act(lambda: db.session.scalar(select(func.min(Notice.id))))
    answer = client.post(f"/account/inbox/{number}/reading")
    assert answer.location == "/account/inbox"


@pytest.mark.parametrize("changes", [{"letter": "orders/gone"}, {"context": {"number": 1}}])
def test_a_letter_that_is_written_otherwise_by_now_leaves_its_notice_there(
    act, client, person, changes
):
    told(act, person)
    act(lambda: db.session.execute(update(Notice).values(**changes)))
    assert "一条旧消息" in see(client, "/account/inbox").text


def test_what_is_told_twice_at_once_is_told_once(app, act, person):
    ready = Barrier(4)

    def work():
        ready.wait()
        return told(act, person)

    with ThreadPoolExecutor(4) as workers:
        answers = [each.result() for each in [workers.submit(work) for _ in range(4)]]
    assert sorted(answers) == [False, False, False, True]
    assert act(lambda: db.session.scalar(select(func.count(Notice.id)))) == 1
    assert act(lambda: db.session.scalar(select(func.count(OutboxMessage.id)))) == 1


def test_a_long_inbox_is_paged_and_asks_no_more_for_more(app, act, client, person):
    told(act, person, key="first")
    with counted_queries(app) as few:
        client.get("/account/inbox")
    for number in range(24):
        told(act, person, key=str(number))
    with counted_queries(app) as many:
        page = client.get("/account/inbox").text
    assert page.count("<article") == 20
    assert client.get("/account/inbox?page=2").text.count("<article") == 5
    assert len(many) == len(few)
    assert len([each for each in many if "read_at IS NULL" in each]) == 1


def test_strangers_pages_do_not_ask_for_unread_notices(app, act, person):
    with counted_queries(app) as asked:
        app.test_client().get("/sign-in")
    assert not [each for each in asked if "FROM notice" in each]
