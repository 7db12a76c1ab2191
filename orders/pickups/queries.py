"""Read pick-up points, their keepers, and what is at each."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import contains_eager, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from orders.deliveries.rules import Destination
from orders.pickups.models import Pickup, PickupKeeper, PickupPoint, WrongCode
from orders.pickups.rules import LONG, WRONG_CODES_COUNT_FOR, Shelf
from orders.records.models import Order, SubOrder
from shop.accounts.people.models import Account, Appointment, Office
from shop.db import db, objects_of, table_of
from shop.errors import NotFound
from shop.places.queries import known_town
from shop.web.paging import Page, paginate

PER_PAGE = 30

_POINTS = table_of(PickupPoint)
_OPEN_POINTS = (
    select(_POINTS)
    .where(_POINTS.c.closed_at.is_(None))
    .order_by(_POINTS.c.town_code, _POINTS.c.name)
)


class Delivery(NamedTuple):
    """So many parts that a cooperative has to send to one point for one day."""

    point: PickupPoint
    promised_on: date
    parts: int


def list_points() -> Sequence[PickupPoint]:
    """Every point, those that are open first."""
    query = select(PickupPoint).order_by(PickupPoint.closed_at.is_not(None), PickupPoint.name)
    return db.session.scalars(query).all()


def list_open_points() -> Sequence[PickupPoint]:
    """The points that a buyer can choose, for reading."""
    points: list[PickupPoint] = []
    for row in db.session.execute(_OPEN_POINTS):
        (point,) = objects_of(row, PickupPoint)
        set_committed_value(point, "town", known_town(point.town_code))
        points.append(point)
    return points


def find_open_point(point_id: int) -> PickupPoint | None:
    query = select(PickupPoint).where(PickupPoint.id == point_id, PickupPoint.closed_at.is_(None))
    return db.session.scalars(query).one_or_none()


def get_point(point_id: int) -> PickupPoint:
    """Raises NotFound."""
    point = db.session.get(PickupPoint, point_id)
    if point is None:
        raise NotFound
    return point


def find_points(ids: Collection[int]) -> dict[int, PickupPoint]:
    """Points by their ids; nothing is asked for none."""
    if not ids:
        return {}
    query = select(PickupPoint).where(PickupPoint.id.in_(ids))
    return {point.id: point for point in db.session.scalars(query)}


def destination_of(point: PickupPoint) -> Destination:
    """What fetching at a point costs and when goods lie there."""
    return Destination(collection=point.collection)


def list_keepers(point_id: int) -> Sequence[PickupKeeper]:
    """Those who look after a point and still hold the office."""
    query = (
        select(PickupKeeper)
        .join(PickupKeeper.account)
        .where(PickupKeeper.point_id == point_id, _holds_the_office())
        .options(contains_eager(PickupKeeper.account))
        .order_by(PickupKeeper.since)
    )
    return db.session.scalars(query).all()


def list_holders() -> Sequence[Account]:
    """Everybody in the office of a keeper, whether or not they look after a point."""
    query = select(Account).where(_holds_the_office()).order_by(Account.name, Account.id)
    return db.session.scalars(query).all()


def find_point_of(account_id: int) -> PickupPoint | None:
    """The point that a keeper looks after; None while nobody has said which."""
    query = (
        select(PickupPoint)
        .join(PickupKeeper, PickupKeeper.point_id == PickupPoint.id)
        .where(PickupKeeper.account_id == account_id)
    )
    return db.session.scalars(query).one_or_none()


def list_on_shelf(point_id: int, shelf: Shelf, number: int, *, at: datetime) -> Page[Pickup]:
    """What belongs to one heap of a point, the most urgent first."""
    order: tuple[Any, ...] = (Pickup.arrived_at, Pickup.id)
    if shelf is Shelf.EXPECTED:
        order = (SubOrder.promised_on, Pickup.id)
    if shelf is Shelf.DONE:
        order = (Pickup.handed_over_at.desc(), Pickup.id)
    query = (
        select(Pickup)
        .join(Pickup.sub_order)
        .join(SubOrder.order)
        .where(Pickup.point_id == point_id, _on(shelf, at))
        .options(
            contains_eager(Pickup.sub_order).contains_eager(SubOrder.order),
            contains_eager(Pickup.sub_order).selectinload(SubOrder.lines),
        )
        .order_by(*order)
    )
    return paginate(query, number, PER_PAGE)


def count_on_shelves(point_id: int, *, at: datetime) -> dict[Shelf, int]:
    """How many parts wait on each heap."""
    shelves = (Shelf.EXPECTED, Shelf.ARRIVED, Shelf.LONG)
    query = (
        select(*(func.count(Pickup.id).filter(_on(shelf, at)) for shelf in shelves))
        .select_from(Pickup)
        .join(Pickup.sub_order)
        .join(SubOrder.order)
        .where(Pickup.point_id == point_id, Pickup.handed_over_at.is_(None))
    )
    return dict(zip(shelves, db.session.execute(query).one(), strict=True))


def get_pickup_at(point_id: int, sub_number: str) -> Pickup:
    """A part that is fetched at this point. Raises NotFound to keepers of others."""
    query = (
        select(Pickup)
        .join(Pickup.sub_order)
        .where(Pickup.point_id == point_id, SubOrder.number == sub_number)
        .options(contains_eager(Pickup.sub_order))
    )
    pickup = db.session.scalars(query).one_or_none()
    if pickup is None:
        raise NotFound
    return pickup


def find_waiting(point_id: int, code: str) -> Pickup | None:
    """What a code means at a point, among that which was not fetched yet."""
    query = select(Pickup).where(
        Pickup.point_id == point_id, Pickup.code == code, Pickup.handed_over_at.is_(None)
    )
    return db.session.scalars(query).one_or_none()


def find_pickups(sub_order_ids: Collection[int]) -> dict[int, Pickup]:
    """The pick-ups of some parts, by part; those brought to an address are left out."""
    query = select(Pickup).where(Pickup.sub_order_id.in_(sub_order_ids))
    return {pickup.sub_order_id: pickup for pickup in db.session.scalars(query)}


def goes_to_closed_point(order_id: int) -> bool:
    """Whether an order is to be fetched where nobody can order to any more, as of now."""
    query = (
        select(Pickup.id)
        .join(Pickup.sub_order)
        .join(Pickup.point)
        .where(SubOrder.order_id == order_id, PickupPoint.closed_at.is_not(None))
        .limit(1)
    )
    return db.session.scalar(query) is not None


def get_pickup(pickup_id: int) -> Pickup:
    """A pick-up with its part, order and lines."""
    return db.session.get_one(
        Pickup,
        pickup_id,
        options=[
            joinedload(Pickup.sub_order, innerjoin=True).joinedload(SubOrder.order, innerjoin=True),
            joinedload(Pickup.sub_order, innerjoin=True).selectinload(SubOrder.lines),
        ],
    )


def list_to_points(cooperative_id: int) -> list[Delivery]:
    """What a cooperative has to send to pick-up points, by day and point."""
    query = (
        select(Pickup.point_id, SubOrder.promised_on, func.count(Pickup.id))
        .join(SubOrder, SubOrder.id == Pickup.sub_order_id)
        .join(Order, Order.id == SubOrder.order_id)
        .where(
            SubOrder.cooperative_id == cooperative_id,
            SubOrder.dispatched_at.is_(None),
            SubOrder.cancelled_at.is_(None),
            Order.paid_at.is_not(None),
        )
        .group_by(Pickup.point_id, SubOrder.promised_on)
        .order_by(SubOrder.promised_on, Pickup.point_id)
    )
    counted = db.session.execute(query).all()
    points = find_points({row[0] for row in counted})
    return [Delivery(points[id_], day, count) for id_, day, count in counted]


def list_fetched_before(moment: datetime, after_id: int, limit: int) -> Sequence[int]:
    """Parts that were fetched before a moment and are not accepted yet; only those with ids above
    ``after_id``."""
    query = (
        select(SubOrder.id)
        .join(Pickup, Pickup.sub_order_id == SubOrder.id)
        .where(
            Pickup.handed_over_at < moment,
            SubOrder.accepted_at.is_(None),
            SubOrder.id > after_id,
        )
        .order_by(SubOrder.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def count_wrong_codes(account_id: int, *, at: datetime) -> int:
    """How many wrong codes a keeper typed within the last minutes."""
    query = select(func.count(WrongCode.id)).where(
        WrongCode.account_id == account_id, WrongCode.at > at - WRONG_CODES_COUNT_FOR
    )
    return db.session.scalar(query) or 0


def holds_office(account_id: int) -> bool:
    return (
        db.session.scalar(select(Account.id).where(Account.id == account_id, _holds_the_office()))
        is not None
    )


def _holds_the_office() -> ColumnElement[bool]:
    holding = select(Appointment.account_id).where(
        Appointment.office == Office.KEEPER, Appointment.ended_at.is_(None)
    )
    return Account.id.in_(holding) & Account.closed_at.is_(None)


def _on(shelf: Shelf, at: datetime) -> ColumnElement[bool]:
    if shelf is Shelf.DONE:
        return Pickup.handed_over_at.is_not(None)
    if shelf is Shelf.EXPECTED:
        return (
            Pickup.arrived_at.is_(None)
            & SubOrder.cancelled_at.is_(None)
            & Order.paid_at.is_not(None)
        )
    waits = Pickup.arrived_at.is_not(None) & Pickup.handed_over_at.is_(None)
    return waits & (Pickup.arrived_at < at - LONG) if shelf is Shelf.LONG else waits
