"""What a cooperative says about a product and the ways in which it is sold."""

from dataclasses import dataclass, fields
from datetime import date
from typing import NamedTuple

from catalog.products.models import Measure, Prices, Product, Tier, Variant
from catalog.reviews.models import ListingChange


@dataclass(frozen=True, kw_only=True)
class ProductDraft:
    """What a cooperative says about a product."""

    name: str
    category_id: int
    season_mask: int
    description: str = ""
    village: str = ""
    # None keeps the picture that is there.
    picture_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class VariantDraft:
    """One way in which a product is to be sold. Grams, fen; see Variant."""

    spec: str
    unit: str
    net_weight_g: int
    measure: Measure
    measure_amount: int
    price_fen: int
    perishable: bool
    # Until the day before, so many units of the coming harvest can be ordered in advance.
    presale_ships_on: date | None = None
    presale_cap: int | None = None
    # What more units cost each, the fewest first.
    tiers: tuple[Tier, ...] = ()

    @property
    def prices(self) -> Prices:
        return Prices(self.price_fen, self.tiers)


class EditedProduct(NamedTuple):
    """A product as it is now, and the part of the edit that waits for the platform."""

    product: Product
    waits: ListingChange | None


class EditedVariant(NamedTuple):
    """A variant as it is now, and the part of the edit that waits for the platform."""

    variant: Variant
    waits: ListingChange | None


def draft_of(variant: Variant) -> VariantDraft:
    """A variant as it is."""
    return VariantDraft(**{each.name: getattr(variant, each.name) for each in fields(VariantDraft)})
