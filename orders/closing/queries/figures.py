"""What a month of the ledger comes to, and what would be filed of it."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select

from orders.benefits.queries import list_latest, totals_of_versions
from orders.benefits.rules import Totals
from orders.closing.events import EvidenceAsked
from orders.closing.rules import first_day, last_day, quarter_for
from orders.sales.models import Channel, Mode, SalesEntry
from shop.accounts.people.rules import Scope
from shop.db import db, total
from shop.events import announce
from shop.organisations.models import Organisation


class Sums(NamedTuple):
    """What some lines come to: fen, and grams where the weight is known."""

    entries: int = 0
    amount_fen: int = 0
    refund_fen: int = 0
    net_fen: int = 0
    weight_g: int = 0


class Part(NamedTuple):
    """The lines of a month that were sold through one channel in one way."""

    channel: Channel
    mode: Mode
    sums: Sums


@dataclass(frozen=True, slots=True)
class Figures:
    """What would be filed of a month now, and what is lacking."""

    parts: list[Part]
    # The ids of the versions of benefit reports that hold, and what they come to.
    pins: list[int]
    benefits: Totals
    # Cooperatives that have not reported the quarter.
    unreported: list[Organisation]
    # Lines that wait for their evidence.
    unevidenced: int

    @property
    def sums(self) -> Sums:
        columns = zip(Sums(), *(part.sums for part in self.parts), strict=True)
        return Sums(*(sum(column) for column in columns))


def figures_of(town_code: str, month: str) -> Figures:
    """What the ledger and the benefit reports say of a month at this moment."""
    evidence = EvidenceAsked(town_code, month)
    announce(evidence)
    reports = list_latest(town_code, quarter_for(month))
    pins = [version_id for _, version_id in reports if version_id is not None]
    return Figures(
        parts=sums_by_part(town_code, month),
        pins=pins,
        benefits=totals_of_versions(pins),
        unreported=[cooperative for cooperative, version_id in reports if version_id is None],
        unevidenced=evidence.lacking,
    )


def sums_by_part(town_code: str, month: str) -> list[Part]:
    """A month's lines by channel and way of assistance."""
    query = (
        select(SalesEntry.channel, SalesEntry.mode, *_sums())
        .where(of_month(town_code, month))
        .group_by(SalesEntry.channel, SalesEntry.mode)
        .order_by(SalesEntry.channel, SalesEntry.mode)
    )
    return [Part(row[0], row[1], Sums(*row[2:])) for row in db.session.execute(query)]


def sums_by_town(scope: Scope, month: str) -> dict[str, Sums]:
    """What the lines of a month come to, by the codes of the towns that have any."""
    query = (
        select(SalesEntry.town_code, *_sums())
        .where(SalesEntry.month == month, scope.contains(SalesEntry.town_code))
        .group_by(SalesEntry.town_code)
    )
    return {row[0]: Sums(*row[1:]) for row in db.session.execute(query)}


def of_month(town_code: str, month: str) -> ColumnElement[bool]:
    """The days say it once more, because an index serves them."""
    return (
        (SalesEntry.town_code == town_code)
        & (SalesEntry.month == month)
        & SalesEntry.counted_on.between(first_day(month), last_day(month))
    )


def _sums() -> tuple[Any, ...]:
    return (
        func.count(),
        total(SalesEntry.amount_fen),
        total(SalesEntry.refund_fen),
        total(SalesEntry.net_fen),
        total(SalesEntry.net_weight_g),
    )
