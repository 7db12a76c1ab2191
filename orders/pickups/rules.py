"""Codes and names at a pick-up point, and how long goods may wait there."""

import re
from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from orders.pickups.models import Pickup

CODE_LENGTH = 6
_CODE = re.compile(r"[0-9]{6}")
# Longer than this on the shelf, and the keeper calls the buyer.
LONG = timedelta(days=2)
# A buyer who says nothing has this long, after fetching it, to say that something is wrong.
TIME_TO_COMPLAIN = timedelta(hours=48)
# So many wrong codes within the time are a mistake; more are guesses.
MOST_WRONG_CODES = 10
WRONG_CODES_COUNT_FOR = timedelta(minutes=10)


class Shelf(StrEnum):
    """The heaps that a point's parts lie in."""

    EXPECTED = "expected"
    ARRIVED = "arrived"
    LONG = "long"
    DONE = "done"

    @property
    def label(self) -> LazyString:
        return _SHELVES[self]


_SHELVES = {
    Shelf.EXPECTED: _l("要到的"),
    Shelf.ARRIVED: _l("等人取"),
    Shelf.LONG: _l("放太久"),
    Shelf.DONE: _l("已取走"),
}


def shelf_of(text: str | None) -> Shelf:
    """The heap that an address names; anything else is the one that is expected."""
    return Shelf(text) if text in set(Shelf) else Shelf.EXPECTED


def code_of(number: int) -> str:
    """A number below a million as people read it out: ``000042``."""
    return f"{number:0{CODE_LENGTH}d}"


def is_code(text: str) -> bool:
    """Whether a text could be a code."""
    return _CODE.fullmatch(text) is not None


def is_ready(pickup: Pickup | None) -> bool:
    """Whether a part lies at its point and waits to be fetched."""
    return pickup is not None and bool(pickup.arrived_at) and not pickup.handed_over_at


def accepted_unasked_before(at: datetime) -> datetime:
    """Parts fetched before this moment count as accepted now, though the buyer said nothing."""
    return at - TIME_TO_COMPLAIN
