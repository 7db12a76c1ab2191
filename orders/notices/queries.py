"""Whom to tell, and about what."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from orders.claims.models import Claim, ClaimStep
from orders.payments.models import Payment, PaymentAttempt
from orders.records.models import Order, OrderLine, SubOrder
from orders.refunds.models import Cancellation, CancellationItem, Refund
from shop.accounts.notices.rules import Contact
from shop.accounts.people.models import Account, MemberRole, Membership
from shop.db import columns_of, db, objects_of, table_of

_ACCOUNTS, _PARTS = table_of(Account), table_of(Membership)
_CONTACTS = select(
    *(_ACCOUNTS.c[name] for name in ("id", "name", "email", "phone", "language"))
).where(_ACCOUNTS.c.closed_at.is_(None))
_BUYER = _CONTACTS.where(_ACCOUNTS.c.id == bindparam("account_id"))
_MANAGERS = (
    _CONTACTS.join(_PARTS, _PARTS.c.account_id == _ACCOUNTS.c.id)
    .where(
        _PARTS.c.organisation_id == bindparam("cooperative_id"),
        _PARTS.c.role == MemberRole.MANAGER,
        _PARTS.c.ended_at.is_(None),
    )
    .order_by(_ACCOUNTS.c.id)
)
_ORDERS, _SUB_ORDERS, _LINES = table_of(Order), table_of(SubOrder), table_of(OrderLine)
_ORDER = (
    select(*columns_of(Order, SubOrder, OrderLine))
    .select_from(_ORDERS.join(_SUB_ORDERS).join(_LINES))
    .where(_ORDERS.c.id == bindparam("order_id"))
    .order_by(_SUB_ORDERS.c.id, _LINES.c.id)
)


def find_buyer(order: Order) -> Contact | None:
    """The buyer, if they still have an account."""
    row = db.session.execute(_BUYER, {"account_id": order.account_id}).one_or_none()
    return Contact(*row) if row else None


def list_managers(cooperative_id: int) -> Sequence[Contact]:
    """Those who run a cooperative."""
    rows = db.session.execute(_MANAGERS, {"cooperative_id": cooperative_id})
    return [Contact(*row) for row in rows]


def get_order(order_id: int) -> Order:
    """An order with its parts and their lines, for reading."""
    db.session.flush()
    rows = db.session.execute(_ORDER, {"order_id": order_id}).all()
    order: Order = objects_of(rows[0], Order)[0]
    parts: dict[int, SubOrder] = {}
    lines: dict[int, list[OrderLine]] = {}
    for _, part, line in (objects_of(row, Order, SubOrder, OrderLine) for row in rows):
        parts.setdefault(part.id, part)
        lines.setdefault(part.id, []).append(line)
    for part in parts.values():
        set_committed_value(part, "lines", lines[part.id])
    set_committed_value(order, "sub_orders", list(parts.values()))
    return order


def get_attempt(attempt_id: int) -> PaymentAttempt:
    query = (
        select(PaymentAttempt)
        .where(PaymentAttempt.id == attempt_id)
        .options(joinedload(PaymentAttempt.payment).joinedload(Payment.order))
    )
    return db.session.scalars(query).one()


def get_part(sub_order_id: int) -> SubOrder:
    query = (
        select(SubOrder)
        .where(SubOrder.id == sub_order_id)
        .options(joinedload(SubOrder.order, innerjoin=True), selectinload(SubOrder.lines))
    )
    return db.session.scalars(query).one()


def get_cancellation(cancellation_id: int) -> Cancellation:
    query = (
        select(Cancellation)
        .where(Cancellation.id == cancellation_id)
        .options(selectinload(Cancellation.items).joinedload(CancellationItem.line))
    )
    return db.session.scalars(query).one()


def get_claim_step(step_id: int) -> ClaimStep:
    query = (
        select(ClaimStep)
        .where(ClaimStep.id == step_id)
        .options(
            joinedload(ClaimStep.claim, innerjoin=True)
            .joinedload(Claim.part, innerjoin=True)
            .joinedload(SubOrder.order, innerjoin=True)
        )
    )
    return db.session.scalars(query).one()


def get_refund(refund_id: int) -> Refund:
    query = (
        select(Refund)
        .where(Refund.id == refund_id)
        .options(joinedload(Refund.payment, innerjoin=True).joinedload(Payment.order))
    )
    return db.session.scalars(query).one()
