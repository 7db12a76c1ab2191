"""Which sums of what was ordered and paid for answer a question."""

from collections.abc import Collection
from typing import Any

from orders.intake.models import Grain

# What each grain tells apart, beside places; and what stands there in the others.
TELLS_APART = {
    Grain.PLACE: (),
    Grain.CATEGORY: ("category_id",),
    Grain.COOPERATIVE: ("cooperative_id",),
    Grain.BUYERS: ("buyer_type",),
    Grain.WHOLE: ("category_id", "cooperative_id", "buyer_type"),
}
EMPTY: dict[str, Any] = {"category_id": 0, "cooperative_id": 0, "buyer_type": ""}


def grain_for(columns: Collection[str]) -> Grain:
    """The grain of fewest rows that tells all of these apart."""
    return next(grain for grain in Grain if {*columns} & {*EMPTY} <= {*TELLS_APART[grain]})
