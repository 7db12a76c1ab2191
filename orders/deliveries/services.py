"""Send parcels, accept them, and say what freight costs."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import selectinload

from catalog.stock.services import send_line
from orders.deliveries.errors import NotToBeAccepted, NotToBeSent
from orders.deliveries.models import FreightTariff, Parcel
from orders.deliveries.queries import find_own_tariff
from orders.deliveries.rules import DEFAULT_TARIFF, without_repeats
from orders.records.events import SubOrderAccepted, SubOrderDispatched
from orders.records.models import AcceptedBy, Order, SubOrder
from orders.sales.services import recognise
from shop.accounts.audit.services import record
from shop.db import db
from shop.events import announce


def dispatch(
    sub_order_id: int,
    cooperative_id: int,
    parcels: Sequence[tuple[str, str]],
    *,
    by: int | None,
    at: datetime,
) -> SubOrder:
    """Hand a cooperative's part to carriers: ``parcels`` are (carrier, tracking number).

    What was held is sold. Raises NotToBeSent, or HarvestNotIn for goods that were sold in advance
    and are not in the store yet.
    """
    if not parcels or not _mark_dispatched(sub_order_id, cooperative_id, at):
        raise NotToBeSent
    part = _get_with_lines(sub_order_id)
    for line in sorted(part.lines, key=lambda line: line.variant_id):
        waiting = line.waiting_quantity
        line.dispatched_quantity += waiting
        send_line(
            line.variant_id,
            waiting,
            presold=line.is_presold,
            by=by,
            at=at,
            reference=part.number,
        )
    for carrier, tracking_number in without_repeats(parcels):
        db.session.add(
            Parcel(
                sub_order_id=part.id,
                carrier=carrier,
                tracking_number=tracking_number,
                dispatched_at=at,
                dispatched_by_id=by,
            )
        )
    db.session.flush()
    record("dispatch", "sub_order", part.number, by=by, at=at, parcels=len(parcels))
    announce(SubOrderDispatched(part.id, at))
    return part


def accept(
    sub_order_id: int, *, account_id: int | None, accepted_by: AcceptedBy, at: datetime
) -> SubOrder:
    """Confirm that a part arrived: from here on it counts as sold. Raises NotToBeAccepted.

    ``account_id`` is the buyer, None when the time to complain has run out.
    """
    if not _mark_accepted(sub_order_id, account_id, accepted_by, at):
        raise NotToBeAccepted
    part = _get_with_lines(sub_order_id)
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


def _mark_dispatched(sub_order_id: int, cooperative_id: int, at: datetime) -> bool:
    """Only a paid part that is neither sent nor cancelled; a cancellation may be faster."""
    is_paid = exists().where(Order.id == SubOrder.order_id, Order.paid_at.is_not(None))
    statement = (
        update(SubOrder)
        .where(
            SubOrder.id == sub_order_id,
            SubOrder.cooperative_id == cooperative_id,
            SubOrder.dispatched_at.is_(None),
            SubOrder.cancelled_at.is_(None),
            is_paid,
        )
        .values(dispatched_at=at)
        .returning(SubOrder.id)
        .execution_options(synchronize_session=False)
    )
    return db.session.execute(statement).first() is not None


def _mark_accepted(
    sub_order_id: int, account_id: int | None, accepted_by: AcceptedBy, at: datetime
) -> bool:
    statement = (
        update(SubOrder)
        .where(
            SubOrder.id == sub_order_id,
            SubOrder.dispatched_at.is_not(None),
            SubOrder.accepted_at.is_(None),
        )
        .values(
            accepted_at=at,
            accepted_by=accepted_by,
            arrived_at=func.coalesce(SubOrder.arrived_at, at),
        )
        .returning(SubOrder.id)
        .execution_options(synchronize_session=False)
    )
    if account_id is not None:
        own = exists().where(Order.id == SubOrder.order_id, Order.account_id == account_id)
        statement = statement.where(own)
    return db.session.execute(statement).first() is not None


def _get_with_lines(sub_order_id: int) -> SubOrder:
    query = (
        select(SubOrder)
        .where(SubOrder.id == sub_order_id)
        .options(selectinload(SubOrder.lines), selectinload(SubOrder.order))
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).one()


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
