"""Officials say which towns of their scope are assisted, and since and until when."""

from datetime import date, datetime

from shop.accounts.audit.services import record
from shop.accounts.people.rules import Scope
from shop.errors import NotFound
from shop.places import services as places
from shop.places.models import TownDesignation
from shop.places.queries import get_designation, get_town


def designate(
    town_code: str,
    scope: Scope,
    *,
    since: date,
    until: date | None,
    confirmed: bool,
    evidence: str,
    by: int,
    at: datetime,
) -> TownDesignation:
    """Designate a town of one's scope. Raises NotFound outside it, or what places refuses."""
    if not scope.covers(get_town(town_code).code):
        raise NotFound
    designation = places.designate(
        town_code, since=since, until=until, confirmed=confirmed, evidence=evidence, at=at
    )
    record(
        "designate",
        "town",
        town_code,
        by=by,
        at=at,
        since=since.isoformat(),
        until=until.isoformat() if until else None,
        confirmed=confirmed,
        evidence=evidence,
    )
    return designation


def end_designation(
    designation_id: int, scope: Scope, *, until: date, by: int, at: datetime
) -> None:
    """Let a designation in one's scope end with a day. Raises NotFound outside it."""
    designation = get_designation(designation_id, scope.prefix)
    places.end_designation(designation, until=until)
    town = designation.town_code
    record("end_designation", "town", town, by=by, at=at, until=until.isoformat())
