"""Carriers and tracking numbers, and which orders a cooperative looks at."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from catalog.batches.rules import Lot, pick, without

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

_POINT = re.compile(r"[0-9]{1,9}")
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


@dataclass(frozen=True, slots=True)
class Run:
    """What is promised for one day and goes one way: to a pick-up point, or (0) to addresses."""

    promised_on: date
    point_id: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """Units of an order's line that wait to be packed. Grams are of one unit."""

    line_id: int
    run: Run
    product_id: int
    product_name: str
    spec: str
    quantity: int
    net_weight_g: int


def run_of(day: str | None, point: str | None) -> Run | None:
    """The run that an address names; None for all of them, and for anything that names none."""
    try:
        promised_on = date.fromisoformat(day or "")
    except ValueError:
        return None
    return Run(promised_on, int(point) if point and _POINT.fullmatch(point) else 0)


def suggest(
    waiting: Iterable[Waiting], lots: Mapping[int, Sequence[Lot]]
) -> dict[int, dict[int, int]]:
    """Units by batch for each line, as sending them one after another would pick them; ``lots``
    are by product, the first harvested first."""
    left, suggested = dict(lots), {}
    for line in waiting:
        found = left.get(line.product_id, ())
        units, _ = pick(found, line.quantity, line.net_weight_g)
        left[line.product_id] = without(found, units, line.net_weight_g)
        suggested[line.line_id] = units
    return suggested


def is_tracking_number(text: str) -> bool:
    """Whether a tracking number in its one form could be one: carriers use 7 to 40 signs."""
    return _TRACKING_NUMBER.fullmatch(text) is not None
