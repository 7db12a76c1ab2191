"""Register organisations; let cooperatives sell, and stop them."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute

from shop import clock
from shop.db import db
from shop.events import announce
from shop.organisations.errors import (
    BadCreditCode,
    CreditCodeTaken,
    NameTaken,
    NotInThatState,
    TownNotAssisted,
)
from shop.organisations.events import (
    CooperativeAdmitted,
    CooperativeChanged,
    CooperativeReinstated,
    CooperativeSuspended,
    LicencesChanged,
)
from shop.organisations.models import EnterpriseType, Organisation, OrganisationKind
from shop.organisations.rules import is_credit_code
from shop.places.queries import is_assisted


@dataclass(frozen=True, kw_only=True)
class CooperativeEntry:
    """What is written down of a cooperative. The credit code is in canonical form."""

    name: str
    credit_code: str
    town_code: str
    village: str
    phone: str
    introduction: str


def register_enterprise(
    name: str, credit_code: str, enterprise_type: EnterpriseType, phone: str, *, at: datetime
) -> Organisation:
    """Write down an enterprise. Raises BadCreditCode, CreditCodeTaken or NameTaken."""
    return _register(
        Organisation(
            kind=OrganisationKind.ENTERPRISE,
            name=name,
            credit_code=credit_code,
            enterprise_type=enterprise_type,
            phone=phone,
            created_at=at,
        )
    )


def register_cooperative(entry: CooperativeEntry, *, at: datetime) -> Organisation:
    """Write down a cooperative; it can't sell before it is admitted.

    Raises TownNotAssisted, BadCreditCode, CreditCodeTaken or NameTaken.
    """
    if not is_assisted(entry.town_code, clock.day_of(at)):
        raise TownNotAssisted
    return _register(
        Organisation(
            kind=OrganisationKind.COOPERATIVE,
            name=entry.name,
            credit_code=entry.credit_code,
            town_code=entry.town_code,
            village=entry.village,
            phone=entry.phone,
            introduction=entry.introduction,
            created_at=at,
        )
    )


def admit(cooperative: Organisation, *, at: datetime) -> None:
    """Let a cooperative sell. Raises NotInThatState or TownNotAssisted."""
    if cooperative.admitted_at is not None:
        raise NotInThatState
    if not is_assisted(cooperative.town_code or "", clock.day_of(at)):
        raise TownNotAssisted
    cooperative.admitted_at = at
    db.session.flush()
    announce(CooperativeAdmitted(cooperative.id, at))


def suspend(cooperative: Organisation, *, at: datetime) -> None:
    """Stop a cooperative from selling. Raises NotInThatState."""
    if cooperative.admitted_at is None or cooperative.suspended_at is not None:
        raise NotInThatState
    cooperative.suspended_at = at
    db.session.flush()
    announce(CooperativeSuspended(cooperative.id, at))


def reinstate(cooperative: Organisation, *, at: datetime) -> None:
    """Let a suspended cooperative sell again. Raises NotInThatState."""
    if cooperative.suspended_at is None:
        raise NotInThatState
    cooperative.suspended_at = None
    db.session.flush()
    announce(CooperativeReinstated(cooperative.id, at))


def note_lapses(cooperative: Organisation, *, business: bool, food: bool, at: datetime) -> None:
    """Write down which licences have run out; the day on which one did stays."""
    before = (cooperative.licence_lapsed_at, cooperative.food_licence_lapsed_at)
    cooperative.licence_lapsed_at = (before[0] or at) if business else None
    cooperative.food_licence_lapsed_at = (before[1] or at) if food else None
    if (cooperative.licence_lapsed_at, cooperative.food_licence_lapsed_at) != before:
        db.session.flush()
        announce(LicencesChanged(cooperative.id, at))


def expect_recheck(cooperative: Organisation, due_on: date) -> None:
    """Write down by which day the re-check that was opened is to be finished."""
    cooperative.recheck_due_on = due_on


def pause_for_recheck(cooperative: Organisation, *, at: datetime) -> None:
    """Stop selling until the re-check is finished. Doing it twice changes nothing."""
    if cooperative.recheck_lapsed_at is None:
        cooperative.recheck_lapsed_at = at
        db.session.flush()
        announce(CooperativeChanged(cooperative.id, at))


def finish_recheck(
    cooperative: Organisation, *, name: str, phone: str, village: str, at: datetime
) -> None:
    """Take over what the re-check found; what it had stopped is sold again. Raises NameTaken."""
    if name != cooperative.name and _is_taken(Organisation.name, name):
        raise NameTaken
    cooperative.name, cooperative.phone, cooperative.village = name, phone, village
    cooperative.checked_at = at
    cooperative.recheck_due_on = cooperative.recheck_lapsed_at = None
    try:
        db.session.flush()
    except IntegrityError as race:
        # Somebody else took the name since we looked.
        raise NameTaken from race
    announce(CooperativeChanged(cooperative.id, at))


def begin_to_leave(cooperative: Organisation, *, at: datetime) -> None:
    """Sell nothing more. Raises NotInThatState for one that leaves already, or never sold."""
    if cooperative.admitted_at is None or cooperative.leaving_at is not None:
        raise NotInThatState
    cooperative.leaving_at = at
    db.session.flush()
    announce(CooperativeChanged(cooperative.id, at))


def stay(cooperative: Organisation, *, at: datetime) -> None:
    """Sell again what was sold before. Raises NotInThatState once it has left."""
    if cooperative.leaving_at is None or cooperative.left_at is not None:
        raise NotInThatState
    cooperative.leaving_at = None
    db.session.flush()
    announce(CooperativeChanged(cooperative.id, at))


def leave(cooperative: Organisation, *, at: datetime) -> None:
    """It has left, for good. Raises NotInThatState for one that does not want to, or has."""
    if cooperative.leaving_at is None or cooperative.left_at is not None:
        raise NotInThatState
    cooperative.left_at = at
    cooperative.recheck_due_on = None
    db.session.flush()


def _register(organisation: Organisation) -> Organisation:
    if not is_credit_code(organisation.credit_code):
        raise BadCreditCode
    if _is_taken(Organisation.credit_code, organisation.credit_code):
        raise CreditCodeTaken
    if _is_taken(Organisation.name, organisation.name):
        raise NameTaken
    db.session.add(organisation)
    try:
        db.session.flush()
    except IntegrityError as race:
        # Somebody else registered the same code or name since we looked.
        raise CreditCodeTaken from race
    return organisation


def _is_taken(column: InstrumentedAttribute[str], value: str) -> bool:
    return db.session.scalar(select(Organisation.id).where(column == value)) is not None
