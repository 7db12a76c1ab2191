"""Read orders that are being made or wait for money."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select

from orders.records.models import Order
from shop.db import db, table_of
from shop.errors import NotFound

_ORDERS = table_of(Order)
_BY_KEY = select(_ORDERS.c.id, _ORDERS.c.number, _ORDERS.c.account_id).where(
    _ORDERS.c.checkout_key == bindparam("checkout_key")
)
_LATEST = (
    select(_ORDERS.c.id)
    .where(_ORDERS.c.account_id == bindparam("account_id"))
    .order_by(_ORDERS.c.placed_at.desc(), _ORDERS.c.id.desc())
    .limit(1)
)


class KnownOrder(NamedTuple):
    """The little that tells an order and its owner."""

    id: int
    number: str
    account_id: int


def find_by_key(checkout_key: str) -> KnownOrder | None:
    """The order that a checkout form has already become."""
    row = db.session.execute(_BY_KEY, {"checkout_key": checkout_key}).one_or_none()
    return KnownOrder(*row) if row else None


def find_latest_order_id(account_id: int) -> int | None:
    """The order that an account placed last."""
    latest: int | None = db.session.scalar(_LATEST, {"account_id": account_id})
    return latest


def get_own_order(account_id: int, number: str) -> Order:
    """A buyer's own order. Raises NotFound to strangers."""
    query = select(Order).where(Order.number == number, Order.account_id == account_id)
    order = db.session.scalars(query).one_or_none()
    if order is None:
        raise NotFound
    return order


def list_expired(at: datetime, limit: int) -> Sequence[int]:
    """Orders whose time to pay has run out, the oldest first."""
    query = (
        select(Order.id)
        .where(Order.paid_at.is_(None), Order.closed_at.is_(None), Order.expires_at <= at)
        .order_by(Order.expires_at)
        .limit(limit)
    )
    return db.session.scalars(query).all()
