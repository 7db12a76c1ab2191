"""How long a mandate may last, and where one stands. Days are of Asia/Shanghai."""

from datetime import date, timedelta
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from shop.accounts.mandates.models import Mandate

LONGEST = timedelta(days=366)
# What the form offers at first.
USUAL = timedelta(days=90)


class Standing(StrEnum):
    HOLDS = "holds"
    TO_COME = "to_come"
    OVER = "over"
    ENDED = "ended"

    @property
    def label(self) -> LazyString:
        return _STANDINGS[self]


_STANDINGS = {
    Standing.HOLDS: _l("生效中"),
    Standing.TO_COME: _l("还没开始"),
    Standing.OVER: _l("已到期"),
    Standing.ENDED: _l("已结束"),
}


def is_fit(from_on: date, until_on: date, today: date) -> bool:
    """Whether a period can be given: not in the past, at least a day, at most a year."""
    return today <= from_on <= until_on <= from_on + LONGEST


def standing_of(mandate: Mandate, today: date) -> Standing:
    """Where a mandate stands; one whose official left the office is ended."""
    if mandate.ended_at is not None or mandate.appointment.ended_at is not None:
        return Standing.ENDED
    if mandate.until_on < today:
        return Standing.OVER
    return Standing.HOLDS if mandate.from_on <= today else Standing.TO_COME
