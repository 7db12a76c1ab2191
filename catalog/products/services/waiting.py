"""What of some listings waits for the platform."""

from collections.abc import Collection
from typing import NamedTuple

from catalog.products.services.locks import in_parts
from catalog.reviews.models import ListingChange
from catalog.reviews.queries import list_open_of


class Waiting(NamedTuple):
    """What waits of some products: of origins by product, of prices by variant."""

    origins: dict[int, ListingChange]
    prices: dict[int, ListingChange]


def list_waiting(cooperative_id: int, product_ids: Collection[int]) -> Waiting:
    origins, prices = {}, {}
    for few in in_parts(product_ids):
        for change in list_open_of(cooperative_id, few):
            if change.variant_id is None:
                origins[change.product_id] = change
            else:
                prices[change.variant_id] = change
    return Waiting(origins, prices)
