"""Sums of the ledger and of orders. Each function is one statement, or says how many."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, String, func, select
from sqlalchemy import cast as as_type

from catalog.products.models import Product
from catalog.products.queries import was_on_sale
from orders.records.models import Order, OrderLine
from orders.rollups.queries import members_by, sums_by
from orders.rollups.rules import Dimension, Member, Span, Sums
from orders.sales.models import SalesEntry
from orders.sales.queries import Slice
from orders.statistics.rules.periods import Period
from orders.statistics.rules.summary import By, Figures
from shop import clock
from shop.db import db
from shop.organisations.models import Organisation

NetByTownAndMonth = dict[tuple[str, str], int]

# What a key was called when its newest line was written.
_NAMES: dict[Dimension, Any] = {
    Dimension.COUNTY: SalesEntry.county_name,
    Dimension.TOWN: SalesEntry.county_name + SalesEntry.town_name,
    Dimension.CATEGORY: SalesEntry.category_name,
    Dimension.COOPERATIVE: SalesEntry.cooperative_name,
}


class Found(NamedTuple):
    """The sums of a slice for each key, the whole slice's under no key (``""``), and the newest
    line of each key."""

    figures: dict[str, Figures]
    newest: dict[str, int]


def figures_by(by: By, part: Slice) -> Found:
    """Two statements: different cooperatives and fairs are counted apart."""
    sums = sums_by([Dimension(by)], part, _spans(part), _SUMMED)
    return _found({key: held for (key,), held in sums.items()}, by, part)


def towns_by_month(part: Slice) -> tuple[Found, NetByTownAndMonth]:
    """The figures of the towns of a slice within one year, and what they sold by month in it and on
    the same days a year earlier, in two statements."""
    sums = sums_by([Dimension.TOWN, Dimension.MONTH], part, _spans(part), _SUMMED)
    towns: dict[str, list[Mapping[str, Sums]]] = defaultdict(list)
    for (town, _), held in sums.items():
        towns[town].append(held)
    found = _found({town: _together(held) for town, held in towns.items()}, By.TOWN, part)
    return found, {
        (town, month): sum(held[span].net_fen for span in (_NOW, _BEFORE) if span in held)
        for (town, month), held in sums.items()
    }


def names_of(by: Dimension, newest: Mapping[str, int]) -> dict[str, str]:
    """What the keys were called on their newest lines: later renaming changes nothing."""
    if by not in _NAMES or not newest:
        return {}
    key = getattr(SalesEntry, by.column)
    query = select(as_type(key, String), _NAMES[by]).where(SalesEntry.id.in_(newest.values()))
    return dict(db.session.execute(query).all())


def net_by_town_and_month(part: Slice) -> NetByTownAndMonth:
    """Net fen of a slice, and of the same days a year earlier, by town code and month."""
    period = Period(part.since, part.until)
    before = period.year_before
    spans = {_NOW: Span(period.since, period.until), _BEFORE: Span(before.since, before.until)}
    if before.until >= period.since:
        spans = {_NOW: Span(before.since, period.until)}
    found = sums_by([Dimension.TOWN, Dimension.MONTH], part, spans, ["net_fen"])
    return {
        (town, month): sum(span.net_fen for span in held.values())
        for (town, month), held in found.items()
    }


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
        .where(was_on_sale(end), *products_chosen(part))
        .group_by(key)
    )
    return dict(db.session.execute(query).all())


_NOW, _MONTH, _BEFORE = "now", "month", "before"
# What figures are made from.
_SUMMED = ("offline_lines net_fen direct_fen online_fen union_fen weight_g newest_id").split()


def _found(sums: Mapping[str, Mapping[str, Sums]], by: By, part: Slice) -> Found:
    members = members_by([Dimension(by)], part)
    figures = {
        key: _figures(spans, {who: len(found.get((key,), ())) for who, found in members.items()})
        for key, spans in sums.items()
    }
    all_of = {who: set[str]().union(*found.values()) for who, found in members.items()}
    figures[""] = _figures(
        _together(sums.values()), {who: len(found) for who, found in all_of.items()}
    )
    newest = {key: max(span.newest_id for span in held.values()) for key, held in sums.items()}
    return Found(figures, newest)


def _spans(part: Slice) -> dict[str, Span]:
    """The days of a slice, those of its last month, and its days a year earlier."""
    period = Period(part.since, part.until)
    return {
        name: Span(days.since, days.until)
        for name, days in (
            (_NOW, period),
            (_MONTH, period.last_month),
            (_BEFORE, period.year_before),
        )
    }


def _together(sums: Iterable[Mapping[str, Sums]]) -> dict[str, Sums]:
    whole: dict[str, Sums] = defaultdict(Sums)
    for spans in sums:
        for name, span in spans.items():
            whole[name] += span
    return whole


def _figures(spans: Mapping[str, Sums], counts: Mapping[Member, int]) -> Figures:
    now = spans.get(_NOW, Sums())
    return Figures(
        cumulative_fen=now.net_fen,
        month_fen=spans.get(_MONTH, Sums()).net_fen,
        before_fen=spans.get(_BEFORE, Sums()).net_fen,
        direct_fen=now.direct_fen,
        helped_fen=now.net_fen - now.direct_fen,
        online_fen=now.online_fen,
        offline_fen=now.net_fen - now.online_fen,
        union_fen=now.union_fen,
        weight_g=now.weight_g,
        cooperatives=counts[Member.COOPERATIVE],
        fairs=counts[Member.FAIR],
        offline_entries=now.offline_lines,
    )


def lines_chosen(part: Slice) -> list[ColumnElement[bool]]:
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


def products_chosen(part: Slice) -> list[ColumnElement[bool]]:
    """The conditions of a slice, said of products."""
    choices: list[tuple[Any, object]] = [
        (func.substr(Product.town_code, 1, 6), part.county_code),
        (Product.town_code, part.town_code),
        (Product.category_id, part.category_id),
        (Product.cooperative_id, part.cooperative_id),
    ]
    conditions = [column == choice for column, choice in choices if choice is not None]
    return [part.scope.contains(Product.town_code), *conditions]
