"""What the ledger's choices are called on screen and in files."""

from enum import StrEnum

from flask_babel import lazy_gettext as _l

from orders.records import rules as order_rules
from orders.sales.models import Channel
from orders.sales.rules import CHANNELS as CHANNELS
from orders.sales.rules import KINDS as KINDS
from orders.sales.rules import MODES as MODES

# As orders call them.
BUYER_TYPES = order_rules.BUYER_TYPES


class Channels(StrEnum):
    """The channels as a filter names them: each one, and all that are not online."""

    ONLINE = "online"
    NOT_ONLINE = "not_online"
    OFFLINE = "offline"
    FAIR = "fair"
    AGREEMENT = "agreement"

    @property
    def meant(self) -> tuple[Channel, ...]:
        if self is Channels.NOT_ONLINE:
            return (Channel.OFFLINE, Channel.FAIR, Channel.AGREEMENT)
        return (Channel(self.value),)


CHANNEL_FILTERS = {
    Channels.ONLINE: _l("线上"),
    Channels.NOT_ONLINE: _l("线下（含展销会、协议直采）"),
    Channels.OFFLINE: _l("线下"),
    Channels.FAIR: _l("展销会"),
    Channels.AGREEMENT: _l("协议直采"),
}
