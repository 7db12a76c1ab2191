"""Sums of the ledger and of orders. Each function is one statement."""

from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, distinct, func, or_, select
from sqlalchemy import cast as as_type
from sqlalchemy.orm import InstrumentedAttribute

from catalog.products.models import Product
from catalog.products.queries import was_on_sale
from orders.records.models import BuyerType, Order, OrderLine, SubOrder
from orders.sales.models import Channel, EntryKind, Mode, SalesEntry
from orders.sales.queries import Slice, chosen, counted
from orders.statistics.rules.periods import Period
from orders.statistics.rules.summary import By, Figures
from shop import clock
from shop.db import db, total
from shop.organisations.models import Organisation

# What identifies a row, and what it was called when its order was placed.
_KEYS: dict[By, Any] = {
    By.COUNTY: SalesEntry.county_code,
    By.TOWN: SalesEntry.town_code,
    By.CATEGORY: SalesEntry.category_id,
    By.COOPERATIVE: SalesEntry.cooperative_id,
    By.BUYER_TYPE: SalesEntry.buyer_type,
}
_NAMES: dict[By, Any] = {
    By.COUNTY: SalesEntry.county_name,
    By.TOWN: SalesEntry.county_name + SalesEntry.town_name,
    By.CATEGORY: SalesEntry.category_name,
    By.COOPERATIVE: SalesEntry.cooperative_name,
}


def figures_by(by: By, part: Slice) -> tuple[dict[str, Figures], dict[str, int]]:
    """The sums of a slice for each key, and the newest line of each key."""
    key = as_type(_KEYS[by], String)
    query = _sums(part).add_columns(key.label("key"), func.max(SalesEntry.id).label("newest"))
    figures, newest = {}, {}
    for row in db.session.execute(query.group_by(_KEYS[by])):
        values = row._asdict()
        name = values.pop("key")
        newest[name] = values.pop("newest")
        figures[name] = Figures(**values)
    return figures, newest


def figures_of(part: Slice) -> Figures:
    """The sums of a whole slice."""
    return Figures(**db.session.execute(_sums(part)).one()._asdict())


def names_of(by: By, newest: dict[str, int]) -> dict[str, str]:
    """What the keys were called on their newest lines: later renaming changes nothing."""
    if by not in _NAMES or not newest:
        return {}
    query = select(as_type(_KEYS[by], String), _NAMES[by]).where(SalesEntry.id.in_(newest.values()))
    return dict(db.session.execute(query).all())


def net_by_town_and_month(part: Slice) -> dict[tuple[str, str], int]:
    """Net fen of a slice, and of the same days a year earlier, by town code and month."""
    before = Period(part.since, part.until).year_before
    days = or_(counted(part.since, part.until), counted(before.since, before.until))
    query = (
        select(SalesEntry.town_code, SalesEntry.month, total(SalesEntry.net_fen))
        .where(*chosen(part), days)
        .group_by(SalesEntry.town_code, SalesEntry.month)
    )
    return {(town, month): net_fen for town, month, net_fen in db.session.execute(query)}


def ordered_and_paid(part: Slice) -> tuple[int, int]:
    """Goods ordered, and goods paid for, within a slice's days, in fen, without freight.

    What expired unpaid or was cancelled counts as neither.
    """
    placed = _within(Order.placed_at, part)
    paid = _within(Order.paid_at, part)
    query = (
        select(_when(placed, OrderLine.amount_fen), _when(paid, OrderLine.amount_fen))
        .join(SubOrder, SubOrder.id == OrderLine.sub_order_id)
        .join(Order, Order.id == SubOrder.order_id)
        .where(*_chosen_lines(part), or_(placed, paid))
        .where(Order.closed_at.is_(None), SubOrder.cancelled_at.is_(None))
    )
    ordered_fen, paid_fen = db.session.execute(query).one()
    return ordered_fen, paid_fen


def products_by(by: By, part: Slice) -> dict[str, int]:
    """How many products were on sale when a slice ended, by key."""
    end = clock.end_of(part.until)
    key = {
        By.COUNTY: func.substr(Product.town_code, 1, 6),
        By.TOWN: Product.town_code,
        By.CATEGORY: Product.category_id,
        By.COOPERATIVE: Product.cooperative_id,
        By.BUYER_TYPE: Product.town_code,
    }[by]
    query = (
        select(as_type(key, String), func.count(Product.id))
        .join(Organisation, Organisation.id == Product.cooperative_id)
        .where(was_on_sale(end), *_chosen_products(part))
        .group_by(key)
    )
    return dict(db.session.execute(query).all())


def _sums(part: Slice) -> Select[*tuple[Any, ...]]:
    """The sums of Figures over the lines of a slice and of the same days a year earlier."""
    period = Period(part.since, part.until)
    before, month = period.year_before, period.last_month
    is_now = counted(part.since, part.until)
    net, channel = SalesEntry.net_fen, SalesEntry.channel
    is_offline = is_now & (channel != Channel.ONLINE)
    sold = case((is_now & (SalesEntry.kind == EntryKind.SALE), SalesEntry.cooperative_id))
    return select(
        _when(is_now, net).label("cumulative_fen"),
        _when(counted(month.since, month.until), net).label("month_fen"),
        _when(counted(before.since, before.until), net).label("before_fen"),
        _when(is_now & (SalesEntry.mode == Mode.DIRECT), net).label("direct_fen"),
        _when(is_now & (SalesEntry.mode == Mode.HELPED), net).label("helped_fen"),
        _when(is_now & (channel == Channel.ONLINE), net).label("online_fen"),
        _when(is_offline, net).label("offline_fen"),
        _when(is_now & (SalesEntry.buyer_type == BuyerType.UNION), net).label("union_fen"),
        _when(is_now, SalesEntry.net_weight_g).label("weight_g"),
        func.count(distinct(sold)).label("cooperatives"),
        func.count(case((is_offline, 1))).label("offline_entries"),
    ).where(*chosen(part), or_(is_now, counted(before.since, before.until)))


def _when(condition: ColumnElement[bool], column: InstrumentedAttribute[Any]) -> ColumnElement[int]:
    """The sum of a column over the lines that meet a condition."""
    return total(case((condition, column), else_=0))


def _within(moment: Any, part: Slice) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = (moment >= clock.start_of(part.since)) & (
        moment < clock.end_of(part.until)
    )
    return condition


def _chosen_lines(part: Slice) -> list[ColumnElement[bool]]:
    """The conditions of a slice, said of order lines."""
    choices: list[tuple[Any, object]] = [
        (OrderLine.county_code, part.county_code),
        (OrderLine.town_code, part.town_code),
        (OrderLine.category_id, part.category_id),
        (OrderLine.cooperative_id, part.cooperative_id),
        (Order.buyer_type, part.buyer_type),
    ]
    conditions = [column == choice for column, choice in choices if choice is not None]
    return [part.scope.contains(OrderLine.town_code), *conditions]


def _chosen_products(part: Slice) -> list[ColumnElement[bool]]:
    """The conditions of a slice, said of products."""
    choices: list[tuple[Any, object]] = [
        (func.substr(Product.town_code, 1, 6), part.county_code),
        (Product.town_code, part.town_code),
        (Product.category_id, part.category_id),
        (Product.cooperative_id, part.cooperative_id),
    ]
    conditions = [column == choice for column, choice in choices if choice is not None]
    return [part.scope.contains(Product.town_code), *conditions]
