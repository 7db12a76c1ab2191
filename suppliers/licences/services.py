"""Watch over the licences of cooperatives: what runs out stops what depends on it."""

from dataclasses import dataclass
from datetime import date, datetime

from orders.notices.queries import list_managers
from shop import clock
from shop.accounts.audit.services import record
from shop.accounts.notices.services import tell
from shop.db import db
from shop.organisations.models import Organisation
from shop.organisations.queries import get_cooperative
from shop.organisations.services import note_lapses
from suppliers.licences.errors import Answered, NoPhoto, WaitsAlready
from suppliers.licences.models import LicenceRenewal, RenewalAnswer
from suppliers.licences.queries import (
    get_own_renewal,
    get_renewal,
    is_own_photo,
    list_licences,
    list_waiting,
)
from suppliers.licences.rules import FOOD_KINDS, has_expired, lapses_of, warning_due
from suppliers.verification.models import Document, DocumentKind

PAGE = "/cooperative/licences"


@dataclass(frozen=True, kw_only=True)
class LicenceEntry:
    """What is written down of a licence. It expires on a day, or never."""

    kind: DocumentKind
    number: str
    expires_on: date | None
    photo_id: int | None = None


def record_licence(cooperative_id: int, entry: LicenceEntry, *, by: int, at: datetime) -> Document:
    """Write a licence down in place of the one of its kind; what waited for it is sold again.

    Raises NotFound.
    """
    cooperative = _lock(cooperative_id)
    for earlier in list_licences(cooperative_id):
        if earlier.kind is entry.kind and entry.kind is not DocumentKind.OTHER:
            earlier.replaced_at = at
    document = Document(
        organisation_id=cooperative_id,
        kind=entry.kind,
        number=entry.number,
        expires_on=entry.expires_on,
        open_ended=entry.expires_on is None,
        photo_id=entry.photo_id,
        recorded_at=at,
        recorded_by_id=by,
    )
    db.session.add(document)
    db.session.flush()
    expires = entry.expires_on.isoformat() if entry.expires_on else ""
    what = {"kind": entry.kind, "number": entry.number, "expires_on": expires}
    record("record_licence", "organisation", cooperative_id, by=by, at=at, **what)
    _apply(cooperative, at)
    return document


def submit_renewal(
    cooperative_id: int, entry: LicenceEntry, *, by: int, at: datetime
) -> LicenceRenewal:
    """Bring a renewed licence with its photo; until the office confirms it the old one stands.

    Raises NotFound, NoPhoto for a photo that is nobody's or somebody else's, or WaitsAlready.
    """
    _lock(cooperative_id)
    if entry.photo_id is None or not is_own_photo(entry.photo_id, by):
        raise NoPhoto
    if any(each.kind is entry.kind for each in list_waiting(cooperative_id)):
        raise WaitsAlready
    renewal = LicenceRenewal(
        organisation_id=cooperative_id,
        kind=entry.kind,
        number=entry.number,
        expires_on=entry.expires_on,
        open_ended=entry.expires_on is None,
        photo_id=entry.photo_id,
        submitted_by_id=by,
        submitted_at=at,
    )
    db.session.add(renewal)
    db.session.flush()
    what = {"renewal": renewal.id, "kind": entry.kind, "number": entry.number}
    record("submit_licence", "organisation", cooperative_id, by=by, at=at, **what)
    return renewal


def withdraw_renewal(cooperative_id: int, renewal_id: int, *, by: int, at: datetime) -> None:
    """Take it back before it is answered. Raises NotFound or Answered."""
    _lock(cooperative_id)
    renewal = get_own_renewal(cooperative_id, renewal_id)
    _answer(renewal, RenewalAnswer.WITHDRAWN, by, at)
    what = {"renewal": renewal_id}
    record("withdraw_licence", "organisation", cooperative_id, by=by, at=at, **what)


