"""Read mandates: a cooperative those it gave, an official those they hold."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import joinedload, lazyload

from shop.accounts.mandates.models import Mandate
from shop.accounts.people.models import (
    COOPERATIVE_ROLES,
    Account,
    Appointment,
    Body,
    Membership,
    Office,
    ScopeLevel,
)
from shop.db import db
from shop.errors import NotFound
from shop.organisations.models import Organisation
from shop.web.paging import Page, paginate

PER_PAGE = 20

_WHOLE = (
    joinedload(Mandate.organisation),
    joinedload(Mandate.appointment),
    joinedload(Mandate.official).lazyload("*"),
    joinedload(Mandate.given_by).lazyload("*"),
)


def find_in_force(mandate_id: int, official_id: int, today: date) -> Mandate | None:
    """A mandate under which an official acts today: it runs, they still are of that town's team,
    belong to no cooperative, and the cooperative may be acted for."""
    query = (
        select(Mandate)
        .join(Mandate.appointment)
        .join(Mandate.organisation)
        .where(
            Mandate.id == mandate_id,
            Mandate.official_id == official_id,
            Mandate.ended_at.is_(None),
            Mandate.from_on <= today,
            Mandate.until_on >= today,
            _of_the_team(Organisation.town_code),
            Organisation.admitted_at.is_not(None),
            Organisation.suspended_at.is_(None),
            Organisation.left_at.is_(None),
            ~_works_for_one(official_id),
        )
        .options(joinedload(Mandate.organisation))
    )
    return db.session.scalars(query).one_or_none()


def list_given(organisation_id: int, number: int) -> Page[Mandate]:
    """All that a cooperative ever gave, the newest first."""
    query = select(Mandate).where(Mandate.organisation_id == organisation_id).options(*_WHOLE)
    return paginate(query.order_by(Mandate.id.desc()), number, PER_PAGE)


def list_held(official_id: int, number: int) -> Page[Mandate]:
    """All that an official was ever given, the newest first."""
    query = select(Mandate).where(Mandate.official_id == official_id).options(*_WHOLE)
    return paginate(query.order_by(Mandate.id.desc()), number, PER_PAGE)


def get_given(organisation_id: int, mandate_id: int) -> Mandate:
    """One of a cooperative's. Raises NotFound."""
    return _get((Mandate.organisation_id == organisation_id) & (Mandate.id == mandate_id))


def get_held(official_id: int, mandate_id: int) -> Mandate:
    """One of an official's. Raises NotFound."""
    return _get((Mandate.official_id == official_id) & (Mandate.id == mandate_id))


def list_open(organisation_id: int) -> Sequence[Mandate]:
    """Those of a cooperative that nobody ended; their days may be over."""
    query = select(Mandate).where(
        Mandate.organisation_id == organisation_id, Mandate.ended_at.is_(None)
    )
    return db.session.scalars(query.order_by(Mandate.id)).all()


def list_team(town_code: str) -> Sequence[tuple[Appointment, Account]]:
    """Those of a town's team who may be given one, by name."""
    query = team(town_code).order_by(Account.name, Account.id)
    return [(appointment, account) for appointment, account in db.session.execute(query)]


def team(town_code: str) -> Select[Appointment, Account]:
    """The offices of a town's team, with who holds them."""
    return (
        select(Appointment, Account)
        .join(Account, Account.id == Appointment.account_id)
        .where(_of_the_team(town_code), Account.closed_at.is_(None))
        .options(lazyload("*"))
    )


def works_for_one(account_id: int) -> bool:
    """Whether somebody belongs to a cooperative."""
    return bool(db.session.scalar(select(_works_for_one(account_id))))


def _get(which: ColumnElement[bool]) -> Mandate:
    query = select(Mandate).where(which).options(*_WHOLE)
    found = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    return found


def _of_the_team(town_code: object) -> ColumnElement[bool]:
    return (
        (Appointment.office == Office.OFFICIAL)
        & (Appointment.scope_level == ScopeLevel.TOWN)
        & (Appointment.scope_code == town_code)
        & (Appointment.body == Body.TOWN_TEAM)
        & Appointment.ended_at.is_(None)
    )


def _works_for_one(account_id: int) -> ColumnElement[bool]:
    return exists().where(
        Membership.account_id == account_id,
        Membership.role.in_(COOPERATIVE_ROLES),
        Membership.ended_at.is_(None),
    )
