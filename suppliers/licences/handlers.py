"""Who has no licence to make food sells none, on whatever way it would be listed."""

from catalog.categories.rules import needs_licence
from catalog.products.events import SaleIntended
from shop import clock
from shop.events import on
from suppliers.licences.errors import NoLicence
from suppliers.licences.queries import may_make_food


@on(SaleIntended)
def require_licence(event: SaleIntended) -> None:
    """Raises NoLicence for made food of a cooperative without a licence that holds that day."""
    if not needs_licence(event.category_slug):
        return
    if not may_make_food(event.cooperative_id, clock.day_of(event.at)):
        raise NoLicence
