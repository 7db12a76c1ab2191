"""Read refunds."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, cast, exists, func, or_, select
from sqlalchemy.orm import selectinload

from orders.payments.models import PaymentAttempt, PaymentMethod
from orders.records.models import Order, SubOrder
from orders.refunds.models import Cancellation, CancellationItem, Refund, RefundFailure
from orders.refunds.rules import says_money_is_gone
from shop.db import db
from shop.errors import NotFound
from shop.outbox import OutboxMessage

PER_PAGE = 50


def get_own_order_id(account_id: int, number: str) -> int:
    """The id of a buyer's own order. Raises NotFound to strangers."""
    query = select(Order.id).where(Order.number == number, Order.account_id == account_id)
    order_id = db.session.scalar(query)
    if order_id is None:
        raise NotFound
    return order_id


def list_sub_orders(order_id: int) -> list[SubOrder]:
    """The parts of an order with their lines, as the database has them now."""
    query = (
        select(SubOrder)
        .where(SubOrder.order_id == order_id)
        .options(selectinload(SubOrder.lines))
        .order_by(SubOrder.id)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def list_cancellations(sub_order_ids: Collection[int]) -> Sequence[Cancellation]:
    """What was called off of some parts, by whom and when, in that order."""
    query = (
        select(Cancellation)
        .where(Cancellation.sub_order_id.in_(sub_order_ids))
        .options(selectinload(Cancellation.items).joinedload(CancellationItem.line))
        .order_by(Cancellation.id)
    )
    return db.session.scalars(query).all()


def get_refund(refund_id: int) -> Refund:
    """Raises NotFound."""
    refund = db.session.get(Refund, refund_id)
    if refund is None:
        raise NotFound
    return refund


def find_refund_id(provider_id: str, key: str) -> int | None:
    """The refund under way that the provider means, by its id or by the key we sent with it."""
    query = select(Refund.id).where(
        or_(Refund.provider_id == provider_id, Refund.idempotency_key == key)
    )
    return db.session.scalar(query)


def find_failure(provider_id: str, key: str) -> RefundFailure | None:
    """A request that has come to nothing already."""
    query = select(RefundFailure).where(
        or_(RefundFailure.provider_id == provider_id, RefundFailure.idempotency_key == key)
    )
    return db.session.scalars(query.limit(1)).first()


def count_accepted_failures(refund_id: int) -> int:
    """How often the provider accepted a refund and failed to move the money."""
    query = select(func.count(RefundFailure.id)).where(
        RefundFailure.refund_id == refund_id, RefundFailure.provider_id.is_not(None)
    )
    return db.session.scalar(query) or 0


def list_accepted(at: datetime, unasked_for: timedelta, limit: int) -> Sequence[tuple[int, str]]:
    """Refunds that the provider accepted and has not moved yet, with its ids; those first about
    which it was not asked for longest."""
    query = (
        select(Refund.id, Refund.provider_id)
        .where(
            Refund.provider_id.is_not(None),
            Refund.moved_at.is_(None),
            or_(Refund.checked_at.is_(None), Refund.checked_at <= at - unasked_for),
        )
        # One that was never asked about comes first; PostgreSQL by itself would put it last.
        .order_by(Refund.checked_at.nulls_first(), Refund.id)
        .limit(limit)
    )
    return [(refund_id, str(provider_id)) for refund_id, provider_id in db.session.execute(query)]


def list_failed_for_good(refund_ids: Collection[int]) -> set[int]:
    """Those of some refunds whose money surely stayed with the provider: its last word was no, it
    was not asked again since, and the shop won't ask again by itself."""
    query = (
        select(Refund.id, Refund.failure)
        .join(Refund.attempt)
        .where(
            Refund.id.in_(refund_ids),
            PaymentAttempt.method == PaymentMethod.ONLINE,
            Refund.failure != "",
            Refund.asked_at.is_(None),
            Refund.provider_id.is_(None),
            Refund.moved_at.is_(None),
            Refund.rerouted_at.is_(None),
            ~_is_to_be_sent(),
        )
    )
    found = db.session.execute(query)
    return {refund_id for refund_id, failure in found if not says_money_is_gone(failure)}


def _is_to_be_sent() -> ColumnElement[bool]:
    """Whether a message that has the provider asked still waits; its key is moves.message_key."""
    key = "refund:" + cast(Refund.id, String)
    return exists().where(
        or_(OutboxMessage.key == key, OutboxMessage.key.like(key + ":%")),
        OutboxMessage.delivered_at.is_(None),
        OutboxMessage.dead_at.is_(None),
    )
