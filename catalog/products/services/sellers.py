"""Who may sell at a moment, and what may be said of it."""

from datetime import datetime

from sqlalchemy import select

from catalog.products.errors import ForbiddenClaim, Leaves, MayNotSell, Suspended, TownNotAssisted
from catalog.wording.rules import find_forbidden
from shop import clock
from shop.db import db
from shop.errors import NotFound
from shop.organisations.models import Organisation
from shop.places.queries import is_assisted


def lock_seller(cooperative_id: int, at: datetime) -> Organisation:
    """The cooperative, if it may sell at that moment; nobody can suspend it meanwhile."""
    lock = select(Organisation).where(Organisation.id == cooperative_id).with_for_update(read=True)
    cooperative = db.session.scalar(lock.execution_options(populate_existing=True))
    if cooperative is None or cooperative.town_code is None:
        raise NotFound
    if cooperative.admitted_at is None:
        raise MayNotSell
    if cooperative.suspended_at is not None:
        raise Suspended
    if cooperative.leaving_at is not None:
        raise Leaves
    if not is_assisted(cooperative.town_code, clock.day_of(at)):
        raise TownNotAssisted
    return cooperative


def require_honest(*texts: str) -> None:
    forbidden = find_forbidden(*texts)
    if forbidden is not None:
        raise ForbiddenClaim(forbidden)
