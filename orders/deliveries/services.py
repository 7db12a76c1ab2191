"""Send parcels, accept them, and say what freight costs."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import exists, select, true, update

from catalog.batches.services import Picked, Want, pick_for
from catalog.stock.services import send_line
from orders.deliveries.errors import (
    NotToBeAccepted,
    NotToBeSent,
    OtherThanWaits,
    TownInOtherZone,
    ZoneNameTaken,
)
from orders.deliveries.models import (
    DeliveryZone,
    DeliveryZoneTown,
    FreightTariff,
    Parcel,
    PickAllocation,
    Shipment,
    ShipmentLine,
)
from orders.deliveries.queries import find_own_tariff, get_zone
from orders.deliveries.rules import (
    DEFAULT_EXTRA_DAYS,
    DEFAULT_SURCHARGE_FEN,
    DEFAULT_TARIFF,
    DEFAULT_ZONE,
    DEFAULT_ZONE_TOWNS,
    without_repeats,
)
from orders.records.events import (
    AcceptanceDue,
    ShipmentSent,
    SubOrderAccepted,
    SubOrderDispatched,
)
from orders.records.models import AcceptedBy, Order, OrderLine, SubOrder
from orders.records.services import lock_part, settle_part
from orders.sales.services import recognise
from shop.accounts.audit.services import record
from shop.db import db
from shop.events import announce
from shop.places.models import Town


def dispatch(
    sub_order_id: int,
    cooperative_id: int,
    parcels: Sequence[tuple[str, str]],
    quantities: Mapping[int, int] | None = None,
    *,
    allocations: Mapping[int, Mapping[int, int]] | None = None,
    key: str = "",
    by: int | None,
    at: datetime,
) -> SubOrder:
    """Hand units of a cooperative's part to carriers: ``parcels`` are (carrier, tracking number),
    ``quantities`` are units by order line, by themselves all that waits.

    ``allocations`` are units by batch for each order line; a line that has none is picked from the
    first harvested. What was held is sold. A key that was used before sends nothing again: whoever
    posts a form twice has sent once. Raises NotToBeSent, OtherThanWaits when fewer units wait of a
    line, BatchMissing for goods that need a certified batch and have none, BatchNotUsable for one
    that was chosen, or HarvestNotIn for goods that were sold in advance and are not in the store.
    """
    part = _lock_to_send(sub_order_id, cooperative_id)
    if key and _was_sent(part, key):
        return part
    if part.dispatched_at or part.cancelled_at:
        raise NotToBeSent
    wanted = _wanted_of(part, quantities)
    if not parcels or not wanted:
        raise NotToBeSent
    for line, quantity in wanted:
        _send_units(line, quantity)
    picked = pick_for(_wants(wanted, allocations or {}))
    for line, quantity in wanted:
        send_line(
            line.variant_id,
            quantity,
            presold=line.is_presold,
            by=by,
            at=at,
            reference=part.number,
        )
    shipment = _write_shipment(
        part, key or secrets.token_urlsafe(24), parcels, wanted, picked, by, at
    )
    settle_part(part, at=at)
    db.session.flush()
    units = sum(quantity for _, quantity in wanted)
    record("dispatch", "sub_order", part.number, by=by, at=at, parcels=len(parcels), units=units)
    announce(ShipmentSent(shipment.id, part.id, at))
    if part.dispatched_at:
        announce(SubOrderDispatched(part.id, at))
    return part


def accept(
    sub_order_id: int, *, account_id: int | None, accepted_by: AcceptedBy, at: datetime
) -> SubOrder:
    """Confirm that a part arrived: from here on it counts as sold. Raises NotToBeAccepted.

    All of it was sent or cancelled. ``account_id`` is the buyer, None when the time to complain
    has run out. The row is locked before anything is decided, so that a claim and an acceptance
    at the same moment can't both go through.
    """
    part = _lock_to_accept(sub_order_id, account_id)
    announce(AcceptanceDue(part.id, accepted_by, at))
    part.accepted_at, part.accepted_by = at, accepted_by
    part.arrived_at = part.arrived_at or at
    db.session.flush()
    recognise(part, at=at)
    announce(SubOrderAccepted(part.id, at))
    return part


def load_default_tariff(*, at: datetime) -> FreightTariff:
    """The tariff for all, written down if nobody has set one yet."""
    return find_own_tariff(None) or _write_tariff(None, at, **DEFAULT_TARIFF)


def set_tariff(
    cooperative_id: int | None,
    *,
    first_g: int,
    first_fen: int,
    step_g: int,
    step_fen: int,
    free_from_fen: int | None,
    lead_days: int,
    by: int,
    at: datetime,
) -> None:
    """Set what freight costs for one cooperative, or with None for all without their own."""
    values = {
        "first_g": first_g,
        "first_fen": first_fen,
        "step_g": step_g,
        "step_fen": step_fen,
        "free_from_fen": free_from_fen,
        "lead_days": lead_days,
    }
    _write_tariff(cooperative_id, at, **values)
    record("set_freight", "freight_tariff", cooperative_id or "default", by=by, at=at, **values)


def drop_tariff(cooperative_id: int, *, by: int, at: datetime) -> None:
    """Let the tariff for all hold for a cooperative again."""
    tariff = find_own_tariff(cooperative_id)
    if tariff is not None:
        db.session.delete(tariff)
        record("drop_freight", "freight_tariff", cooperative_id, by=by, at=at)


@dataclass(frozen=True, slots=True)
class ZoneDraft:
    """What an administrator says about a zone. Amounts in fen."""

    name: str
    surcharge_fen: int
    extra_days: int
    free_from_fen: int | None
    town_codes: Sequence[str]


def load_default_zone(*, at: datetime) -> None:
    """The islands, if nobody has drawn a zone yet and they are known."""
    if db.session.scalar(select(DeliveryZone.id).limit(1)) is not None:
        return
    codes = db.session.scalars(select(Town.code).where(Town.code.in_(DEFAULT_ZONE_TOWNS))).all()
    draft = ZoneDraft(DEFAULT_ZONE, DEFAULT_SURCHARGE_FEN, DEFAULT_EXTRA_DAYS, None, codes)
    _write_zone(DeliveryZone(), draft, at)


def create_zone(draft: ZoneDraft, *, by: int, at: datetime) -> DeliveryZone:
    """Draw a zone. Raises ZoneNameTaken or TownInOtherZone."""
    zone = _write_zone(DeliveryZone(), draft, at)
    record("create_zone", "delivery_zone", zone.id, by=by, at=at, **asdict(draft))
    return zone


def change_zone(zone_id: int, draft: ZoneDraft, *, by: int, at: datetime) -> None:
    """Raises NotFound, ZoneNameTaken or TownInOtherZone."""
    zone = _write_zone(get_zone(zone_id), draft, at)
    record("change_zone", "delivery_zone", zone.id, by=by, at=at, **asdict(draft))


def remove_zone(zone_id: int, *, by: int, at: datetime) -> None:
    """Count a zone's towns as mainland again. Raises NotFound."""
    zone = get_zone(zone_id)
    db.session.delete(zone)
    record("remove_zone", "delivery_zone", zone_id, by=by, at=at, name=zone.name)