def confirm_renewal(renewal_id: int, *, by: int, at: datetime) -> int:
    """The office finds it right: it becomes the licence of its kind, and what waited for it is sold
    again; return the cooperative. Raises NotFound or Answered."""
    renewal = _lock_renewal(renewal_id)
    if renewal.answer is not None:
        raise Answered
    entry = LicenceEntry(
        kind=renewal.kind,
        number=renewal.number,
        expires_on=renewal.expires_on,
        photo_id=renewal.photo_id,
    )
    document = record_licence(renewal.organisation_id, entry, by=by, at=at)
    renewal.document_id = document.id
    _answer(renewal, RenewalAnswer.CONFIRMED, by, at)
    _tell_answer(renewal, "licence_confirmed", at)
    return renewal.organisation_id


def refuse_renewal(renewal_id: int, reason: str, *, by: int, at: datetime) -> int:
    """The office says what is wrong with it; return the cooperative. Raises NotFound, Answered."""
    renewal = _lock_renewal(renewal_id)
    renewal.reason = reason if renewal.answer is None else renewal.reason
    _answer(renewal, RenewalAnswer.REFUSED, by, at)
    what = {"renewal": renewal_id, "reason": reason}
    record("refuse_licence", "organisation", renewal.organisation_id, by=by, at=at, **what)
    _tell_answer(renewal, "licence_refused", at)
    return renewal.organisation_id


def look_after(cooperative_id: int, *, at: datetime) -> None:
    """Warn of what runs out, and stop what depends on what has. Doing it twice changes nothing."""
    cooperative = _lock(cooperative_id)
    _apply(cooperative, at)
    today = clock.day_of(at)
    for document in list_licences(cooperative_id):
        days = warning_due(document.expires_on, today)
        if days is not None:
            _tell(cooperative, document, "licence_expiring", str(days), at)
        elif has_expired(document, today) and document.kind is not DocumentKind.OTHER:
            _tell(cooperative, document, "licence_expired", "0", at)


def _lock(cooperative_id: int) -> Organisation:
    """The cooperative; nobody else decides about its licences before this act is over."""
    db.session.get(Organisation, cooperative_id, with_for_update=True)
    return get_cooperative(cooperative_id)


def _lock_renewal(renewal_id: int) -> LicenceRenewal:
    """The renewal as it is now, its cooperative locked first."""
    _lock(get_renewal(renewal_id).organisation_id)
    return get_renewal(renewal_id)


def _answer(renewal: LicenceRenewal, answer: RenewalAnswer, by: int, at: datetime) -> None:
    if renewal.answer is not None:
        raise Answered
    renewal.answer, renewal.answered_at, renewal.answered_by_id = answer, at, by
    db.session.flush()


def _tell_answer(renewal: LicenceRenewal, letter: str, at: datetime) -> None:
    told = {
        "cooperative": renewal.organisation.name,
        "kind": renewal.kind.value,
        "number": renewal.number,
        "reason": renewal.reason,
    }
    for manager in list_managers(renewal.organisation_id):
        key = f"{letter}:{renewal.id}:{manager.account_id}"
        tell(manager, f"suppliers/{letter}", told, key=key, path=PAGE, at=at)


def _apply(cooperative: Organisation, at: datetime) -> None:
    lapses = lapses_of(list_licences(cooperative.id), clock.day_of(at))
    note_lapses(cooperative, business=lapses.business, food=lapses.food, at=at)


def _tell(
    cooperative: Organisation, document: Document, letter: str, which: str, at: datetime
) -> None:
    assert document.expires_on is not None
    told = {
        "cooperative": cooperative.name,
        "kind": document.kind.value,
        "number": document.number,
        "expires_on": document.expires_on.isoformat(),
        "stops": _what_stops(document.kind),
    }
    for manager in list_managers(cooperative.id):
        key = f"licence:{document.id}:{which}:{manager.account_id}"
        tell(manager, f"suppliers/{letter}", told, key=key, path=PAGE, at=at)


def _what_stops(kind: DocumentKind) -> str:
    if kind is DocumentKind.BUSINESS_LICENCE:
        return "all"
    return "food" if kind in FOOD_KINDS else ""
