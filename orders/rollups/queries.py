"""Sums of the ledger at any moment: what is rolled up, and the lines after the watermark.

Each function is one statement, so that both parts are of the same moment.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    case,
    extract,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy import cast as as_type

from orders.records.models import BuyerType
from orders.rollups.errors import NotKeptByDay
from orders.rollups.models import RollupMark, SalesRollup
from orders.rollups.rules import (
    ADDED,
    MEASURES,
    Dimension,
    Grain,
    Member,
    Span,
    Sums,
    grain_for,
    pieces_of,
)
from orders.sales.models import Channel, EntryKind, Mode, SalesEntry
from orders.sales.queries import Slice, chosen
from shop.clock import month_of
from shop.db import db

# What no line's number reaches. Beside a bound that it can't know, PostgreSQL takes an open range
# to be a third of the table, and one that is closed to be little.
_LAST_ID = 2**31 - 1
_OF_DIMENSIONS = ("category_id", "cooperative_id", "buyer_type", "channel", "mode")
Key = tuple[str, ...]


def sums_by(
    keys: Sequence[Dimension], part: Slice, spans: Mapping[str, Span]
) -> dict[Key, dict[str, Sums]]:
    """The sums of a slice by key, over each of some spans of days (the slice's own do not count).

    Exact at the moment of the statement, wherever the watermark stands.
    """
    columns = [key.column for key in keys]
    grain = grain_for({*columns, *_columns_chosen(part)} & set(_OF_DIMENSIONS))
    facts = _Facts(part, grain, columns)
    branches = [
        select(literal(name).label("span"), *facts.keys_of(source), *facts.sums_of(source))
        .where(*conditions)
        .group_by(*facts.columns_of(source))
        .having(func.count() > 0)
        for name, span in spans.items()
        for source, conditions in facts.sources(span)
    ]
    found: dict[Key, dict[str, Sums]] = defaultdict(dict)
    for name, *values in db.session.execute(union_all(*branches)):
        key = tuple(str(value) for value in values[: len(columns)])
        sums = Sums(**dict(zip(MEASURES, values[len(columns) :], strict=True)))
        found[key][name] = found[key].get(name, _NOTHING) + sums
    return dict(found)


def sums_of(part: Slice) -> Sums:
    """The sums of a whole slice."""
    found = sums_by((), part, {"all": Span(part.since, part.until)})
    return found.get((), {}).get("all", _NOTHING)


def lines_by_day(part: Slice, months: Sequence[str]) -> dict[date, int] | None:
    """How many lines of a slice count on each day of some months that has any; None where the
    choices tell more apart than is kept by day."""
    grain = grain_for(_columns_chosen(part) & set(_OF_DIMENSIONS))
    if not grain.is_daily:
        return None
    facts = _Facts(part, grain, ["month", "day"], _tail(with_days=True))
    rolled = [*facts.rolled(1), SalesRollup.month.in_(months)]
    span = Span(part.since, part.until)
    branches = [
        select(*facts.columns_of(source), count)
        .where(*conditions)
        .group_by(*facts.columns_of(source))
        for source, conditions, count in (
            (SalesRollup, rolled, _sum(SalesRollup.lines, "lines")),
            (
                facts.tail,
                [*facts.lines(facts.tail, span), facts.tail.month.in_(months)],
                func.count().label("lines"),
            ),
        )
    ]
    found: dict[date, int] = defaultdict(int)
    for month, day, lines in db.session.execute(union_all(*branches)):
        on = date(int(month[:4]), int(month[5:]), day)
        if part.since <= on <= part.until:
            found[on] += lines
    return dict(found)


def sums_by_day(keys: Sequence[Dimension], part: Slice) -> dict[date, dict[Key, Sums]]:
    """The sums of a slice on each day that has any, by key; in one statement, exact like all.

    Raises NotKeptByDay where keys and choices tell more apart than is kept by day.
    """
    columns = [key.column for key in keys]
    grain = grain_for({*columns, *_columns_chosen(part)} & set(_OF_DIMENSIONS))
    if not grain.is_daily:
        raise NotKeptByDay
    facts = _Facts(part, grain, [*columns, "month", "day"], _tail(with_days=True))
    months = SalesRollup.month.between(month_of(part.since), month_of(part.until))
    span = Span(part.since, part.until)
    branches = [
        select(*facts.columns_of(source), *facts.sums_of(source))
        .where(*conditions)
        .group_by(*facts.columns_of(source))
        for source, conditions in (
            (SalesRollup, [*facts.rolled(1), months]),
            (facts.tail, facts.lines(facts.tail, span)),
        )
    ]
    found: dict[date, dict[Key, Sums]] = defaultdict(dict)
    for row in db.session.execute(union_all(*branches)):
        *key, month, day = row[: len(columns) + 2]
        on = date(int(month[:4]), int(month[5:]), day)
        if part.since <= on <= part.until:
            sums = Sums(**dict(zip(MEASURES, row[len(columns) + 2 :], strict=True)))
            name = tuple(map(str, key))
            found[on][name] = found[on].get(name, _NOTHING) + sums
    return dict(found)


def members_by(keys: Sequence[Dimension], part: Slice) -> dict[Member, dict[Key, set[str]]]:
    """The different cooperatives that sold anything within a slice, and the different fairs, by
    key."""
    columns = [key.column for key in keys]
    chosen_columns = _columns_chosen(part)
    branches, tail = [], _tail()
    for member in Member:
        needed = ({*columns, *chosen_columns} & set(_OF_DIMENSIONS)) | {member.column}
        facts = _Facts(part, grain_for(needed), [*columns, member.column], tail)
        branches += [
            select(literal(member.value).label("member"), *facts.keys_of(source))
            .where(*conditions, *facts.sold_by(member, source))
            .distinct()
            for source, conditions in facts.sources(Span(part.since, part.until))
        ]
    found: dict[Member, dict[Key, set[str]]] = {member: defaultdict(set) for member in Member}
    for who, *key, value in db.session.execute(union_all(*branches)):
        found[Member(who)][tuple(map(str, key))].add(str(value))
    return found


def through_id() -> int:
    """Up to which line the sums reach."""
    return db.session.scalar(select(RollupMark.through_id)) or 0


_NOTHING = Sums()


class _Facts:
    """The rows that answer a question, from three sources called alike: sums, lines before the
    watermark where a month is not whole and its days are not kept, and lines after it."""

    def __init__(
        self, part: Slice, grain: Grain, columns: Sequence[str], tail: CTE | None = None
    ) -> None:
        self.part = part
        self.grain = grain
        self.columns = columns
        self.tail = (_tail() if tail is None else tail).c

    def sources(self, span: Span) -> Iterator[tuple[Any, list[ColumnElement[bool]]]]:
        """Where the lines of a span are, each with the conditions that find them there."""
        pieces = pieces_of(span)
        if pieces.months:
            yield SalesRollup, [*self.rolled(0), SalesRollup.month.between(*pieces.months)]
        for edge in pieces.edges:
            if self.grain.is_daily:
                is_month = SalesRollup.month == f"{edge.since:%Y-%m}"
                days = SalesRollup.day.between(edge.since.day, edge.until.day)
                yield SalesRollup, [*self.rolled(1), is_month, days]
            else:
                yield SalesEntry, [*self.lines(SalesEntry, edge), SalesEntry.id <= _mark()]
        yield self.tail, self.lines(self.tail, span)

    def columns_of(self, source: Any) -> list[ColumnElement[Any]]:
        return [getattr(source, column) for column in self.columns]

    def keys_of(self, source: Any) -> list[ColumnElement[str]]:
        return [as_type(column, String) for column in self.columns_of(source)]

    def sums_of(self, source: Any) -> list[ColumnElement[int]]:
        if source is SalesRollup:
            added = [_sum(getattr(SalesRollup, name), name) for name in ADDED]
            return [*added, func.max(SalesRollup.newest_id).label("newest_id")]
        return line_sums(source)

    def sold_by(self, member: Member, source: Any) -> list[ColumnElement[bool]]:
        """The conditions that a row says of somebody that they sold."""
        is_sale = SalesRollup.sales > 0 if source is SalesRollup else source.kind == EntryKind.SALE
        if member is Member.COOPERATIVE:
            return [is_sale]
        return [is_sale, source.channel == Channel.FAIR, source.activity_id.is_not(None)]

    def rolled(self, daily: int) -> list[ColumnElement[bool]]:
        return [
            SalesRollup.grain == self.grain,
            SalesRollup.daily == daily,
            *chosen(self.part, SalesRollup),
        ]

    def lines(self, source: Any, span: Span) -> list[ColumnElement[bool]]:
        return [source.counted_on.between(span.since, span.until), *chosen(self.part, source)]


def line_sums(source: Any) -> list[ColumnElement[int]]:
    """What is summed over lines of the ledger, in the order of ``MEASURES``."""
    net = source.net_fen
    parts = {
        "lines": func.count(),
        "sales": _count(source.kind == EntryKind.SALE),
        "offline_lines": _count(source.channel != Channel.ONLINE),
        "amount_fen": func.sum(source.amount_fen),
        "refund_fen": func.sum(source.refund_fen),
        "net_fen": func.sum(net),
        "direct_fen": func.sum(case((source.mode == Mode.DIRECT, net), else_=0)),
        "online_fen": func.sum(case((source.channel == Channel.ONLINE, net), else_=0)),
        "union_fen": func.sum(case((source.buyer_type == BuyerType.UNION, net), else_=0)),
        "unweighed": _count(source.net_weight_g.is_(None)),
        "weight_g": func.sum(func.coalesce(source.net_weight_g, 0)),
    }
    added = [as_type(parts[name], BigInteger).label(name) for name in ADDED]
    return [*added, func.max(source.id).label("newest_id")]


def _tail(*, with_days: bool = False) -> CTE:
    """The lines after the watermark. Taken by themselves first: whatever else is asked of them, no
    engine is to look for them in an index of days."""
    table = SalesEntry.__table__.c
    names = (
        "id kind month counted_on county_code town_code category_id cooperative_id buyer_type"
        " channel mode activity_id amount_fen refund_fen net_fen net_weight_g"
    ).split()
    columns: list[Any] = [table[name] for name in names]
    if with_days:
        # Costs as much as all the rest.
        day = as_type(extract("day", table.counted_on), SalesRollup.day.type)
        columns.append(day.label("day"))
    after = and_(SalesEntry.id > _mark(), SalesEntry.id <= _LAST_ID)
    lines = select(*columns).where(after)
    return lines.cte("tail").prefix_with("MATERIALIZED")


def _mark() -> ColumnElement[int]:
    mark: Select[Any] = select(func.coalesce(func.max(RollupMark.through_id), 0))
    return mark.scalar_subquery()


def _columns_chosen(part: Slice) -> set[str]:
    """The columns that a slice chooses by, beside place and time."""
    choices = {
        "category_id": part.category_id,
        "cooperative_id": part.cooperative_id,
        "buyer_type": part.buyer_type,
        "channel": part.channels or None,
        "mode": part.mode,
    }
    return {column for column, choice in choices.items() if choice is not None}


def _sum(column: Any, name: str) -> ColumnElement[int]:
    return as_type(func.sum(column), BigInteger).label(name)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0), type_=Integer)
