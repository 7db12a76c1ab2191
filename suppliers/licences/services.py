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
from suppliers.licences.queries import list_licences
from suppliers.licences.rules import FOOD_KINDS, has_expired, lapses_of, warning_due
from suppliers.verification.models import Document, DocumentKind

PAGE = "/cooperative/licences"


@dataclass(frozen=True, kw_only=True)
class LicenceEntry:
    """What is written down of a licence. It expires on a day, or never."""

    kind: DocumentKind
    number: str
    expires_on: date | None


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
