"""Where an activity stands, and what the till's pages send. Days are of Asia/Shanghai."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from orders.fairs.models import Activity, Doubt, PaidBy
from orders.records.models import BuyerType
from shop import queued

# What is left goes back into the store once a day has passed, so that a phone that comes home
# without a network can still hand in its sales.
GRACE = timedelta(days=1)
LONGEST_WAIT = timedelta(days=7)
LONGEST = timedelta(days=92)
# What one request may hold; a longer queue comes in several.
MOST_BYTES = 64 * 1024
MOST_LINES = 40
MOST_UNITS = 9_999
MOST_FEN = 9_999_999
LONGEST_UNIT = 80


@dataclass(frozen=True, slots=True)
class Named:
    """An activity as a sale that is entered by hand may name it."""

    id: int
    name: str
    from_on: date
    until_on: date
    town_codes: frozenset[str]


def activity_named(named: Iterable[Named], name: str, town_code: str, day: date) -> int | None:
    """Which of some activities somebody means who says that a town sold at one of this name on a
    day; of two that are called alike the one that was planned first."""
    return min(
        (
            each.id
            for each in named
            if each.name == name
            and each.from_on <= day <= each.until_on
            and town_code in each.town_codes
        ),
        default=None,
    )


class Standing(StrEnum):
    """Where an activity stands on a day."""

    DRAFT = "draft"
    TO_COME = "to_come"
    RUNNING = "running"
    OVER = "over"
    CANCELLED = "cancelled"

    @property
    def label(self) -> LazyString:
        return _STANDINGS[self]


_STANDINGS = {
    Standing.DRAFT: _l("还没公布"),
    Standing.TO_COME: _l("即将举行"),
    Standing.RUNNING: _l("进行中"),
    Standing.OVER: _l("已结束"),
    Standing.CANCELLED: _l("已取消"),
}


def standing_of(activity: Activity, today: date) -> Standing:
    if activity.cancelled_at is not None:
        return Standing.CANCELLED
    if activity.announced_at is None:
        return Standing.DRAFT
    if activity.until_on < today:
        return Standing.OVER
    return Standing.RUNNING if activity.from_on <= today else Standing.TO_COME


def may_allot(activity: Activity, today: date) -> bool:
    """Whether cooperatives can still put goods aside for it."""
    return (
        activity.announced_at is not None
        and activity.cancelled_at is None
        and activity.closed_at is None
        and activity.until_on >= today
    )


def permille(done: int, plan: int | None) -> int | None:
    """How far along a plan is; None where there is none."""
    return None if plan is None else (done * 1000 + plan // 2) // plan


def tonnes(grams: int) -> str:
    """A weight in tonnes to the kilogram, rounded half up once."""
    kilograms = (grams + 500) // 1000
    return f"{kilograms // 1000:,}.{kilograms % 1000:03d}"


@dataclass(frozen=True, slots=True)
class SoldLine:
    """Units of one allotment, and what one of them cost the buyer in fen."""

    allotment_id: int
    quantity: int
    price_fen: int


@dataclass(frozen=True, slots=True)
class Sale:
    """One sale as a till's page sends it."""

    key: str
    activity_id: int
    lines: tuple[SoldLine, ...]
    buyer_type: BuyerType
    buyer_unit: str
    paid_by: PaidBy
    waited: timedelta = timedelta()

    def made_at(self, at: datetime) -> datetime:
        """When it was made, if it comes in at that moment."""
        return at - self.waited

    @property
    def total_fen(self) -> int:
        return sum(line.quantity * line.price_fen for line in self.lines)


@dataclass(frozen=True, slots=True)
class Undoing:
    """Take one's own sale back, by the key it was sent with."""

    key: str
    sale_key: str
    waited: timedelta = timedelta()

    def made_at(self, at: datetime) -> datetime:
        return at - self.waited


def doubt_of(
    sale: Sale, line: SoldLine, price_fen: int, at: datetime, cancelled_at: datetime | None
) -> Doubt | None:
    """Why a line can't count by itself, apart from what is left of its allotment."""
    if sale.waited > LONGEST_WAIT:
        return Doubt.LATE
    if cancelled_at is not None and sale.made_at(at) > cancelled_at:
        return Doubt.OVER
    return Doubt.PRICE if line.price_fen != price_fen else None


def read_act(given: object) -> Sale | Undoing:
    """A sale or its undoing, out of what a page sent as JSON. Raises Unreadable."""
    if not isinstance(given, dict):
        raise queued.Unreadable
    key = queued.key(given.get("key"))
    waited = timedelta(seconds=queued.whole(given.get("waited"), 0, queued.LARGEST))
    if given.get("kind") == "undo":
        return Undoing(key, queued.key(given.get("sale")), waited)
    if given.get("kind") != "sale":
        raise queued.Unreadable
    return Sale(
        key=key,
        activity_id=queued.whole(given.get("activity"), 1, queued.LARGEST),
        lines=_lines(given.get("lines")),
        buyer_type=_one_of(BuyerType, given.get("buyer")),
        buyer_unit=_words(given.get("unit")),
        paid_by=_one_of(PaidBy, given.get("paid")),
        waited=waited,
    )


def _lines(given: object) -> tuple[SoldLine, ...]:
    if not isinstance(given, list) or not 0 < len(given) <= MOST_LINES:
        raise queued.Unreadable
    lines = [_line(each) for each in given]
    if len({line.allotment_id for line in lines}) != len(lines):
        raise queued.Unreadable
    return tuple(sorted(lines, key=lambda line: line.allotment_id))


def _line(given: object) -> SoldLine:
    if not isinstance(given, Mapping):
        raise queued.Unreadable
    return SoldLine(
        allotment_id=queued.whole(given.get("allotment"), 1, queued.LARGEST),
        quantity=queued.whole(given.get("units"), 1, MOST_UNITS),
        price_fen=queued.whole(given.get("price"), 1, MOST_FEN),
    )


def _words(given: object) -> str:
    if not isinstance(given, str) or len(given) > LONGEST_UNIT or not given.isprintable():
        raise queued.Unreadable
    return " ".join(given.split())


def _one_of(values: type, given: object):  # type: ignore[no-untyped-def]
    try:
        return values(given)
    except ValueError:
        raise queued.Unreadable from None
