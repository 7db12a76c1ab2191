from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from shop import outbox
from shop.db import db, transaction
from shop.outbox import MAX_ATTEMPTS, OutboxMessage, deliver_due

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=30)

pytestmark = [pytest.mark.usefixtures("context"), pytest.mark.both_engines]


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
    assert outbox._claim("test", NOW) is not None
    assert deliver_due(NOW) == 0, "another worker has it"
    assert deliver_due(NOW + outbox.CLAIM_VALID) == 1


def test_a_worker_killed_after_the_world_took_it_leaves_it_to_be_delivered_again(
    post: Post,
) -> None:
    """At least once: what makes two of them one is the key that the message carries."""
    write_down(hello="world")
    claim = outbox._claim("test", NOW)
    assert claim is not None
    post.deliver(claim.payload, NOW)
    assert deliver_due(NOW + outbox.CLAIM_VALID) == 1
    assert post.arrived == [{"hello": "world"}] * 2


def test_a_worker_that_was_given_up_changes_nothing_when_it_comes_back_with_a_failure(
    post: Post,
) -> None:
    write_down()
    late = outbox._claim("test", NOW)
    assert late is not None
    assert deliver_due(NOW + outbox.CLAIM_VALID) == 1
    outbox._note_failure(late, "OSError: too late", LATER)
    assert the_message().delivered_at is not None
    assert the_message().last_error is None


def test_a_message_that_kills_its_worker_each_time_is_given_up(post: Post) -> None:
    write_down()
    for day in range(MAX_ATTEMPTS):
        assert outbox._claim("test", NOW + timedelta(days=day)) is not None
    assert outbox._claim("test", LATER) is None
    assert the_message().dead_at == LATER
    assert the_message().last_error == outbox.WORKER_DIED


def test_a_poisoned_message_keeps_no_other_waiting(post: Post) -> None:
    write_down("poison", poison=True)
    write_down("good")
    before = post.deliver

    def refuse_poison(payload: dict[str, Any], at: datetime) -> None:
        if "poison" in payload:
            db.session.execute(select(OutboxMessage.no_such_column))  # type: ignore[attr-defined]
        before(payload, at)

    outbox._deliveries["test"] = refuse_poison
    assert deliver_due(NOW) == 1
    assert post.arrived == [{}]


def test_a_kind_that_nobody_delivers_ends_among_the_dead_and_says_so(post: Post) -> None:
    with transaction():
        outbox.post("pigeon", "a", {}, at=NOW)
    write_down("b")
    assert deliver_due(NOW) == 1
    for day in range(MAX_ATTEMPTS):
        deliver_due(NOW + timedelta(days=day + 1))
    assert outbox.count_dead() == 1
    query = select(OutboxMessage.last_error).where(OutboxMessage.kind == "pigeon")
    assert db.session.scalar(query) == "UnknownKind: pigeon"


def test_a_slow_kind_keeps_only_itself_waiting(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_busy", {"test"})
    write_down()
    assert deliver_due(NOW) == 0, "another thread is at it"
    monkeypatch.setattr(outbox, "_busy", set())
    assert deliver_due(NOW) == 1


def test_two_workers_at_once_deliver_each_message_once(app: Flask, post: Post) -> None:
    for number in range(20):
        write_down(str(number), number=number)

    def work() -> None:
        with app.app_context():
            while claim := outbox._claim("test", NOW):
                outbox._deliver(claim, NOW)

    with ThreadPoolExecutor(4) as workers:
        for done in [workers.submit(work) for _ in range(4)]:
            done.result()
    assert sorted(each["number"] for each in post.arrived) == list(range(20))


def test_two_acts_at_once_write_the_same_message_once(app: Flask, post: Post) -> None:
    ready = Barrier(4)

    def write() -> None:
        with app.app_context():
            ready.wait()
            write_down("the same")

    with ThreadPoolExecutor(4) as workers:
        for done in [workers.submit(write) for _ in range(4)]:
            done.result()
    assert deliver_due(NOW) == 1


def test_what_arrived_or_was_put_aside_is_forgotten_after_ninety_days(post: Post) -> None:
    for key in ("arrived", "put aside", "dead", "waiting"):
        write_down(key)
    ends = {
        "arrived": {"delivered_at": NOW},
        "put aside": {"dead_at": NOW, "discarded_at": NOW},
        "dead": {"dead_at": NOW},
        "waiting": {"attempts": 1},
    }
    with transaction() as session:
        for key, end in ends.items():
            session.execute(update(OutboxMessage).where(OutboxMessage.key == key).values(**end))
    assert outbox.forget_ended(NOW + outbox.KEPT) == 0
    assert outbox.forget_ended(NOW + outbox.KEPT + timedelta(seconds=1)) == 2
    kept = select(OutboxMessage.key).order_by(OutboxMessage.key)
    assert list(db.session.scalars(kept)) == ["dead", "waiting"]


def test_many_messages_are_forgotten_a_few_at_a_time(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_FORGET_AT_ONCE", 2)
    for number in range(5):
        write_down(str(number))
    assert deliver_due(NOW) == 5
    assert outbox.forget_ended(NOW + outbox.KEPT * 2) == 5
