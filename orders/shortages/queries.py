"""Read what waits of a variant, what a report would do, and what reports did."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from catalog.products.models import Product, Variant
from orders.records.models import Order, OrderLine, SubOrder
from orders.refunds.models import Cancellation
from orders.refunds.rules import freight_of_cancellation_fen
from orders.shortages.errors import MoreThanWaits, TooManyOrders
from orders.shortages.models import Shortage, ShortageLine
from orders.shortages.rules import MOST_ORDERS, Loss, Plan, Waiting, go_without
from shop.db import db
from shop.errors import NotFound
from shop.web.paging import Page, paginate

PER_PAGE = 20

_WAITING = OrderLine.quantity - OrderLine.cancelled_quantity - OrderLine.dispatched_quantity
_LINES = selectinload(Shortage.lines)
_WITH_LINES = (
    _LINES.joinedload(ShortageLine.line, innerjoin=True)
    .joinedload(OrderLine.sub_order, innerjoin=True)
    .joinedload(SubOrder.order, innerjoin=True),
    _LINES.joinedload(ShortageLine.cancellation, innerjoin=True).joinedload(Cancellation.refund),
)


@dataclass(frozen=True, slots=True)
class Goods:
    """Of what something is missing: a cooperative's variant, from the store or (with a day) of a
    harvest that was sold in advance; with a part, only what that one order waits for."""

    cooperative_id: int
    variant_id: int
    ships_on: date | None = None
    part_id: int | None = None


def get_own_variant(cooperative_id: int, variant_id: int) -> Variant:
    """A variant of a cooperative's, even one that is not sold any more: people may still wait for
    it. Raises NotFound."""
    query = (
        select(Variant)
        .join(Variant.product)
        .where(Variant.id == variant_id, Product.cooperative_id == cooperative_id)
        .options(contains_eager(Variant.product).joinedload(Product.picture))
    )
    variant = db.session.scalars(query).one_or_none()
    if variant is None:
        raise NotFound
    return variant


def list_waiting(goods: Goods) -> list[Waiting]:
    """The lines of paid orders that wait for these goods."""
    query = (
        select(OrderLine.id, SubOrder.id, Order.id, Order.placed_at, _WAITING)
        .join(OrderLine.sub_order)
        .join(SubOrder.order)
        .where(
            SubOrder.cooperative_id == goods.cooperative_id,
            OrderLine.variant_id == goods.variant_id,
            OrderLine.ships_on == goods.ships_on
            if goods.ships_on
            else OrderLine.ships_on.is_(None),
            Order.paid_at.is_not(None),
            _WAITING > 0,
        )
    )
    if goods.part_id is not None:
        query = query.where(SubOrder.id == goods.part_id)
    return [Waiting(*row) for row in db.session.execute(query.order_by(OrderLine.id))]


def get_plan(goods: Goods, missing: int) -> Plan:
    """Who would go without so many units, as the database has it now.

    Raises MoreThanWaits or TooManyOrders.
    """
    waiting = list_waiting(goods)
    lost = go_without(waiting, missing)
    if sum(lost.values()) < missing:
        unit = db.session.get_one(Variant, goods.variant_id).unit
        raise MoreThanWaits(sum(each.units for each in waiting), unit)
    if len(lost) > MOST_ORDERS:
        unit = db.session.get_one(Variant, goods.variant_id).unit
        raise TooManyOrders(MOST_ORDERS, sum(list(lost.values())[:MOST_ORDERS]), unit)
    part_ids = {each.part_id for each in waiting if each.line_id in lost}
    losses = [_loss(part, line, lost) for part in _read_parts(part_ids) for line in part.lines]
    return Plan([loss for loss in losses if loss is not None])


def find_reported(key: str) -> Shortage | None:
    """The report that a form with this one-time key made."""
    query = select(Shortage).where(Shortage.key == key)
    return db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def get_own_shortage(cooperative_id: int, shortage_id: int) -> Shortage:
    """A report of a cooperative's with whose orders it concerned. Raises NotFound."""
    query = (
        select(Shortage)
        .where(Shortage.id == shortage_id, Shortage.cooperative_id == cooperative_id)
        .options(
            joinedload(Shortage.variant, innerjoin=True).joinedload(Variant.product),
            joinedload(Shortage.by),
            *_WITH_LINES,
        )
    )
    shortage = db.session.scalars(query).unique().one_or_none()
    if shortage is None:
        raise NotFound
    return shortage


def list_own_shortages(cooperative_id: int, number: int) -> Page[Shortage]:
    """A cooperative's reports, the newest first."""
    query = (
        select(Shortage)
        .where(Shortage.cooperative_id == cooperative_id)
        .options(
            joinedload(Shortage.variant, innerjoin=True).joinedload(Variant.product),
            selectinload(Shortage.lines),
        )
        .order_by(Shortage.id.desc())
    )
    return paginate(query, number, PER_PAGE)


def get_told_shortage(shortage_id: int) -> Shortage:
    """A report with what it did to each order."""
    query = select(Shortage).where(Shortage.id == shortage_id).options(*_WITH_LINES)
    return db.session.scalars(query).unique().one()


def find_causes(cancellation_ids: Collection[int]) -> dict[int, Shortage]:
    """The reports behind some cancellations, by the cancellation; others are left out."""
    query = (
        select(ShortageLine)
        .where(ShortageLine.cancellation_id.in_(cancellation_ids))
        .options(joinedload(ShortageLine.shortage, innerjoin=True))
    )
    return {line.cancellation_id: line.shortage for line in db.session.scalars(query)}


def _read_parts(part_ids: Collection[int]) -> Sequence[SubOrder]:
    query = (
        select(SubOrder)
        .where(SubOrder.id.in_(part_ids))
        .join(SubOrder.order)
        .options(contains_eager(SubOrder.order), selectinload(SubOrder.lines))
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).all()


def _loss(part: SubOrder, line: OrderLine, lost: dict[int, int]) -> Loss | None:
    if line.id not in lost:
        return None
    return Loss(
        part.order_id,
        part.id,
        line.id,
        part.number,
        part.order.placed_at,
        lost[line.id],
        line.waiting_quantity,
        lost[line.id] * line.unit_price_fen,
        freight_of_cancellation_fen(part, lost),
    )
