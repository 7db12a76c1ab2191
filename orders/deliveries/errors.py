"""What can go wrong with sending and receiving."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from shop.errors import Conflict


class NotToBeSent(Conflict):
    """The part is not paid, was cancelled, or was sent already."""

    code = "not_to_be_sent"
    message = _l("这一单现在不能发货：可能还没付款、已取消，或已经发过货。")


class OtherThanWaits(Conflict):
    """Fewer units of a line wait than were to be sent: some were cancelled or sent meanwhile."""

    code = "other_than_waits"
    message = _l("等待发货的数量刚刚有变化，请核对后再发。")


class NotToBeAccepted(Conflict):
    """The part has not been sent, or was accepted already."""

    code = "not_to_be_accepted"
    message = _l("这一单还没有发货，或已经确认过收货。")


class ZoneNameTaken(Conflict):
    code = "zone_name_taken"
    message = _l("已经有一个同名的配送区。")


class TownInOtherZone(Conflict):
    """A town can be in one zone only."""

    code = "town_in_other_zone"

    def __init__(self, town: str, zone: str) -> None:
        super().__init__(gettext("%(town)s已经在配送区“%(zone)s”里了。", town=town, zone=zone))