def _write_zone(zone: DeliveryZone, draft: ZoneDraft, at: datetime) -> DeliveryZone:
    codes = sorted(set(draft.town_codes))
    with db.session.no_autoflush:
        _require_free(zone, draft.name, codes)
    zone.name, zone.surcharge_fen, zone.extra_days = (
        draft.name,
        draft.surcharge_fen,
        draft.extra_days,
    )
    zone.free_from_fen, zone.updated_at = draft.free_from_fen, at
    kept = {town.town_code: town for town in zone.towns}
    zone.towns = [kept.get(code) or DeliveryZoneTown(town_code=code) for code in codes]
    db.session.add(zone)
    db.session.flush()
    return zone


def _require_free(zone: DeliveryZone, name: str, codes: Sequence[str]) -> None:
    """The name and the towns are no other zone's."""
    others = DeliveryZone.id != zone.id if zone.id else true()
    if db.session.scalar(select(DeliveryZone.id).where(DeliveryZone.name == name, others)):
        raise ZoneNameTaken
    query = (
        select(Town.name, DeliveryZone.name)
        .join(DeliveryZoneTown, DeliveryZoneTown.town_code == Town.code)
        .join(DeliveryZone, DeliveryZone.id == DeliveryZoneTown.zone_id)
        .where(Town.code.in_(codes), others)
    )
    taken = db.session.execute(query).first()
    if taken is not None:
        raise TownInOtherZone(*taken)


