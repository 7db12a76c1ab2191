"""Read refunds and what finance has to look at."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from orders.payments.models import EventApplication, Payment, PaymentEvent
from orders.payments.rules import Verdict
from orders.records.models import Order, SubOrder
from orders.refunds.models import Refund
from shop.db import db
from shop.errors import NotFound
from shop.web.paging import Page, paginate

PER_PAGE = 50


def get_own_order_id(account_id: int, number: str) -> int:
    """The id of a buyer's own order. Raises NotFound to strangers."""
    query = select(Order.id).where(Order.number == number, Order.account_id == account_id)
    order_id = db.session.scalar(query)
    if order_id is None:
        raise NotFound
    return order_id


def list_sub_orders(order_id: int) -> list[SubOrder]:
    query = (
        select(SubOrder)
        .where(SubOrder.order_id == order_id)
        .options(joinedload(SubOrder.lines))
        .order_by(SubOrder.id)
    )
    return list(db.session.scalars(query).unique())


def get_refund(refund_id: int) -> Refund:
    """Raises NotFound."""
    refund = db.session.get(Refund, refund_id)
    if refund is None:
        raise NotFound
    return refund


def list_refunds(number: int, *, waiting: bool) -> Page[Refund]:
    """Refunds, newest first; only those whose money has not moved if ``waiting``."""
    query = select(Refund).options(joinedload(Refund.payment).joinedload(Payment.order))
    if waiting:
        query = query.where(Refund.moved_at.is_(None))
    return paginate(query.order_by(Refund.id.desc()), number, PER_PAGE)


def list_quarantined(number: int) -> Page[PaymentEvent]:
    """Events with a wrong amount or currency, or about an intent nobody knows."""
    query = (
        select(PaymentEvent)
        .join(EventApplication, EventApplication.event_id == PaymentEvent.id)
        .where(EventApplication.outcome.in_((Verdict.QUARANTINE.value, "unknown_intent")))
        .order_by(PaymentEvent.id.desc())
    )
    return paginate(query, number, PER_PAGE)
