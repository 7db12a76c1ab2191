"""Who has no licence to make food sells none, on whatever way it would be listed; and licences run
out by themselves, so that every night somebody has to look."""

from datetime import datetime, timedelta

from catalog.categories.rules import needs_licence
from catalog.products.events import SaleIntended
from shop import clock
from shop.db import transaction
from shop.events import on
from shop.jobs import nightly
from suppliers.licences.errors import NoLicence
from suppliers.licences.queries import list_expiring, may_make_food
from suppliers.licences.rules import WARNINGS
from suppliers.licences.services import look_after


@on(SaleIntended)
def require_licence(event: SaleIntended) -> None:
    """Raises NoLicence for made food of a cooperative without a licence that holds that day."""
    if not needs_licence(event.category_slug):
        return
    if not may_make_food(event.cooperative_id, clock.day_of(event.at)):
        raise NoLicence


@nightly
def look_after_licences(at: datetime) -> int:
    """Look at each cooperative with something that runs out, in a transaction of its own; return
    how many there were."""
    found = list_expiring(clock.day_of(at) + timedelta(days=max(WARNINGS)))
    for cooperative_id in found:
        with transaction():
            look_after(cooperative_id, at=at)
    return len(found)
