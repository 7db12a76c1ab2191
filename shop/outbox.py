"""What must reach the world outside is written down with the act that caused it, then delivered.

A message is delivered at least once; a delivery must therefore bear being repeated.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import JSON, CheckConstraint, Index, select
from sqlalchemy.orm import Mapped, mapped_column

from shop.db import Base, db, transaction
from shop.jobs import every, nudge

# A delivery is given the payload and the moment at which it takes place.
Delivery = Callable[[dict[str, Any], datetime], None]

MAX_ATTEMPTS = 8
BATCH = 100
# A delivery that has not finished by then is taken to have died with its worker.
CLAIM_VALID = timedelta(minutes=5)

_deliveries: dict[str, Delivery] = {}
log = structlog.get_logger()


class OutboxMessage(Base):
    """One message on its way out: waiting, delivered, or dead after too many failures."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        CheckConstraint("delivered_at IS NULL OR dead_at IS NULL", name="one_end"),
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


def delivers(kind: str) -> Callable[[Delivery], Delivery]:
    """Register the function that delivers messages of a kind; it may raise, and is retried."""

    def register(delivery: Delivery) -> Delivery:
        _deliveries[kind] = delivery
        return delivery

    return register


def post(kind: str, key: str, payload: dict[str, Any], *, at: datetime) -> None:
    """Write a message into the current transaction, unless one of the same key is there."""
    known = select(OutboxMessage.id).where(OutboxMessage.key == key)
    if db.session.scalar(known) is None:
        message = OutboxMessage(kind=kind, key=key, payload=payload, created_at=at, due_at=at)
        db.session.add(message)
        db.session.flush()
    nudge(deliver_due)


def revive(key: str, *, at: datetime) -> None:
    """Try a message again that was given up, or that waits for its next try."""
    query = select(OutboxMessage).where(OutboxMessage.key == key).with_for_update()
    message = db.session.scalars(query).one()
    if message.delivered_at is None:
        message.dead_at = None
        message.attempts = 0
        message.due_at = at
        db.session.flush()
        nudge(deliver_due)


@every(minutes=1)
def deliver_due(at: datetime) -> int:
    """Deliver what is due, oldest first, until nothing is; return how many were delivered."""
    delivered = 0
    while claimed := _claim(at):
        for message_id in claimed:
            delivered += _deliver(message_id, at)
    return delivered


def _claim(at: datetime) -> list[int]:
    """Take due messages for this worker: until the claim runs out nobody else sees them."""
    due = (
        select(OutboxMessage)
        .where(
            OutboxMessage.delivered_at.is_(None),
            OutboxMessage.dead_at.is_(None),
            OutboxMessage.due_at <= at,
        )
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    with transaction() as session:
        messages = session.scalars(due).all()
        for message in messages:
            message.due_at = at + CLAIM_VALID
            message.attempts += 1
        return [message.id for message in messages]


def _deliver(message_id: int, at: datetime) -> bool:
    message = db.session.get_one(OutboxMessage, message_id)
    kind, payload = message.kind, message.payload
    db.session.rollback()
    error = None
    try:
        _deliveries[kind](payload, at)
    except Exception as failure:
        log.warning("delivery_failed", kind=kind, message=message_id, exc_info=True)
        error = f"{type(failure).__name__}: {failure}"[:500]
    with transaction() as session:
        message = session.get_one(OutboxMessage, message_id)
        message.last_error = error
        if error is None:
            message.delivered_at = at
        elif message.attempts >= MAX_ATTEMPTS:
            message.dead_at = at
        else:
            message.due_at = at + timedelta(minutes=2**message.attempts)
    return error is None
