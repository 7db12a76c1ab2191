"""What the cooperative reads before it confirms that goods are missing."""

from dataclasses import dataclass
from datetime import date

from catalog.products.models import Variant
from orders.shortages.rules import Plan, not_ahead, not_in_store


@dataclass(frozen=True, slots=True)
class Preview:
    """A plan, and what goes with it that nobody has ordered: units."""

    plan: Plan
    free: int
    ahead: int

    @property
    def freight_fen(self) -> int:
        return sum(loss.freight_fen for loss in self.plan.losses)


def preview(plan: Plan, variant: Variant, ships_on: date | None) -> Preview:
    """What else leaves the store's count, or can't be ordered in advance any more."""
    presold, missing = ships_on is not None, plan.units
    gone = not_in_store(variant.unheld - variant.promised, missing, presold=presold)
    left = variant.presale_left if presold and variant.presale_cap is not None else None
    same = variant.presale_ships_on == ships_on
    ahead = not_ahead(left, missing, is_this_harvest=same)
    return Preview(plan, gone if presold else gone - missing, max(0, ahead - missing))
