"""Where so many units of a variant come from: the store, or a harvest that is still to come."""

from dataclasses import dataclass
from datetime import date

from catalog.products.models import Variant


@dataclass(frozen=True, slots=True)
class Supply:
    """What can be ordered of a variant on a day."""

    in_stock: int
    in_advance: int
    # The day from which units of the coming harvest are sent; None when none are sold in advance.
    harvest_on: date | None

    @property
    def most(self) -> int:
        """The largest quantity that one line can have: it is never split over both."""
        return max(self.in_stock, self.in_advance)

    def ships_on(self, quantity: int) -> date | None:
        """The day for which so many units are sold in advance; None when they are in the store,
        or can't be had at all."""
        is_presold = self.in_stock < quantity <= self.in_advance
        return self.harvest_on if is_presold else None


def supply_of(variant: Variant, today: date) -> Supply:
    """A pre-sale lasts until the day before its first units are sent."""
    day = variant.presale_ships_on
    if day is None or day <= today:
        return Supply(variant.available, 0, None)
    return Supply(variant.available, variant.presale_left, day)
