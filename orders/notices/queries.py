"""Whom to tell, and about what."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from orders.payments.models import Payment
from orders.records.models import Order, SubOrder
from orders.refunds.models import Cancellation, CancellationItem, Refund
from shop.accounts.notices.rules import Contact, contact_of
from shop.accounts.people.models import Account, MemberRole, Membership
from shop.db import db


def find_buyer(order: Order) -> Contact | None:
    """The buyer, if they still have an account."""
    account = db.session.get_one(Account, order.account_id)
    return contact_of(account) if account.is_active else None


def list_managers(cooperative_id: int) -> Sequence[Contact]:
    """Those who run a cooperative."""
    query = (
        select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            Membership.organisation_id == cooperative_id,
            Membership.role == MemberRole.MANAGER,
            Membership.ended_at.is_(None),
            Account.closed_at.is_(None),
        )
        .order_by(Account.id)
    )
    return [contact_of(account) for account in db.session.scalars(query)]


def get_order(order_id: int) -> Order:
    query = (
        select(Order)
        .where(Order.id == order_id)
        .options(selectinload(Order.sub_orders).selectinload(SubOrder.lines))
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


def get_refund(refund_id: int) -> Refund:
    query = (
        select(Refund)
        .where(Refund.id == refund_id)
        .options(joinedload(Refund.payment, innerjoin=True).joinedload(Payment.order))
    )
    return db.session.scalars(query).one()
