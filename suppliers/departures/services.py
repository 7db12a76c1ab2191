"""Ask to leave, take that back, and leave once nothing is open any more."""

from datetime import datetime

from orders.notices.queries import list_managers
from shop.accounts.audit.services import record
from shop.accounts.mandates.services import end_all
from shop.accounts.notices.services import tell
from shop.accounts.people.services import end_membership
from shop.db import db
from shop.organisations import services as organisations
from shop.organisations.models import Organisation
from shop.organisations.queries import get_cooperative
from suppliers.departures.errors import LeavesAlready, NotLeaving, NotSettled
from suppliers.departures.models import Departure
from suppliers.departures.queries import find_obstacles, find_standing, list_left_before
from suppliers.departures.rules import READS_FOR_YEARS


def ask(cooperative_id: int, reason: str, *, by: int, at: datetime) -> Departure:
    """A manager wants the cooperative to leave: nothing of it is sold from now on, and what was
    ordered goes on. Raises LeavesAlready or NotInThatState."""
    cooperative = _lock(cooperative_id)
    if find_standing(cooperative_id) is not None:
        raise LeavesAlready
    organisations.begin_to_leave(cooperative, at=at)
    departure = Departure(
        organisation_id=cooperative_id, reason=reason, asked_by_id=by, asked_at=at
    )
    db.session.add(departure)
    db.session.flush()
    record("ask_to_leave", "organisation", cooperative_id, by=by, at=at, reason=reason)
    _tell(departure, "departure_asked", at)
    return departure


def withdraw(cooperative_id: int, *, by: int, at: datetime) -> None:
    """Stay after all: what was on sale is again. Raises NotLeaving."""
    cooperative = _lock(cooperative_id)
    departure = _require_open(cooperative_id)
    departure.withdrawn_by_id, departure.withdrawn_at = by, at
    organisations.stay(cooperative, at=at)
    record("stay", "organisation", cooperative_id, by=by, at=at)


def finish(cooperative_id: int, *, by: int | None, at: datetime) -> None:
    """Leave for good; nobody means that the shop found by itself that nothing is open.

    Its members keep their sign-in and read statements for three years. Raises NotLeaving or
    NotSettled.
    """
    cooperative = _lock(cooperative_id)
    departure = _require_open(cooperative_id)
    if find_obstacles(cooperative_id):
        raise NotSettled
    departure.final_by_id, departure.final_at = by, at
    organisations.leave(cooperative, at=at)
    end_all(cooperative_id, at=at)
    record("leave", "organisation", cooperative_id, by=by, at=at, reason=departure.reason)
    _tell(departure, "departure_final", at)


def forget_members(*, at: datetime) -> int:
    """End the parts in cooperatives that left three years ago; return how many."""
    try:
        before = at.replace(year=at.year - READS_FOR_YEARS)
    except ValueError:
        before = at.replace(year=at.year - READS_FOR_YEARS, day=28)
    parts = list_left_before(before)
    for part in parts:
        end_membership(part, at=at)
        what = {"account": part.account_id, "role": part.role}
        record("end_membership", "organisation", part.organisation_id, by=None, at=at, **what)
    return len(parts)


def _lock(cooperative_id: int) -> Organisation:
    """The cooperative as it is now; nobody else acts on its leaving before this act is over."""
    db.session.get(Organisation, cooperative_id, with_for_update=True, populate_existing=True)
    return get_cooperative(cooperative_id)


def _require_open(cooperative_id: int) -> Departure:
    departure = find_standing(cooperative_id)
    if departure is None or departure.final_at is not None:
        raise NotLeaving
    return departure


def _tell(departure: Departure, letter: str, at: datetime) -> None:
    told = {"cooperative": get_cooperative(departure.organisation_id).name}
    final = letter == "departure_final"
    path = "/cooperative/money" if final else "/cooperative/leaving"
    for manager in list_managers(departure.organisation_id):
        key = f"{letter}:{departure.id}:{manager.account_id}"
        tell(manager, f"suppliers/{letter}", told, key=key, path=path, at=at)
