"""What must reach the world outside is written down with the act that caused it, then delivered.

A message is written once, and delivered at least once: a worker that dies after the world outside
took a message and before it could say so leaves it to be delivered again. A delivery must bear
that: the provider knows a refund by its key, a mail server knows a letter by its Message-ID.

A message is claimed by one worker, one message at a time. The claim runs out, and its number of
attempts tells which claim is the latest: who comes back too late changes nothing any more.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, NamedTuple
from zlib import crc32

import structlog
from sqlalchemy import (
    JSON,
    BindParameter,
    CheckConstraint,
    ColumnElement,
    Index,
    Select,
    Update,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from shop.db import Base, db, forget, insert_once, table_of, transaction
from shop.jobs import every, nightly, nudge

# A delivery is given the payload and the moment at which it takes place.
Delivery = Callable[[dict[str, Any], datetime], None]

MAX_ATTEMPTS = 8
# A delivery that has not finished by then is taken to have died with its worker.
CLAIM_VALID = timedelta(minutes=5)
# What arrived, or was put aside, is looked up for this long: a letter carries somebody's name.
KEPT = timedelta(days=90)
_FORGET_AT_ONCE = 5_000
WORKER_DIED = "the worker died while it was delivering this"

_deliveries: dict[str, Delivery] = {}
_must_arrive: set[str] = set()
# The kinds that this process is delivering just now: a slow mail server keeps only mail waiting.
_busy: set[str] = set()
_busy_lock = Lock()
log = structlog.get_logger()


class UnknownKind(LookupError):
    """Nobody in this process delivers messages of that kind."""


class OutboxMessage(Base):
    """One message on its way out: waiting, delivered, or dead after too many failures. A dead one
    can be tried again, or put aside by somebody who says why."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        CheckConstraint("delivered_at IS NULL OR dead_at IS NULL", name="one_end"),
        CheckConstraint("discarded_at IS NULL OR dead_at IS NOT NULL", name="only_dead_discarded"),
        Index("ix_outbox_message_due", "delivered_at", "dead_at", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    # Two messages of the same key are the same message.
    key: Mapped[str] = mapped_column(unique=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    delivered_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    discarded_at: Mapped[datetime | None]


def _is_due(at: datetime | BindParameter[datetime]) -> list[ColumnElement[bool]]:
    return [
        OutboxMessage.delivered_at.is_(None),
        OutboxMessage.dead_at.is_(None),
        OutboxMessage.due_at <= at,
    ]


# What is said for every message, put together once and past the unit of work.
_MESSAGES = table_of(OutboxMessage)
_DUE = (
    select(_MESSAGES.c.id, _MESSAGES.c.key, _MESSAGES.c.payload, _MESSAGES.c.attempts)
    .where(_MESSAGES.c.kind == bindparam("of_kind"), *_is_due(bindparam("now")))
    .order_by(_MESSAGES.c.due_at, _MESSAGES.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_THE_MESSAGE = update(_MESSAGES).where(_MESSAGES.c.id == bindparam("message"))
_CLAIMED = _THE_MESSAGE.values(due_at=bindparam("until"), attempts=bindparam("attempt"))
_GIVEN_UP = _THE_MESSAGE.values(dead_at=bindparam("now"), last_error=bindparam("error"))
_DELIVERED = _THE_MESSAGE.where(_MESSAGES.c.delivered_at.is_(None)).values(
    delivered_at=bindparam("now"), dead_at=None, discarded_at=None, last_error=None
)


class _Claim(NamedTuple):
    """A message that this worker has taken, and which try it is."""

    message_id: int
    key: str
    kind: str
    payload: dict[str, Any]
    attempt: int


def delivers(kind: str, *, must_arrive: bool = False) -> Callable[[Delivery], Delivery]:
    """Register the function that delivers messages of a kind; it may raise, and is retried.

    What must arrive can't be put aside: it stays among the dead until it is delivered.
    """

    def register(delivery: Delivery) -> Delivery:
        _deliveries[kind] = delivery
        if must_arrive:
            _must_arrive.add(kind)
        return delivery

    return register


def may_be_discarded(kind: str) -> bool:
    return kind not in _must_arrive


def post(kind: str, key: str, payload: dict[str, Any], *, at: datetime) -> None:
    """Write a message into the current transaction, unless one of the same key is there."""
    insert_once(OutboxMessage, "key", kind=kind, key=key, payload=payload, created_at=at, due_at=at)
    nudge(deliver_due)


def revive(key: str, *, at: datetime) -> None:
    """Try a message again that was given up, or that waits for its next try."""
    query = select(OutboxMessage).where(OutboxMessage.key == key).with_for_update()
    message = db.session.scalars(query).one()
    if message.delivered_at is None:
        message.dead_at = None
        message.discarded_at = None
        message.attempts = 0
        message.due_at = at
        db.session.flush()
        nudge(deliver_due)


def revive_kind(kind: str, *, at: datetime) -> int:
    """Try all messages of a kind again that were given up and not put aside; return how many."""
    dead = OutboxMessage.dead_at.is_not(None) & OutboxMessage.discarded_at.is_(None)
    revived = db.session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.kind == kind, OutboxMessage.delivered_at.is_(None), dead)
        .values(dead_at=None, attempts=0, due_at=at)
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session=False)
    )
    nudge(deliver_due)
    return len(revived.all())


def count_dead() -> int:
    """How many messages were given up and wait for somebody to look at them."""
    query = select(func.count(OutboxMessage.id)).where(
        OutboxMessage.delivered_at.is_(None),
        OutboxMessage.dead_at.is_not(None),
        OutboxMessage.discarded_at.is_(None),
    )
    return db.session.scalar(query) or 0


@every(minutes=1)
def deliver_due(at: datetime) -> int:
    """Deliver what is due, the oldest of each kind first; return how many were delivered.

    Within a process a kind is delivered by one thread at a time; what another thread is busy with
    is left to it.
    """
    return sum(_deliver_kind(kind, at) for kind in _list_due_kinds(at))


def _list_due_kinds(at: datetime) -> Sequence[str]:
    query = select(OutboxMessage.kind).where(*_is_due(at)).distinct().order_by(OutboxMessage.kind)
    kinds = db.session.scalars(query).all()
    db.session.rollback()
    return kinds


def _deliver_kind(kind: str, at: datetime) -> int:
    with _busy_lock:
        if kind in _busy:
            return 0
        _busy.add(kind)
    try:
        delivered = 0
        while claim := _claim(kind, at):
            delivered += _deliver(claim, at)
        return delivered
    finally:
        with _busy_lock:
            _busy.remove(kind)


def _claim(kind: str, at: datetime) -> _Claim | None:
    """Take one due message for this worker: until the claim runs out nobody else sees it.

    A message that took its worker down with it as often as it was tried is given up.
    """
    with transaction() as session:
        while (due := session.execute(_DUE, {"of_kind": kind, "now": at}).first()) is not None:
            if due.attempts < MAX_ATTEMPTS:
                claim = _Claim(due.id, due.key, kind, due.payload, due.attempts + 1)
                _change(_CLAIMED, due.id, until=at + CLAIM_VALID, attempt=claim.attempt)
                return claim
            _change(_GIVEN_UP, due.id, now=at, error=WORKER_DIED)
    return None


def _change(statement: Update, message_id: int, **given: Any) -> None:
    db.session.execute(statement, {"message": message_id, **given})
    forget(OutboxMessage, message_id)


def _deliver(claim: _Claim, at: datetime) -> bool:
    try:
        _delivery_of(claim.kind)(claim.payload, at)
    except Exception as failure:
        db.session.rollback()
        log.warning("delivery_failed", kind=claim.kind, message=claim.message_id, exc_info=True)
        _note_failure(claim, f"{type(failure).__name__}: {failure}"[:500], at)
        return False
    _note_delivery(claim, at)
    return True


def _delivery_of(kind: str) -> Delivery:
    if kind not in _deliveries:
        raise UnknownKind(kind)
    return _deliveries[kind]


def _note_delivery(claim: _Claim, at: datetime) -> None:
    """It is out, whoever else may have claimed it, or given it up, meanwhile."""
    with transaction():
        _change(_DELIVERED, claim.message_id, now=at)


def _note_failure(claim: _Claim, error: str, at: datetime) -> None:
    """Unless it was claimed, revived or delivered meanwhile."""
    is_last = claim.attempt >= MAX_ATTEMPTS
    end = {"dead_at": at} if is_last else {"due_at": at + wait_after(claim.attempt, claim.key)}
    with transaction() as session:
        session.execute(
            update(OutboxMessage)
            .where(
                OutboxMessage.id == claim.message_id,
                OutboxMessage.attempts == claim.attempt,
                OutboxMessage.delivered_at.is_(None),
                OutboxMessage.dead_at.is_(None),
            )
            .values(last_error=error, **end)
        )


def wait_after(attempt: int, key: str) -> timedelta:
    """Twice as long after each failure, and up to a quarter longer by the key: what failed
    together does not come back together."""
    seconds = 60 * 2**attempt
    return timedelta(seconds=seconds + crc32(f"{key}:{attempt}".encode()) % (seconds // 4))


@nightly
def forget_ended(at: datetime) -> int:
    """Delete the messages that arrived, or were put aside, longer ago than they are kept; return
    how many. The act that wrote a message stays written where it belongs."""
    before = at - KEPT
    ended = or_(OutboxMessage.delivered_at < before, OutboxMessage.discarded_at < before)
    some = select(OutboxMessage.id).where(ended).limit(_FORGET_AT_ONCE)
    forgotten = 0
    while count := _forget(some):
        forgotten += count
    return forgotten


def _forget(some: Select[int]) -> int:
    with transaction() as session:
        statement = (
            delete(OutboxMessage)
            .where(OutboxMessage.id.in_(some))
            .returning(OutboxMessage.id)
            .execution_options(synchronize_session=False)
        )
        return len(session.execute(statement).all())
