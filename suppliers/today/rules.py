"""What the desk's pages send of the changes that were made on them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shop import queued
from suppliers.today.models import ActKind

# What one request may hold; a longer queue comes in several.
MOST_BYTES = 32 * 1024
LONGEST_WAIT = timedelta(days=7)
MOST_UNITS = 99_999
MOST_FEN = 9_999_999


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
        raise queued.Unreadable
    kind = given.get("kind")
    if kind not in tuple(ActKind):
        raise queued.Unreadable
    after = given.get("after")
    return Act(
        key=queued.key(given.get("key")),
        kind=ActKind(kind),
        variant_id=queued.whole(given.get("variant"), 1, queued.LARGEST),
        value=_value(ActKind(kind), given.get("value")),
        seen=queued.whole(given.get("seen"), 1, queued.LARGEST),
        after=None if after is None else queued.key(after),
        waited=timedelta(seconds=queued.whole(given.get("waited"), 0, queued.LARGEST)),
    )


def _value(kind: ActKind, given: object) -> int:
    if kind is ActKind.PRICE:
        return queued.whole(given, 1, MOST_FEN)
    units = queued.whole(given, -MOST_UNITS, MOST_UNITS)
    if units == 0:
        raise queued.Unreadable
    return units
