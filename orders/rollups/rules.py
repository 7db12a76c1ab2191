"""What sums are kept of the ledger, and which of them answer a question."""

from calendar import monthrange
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from operator import add
from typing import NamedTuple

from shop.clock import month_of


class Dimension(StrEnum):
    """What the ledger can be told apart by."""

    COUNTY = "county"
    TOWN = "town"
    CATEGORY = "category"
    COOPERATIVE = "cooperative"
    BUYER_TYPE = "buyer_type"
    CHANNEL = "channel"
    MODE = "mode"
    MONTH = "month"

    @property
    def column(self) -> str:
        """Its column, which the ledger and the sums call alike."""
        return _COLUMNS.get(self, self.value)


_COLUMNS = {
    Dimension.COUNTY: "county_code",
    Dimension.TOWN: "town_code",
    Dimension.CATEGORY: "category_id",
    Dimension.COOPERATIVE: "cooperative_id",
}


class Member(StrEnum):
    """Who is counted once, however often they sold."""

    COOPERATIVE = "cooperative"  # any that sold
    FAIR = "fair"  # any activity at which a fair sold

    @property
    def column(self) -> str:
        return f"{'activity' if self is Member.FAIR else self.value}_id"


class Grain(StrEnum):
    """Which sums are kept. Every one tells towns and months apart; few rows answer quickly."""

    PLACE = "place"
    MODE = "mode"
    CHANNEL = "channel"
    BUYERS = "buyers"
    CATEGORY = "category"
    COOPERATIVE = "cooperative"
    TRADE = "trade"  # buyer type, channel and mode
    RANGE = "range"  # which cooperative sold what
    CLIENTS = "clients"  # which cooperative sold to whom
    WHOLE = "whole"  # everything, by month alone
    FAIRS = "fairs"  # which activities sold through what
    ACTIVITY = "activity"  # everything of what was sold at an activity

    @property
    def tells_apart(self) -> frozenset[str]:
        """The columns that it fills, beside place and month."""
        return _TELLS[self]

    @property
    def is_daily(self) -> bool:
        """Whether it is kept by day too. For the whole that would be the ledger over again."""
        return self is not Grain.WHOLE

    @property
    def is_of_activities(self) -> bool:
        """Whether it sums only what was sold at activities."""
        return "activity_id" in self.tells_apart

    @property
    def finer(self) -> "Grain | None":
        """The smallest grain kept by day of which this one is the sum; None is the lines."""
        for other in Grain:
            is_of_the_same = other.is_of_activities == self.is_of_activities and other.is_daily
            if is_of_the_same and other.tells_apart > self.tells_apart:
                return other
        return None


_TELLS = {
    Grain.PLACE: frozenset[str](),
    Grain.MODE: frozenset({"mode"}),
    Grain.CHANNEL: frozenset({"channel"}),
    Grain.BUYERS: frozenset({"buyer_type"}),
    Grain.CATEGORY: frozenset({"category_id"}),
    Grain.COOPERATIVE: frozenset({"cooperative_id"}),
    Grain.TRADE: frozenset({"buyer_type", "channel", "mode"}),
    Grain.RANGE: frozenset({"category_id", "cooperative_id"}),
    Grain.CLIENTS: frozenset({"cooperative_id", "buyer_type"}),
    Grain.WHOLE: frozenset({"category_id", "cooperative_id", "buyer_type", "channel", "mode"}),
    Grain.FAIRS: frozenset({"channel", "activity_id"}),
    Grain.ACTIVITY: frozenset(
        {"category_id", "cooperative_id", "buyer_type", "channel", "mode", "activity_id"}
    ),
}
_BY_SIZE = tuple(Grain)


def grain_for(columns: Collection[str]) -> Grain:
    """The grain with the fewest rows that tells these columns apart."""
    return next(grain for grain in _BY_SIZE if grain.tells_apart.issuperset(columns))


class Span(NamedTuple):
    """From one day to another; both count."""

    since: date
    until: date


@dataclass(frozen=True)
class Pieces:
    """A span as the sums know it: whole months, and days of months that are not whole."""

    months: tuple[str, str] | None
    edges: tuple[Span, ...]


def pieces_of(span: Span) -> Pieces:
    """Cut a span into whole months and the days at its two ends."""
    since, until = span
    if since > until:
        return Pieces(None, ())
    if month_of(since) == month_of(until) and not _is_whole(since, until):
        return Pieces(None, (span,))
    edges = []
    first, last = since.replace(day=1), until.replace(day=1)
    if since.day > 1:
        edges.append(Span(since, _end_of_month(since)))
        first = _next_month(since)
    if until < _end_of_month(until):
        edges.append(Span(last, until))
        last = _month_before(until)
    months = (month_of(first), month_of(last)) if first <= last else None
    return Pieces(months, tuple(edges))


class Sums(NamedTuple):
    """Sums over lines of the ledger: amounts in fen, weight in grams."""

    lines: int = 0
    sales: int = 0
    offline_lines: int = 0
    amount_fen: int = 0
    refund_fen: int = 0
    net_fen: int = 0
    direct_fen: int = 0
    online_fen: int = 0
    union_fen: int = 0
    weight_g: int = 0
    # Lines whose weight nobody knows.
    unweighed: int = 0
    newest_id: int = 0

    def __add__(self, other: "Sums") -> "Sums":  # type: ignore[override]
        added = map(add, self[:-1], other[:-1])
        return Sums._make([*added, max(self.newest_id, other.newest_id)])


MEASURES = Sums._fields
# All but the newest line's number, of which there is the largest.
ADDED = MEASURES[:-1]


def cut(spans: Mapping[str, Span]) -> tuple[list[Span], dict[str, list[int]]]:
    """Intervals that do not meet, the oldest first, and of which of them each span is made: what
    lies in several spans is read once."""
    real = {name: span for name, span in spans.items() if span.since <= span.until}
    days = {span.since for span in real.values()}
    # Of all that ever was nothing comes after the last day.
    days |= {
        min(span.until, date.max - timedelta(days=1)) + timedelta(days=1) for span in real.values()
    }
    found = [Span(since, until - timedelta(days=1)) for since, until in pairwise(sorted(days))]
    held = [
        each
        for each in found
        if any(span.since <= each.since and each.until <= span.until for span in real.values())
    ]
    return held, {
        name: [
            number
            for number, each in enumerate(held)
            if span.since <= each.since and each.until <= span.until
        ]
        for name, span in real.items()
    }


def _is_whole(since: date, until: date) -> bool:
    return since.day == 1 and until == _end_of_month(until)


def _end_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _month_before(day: date) -> date:
    return date(day.year - (day.month == 1), (day.month - 2) % 12 + 1, 1)
