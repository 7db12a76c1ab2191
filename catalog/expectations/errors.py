"""What can go wrong with what is expected of a harvest."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l

from shop.errors import Conflict

if TYPE_CHECKING:
    from catalog.expectations.models import HarvestExpectation
    from catalog.expectations.rules import Week


class WeekOver(Conflict):
    """What was not expected in time is not expected afterwards."""

    code = "week_over"
    message = _l("这一周已经过去，不能再改预计。")


class ExpectedMeanwhile(Conflict):
    """Somebody else changed the same weeks since the page was opened; nothing was written.

    ``newer`` is what holds now of each of them.
    """

    code = "expected_meanwhile"
    message = _l("有几周刚刚被别人改过，您填的还没有保存。请看下面写的，再保存一次就以您填的为准。")

    def __init__(self, newer: "Mapping[Week, HarvestExpectation]") -> None:
        self.newer = newer
        super().__init__()
