"""Read a buyer's own orders, with what every room below knows of them."""

from collections.abc import Collection, Sequence

from sqlalchemy import case, func, select
from sqlalchemy.orm import joinedload, selectinload

from catalog.products.models import Product
from orders.payments.models import Payment
from orders.records.models import Order, SubOrder
from orders.records.rules import RefundState
from orders.refunds.models import Refund
from shop.db import db
from shop.errors import NotFound
from shop.web.paging import Page, paginate

PER_PAGE = 10


def list_own_orders(account_id: int, number: int) -> Page[Order]:
    """A buyer's orders with their lines, the newest first."""
    query = (
        select(Order)
        .where(Order.account_id == account_id)
        .options(selectinload(Order.sub_orders).selectinload(SubOrder.lines))
        .order_by(Order.placed_at.desc(), Order.id.desc())
    )
    return paginate(query, number, PER_PAGE)


def get_own_order(account_id: int, number: str) -> Order:
    """A buyer's order with its parts and lines. Raises NotFound to strangers."""
    query = (
        select(Order)
        .where(Order.number == number, Order.account_id == account_id)
        .options(selectinload(Order.sub_orders).selectinload(SubOrder.lines))
    )
    order = db.session.scalars(query).one_or_none()
    if order is None:
        raise NotFound
    return order


def refund_states(order_ids: Collection[int]) -> dict[int, RefundState]:
    """How far the money of some orders is on its way back; those without a refund are left out."""
    is_waiting = Refund.moved_at.is_(None)
    waiting = func.sum(case((is_waiting, 1), else_=0))
    failed = func.sum(case((is_waiting & (Refund.failure != ""), 1), else_=0))
    query = (
        select(Payment.order_id, waiting, failed)
        .join(Refund, Refund.payment_id == Payment.id)
        .where(Payment.order_id.in_(order_ids))
        .group_by(Payment.order_id)
    )
    return {
        order_id: _refund_state(waiting, failed)
        for order_id, waiting, failed in db.session.execute(query)
    }


def _refund_state(waiting: int, failed: int) -> RefundState:
    if failed:
        return RefundState.FAILED
    return RefundState.GRANTED if waiting else RefundState.MOVED


def list_refunds_of(order_id: int) -> Sequence[Refund]:
    """The refunds of an order, in the order in which they were granted."""
    query = (
        select(Refund).join(Refund.payment).where(Payment.order_id == order_id).order_by(Refund.id)
    )
    return db.session.scalars(query).all()


def find_products(product_ids: Collection[int]) -> dict[int, Product]:
    """Products by id, for their pictures: everything else is frozen on the line."""
    query = select(Product).where(Product.id.in_(product_ids)).options(joinedload(Product.picture))
    return {product.id: product for product in db.session.scalars(query)}
