"""Find organisations."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import joinedload

from shop.db import db
from shop.errors import NotFound
from shop.organisations.models import Organisation, OrganisationKind

# What stops a cooperative from selling for as long as it lasts; each says since when.
_STOPS = (
    Organisation.suspended_at,
    Organisation.licence_lapsed_at,
    Organisation.recheck_lapsed_at,
    Organisation.leaving_at,
)


def may_sell() -> ColumnElement[bool]:
    """``Organisation.may_sell`` as an SQL condition."""
    return and_(Organisation.admitted_at.is_not(None), *(stop.is_(None) for stop in _STOPS))


def could_sell(at: datetime) -> ColumnElement[bool]:
    """The condition that a cooperative was admitted before a moment, and that nothing that lasts
    until now had stopped it by then."""
    going = (or_(stop.is_(None), stop >= at) for stop in _STOPS)
    return and_(Organisation.admitted_at < at, *going)


def get_cooperative(organisation_id: int) -> Organisation:
    """Raises NotFound."""
    found = db.session.scalar(cooperatives().where(Organisation.id == organisation_id))
    if found is None:
        raise NotFound
    return found


def cooperatives() -> Select[Organisation]:
    """All cooperatives with their towns, by name."""
    return (
        select(Organisation)
        .where(Organisation.kind == OrganisationKind.COOPERATIVE)
        .options(joinedload(Organisation.town))
        .order_by(Organisation.name)
    )
