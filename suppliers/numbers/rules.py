"""Which span of days a cooperative looks at, and what is said of the numbers in it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from orders.statistics.rules.figures import PERMILLE, year_on_year
from orders.statistics.rules.periods import FIRST_YEAR, Period, end_of_month
from orders.statistics.rules.sheets import Column, Kind, Value
from shop.money import divide

_CODE = re.compile(r"(20[0-9]{2})(?:-(0[1-9]|1[0-2])|Q([1-4]))?", re.ASCII)


class Length(StrEnum):
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def label(self) -> LazyString:
        return _LENGTHS[self]

    @property
    def months(self) -> int:
        return {Length.MONTH: 1, Length.QUARTER: 3, Length.YEAR: 12}[self]


_LENGTHS = {Length.MONTH: _l("月"), Length.QUARTER: _l("季度"), Length.YEAR: _l("年")}


class Table(StrEnum):
    """What can be taken home as a file."""

    PRODUCTS = "products"
    DISTRICTS = "districts"
    BUYERS = "buyers"

    @property
    def title(self) -> LazyString:
        return _TABLES[self]


_TABLES = {
    Table.PRODUCTS: _l("商品"),
    Table.DISTRICTS: _l("卖到哪里"),
    Table.BUYERS: _l("卖给谁"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A month, quarter or year, written 2026-11, 2026Q4 or 2026; by the first of its days."""

    length: Length
    first: date

    @property
    def code(self) -> str:
        if self.length is Length.MONTH:
            return f"{self.first:%Y-%m}"
        return (
            f"{self.first.year}Q{self.quarter}"
            if self.length is Length.QUARTER
            else (str(self.first.year))
        )

    @property
    def quarter(self) -> int:
        return (self.first.month + 2) // 3

    @property
    def before(self) -> "Asked | None":
        """The one before it; None before the shop's first year."""
        return _begun(self.length, self.first - timedelta(days=1))

    def after(self, today: date) -> "Asked | None":
        """The one after it; None for what has not begun."""
        following = _begun(self.length, self._last + timedelta(days=1))
        return following if following and following.first <= today else None

    def days(self, today: date) -> Period:
        """Its days up to today; the same of a year earlier are ``days(…).year_before``."""
        return Period(self.first, min(self._last, today))

    @property
    def _last(self) -> date:
        last_month = self.first.month + self.length.months - 1
        return end_of_month(self.first.replace(month=last_month))


@dataclass(frozen=True, slots=True)
class Sold:
    """What was sold of something, and in the same days a year earlier. Fen, grams and thousandths
    of the unit.

    Amounts are of accepted goods; refunds count in the month in which they were granted.
    """

    name: str
    unit: str
    quantity_milli: int
    weight_g: int
    amount_fen: int
    refund_fen: int
    net_fen: int
    before_fen: int

    @property
    def year_on_year(self) -> int | None:
        """In permille; None where there is nothing to compare with."""
        return year_on_year(self.net_fen, self.before_fen)


@dataclass(frozen=True, slots=True)
class Share:
    """So many out of so many."""

    part: int
    whole: int

    @property
    def permille(self) -> int | None:
        return divide(self.part * PERMILLE, self.whole) if self.whole > 0 else None


@dataclass(frozen=True, slots=True)
class Wait:
    """How long it took from acceptance to payout, of the parts of orders paid out in a span."""

    parts: int
    days: int
    longest: int

    @property
    def average_tenths(self) -> int | None:
        """Days in tenths, rounded half up; None where nothing was paid out."""
        return divide(self.days * 10, self.parts) if self.parts else None


@dataclass(frozen=True, slots=True)
class Rating:
    """So many stars in so many reviews."""

    stars: int
    reviews: int

    @property
    def average_tenths(self) -> int | None:
        """Stars on average, in tenths, rounded half up; None where nobody gave any."""
        return divide(self.stars * 10, self.reviews) if self.reviews else None


@dataclass(frozen=True, slots=True)
class Payout:
    """A payout that arrived on a day, and pays what was settled up to a statement."""

    statement_id: int
    paid_on: date


@dataclass(frozen=True, slots=True)
class SettledParts:
    """So many parts that were accepted on a day and settled in a statement."""

    statement_id: int
    accepted_on: date
    parts: int


def read_asked(text: str | None, today: date) -> Asked:
    """What an address asks for; anything that is no span that has begun is this month."""
    found = _CODE.fullmatch(text or "")
    this_month = Asked(Length.MONTH, today.replace(day=1))
    if not found:
        return this_month
    year, month, quarter = found.groups()
    length = Length.MONTH if month else Length.QUARTER if quarter else Length.YEAR
    first = date(int(year), int(month or 3 * int(quarter or 1) - 2), 1)
    asked = _begun(length, first)
    return asked if asked and asked.first <= today else this_month


def asked_of(length: Length, day: date) -> Asked:
    """The month, quarter or year that a day is in."""
    months = length.months
    return Asked(length, day.replace(month=(day.month - 1) // months * months + 1, day=1))


def wait_of(payouts: Sequence[Payout], parts: Iterable[SettledParts], days: Period) -> Wait:
    """How long the parts waited that were paid out within some days.

    A payout pays what was settled since the one before it, up to its own statement.
    """
    in_order = sorted(payouts, key=lambda payout: payout.statement_id)
    count = waited = longest = 0
    for each in parts:
        paying = next((p for p in in_order if p.statement_id >= each.statement_id), None)
        if paying is None or not days.since <= paying.paid_on <= days.until:
            continue
        took = (paying.paid_on - each.accepted_on).days
        count += each.parts
        waited += took * each.parts
        longest = max(longest, took)
    return Wait(count, waited, longest)


def columns_of(table: Table) -> list[Column]:
    """A table as a file holds it. Only of products can units be added up."""
    head = [Column("name", table.title, Kind.TEXT)]
    if table is Table.PRODUCTS:
        head += [
            Column("unit", _l("单位"), Kind.TEXT),
            Column("quantity", _l("数量"), Kind.QUANTITY),
        ]
    return [
        *head,
        Column("weight", _l("净重(公斤)"), Kind.KILOGRAMS),
        Column("amount", _l("验收金额(元)"), Kind.YUAN),
        Column("refund", _l("退款(元)"), Kind.YUAN),
        Column("net", _l("净额(元)"), Kind.YUAN),
        Column("before", _l("上年同期(元)"), Kind.YUAN),
        Column("year_on_year", _l("同比(%)"), Kind.PERCENT),
    ]


def row_of(table: Table, sold: Sold, *, total: bool = False) -> list[Value]:
    """A row of that file; the total has no units, for they differ."""
    head: list[Value] = [sold.name]
    if table is Table.PRODUCTS:
        head += [sold.unit, None if total else sold.quantity_milli]
    return [
        *head,
        sold.weight_g,
        sold.amount_fen,
        sold.refund_fen,
        sold.net_fen,
        sold.before_fen,
        sold.year_on_year,
    ]


def _begun(length: Length, day: date) -> Asked | None:
    asked = asked_of(length, day)
    return asked if asked.first.year >= FIRST_YEAR else None
