from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from shop import outbox
from shop.db import db, transaction
from shop.outbox import MAX_ATTEMPTS, OutboxMessage, deliver_due

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=30)

pytestmark = pytest.mark.usefixtures("context")


class Post:
    """A way out of the house that can be told to fail."""

    def __init__(self) -> None:
        self.arrived: list[dict[str, Any]] = []
        self.broken = False

    def deliver(self, payload: dict[str, Any], at: datetime) -> None:
        if self.broken:
            raise OSError("no line")
        self.arrived.append(payload)


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    way = Post()
    monkeypatch.setitem(outbox._deliveries, "test", way.deliver)
    return way


def write_down(key: str = "a", **payload: Any) -> None:
    with transaction():
        outbox.post("test", key, payload, at=NOW)


def the_message() -> OutboxMessage:
    db.session.rollback()
    return db.session.scalars(select(OutboxMessage)).one()


def test_a_message_arrives_once(post: Post) -> None:
    write_down(hello="world")
    assert deliver_due(NOW) == 1
    assert deliver_due(LATER) == 0
    assert post.arrived == [{"hello": "world"}]


def test_two_messages_of_the_same_key_are_one(post: Post) -> None:
    write_down("a")
    write_down("a")
    assert deliver_due(NOW) == 1


def test_a_message_of_an_act_that_failed_is_never_sent(post: Post) -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        outbox.post("test", "a", {}, at=NOW)
        raise ZeroDivisionError
    assert deliver_due(NOW) == 0


def test_a_delivery_that_fails_is_tried_again_later(post: Post) -> None:
    write_down()
    post.broken = True
    assert deliver_due(NOW) == 0
    post.broken = False
    assert deliver_due(NOW) == 0, "not at once"
    assert deliver_due(NOW + timedelta(minutes=3)) == 1


def test_a_delivery_that_keeps_failing_is_given_up_and_can_be_revived(post: Post) -> None:
    write_down()
    post.broken = True
    for day in range(MAX_ATTEMPTS + 1):
        deliver_due(NOW + timedelta(days=day))
    assert the_message().dead_at is not None
    assert the_message().last_error == "OSError: no line"
    post.broken = False
    assert deliver_due(LATER) == 0
    with transaction():
        outbox.revive("a", at=LATER)
    assert deliver_due(LATER) == 1


def test_a_message_whose_worker_died_is_taken_up_after_a_while(post: Post) -> None:
    write_down()
    assert outbox._claim(NOW) == [the_message().id]
    assert deliver_due(NOW) == 0, "another worker has it"
    assert deliver_due(NOW + outbox.CLAIM_VALID) == 1
