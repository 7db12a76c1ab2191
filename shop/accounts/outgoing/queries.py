"""Read what has not arrived."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select

from shop.accounts.outgoing.rules import Heap
from shop.db import db
from shop.errors import NotFound
from shop.outbox import OutboxMessage
from shop.web.paging import Page, paginate

PER_PAGE = 30

_UNDELIVERED = OutboxMessage.delivered_at.is_(None)
_HEAPS: dict[Heap, ColumnElement[bool]] = {
    Heap.DEAD: OutboxMessage.dead_at.is_not(None) & OutboxMessage.discarded_at.is_(None),
    Heap.WAITING: OutboxMessage.dead_at.is_(None),
    Heap.DISCARDED: OutboxMessage.discarded_at.is_not(None),
}


def list_messages(heap: Heap, kind: str, number: int) -> Page[OutboxMessage]:
    """Messages of one heap, those written first at the top; an empty kind fits all."""
    query = select(OutboxMessage).where(_UNDELIVERED, _HEAPS[heap])
    if kind:
        query = query.where(OutboxMessage.kind == kind)
    return paginate(query.order_by(OutboxMessage.id), number, PER_PAGE)


def count_kinds(heap: Heap) -> Sequence[tuple[str, int]]:
    """The kinds on a heap, and how many of each."""
    query = (
        select(OutboxMessage.kind, func.count(OutboxMessage.id))
        .where(_UNDELIVERED, _HEAPS[heap])
        .group_by(OutboxMessage.kind)
        .order_by(OutboxMessage.kind)
    )
    return [(kind, count) for kind, count in db.session.execute(query)]


def get_message(message_id: int) -> OutboxMessage:
    """A message that has not arrived. Raises NotFound."""
    query = select(OutboxMessage).where(OutboxMessage.id == message_id, _UNDELIVERED)
    message = db.session.scalars(query).one_or_none()
    if message is None:
        raise NotFound
    return message
