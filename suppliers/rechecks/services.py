"""Open a cooperative's re-check, confirm it, sign it or give it back, see to those that are late.

Whoever changes a re-check locks its cooperative first: of two who act at once, the second sees
what the first has done. A signature names the version that was read, and is refused for any other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orders.notices.queries import list_managers
from shop import clock
from shop.accounts.audit.services import record
from shop.accounts.notices.rules import Contact
from shop.accounts.notices.services import tell
from shop.accounts.people.models import Body
from shop.db import db
from shop.organisations import services as organisations
from shop.organisations.errors import NameTaken
from shop.organisations.models import Organisation
from shop.organisations.queries import get_cooperative
from suppliers.applications.errors import (
    BodySigned,
    ChangedMeanwhile,
    MayNotSign,
    SignedAlready,
)
from suppliers.applications.queries import find_signer, is_name_taken, list_signers
from suppliers.applications.rules import SIGNERS
from suppliers.licences.queries import list_licences
from suppliers.licences.rules import lapses_of
from suppliers.rechecks.errors import (
    LicencesLapsed,
    NothingToConfirm,
    NotWaiting,
    OwnCooperative,
)
from suppliers.rechecks.models import (
    Recheck,
    RecheckConfirmation,
    RecheckReturn,
    RecheckSignOff,
)
from suppliers.rechecks.queries import find_open, get_recheck, is_member
from suppliers.rechecks.rules import (
    due_day,
    is_paused,
    is_warned,
    opens_on,
    pauses_on,
    waits_for,
)

PAGE, DESK = "/cooperative/recheck", "/official/rechecks"


@dataclass(frozen=True, kw_only=True)
class Confirmed:
    """What a manager says of the cooperative as it is today; the phone in canonical form."""

    name: str
    contact: str
    phone: str
    village: str


def open_recheck(cooperative_id: int, *, at: datetime) -> bool:
    """Begin the round whose time has come; False if it is too early, or one is open already."""
    cooperative = _lock(cooperative_id)
    verified_at = cooperative.checked_at or cooperative.admitted_at
    today = clock.day_of(at)
    leaves = cooperative.leaving_at is not None
    if verified_at is None or leaves or find_open(cooperative_id) is not None:
        return False
    verified_on = clock.day_of(verified_at)
    if today < opens_on(verified_on):
        return False
    due_on = due_day(verified_on, today)
    recheck = Recheck(organisation_id=cooperative_id, opened_at=at, due_on=due_on)
    db.session.add(recheck)
    organisations.expect_recheck(cooperative, due_on)
    db.session.flush()
    what = {"recheck": recheck.id, "due_on": due_on.isoformat()}
    record("open_recheck", "organisation", cooperative_id, by=None, at=at, **what)
    _tell(list_managers(cooperative_id), "recheck_opened", recheck, cooperative, at)
    return True


def confirm(cooperative_id: int, told: Confirmed, *, by: int, at: datetime) -> None:
    """A manager says how the cooperative is today, and that its licences hold and it sells from its
    town. Raises NothingToConfirm, LicencesLapsed or NameTaken."""
    cooperative = _lock(cooperative_id)
    recheck = find_open(cooperative_id)
    if recheck is None or recheck.confirmed_at is not None:
        raise NothingToConfirm
    lapses = lapses_of(list_licences(cooperative_id), clock.day_of(at))
    if lapses.business or lapses.food:
        raise LicencesLapsed
    if told.name != cooperative.name and is_name_taken(told.name):
        raise NameTaken
    recheck.version += 1
    recheck.confirmed_at = at
    confirmation = RecheckConfirmation(
        recheck_id=recheck.id,
        version=recheck.version,
        name=told.name,
        contact=told.contact,
        phone=told.phone,
        village=told.village,
        by_id=by,
        at=at,
    )
    db.session.add(confirmation)
    db.session.flush()
    changes = {"renamed": told.name} if told.name != cooperative.name else {}
    what = {"recheck": recheck.id, "version": recheck.version, **changes}
    record("confirm_recheck", "organisation", cooperative_id, by=by, at=at, **what)
    _ask_to_sign(recheck, cooperative, SIGNERS, at)


def sign(recheck_id: int, version: int, note: str, *, by: int, at: datetime) -> bool:
    """Sign the version that was read, for one's body; with both signatures the round is over, what
    was corrected counts, and the answer is True.

    Raises NotFound, NotWaiting, ChangedMeanwhile, MayNotSign, OwnCooperative, SignedAlready,
    BodySigned or NameTaken.
    """
    recheck, cooperative = _lock_waiting(recheck_id, version)
    body = _require_signer(cooperative, by)
    signed = {each.official_id: each.body for each in recheck.valid_sign_offs}
    if by in signed:
        raise SignedAlready
    if body in signed.values():
        raise BodySigned
    sign_off = RecheckSignOff(
        recheck_id=recheck_id, version=version, body=body, official_id=by, note=note, at=at
    )
    db.session.add(sign_off)
    db.session.flush()
    what = {"recheck": recheck_id, "version": version, "body": body.value, "note": note}
    record("sign_recheck", "organisation", cooperative.id, by=by, at=at, **what)
    left = [each for each in SIGNERS if each not in {*signed.values(), body}]
    if left:
        _ask_to_sign(recheck, cooperative, left, at)
    else:
        _finish(recheck, cooperative, at)
    return not left


def give_back(recheck_id: int, version: int, reason: str, *, by: int, at: datetime) -> None:
    """Return the version that was read, with what is to be mended.

    Raises NotFound, NotWaiting, ChangedMeanwhile, MayNotSign or OwnCooperative.
    """
    recheck, cooperative = _lock_waiting(recheck_id, version)
    body = _require_signer(cooperative, by)
    given_back = RecheckReturn(
        recheck_id=recheck_id, version=version, body=body, by_id=by, reason=reason, at=at
    )
    db.session.add(given_back)
    recheck.confirmed_at = None
    db.session.flush()
    what = {"recheck": recheck_id, "version": version, "body": body.value, "reason": reason}
    record("return_recheck", "organisation", cooperative.id, by=by, at=at, **what)
    managers = list_managers(cooperative.id)
    _tell(managers, "recheck_returned", recheck, cooperative, at, body=body.value, reason=reason)


def look_after(cooperative_id: int, *, at: datetime) -> None:
    """Warn of a round that is late, and stop selling where it is very late. Doing it twice changes
    nothing."""
    cooperative = _lock(cooperative_id)
    recheck = find_open(cooperative_id)
    today = clock.day_of(at)
    if recheck is None or not is_warned(recheck.due_on, today):
        return
    letter = "recheck_paused" if is_paused(recheck.due_on, today) else "recheck_late"
    if letter == "recheck_paused" and cooperative.recheck_lapsed_at is None:
        organisations.pause_for_recheck(cooperative, at=at)
        what = {"recheck": recheck.id}
        record("pause_for_recheck", "organisation", cooperative_id, by=None, at=at, **what)
    _tell(list_managers(cooperative_id), letter, recheck, cooperative, at)
    # Whoever has not signed learns what their silence costs.
    late = list_signers(cooperative.town_code or "", waits_for(recheck))
    _tell(late, letter, recheck, cooperative, at, of_town=True)


def _finish(recheck: Recheck, cooperative: Organisation, at: datetime) -> None:
    told = recheck.told
    assert told is not None, "what was signed had been confirmed"
    recheck.finished_at = at
    organisations.finish_recheck(
        cooperative, name=told.name, phone=told.phone, village=told.village, at=at
    )
    what = {"recheck": recheck.id, "name": told.name, "phone": told.phone}
    record("finish_recheck", "organisation", cooperative.id, by=None, at=at, **what)
    _tell(list_managers(cooperative.id), "recheck_finished", recheck, cooperative, at)


def _lock(cooperative_id: int) -> Organisation:
    """The cooperative as it is now; nobody else acts on its re-check before this act is over."""
    db.session.get(Organisation, cooperative_id, with_for_update=True, populate_existing=True)
    return get_cooperative(cooperative_id)


def _lock_waiting(recheck_id: int, version: int) -> tuple[Recheck, Organisation]:
    cooperative = _lock(get_recheck(recheck_id, None).organisation_id)
    recheck = get_recheck(recheck_id, None)
    if recheck.confirmed_at is None or recheck.finished_at is not None:
        raise NotWaiting
    if recheck.version != version:
        raise ChangedMeanwhile
    return recheck, cooperative


def _require_signer(cooperative: Organisation, by: int) -> Body:
    appointment = find_signer(by, cooperative.town_code)
    if appointment is None or appointment.body is None:
        raise MayNotSign
    if is_member(by, cooperative.id):
        raise OwnCooperative
    return appointment.body


def _ask_to_sign(
    recheck: Recheck, cooperative: Organisation, bodies: Iterable[Body], at: datetime
) -> None:
    officials = list_signers(cooperative.town_code or "", list(bodies))
    _tell(officials, "recheck_to_sign", recheck, cooperative, at, of_town=True)


def _tell(
    people: Iterable[Contact],
    letter: str,
    recheck: Recheck,
    cooperative: Organisation,
    at: datetime,
    *,
    of_town: bool = False,
    **more: Any,
) -> None:
    told = {
        "cooperative": cooperative.name,
        "due_on": recheck.due_on.isoformat(),
        "pauses_on": pauses_on(recheck.due_on).isoformat(),
        **more,
    }
    path = f"{DESK}/{recheck.id}" if of_town else PAGE
    for person in people:
        key = f"{letter}:{recheck.id}:{recheck.version}:{person.account_id}"
        tell(person, f"suppliers/{letter}", told, key=key, path=path, at=at)
