"""Read freight tariffs and parcels."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from orders.deliveries.models import FreightTariff, Parcel
from orders.deliveries.rules import DEFAULT_TARIFF
from orders.records.models import SubOrder
from shop.db import db
from shop.errors import NotFound
from shop.organisations.models import Organisation, OrganisationKind


def find_tariff(cooperative_id: int) -> FreightTariff:
    """What holds for a cooperative: its own tariff, else the one for all."""
    return find_tariffs([cooperative_id])[cooperative_id]


def find_tariffs(cooperative_ids: Collection[int]) -> dict[int, FreightTariff]:
    """What holds for each of some cooperatives, in one statement."""
    holds = FreightTariff.cooperative_id.is_(None) | FreightTariff.cooperative_id.in_(
        cooperative_ids
    )
    query = select(FreightTariff).where(holds).order_by(FreightTariff.id.desc())
    found = {tariff.cooperative_id: tariff for tariff in db.session.scalars(query)}
    # A shop whose administrators have set nothing yet can sell all the same.
    default = found.get(None) or FreightTariff(**DEFAULT_TARIFF)
    return {id_: found.get(id_, default) for id_ in cooperative_ids}


def find_own_tariff(cooperative_id: int | None) -> FreightTariff | None:
    """The tariff of just this cooperative, or with None the one for all."""
    own = FreightTariff.cooperative_id == cooperative_id
    query = select(FreightTariff).where(own).order_by(FreightTariff.id).limit(1)
    return db.session.scalars(query).one_or_none()


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


def list_parcels(order_id: int) -> Sequence[Parcel]:
    """The parcels of an order, in the order in which they were sent."""
    query = (
        select(Parcel)
        .join(Parcel.sub_order)
        .where(SubOrder.order_id == order_id)
        .order_by(Parcel.id)
    )
    return db.session.scalars(query).all()


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


def list_waiting_for_acceptance(promised_before: date, limit: int) -> Sequence[int]:
    """Parts that were sent, promised before a day, and not accepted yet."""
    query = (
        select(SubOrder.id)
        .where(
            SubOrder.dispatched_at.is_not(None),
            SubOrder.accepted_at.is_(None),
            SubOrder.promised_on < promised_before,
        )
        .order_by(SubOrder.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()
