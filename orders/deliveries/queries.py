"""Read freight tariffs and zones, shipments and what waits to be accepted."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import joinedload, selectinload

from catalog.batches.models import Batch, BatchRecall
from orders.deliveries.models import (
    DeliveryZone,
    DeliveryZoneTown,
    FreightTariff,
    PickAllocation,
    Shipment,
    ShipmentLine,
)
from orders.deliveries.rules import DEFAULT_TARIFF, MAINLAND, Destination
from orders.records.models import OrderLine, SubOrder
from shop import clock
from shop.db import db, objects_of, table_of
from shop.errors import NotFound
from shop.organisations.models import Organisation, OrganisationKind

_WITH_CONTENTS = (
    selectinload(Shipment.parcels),
    selectinload(Shipment.lines).joinedload(ShipmentLine.order_line, innerjoin=True),
)
_ZONES, _ZONE_TOWNS = table_of(DeliveryZone), table_of(DeliveryZoneTown)
_ZONE = (
    select(_ZONES)
    .join(_ZONE_TOWNS, _ZONE_TOWNS.c.zone_id == _ZONES.c.id)
    .where(_ZONE_TOWNS.c.town_code == bindparam("town_code"))
)
_TARIFFS = table_of(FreightTariff)
_HOLDING = (
    select(_TARIFFS)
    .where(
        _TARIFFS.c.cooperative_id.is_(None)
        | _TARIFFS.c.cooperative_id.in_(bindparam("cooperative_ids", expanding=True))
    )
    .order_by(_TARIFFS.c.id.desc())
)


def find_tariff(cooperative_id: int) -> FreightTariff:
    """What holds for a cooperative: its own tariff, else the one for all."""
    return find_tariffs([cooperative_id])[cooperative_id]


def find_tariffs(cooperative_ids: Collection[int]) -> dict[int, FreightTariff]:
    """What holds for each of some cooperatives, in one statement and for reading."""
    found: dict[int | None, FreightTariff] = {}
    for row in db.session.execute(_HOLDING, {"cooperative_ids": list(cooperative_ids)}):
        (tariff,) = objects_of(row, FreightTariff)
        found[tariff.cooperative_id] = tariff
    # A shop whose administrators have set nothing yet can sell all the same.
    default = found.get(None) or FreightTariff(**DEFAULT_TARIFF)
    return {id_: found.get(id_, default) for id_ in cooperative_ids}


def find_own_tariff(cooperative_id: int | None) -> FreightTariff | None:
    """The tariff of just this cooperative, or with None the one for all."""
    own = FreightTariff.cooperative_id == cooperative_id
    query = select(FreightTariff).where(own).order_by(FreightTariff.id).limit(1)
    return db.session.scalars(query).one_or_none()


def find_destination(town_code: str) -> Destination:
    """What delivering to an address in a town adds to every tariff, for reading."""
    row = db.session.execute(_ZONE, {"town_code": town_code}).one_or_none()
    return Destination(zone=objects_of(row, DeliveryZone)[0]) if row else MAINLAND


def list_zones() -> Sequence[DeliveryZone]:
    """Every zone with its towns; there are few."""
    query = select(DeliveryZone).options(selectinload(DeliveryZone.towns))
    return db.session.scalars(query.order_by(DeliveryZone.id)).all()


def get_zone(zone_id: int) -> DeliveryZone:
    """Raises NotFound."""
    zone = db.session.get(DeliveryZone, zone_id)
    if zone is None:
        raise NotFound
    return zone


def get_cooperative(cooperative_id: int) -> Organisation:
    """Raises NotFound."""
    cooperative = db.session.get(Organisation, cooperative_id)
    if cooperative is None or cooperative.kind is not OrganisationKind.COOPERATIVE:
        raise NotFound
    return cooperative


def list_cooperatives_with_tariffs() -> list[tuple[Organisation, FreightTariff | None]]:
    """Every cooperative with the tariff of its own, if it has one."""
    query = (
        select(Organisation, FreightTariff)
        .outerjoin(FreightTariff, FreightTariff.cooperative_id == Organisation.id)
        .where(Organisation.kind == OrganisationKind.COOPERATIVE)
        .order_by(Organisation.name)
    )
    return [(cooperative, tariff) for cooperative, tariff in db.session.execute(query)]


def list_shipments(order_id: int) -> Sequence[Shipment]:
    """The shipments of an order with their parcels and what is in them, as they were sent."""
    query = (
        select(Shipment)
        .join(Shipment.sub_order)
        .where(SubOrder.order_id == order_id)
        .options(*_WITH_CONTENTS)
        .order_by(Shipment.id)
    )
    return db.session.scalars(query).all()


def was_sent(sub_order_id: int, key: str) -> bool:
    """Whether the form with this one-time key has sent something of a part."""
    query = select(Shipment.id).where(Shipment.sub_order_id == sub_order_id, Shipment.key == key)
    return db.session.scalar(query) is not None


def get_shipment(shipment_id: int) -> Shipment:
    """A shipment with its parcels and what is in them."""
    return db.session.get_one(Shipment, shipment_id, options=_WITH_CONTENTS)


def list_recalls_of(sub_order_ids: Collection[int]) -> dict[int, datetime]:
    """The order lines of some parts that have units of a recalled batch, and when the last of
    their batches was called back."""
    query = (
        select(ShipmentLine.order_line_id.label("line_id"), func.max(BatchRecall.at).label("at"))
        .join(ShipmentLine.allocations)
        .join(BatchRecall, BatchRecall.batch_id == PickAllocation.batch_id)
        .join(ShipmentLine.order_line)
        .where(OrderLine.sub_order_id.in_(sub_order_ids))
        .group_by(ShipmentLine.order_line_id)
    )
    return {row.line_id: row.at for row in db.session.execute(query)}


def list_batches_of(order_id: int) -> dict[int, list[Batch]]:
    """The batches from which the lines of an order were picked, with their recalls."""
    query = (
        select(ShipmentLine.order_line_id, Batch)
        .join(ShipmentLine.allocations)
        .join(PickAllocation.batch)
        .join(ShipmentLine.order_line)
        .join(OrderLine.sub_order)
        .where(SubOrder.order_id == order_id)
        .options(joinedload(Batch.recall))
        .order_by(PickAllocation.id)
    )
    batches: dict[int, list[Batch]] = {}
    for line_id, batch in db.session.execute(query):
        known = batches.setdefault(line_id, [])
        if batch not in known:
            known.append(batch)
    return batches


def get_own_sub_order(account_id: int, order_number: str, sub_number: str) -> SubOrder:
    """A part of a buyer's own order. Raises NotFound to strangers."""
    query = (
        select(SubOrder)
        .join(SubOrder.order)
        .where(SubOrder.number == sub_number)
        .options(joinedload(SubOrder.order, innerjoin=True))
    )
    part = db.session.scalars(query).one_or_none()
    if part is None or part.order.account_id != account_id or part.order.number != order_number:
        raise NotFound
    return part


def list_waiting_for_acceptance(before: date, after_id: int, limit: int) -> Sequence[int]:
    """Parts that were both promised for and sent on days before this one, and not accepted yet;
    only those with ids above ``after_id``."""
    query = (
        select(SubOrder.id)
        .where(
            SubOrder.dispatched_at < clock.start_of(before),
            SubOrder.accepted_at.is_(None),
            SubOrder.promised_on < before,
            SubOrder.id > after_id,
        )
        .order_by(SubOrder.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()
