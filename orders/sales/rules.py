"""How a sale is counted. Source: the counting rules in docs/counting.md."""

from flask_babel import lazy_gettext as _l

from orders.records.models import BuyerType
from orders.sales.models import Channel, EntryKind, Mode

# Quantities are kept in thousandths of their unit, so that 12.5 斤 can be sold.
MILLI = 1000

# What the ledger's choices are called on screen and in files.
CHANNELS = {
    Channel.ONLINE: _l("线上"),
    Channel.OFFLINE: _l("线下"),
    Channel.FAIR: _l("展销会"),
    Channel.AGREEMENT: _l("协议直采"),
}
MODES = {Mode.DIRECT: _l("直接采购"), Mode.HELPED: _l("帮助销售")}
KINDS = {
    EntryKind.SALE: _l("已验收"),
    EntryKind.REFUND: _l("验收后退款"),
    EntryKind.REVERSAL: _l("冲销"),
}

# The paired side that spends its own money; what anybody else buys was brokered to them.
_PAIRED = {BuyerType.RESIDENT, BuyerType.UNION, BuyerType.BUDGET_UNIT, BuyerType.STATE_OWNED}


def mode_of(buyer_type: BuyerType) -> Mode:
    """Direct purchase or helped sale; one excludes the other (counting rule 1)."""
    return Mode.DIRECT if buyer_type in _PAIRED else Mode.HELPED