def _lock_to_send(sub_order_id: int, cooperative_id: int) -> SubOrder:
    """The cooperative's paid part with its lines; others who change it wait."""
    is_paid = exists().where(Order.id == SubOrder.order_id, Order.paid_at.is_not(None))
    part = lock_part(sub_order_id, SubOrder.cooperative_id == cooperative_id, is_paid)
    if part is None:
        raise NotToBeSent
    return part


def _lock_to_accept(sub_order_id: int, account_id: int | None) -> SubOrder:
    own = exists().where(Order.id == SubOrder.order_id, Order.account_id == account_id)
    part = lock_part(
        sub_order_id,
        SubOrder.dispatched_at.is_not(None),
        SubOrder.accepted_at.is_(None),
        true() if account_id is None else own,
    )
    if part is None:
        raise NotToBeAccepted
    return part


def _was_sent(part: SubOrder, key: str) -> bool:
    """Whether this form has sent something before. Raises NotToBeSent for another part's key."""
    sent = db.session.scalar(select(Shipment.sub_order_id).where(Shipment.key == key))
    if sent is not None and sent != part.id:
        raise NotToBeSent
    return sent is not None


def _wanted_of(part: SubOrder, quantities: Mapping[int, int] | None) -> list[tuple[OrderLine, int]]:
    """The lines to send of, with so many units each, by ascending variant id."""
    lines = sorted(part.lines, key=lambda line: (line.variant_id, line.id))
    if quantities is None:
        quantities = {line.id: line.waiting_quantity for line in lines}
    if not quantities.keys() <= {line.id for line in lines}:
        raise NotToBeSent
    wanted = [(line, quantities.get(line.id, 0)) for line in lines]
    return [(line, quantity) for line, quantity in wanted if quantity > 0]


def _send_units(line: OrderLine, quantity: int) -> None:
    statement = (
        update(OrderLine)
        .where(
            OrderLine.id == line.id,
            OrderLine.quantity - OrderLine.cancelled_quantity - OrderLine.dispatched_quantity
            >= quantity,
        )
        .values(dispatched_quantity=OrderLine.dispatched_quantity + quantity)
        .returning(OrderLine.id)
        .execution_options(synchronize_session="fetch")
    )
    if db.session.execute(statement).first() is None:
        raise OtherThanWaits


def _wants(
    wanted: Sequence[tuple[OrderLine, int]], allocations: Mapping[int, Mapping[int, int]]
) -> list[Want]:
    return [
        Want(
            line.id,
            line.product_id,
            line.product_name,
            line.unit,
            quantity,
            line.net_weight_g,
            allocations.get(line.id),
        )
        for line, quantity in wanted
    ]


def _write_shipment(
    part: SubOrder,
    key: str,
    parcels: Sequence[tuple[str, str]],
    wanted: Sequence[tuple[OrderLine, int]],
    picked: Sequence[Picked],
    by: int | None,
    at: datetime,
) -> Shipment:
    shipment = Shipment(sub_order_id=part.id, key=key, sent_at=at, sent_by_id=by)
    shipment.parcels = [
        Parcel(carrier=carrier, tracking_number=number)
        for carrier, number in without_repeats(parcels)
    ]
    shipment.lines = [
        ShipmentLine(
            order_line_id=line.id,
            quantity=quantity,
            certificate_covered=each.is_covered,
            allocations=[PickAllocation(batch_id=id_, quantity=n) for id_, n in each.units.items()],
        )
        for (line, quantity), each in zip(wanted, picked, strict=True)
    ]
    db.session.add(shipment)
    db.session.flush()
    return shipment


def _write_tariff(cooperative_id: int | None, at: datetime, **values: int | None) -> FreightTariff:
    tariff = find_own_tariff(cooperative_id)
    if tariff is None:
        tariff = FreightTariff(cooperative_id=cooperative_id)
        db.session.add(tariff)
    for name, value in values.items():
        setattr(tariff, name, value)
    tariff.updated_at = at
    db.session.flush()
    return tariff
