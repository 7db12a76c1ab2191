"""Carriers and tracking numbers, and which orders a cooperative looks at."""

import re
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

CARRIERS = (
    "顺丰速运",
    "京东快递",
    "邮政 EMS",
    "中通快递",
    "圆通速递",
    "申通快递",
    "韵达速递",
    "极兔速递",
    "德邦快递",
)
MOST_PARCELS = 20
# A variant with fewer units left is shown as running low.
RUNNING_LOW = 10

_TRACKING_NUMBER = re.compile(r"[0-9A-Z][0-9A-Z-]{5,38}[0-9A-Z]")


class Stage(StrEnum):
    """The heaps that a cooperative's orders lie in."""

    OPEN = "open"
    SENT = "sent"
    DONE = "done"
    CANCELLED = "cancelled"

    @property
    def label(self) -> LazyString:
        return _STAGES[self]


_STAGES = {
    Stage.OPEN: _l("待发货"),
    Stage.SENT: _l("路上"),
    Stage.DONE: _l("已收货"),
    Stage.CANCELLED: _l("已取消"),
}


def stage_of(text: str | None) -> Stage:
    """The heap that an address names; anything else is the one that waits."""
    return Stage(text) if text in set(Stage) else Stage.OPEN


def is_tracking_number(text: str) -> bool:
    """Whether a tracking number in its one form could be one: carriers use 7 to 40 signs."""
    return _TRACKING_NUMBER.fullmatch(text) is not None
