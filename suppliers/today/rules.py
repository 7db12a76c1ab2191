"""What the desk's pages send of the changes that were made on them."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from suppliers.today.errors import Unreadable
from suppliers.today.models import ActKind

# What one request may hold; a longer queue comes in several.
MOST_ACTS = 50
MOST_BYTES = 32 * 1024
LONGEST_WAIT = timedelta(days=7)
MOST_UNITS = 99_999
MOST_FEN = 9_999_999
LARGEST = 2**31 - 1

_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Act:
    """One change of one variant: so many units more or fewer, or another price in fen."""

    key: str
    kind: ActKind
    variant_id: int
    value: int
    # The version on whose sight it was decided.
    seen: int
    # The key of one's own act before it, whose version was not known yet.
    after: str | None = None
    waited: timedelta = timedelta()

    def made_at(self, at: datetime) -> datetime:
        """When it was decided, if it comes in at that moment."""
        return at - min(self.waited, LONGEST_WAIT)


def read_act(given: object) -> Act:
    """An act out of what a page sent as JSON. Raises Unreadable."""
    if not isinstance(given, dict):
        raise Unreadable
    kind = given.get("kind")
    if kind not in tuple(ActKind):
        raise Unreadable
    after = given.get("after")
    return Act(
        key=_key(given.get("key")),
        kind=ActKind(kind),
        variant_id=_whole(given.get("variant"), 1, LARGEST),
        value=_value(ActKind(kind), given.get("value")),
        seen=_whole(given.get("seen"), 1, LARGEST),
        after=None if after is None else _key(after),
        waited=timedelta(seconds=_whole(given.get("waited"), 0, LARGEST)),
    )


def is_key(given: object) -> bool:
    """Whether it is a UUID as browsers write them."""
    return isinstance(given, str) and _KEY.fullmatch(given) is not None


def _key(given: object) -> str:
    if not is_key(given):
        raise Unreadable
    return str(given)


def _value(kind: ActKind, given: object) -> int:
    if kind is ActKind.PRICE:
        return _whole(given, 1, MOST_FEN)
    units = _whole(given, -MOST_UNITS, MOST_UNITS)
    if units == 0:
        raise Unreadable
    return units


def _whole(given: object, least: int, most: int) -> int:
    # True is an int to Python, but no number to us.
    if type(given) is not int or not least <= given <= most:
        raise Unreadable
    return given
