"""Read what a cooperative has to pick, to send, and to be paid for. Only its own, only if paid."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import contains_eager, selectinload

from orders.records.models import Order, OrderLine, SubOrder
from shop.db import db
from shop.errors import NotFound
from shop.web.paging import Page, paginate
from suppliers.fulfilment.rules import Stage

Columns = TypeVarTuple("Columns")

PER_PAGE = 20

_WAITING = OrderLine.quantity - OrderLine.cancelled_quantity - OrderLine.dispatched_quantity

_STAGES: dict[Stage, ColumnElement[bool]] = {
    Stage.OPEN: SubOrder.dispatched_at.is_(None) & SubOrder.cancelled_at.is_(None),
    Stage.SENT: SubOrder.dispatched_at.is_not(None) & SubOrder.accepted_at.is_(None),
    Stage.DONE: SubOrder.accepted_at.is_not(None),
    Stage.CANCELLED: SubOrder.cancelled_at.is_not(None),
}


@dataclass(frozen=True, slots=True)
class Pick:
    """So many units of one variant to bring in from the field or the store."""

    product_id: int
    product_name: str
    spec: str
    unit: str
    quantity: int
    orders: int
    # The earliest day on which one of them was promised.
    first_promised_on: date
    # The day from which it is sent, when it was sold in advance.
    ships_on: date | None


@dataclass(frozen=True, slots=True)
class Figures:
    """A cooperative's day in numbers. Amounts in fen, goods and freight together."""

    parts_to_send: int
    # Of those to be sent, the ones promised for today or before.
    parts_late: int
    in_transit_fen: int
    accepted_fen: int


def get_figures(cooperative_id: int, *, today: date, month_start: datetime) -> Figures:
    """The numbers of the day; what was accepted is counted from ``month_start`` on."""
    open_, late = _STAGES[Stage.OPEN], SubOrder.promised_on <= today
    amount = SubOrder.goods_fen + SubOrder.freight_fen
    sums = select(
        func.count(SubOrder.id).filter(open_),
        func.count(SubOrder.id).filter(open_ & late),
        func.coalesce(func.sum(amount).filter(_STAGES[Stage.SENT]), 0),
        func.coalesce(func.sum(amount).filter(SubOrder.accepted_at >= month_start), 0),
    )
    to_send, late_count, in_transit, accepted = db.session.execute(
        _paid(sums, cooperative_id)
    ).one()
    return Figures(to_send, late_count, int(in_transit), int(accepted))


def list_picks(cooperative_id: int) -> list[Pick]:
    """What is in the orders that wait, by product and variant, under the names that were sold."""
    columns = (
        OrderLine.product_id,
        OrderLine.product_name,
        OrderLine.spec,
        OrderLine.unit,
        OrderLine.ships_on,
    )
    sums = select(
        *columns,
        func.sum(_WAITING).label("quantity"),
        func.count(SubOrder.id.distinct()).label("orders"),
        func.min(SubOrder.promised_on).label("first_promised_on"),
    ).join(OrderLine, OrderLine.sub_order_id == SubOrder.id)
    query = _paid(sums, cooperative_id).where(_STAGES[Stage.OPEN], _WAITING > 0).group_by(*columns)
    # What is still to be harvested comes last.
    is_later = OrderLine.ships_on.is_not(None)
    rows = db.session.execute(
        query.order_by(is_later, OrderLine.ships_on, OrderLine.product_name, OrderLine.spec)
    )
    return [Pick(**row) for row in rows.mappings()]


def list_parts(cooperative_id: int, stage: Stage, number: int) -> Page[SubOrder]:
    """Parts of one heap: those that wait by the day they were promised for, others the newest
    first."""
    by_urgency = (SubOrder.promised_on, SubOrder.id)
    order = by_urgency if stage is Stage.OPEN else (SubOrder.id.desc(),)
    query = _paid(select(SubOrder), cooperative_id).where(_STAGES[stage])
    loaded = query.options(contains_eager(SubOrder.order), selectinload(SubOrder.lines))
    return paginate(loaded.order_by(*order), number, PER_PAGE)


def get_own_part(cooperative_id: int, sub_number: str) -> SubOrder:
    """A paid part of the cooperative's own, with its lines. Raises NotFound."""
    query = (
        _paid(select(SubOrder), cooperative_id)
        .where(SubOrder.number == sub_number)
        .options(contains_eager(SubOrder.order), selectinload(SubOrder.lines))
    )
    part = db.session.scalars(query).one_or_none()
    if part is None:
        raise NotFound
    return part


def _paid(query: Select[*Columns], cooperative_id: int) -> Select[*Columns]:
    """A cooperative's own parts, of orders that were paid: others are none of its business."""
    return query.join(Order, Order.id == SubOrder.order_id).where(
        SubOrder.cooperative_id == cooperative_id, Order.paid_at.is_not(None)
    )
