"""How a sale is counted. Source: the counting rules in docs/counting.md."""

from orders.records.models import BuyerType
from orders.sales.models import Mode

# Quantities are kept in thousandths of their unit, so that 12.5 斤 can be sold.
MILLI = 1000

# The paired side that spends its own money; what anybody else buys was brokered to them.
_PAIRED = {BuyerType.RESIDENT, BuyerType.UNION, BuyerType.BUDGET_UNIT, BuyerType.STATE_OWNED}


def mode_of(buyer_type: BuyerType) -> Mode:
    """Direct purchase or helped sale; one excludes the other (counting rule 1)."""
    return Mode.DIRECT if buyer_type in _PAIRED else Mode.HELPED
