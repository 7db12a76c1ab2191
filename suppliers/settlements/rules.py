"""When what is settled, until when it is held, and when it is paid. Days are those of Zhuhai."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from orders.claims.rules import TIME_TO_CLAIM
from shop import clock

# The last day of the first half of a month.
MIDDLE = 15
# Finance has so many days after a period for checking and paying.
DAYS_TO_PAY = 3


@dataclass(frozen=True, slots=True)
class Period:
    """Half a month; both days count."""

    since: date
    until: date

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return clock.end_of(self.until)

    @property
    def pay_on(self) -> date:
        """The day by which it is paid out."""
        return self.until + timedelta(days=DAYS_TO_PAY)


class PayState(StrEnum):
    """How far the money of a statement has come."""

    NOTHING = "nothing"  # nothing is left to pay, or less than nothing
    WAITING = "waiting"
    PREPARED = "prepared"
    UNDER_WAY = "under_way"
    PAID = "paid"

    @property
    def label(self) -> LazyString:
        return _PAY_STATES[self]

    @property
    def mood(self) -> str:
        """How the word is coloured: good, wait, bad or note."""
        return _MOODS[self]


_PAY_STATES = {
    PayState.NOTHING: _l("没有要付的"),
    PayState.WAITING: _l("待付款"),
    PayState.PREPARED: _l("待复核"),
    PayState.UNDER_WAY: _l("银行处理中"),
    PayState.PAID: _l("已付款"),
}
_MOODS = {
    PayState.NOTHING: "note",
    PayState.WAITING: "wait",
    PayState.PREPARED: "wait",
    PayState.UNDER_WAY: "wait",
    PayState.PAID: "good",
}


def period_of(day: date) -> Period:
    """The half month that a day is in."""
    if day.day <= MIDDLE:
        return Period(day.replace(day=1), day.replace(day=MIDDLE))
    next_month = (day.replace(day=MIDDLE) + timedelta(days=20)).replace(day=1)
    return Period(day.replace(day=MIDDLE + 1), next_month - timedelta(days=1))


def last_period(at: datetime) -> Period:
    """The latest period that is over."""
    return period_of(period_of(clock.day_of(at)).since - timedelta(days=1))


def held_until(arrived_at: datetime) -> datetime:
    """Until when a claim can be made: before that nothing of a part is settled."""
    return arrived_at + TIME_TO_CLAIM


def claimable_since(at: datetime) -> datetime:
    """What arrived after this moment can still be claimed about."""
    return at - TIME_TO_CLAIM


def arrived_before(period: Period) -> datetime:
    """What arrived before this moment has had its time for claims when a period ends."""
    return period.end - TIME_TO_CLAIM


def settled_in(arrived_at: datetime) -> Period:
    """The period in which a part is settled if nobody complains."""
    return period_of(clock.day_of(held_until(arrived_at)))
