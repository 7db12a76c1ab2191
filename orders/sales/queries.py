"""Read the sales ledger. Whatever is read lies inside an official's scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, or_, select

from orders.records.models import BuyerType, Order, OrderLine, SubOrder
from orders.sales.models import Channel, Mode, SalesEntry
from shop.accounts.people.rules import Scope
from shop.db import db, total
from shop.errors import NotFound

PER_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Slice:
    """A part of the ledger: a scope, a span of days that both count, and what was chosen in it."""

    scope: Scope
    since: date
    until: date
    county_code: str | None = None
    town_code: str | None = None
    category_id: int | None = None
    cooperative_id: int | None = None
    buyer_type: BuyerType | None = None
    channels: tuple[Channel, ...] = ()
    mode: Mode | None = None

    @property
    def compares_with_targets(self) -> bool:
        """Whether it holds all sales of its places, or all of a category or to a type of buyer, so
        that they compare with targets."""
        return not self.channels and self.mode is None and self.cooperative_id is None

    @property
    def is_by_product(self) -> bool:
        """Whether it leaves open to whom, through what and how it was sold."""
        return self.buyer_type is None and not self.channels and self.mode is None


class Totals(NamedTuple):
    entries: int
    amount_fen: int
    refund_fen: int
    net_fen: int
    weight_g: int


class EntryWithOrder(NamedTuple):
    """One line of the ledger, and the order that it comes from if it was sold online."""

    entry: SalesEntry
    line: OrderLine | None
    part: SubOrder | None
    order: Order | None


def totals_of(part: Slice) -> Totals:
    """The sums over a whole slice."""
    query = select(
        func.count(),
        total(SalesEntry.amount_fen),
        total(SalesEntry.refund_fen),
        total(SalesEntry.net_fen),
        total(SalesEntry.net_weight_g),
    ).where(*chosen(part), counted(part.since, part.until))
    return Totals(*db.session.execute(query).one())


def get_entry(entry_id: int, scope: Scope) -> EntryWithOrder:
    """One line of the ledger with its order. Raises NotFound outside the scope."""
    query = (
        select(SalesEntry, OrderLine, SubOrder, Order)
        .outerjoin(OrderLine, OrderLine.id == SalesEntry.order_line_id)
        .outerjoin(SubOrder, SubOrder.id == OrderLine.sub_order_id)
        .outerjoin(Order, Order.id == SubOrder.order_id)
        .where(SalesEntry.id == entry_id, scope.contains(SalesEntry.town_code))
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return EntryWithOrder(*row)


def list_related(entry: SalesEntry) -> Sequence[SalesEntry]:
    """What corrects an entry or stands in its stead, and what it corrects itself."""
    is_related = or_(SalesEntry.corrects_id == entry.id, SalesEntry.id == entry.corrects_id)
    return db.session.scalars(select(SalesEntry).where(is_related).order_by(SalesEntry.id)).all()


def chosen(part: Slice, of: Any = SalesEntry) -> list[ColumnElement[bool]]:
    """The conditions of a slice, without its days, on the ledger or on columns called alike."""
    conditions: list[ColumnElement[bool]] = [part.scope.contains(of.town_code)]
    if part.county_code is not None:
        conditions.append(of.county_code == part.county_code)
    if part.town_code is not None:
        conditions.append(of.town_code == part.town_code)
    if part.category_id is not None:
        conditions.append(of.category_id == part.category_id)
    if part.cooperative_id is not None:
        conditions.append(of.cooperative_id == part.cooperative_id)
    if part.buyer_type is not None:
        conditions.append(of.buyer_type == part.buyer_type)
    if part.channels:
        conditions.append(of.channel.in_(part.channels))
    if part.mode is not None:
        conditions.append(of.mode == part.mode)
    return conditions


def choices_of(part: Slice) -> dict[str, Any]:
    """What a slice chooses, without its days, as values by the columns that they are in; a scope
    that is not everything as the first and last code of its towns."""
    choices = {
        "county_code": part.county_code,
        "town_code": part.town_code,
        "category_id": part.category_id,
        "cooperative_id": part.cooperative_id,
        "buyer_type": part.buyer_type and part.buyer_type.value,
        "channel": [channel.value for channel in part.channels] or None,
        "mode": part.mode and part.mode.value,
    }
    found = {name: value for name, value in choices.items() if value is not None}
    if part.scope.prefix:
        found["town_since"], found["town_until"] = part.scope.towns
    return found


def counted(since: date, until: date) -> ColumnElement[bool]:
    """The condition that a line counts within a span of days."""
    return SalesEntry.counted_on.between(since, until)
