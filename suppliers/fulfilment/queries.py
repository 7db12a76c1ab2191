"""Read what a cooperative has to pick, to send, and to be paid for. Only its own, only if paid."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, select, true
from sqlalchemy.orm import contains_eager, selectinload

from catalog.batches.models import Batch
from catalog.batches.queries import list_usable
from catalog.batches.rules import Lot
from orders.deliveries.queries import find_tariff
from orders.deliveries.rules import MAINLAND, closes_at
from orders.pickups.models import Pickup, PickupPoint
from orders.pickups.queries import destination_of, find_points
from orders.records.models import Order, OrderLine, SubOrder
from shop.db import db
from shop.errors import NotFound
from shop.web.paging import Page, paginate
from suppliers.fulfilment.rules import Run, Stage, Waiting, suggest

Columns = TypeVarTuple("Columns")

PER_PAGE = 20

# The pick-up point that a part goes to; 0 for an address. (PostgreSQL groups by it only if the 0
# is the same in each place, which a parameter is not.)
_POINT = func.coalesce(Pickup.point_id, literal_column("0"))
_WAITING = OrderLine.quantity - OrderLine.cancelled_quantity - OrderLine.dispatched_quantity

_BY_URGENCY = (SubOrder.promised_on, _POINT, SubOrder.id)

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
    variant_id: int
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
class RunAhead:
    """So many parts that leave together, and from when on no further one is added to them."""

    run: Run
    # None for what goes to addresses.
    point: PickupPoint | None
    parts: int
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Suggestion:
    """So many units from a batch."""

    batch: Batch
    units: int


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


def list_runs(cooperative_id: int) -> list[RunAhead]:
    """What waits, by the day it is promised for and where it goes, the most urgent first."""
    counts = _with_points(
        _paid(select(SubOrder.promised_on, _POINT, func.count(SubOrder.id)), cooperative_id)
    )
    query = counts.where(_STAGES[Stage.OPEN]).group_by(SubOrder.promised_on, _POINT)
    counted = db.session.execute(query.order_by(SubOrder.promised_on, _POINT)).all()
    points = find_points({point_id for _, point_id, _ in counted if point_id})
    tariff = find_tariff(cooperative_id)
    runs = []
    for day, point_id, parts in counted:
        point = points.get(point_id)
        to = destination_of(point) if point else MAINLAND
        runs.append(RunAhead(Run(day, point_id), point, parts, closes_at(tariff, day, to)))
    return runs


def list_picks(cooperative_id: int, run: Run | None = None) -> list[Pick]:
    """What is in the orders that wait (or in one run of them), by product and variant, under the
    names that were sold."""
    columns = (
        OrderLine.product_id,
        OrderLine.variant_id,
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
    found = _with_points(_paid(sums, cooperative_id)).where(_in(run))
    query = found.where(_STAGES[Stage.OPEN], _WAITING > 0).group_by(*columns)
    # What is still to be harvested comes last.
    is_later = OrderLine.ships_on.is_not(None)
    rows = db.session.execute(
        query.order_by(is_later, OrderLine.ships_on, OrderLine.product_name, OrderLine.spec)
    )
    return [Pick(**row) for row in rows.mappings()]


def suggest_batches(
    cooperative_id: int, product_ids: Collection[int], *, today: date
) -> list[tuple[Waiting, list[Suggestion]]]:
    """From which batches to pick the lines that wait of these products and may leave today, as
    sending them by urgency would pick them."""
    waiting = _list_waiting(cooperative_id, product_ids, today)
    batches = {batch.id: batch for batch in list_usable(product_ids)}
    lots: dict[int, list[Lot]] = {}
    for batch in batches.values():
        lots.setdefault(batch.product_id, []).append(Lot(batch.id, batch.left_g))
    suggested = suggest(waiting, lots)
    return [(line, _named(suggested[line.line_id], batches)) for line in waiting]


def list_parts(
    cooperative_id: int, stage: Stage, number: int, run: Run | None = None
) -> Page[SubOrder]:
    """Parts of one heap: those that wait by the day they were promised for and where they go,
    others the newest first."""
    order = _BY_URGENCY if stage is Stage.OPEN else (SubOrder.id.desc(),)
    query = _with_points(_paid(select(SubOrder), cooperative_id)).where(_STAGES[stage], _in(run))
    loaded = query.options(contains_eager(SubOrder.order), selectinload(SubOrder.lines))
    return paginate(loaded.order_by(*order), number, PER_PAGE)


def list_to_send(cooperative_id: int, run: Run | None, most: int) -> Sequence[SubOrder]:
    """What waits, or one run of it, with orders and lines, the most urgent first."""
    query = _with_points(_paid(select(SubOrder), cooperative_id)).where(
        _STAGES[Stage.OPEN], _in(run)
    )
    loaded = query.options(contains_eager(SubOrder.order), selectinload(SubOrder.lines))
    return db.session.scalars(loaded.order_by(*_BY_URGENCY).limit(most)).all()


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


def _list_waiting(cooperative_id: int, product_ids: Collection[int], today: date) -> list[Waiting]:
    lines = select(
        OrderLine.id,
        SubOrder.promised_on,
        _POINT,
        OrderLine.product_id,
        OrderLine.product_name,
        OrderLine.spec,
        _WAITING,
        OrderLine.net_weight_g,
    ).join(OrderLine, OrderLine.sub_order_id == SubOrder.id)
    query = _with_points(_paid(lines, cooperative_id)).where(
        _STAGES[Stage.OPEN],
        _WAITING > 0,
        OrderLine.product_id.in_(product_ids),
        OrderLine.ships_on.is_(None) | (OrderLine.ships_on <= today),
    )
    rows = db.session.execute(query.order_by(*_BY_URGENCY, OrderLine.variant_id, OrderLine.id))
    return [
        Waiting(id_, Run(day, point_id), product_id, name, spec, quantity, net_weight_g)
        for id_, day, point_id, product_id, name, spec, quantity, net_weight_g in rows
    ]


def _named(units: Mapping[int, int], batches: Mapping[int, Batch]) -> list[Suggestion]:
    return [Suggestion(batches[id_], count) for id_, count in units.items()]


def _in(run: Run | None) -> ColumnElement[bool]:
    if run is None:
        return true()
    return and_(SubOrder.promised_on == run.promised_on, _POINT.in_([run.point_id]))


def _with_points(query: Select[*Columns]) -> Select[*Columns]:
    return query.outerjoin(Pickup, Pickup.sub_order_id == SubOrder.id)


def _paid(query: Select[*Columns], cooperative_id: int) -> Select[*Columns]:
    """A cooperative's own parts, of orders that were paid: others are none of its business."""
    return query.join(Order, Order.id == SubOrder.order_id).where(
        SubOrder.cooperative_id == cooperative_id, Order.paid_at.is_not(None)
    )
