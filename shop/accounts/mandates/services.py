"""Give and end mandates; each step is told to the other side and written into the audit log."""

from datetime import date, datetime

from shop import clock
from shop.accounts.audit.services import record
from shop.accounts.mandates.errors import (
    BadPeriod,
    MandateOver,
    NotOfTheTeam,
    WorksForCooperative,
)
from shop.accounts.mandates.models import Mandate
from shop.accounts.mandates.queries import (
    find_in_force,
    get_given,
    get_held,
    list_open,
    team,
    works_for_one,
)
from shop.accounts.mandates.rules import is_fit
from shop.accounts.notices.rules import contact_of
from shop.accounts.notices.services import tell
from shop.accounts.people.models import Account, Appointment
from shop.db import db
from shop.organisations.models import Organisation
from shop.organisations.queries import get_cooperative

HELD = "/official/mandates"


def give(
    cooperative_id: int,
    appointment_id: int,
    from_on: date,
    until_on: date,
    *,
    by: int,
    at: datetime,
) -> Mandate:
    """Let somebody of the town's team act for a cooperative, both days included; what the same
    person held before ends with it.

    Raises NotFound, NotOfTheTeam, WorksForCooperative, BadPeriod, or MandateOver while the
    cooperative is not admitted or is suspended.
    """
    cooperative = _lock(cooperative_id)
    stopped = cooperative.suspended_at or cooperative.left_at
    if cooperative.admitted_at is None or stopped is not None:
        raise MandateOver
    if not is_fit(from_on, until_on, clock.day_of(at)):
        raise BadPeriod
    found = db.session.execute(
        team(cooperative.town_code or "").where(Appointment.id == appointment_id)
    ).one_or_none()
    if found is None:
        raise NotOfTheTeam
    official = found[1]
    if works_for_one(official.id):
        raise WorksForCooperative
    for earlier in list_open(cooperative_id):
        if earlier.appointment_id == appointment_id:
            _end(earlier, by, at)
    db.session.flush()
    mandate = Mandate(
        organisation_id=cooperative_id,
        appointment_id=appointment_id,
        official_id=official.id,
        from_on=from_on,
        until_on=until_on,
        given_by_id=by,
        given_at=at,
    )
    db.session.add(mandate)
    db.session.flush()
    what = {"official": official.id, "from": from_on.isoformat(), "until": until_on.isoformat()}
    record("give_mandate", "mandate", mandate.id, by=by, at=at, cooperative=cooperative_id, **what)
    _tell(official, cooperative, mandate, "mandate_given", at)
    return mandate


def withdraw(cooperative_id: int, mandate_id: int, *, by: int, at: datetime) -> None:
    """A manager takes a mandate back; from this moment nothing is done under it. Taking it back
    twice changes nothing. Raises NotFound."""
    cooperative = _lock(cooperative_id)
    mandate = get_given(cooperative_id, mandate_id)
    if mandate.ended_at is None:
        _end(mandate, by, at)
        _tell(mandate.official, cooperative, mandate, "mandate_ended", at)


def lay_down(official_id: int, mandate_id: int, *, at: datetime) -> None:
    """An official gives a mandate back. Raises NotFound."""
    mandate = get_held(official_id, mandate_id)
    _lock(mandate.organisation_id)
    mandate = get_held(official_id, mandate_id)
    if mandate.ended_at is None:
        _end(mandate, official_id, at)
        _tell(mandate.given_by, mandate.organisation, mandate, "mandate_ended", at)


def end_all(cooperative_id: int, *, at: datetime) -> None:
    """End what a cooperative gave, by itself: it was suspended, or leaves."""
    for mandate in list_open(cooperative_id):
        _end(mandate, None, at)
        _tell(mandate.official, mandate.organisation, mandate, "mandate_ended", at)


def take_up(official_id: int, mandate_id: int, *, at: datetime) -> Mandate:
    """Begin to act under a mandate. Raises NotFound to strangers, or MandateOver."""
    get_held(official_id, mandate_id)
    mandate = find_in_force(mandate_id, official_id, clock.day_of(at))
    if mandate is None:
        raise MandateOver
    cooperative_id = mandate.organisation_id
    what = {"cooperative": cooperative_id}
    record("take_up_mandate", "mandate", mandate_id, by=official_id, at=at, **what)
    return mandate


def _lock(cooperative_id: int) -> Organisation:
    """The cooperative as it is now; nobody else changes its mandates before this act is over."""
    db.session.get(Organisation, cooperative_id, with_for_update=True, populate_existing=True)
    return get_cooperative(cooperative_id)


def _end(mandate: Mandate, by: int | None, at: datetime) -> None:
    mandate.ended_at, mandate.ended_by_id = at, by
    what = {"cooperative": mandate.organisation_id, "official": mandate.official_id}
    record("end_mandate", "mandate", mandate.id, by=by, at=at, **what)


def _tell(
    to: Account, cooperative: Organisation, mandate: Mandate, letter: str, at: datetime
) -> None:
    told = {
        "cooperative": cooperative.name,
        "from_on": mandate.from_on.isoformat(),
        "until_on": mandate.until_on.isoformat(),
    }
    of_official = to.id == mandate.official_id
    tell(
        contact_of(to),
        f"suppliers/{letter}",
        told,
        key=f"{letter}:{mandate.id}:{to.id}",
        path=HELD if of_official else "/cooperative/mandates",
        at=at,
    )
