"""Try again what did not arrive, or put it aside and say why."""

from datetime import datetime

from sqlalchemy import select, update

from shop import outbox
from shop.accounts.audit.services import record
from shop.accounts.outgoing.errors import ArrivedAlready, MustArrive, NotDead
from shop.db import db
from shop.errors import NotFound
from shop.outbox import OutboxMessage


def replay(message_id: int, *, by: int, at: datetime) -> None:
    """Try a message again now, with all its tries before it. Raises NotFound, ArrivedAlready."""
    message = _lock(message_id)
    if message.delivered_at is not None:
        raise ArrivedAlready
    outbox.revive(message.key, at=at)
    record("replay_message", "message", message.id, by=by, at=at, kind=message.kind)


def replay_kind(kind: str, *, by: int, at: datetime) -> int:
    """Try all dead messages of a kind again; return how many there were."""
    count = outbox.revive_kind(kind, at=at)
    if count:
        record("replay_messages", "message", kind, by=by, at=at, count=count)
    return count


def discard(message_id: int, note: str, *, by: int, at: datetime) -> None:
    """Put a dead message aside for good. Raises NotFound, NotDead, or MustArrive."""
    message = _lock(message_id)
    if not outbox.may_be_discarded(message.kind):
        raise MustArrive
    dead = OutboxMessage.dead_at.is_not(None) & OutboxMessage.discarded_at.is_(None)
    guarded = update(OutboxMessage).where(OutboxMessage.id == message_id, dead)
    put_aside = guarded.values(discarded_at=at).returning(OutboxMessage.id)
    if db.session.execute(put_aside).first() is None:
        raise NotDead
    record("discard_message", "message", message.id, by=by, at=at, kind=message.kind, note=note)


def _lock(message_id: int) -> OutboxMessage:
    query = select(OutboxMessage).where(OutboxMessage.id == message_id).with_for_update()
    message = db.session.scalars(query).one_or_none()
    if message is None:
        raise NotFound
    return message
