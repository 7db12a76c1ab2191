"""Sums of the ledger at any moment: what is rolled up, and the lines after the watermark.

Each function is one statement, so that both parts are of the same moment. A statement is built once
for every question of its kind (building it takes longer than answering it), and what was asked for
is handed to it as values.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    String,
    bindparam,
    case,
    extract,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy import cast as as_type
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from orders.records.models import BuyerType
from orders.rollups.models import RollupMark, SalesRollup
from orders.rollups.rules import (
    ADDED,
    MEASURES,
    Dimension,
    Grain,
    Member,
    Pieces,
    Span,
    Sums,
    cut,
    grain_for,
    pieces_of,
)
from orders.sales.models import Channel, EntryKind, Mode, SalesEntry
from orders.sales.queries import Slice, choices_of
from shop.clock import month_of
from shop.db import db, table_of

# What no line's number reaches. Beside a bound that it can't know, PostgreSQL takes an open range
# to be a third of the table, and one that is closed to be little.
_LAST_ID = 2**31 - 1
_OF_DIMENSIONS = ("category_id", "cooperative_id", "buyer_type", "channel", "mode")
_STATEMENTS_KEPT = 256
Key = tuple[str, ...]


def sums_by(
    keys: Sequence[Dimension],
    part: Slice,
    spans: Mapping[str, Span],
    measures: Sequence[str] = MEASURES,
) -> dict[Key, dict[str, Sums]]:
    """The sums of a slice by key, over each of some spans of days (the slice's own do not count).
    Measures that are not asked for stay 0: each takes its time of every line after the watermark.

    Exact at the moment of the statement, wherever the watermark stands.
    """
    intervals, within = cut(spans)
    if not intervals:
        return {}
    question, values = _ask([key.column for key in keys], part, intervals)
    asked = tuple(name for name in MEASURES if name in measures)
    width = len(question.columns) + 1
    found: dict[Key, dict[int, Sums]] = defaultdict(dict)
    for row in db.session.execute(_sums(question, asked), values).all():
        interval, sums = row[0], Sums(**dict(zip(asked, row[width:], strict=True)))
        if interval is not None:
            held = found[tuple(map(str, row[1:width]))]
            held[interval] = held[interval] + sums if interval in held else sums
    return {key: _over(within, held) for key, held in found.items()}


def sums_of(part: Slice) -> Sums:
    """The sums of a whole slice."""
    found = sums_by((), part, {"all": Span(part.since, part.until)})
    return found.get((), {}).get("all", Sums())


def lines_by_day(part: Slice, months: Sequence[str]) -> dict[date, int] | None:
    """How many lines of a slice count on each day of some months that has any; None where the
    choices tell more apart than is kept by day."""
    question, values = _ask([], part, [Span(part.since, part.until)])
    if not question.grain.is_daily:
        return None
    found: dict[date, int] = defaultdict(int)
    rows = db.session.execute(_lines_by_day(question), {**values, "months": list(months)})
    for month, day, lines in rows.all():
        on = date(int(month[:4]), int(month[5:]), day)
        if part.since <= on <= part.until:
            found[on] += lines
    return dict(found)


def members_by(keys: Sequence[Dimension], part: Slice) -> dict[Member, dict[Key, set[str]]]:
    """The different cooperatives that sold anything within a slice, and the different fairs, by
    key."""
    intervals = [Span(part.since, part.until)] if part.since <= part.until else []
    found: dict[Member, dict[Key, set[str]]] = {member: defaultdict(set) for member in Member}
    if not intervals:
        return found
    question, values = _ask([key.column for key in keys], part, intervals)
    for *key, cooperative, fair in db.session.execute(_members(question), values).all():
        name = tuple(map(str, key))
        for member, value in ((Member.COOPERATIVE, cooperative), (Member.FAIR, fair)):
            if value is not None:
                found[member][name].add(str(value))
    return found


def through_id() -> int:
    """Up to which line the sums reach."""
    return db.session.scalar(select(RollupMark.through_id)) or 0


class _Question(NamedTuple):
    """What a statement depends on beside its values: the columns that are its keys, those that
    something is chosen by, and of each interval whether whole months lie in it and how many ends of
    others."""

    columns: tuple[str, ...]
    choices: tuple[str, ...]
    intervals: tuple[tuple[bool, int], ...]

    @property
    def grain(self) -> Grain:
        return self.grain_with()

    def grain_with(self, *others: str) -> Grain:
        return grain_for({*self.columns, *self.choices, *others} & {*_OF_DIMENSIONS, *others})


def _ask(
    columns: Sequence[str], part: Slice, intervals: Sequence[Span]
) -> tuple[_Question, dict[str, Any]]:
    """A question about intervals that do not meet, in their order; and its values."""
    values = choices_of(part)
    question = _Question(tuple(columns), tuple(values), tuple(map(_shape_of, intervals)))
    values |= {"since": intervals[0].since, "until": intervals[-1].until}
    for i, interval in enumerate(intervals):
        pieces = pieces_of(interval)
        values |= {f"since_{i}": interval.since, f"until_{i}": interval.until}
        if pieces.months:
            values |= dict(zip((f"first_{i}", f"last_{i}"), pieces.months, strict=True))
        for j, edge in enumerate(pieces.edges):
            values |= {
                f"since_{i}_{j}": edge.since,
                f"until_{i}_{j}": edge.until,
                f"month_{i}_{j}": month_of(edge.since),
                f"from_{i}_{j}": edge.since.day,
                f"to_{i}_{j}": edge.until.day,
            }
    return question, values


def _shape_of(interval: Span) -> tuple[bool, int]:
    pieces: Pieces = pieces_of(interval)
    return pieces.months is not None, len(pieces.edges)


def _over(within: Mapping[str, Sequence[int]], held: Mapping[int, Sums]) -> dict[str, Sums]:
    """The sums over spans, from those over the intervals that each is made of."""
    found = {}
    for name, intervals in within.items():
        sums = [held[interval] for interval in intervals if interval in held]
        if sums:
            found[name] = sum(sums[1:], sums[0])
    return found


# ── The statements ──────────────────────────────────────────────────────────────────────────────

_SUMS, _LINES = table_of(SalesRollup).c, table_of(SalesEntry).c


@lru_cache(maxsize=_STATEMENTS_KEPT)
def _sums(question: _Question, measures: tuple[str, ...]) -> CompoundSelect[Any]:
    """Rows of an interval's number (None is between intervals), its keys and measures."""
    facts = _Facts(question, question.grain)
    branches = [
        select(literal(i), *facts.keys_of(source), *_sums_of(source, measures))
        .where(*conditions)
        .group_by(*facts.columns_of(source))
        .having(func.count() > 0)
        for i, source, conditions in facts.rolled_up()
    ]
    tail = facts.tail(_interval_of(len(question.intervals))).subquery("tail").c
    lines = select(tail.interval, *facts.keys_of(tail), *_sums_of(tail, measures))
    lines = lines.group_by(*facts.columns_of(tail), tail.interval).having(func.count() > 0)
    return union_all(*branches, lines)


@lru_cache(maxsize=_STATEMENTS_KEPT)
def _lines_by_day(question: _Question) -> CompoundSelect[Any]:
    facts = _Facts(question, question.grain)
    months = bindparam("months", expanding=True, type_=String)
    rolled = (
        select(_SUMS.month, _SUMS.day, _sum(_SUMS.lines, "lines"))
        .where(*facts.rolled(1), _SUMS.month.in_(months))
        .group_by(_SUMS.month, _SUMS.day)
    )
    tail = facts.tail(_LINES.month, _day_of(_LINES)).where(_Plain(_LINES.month).in_(months))
    after = tail.subquery("tail").c
    lines = select(after.month, after.day, func.count()).group_by(after.month, after.day)
    return union_all(rolled, lines)


@lru_cache(maxsize=_STATEMENTS_KEPT)
def _members(question: _Question) -> CompoundSelect[Any]:
    """Rows of keys, a cooperative or None, and a fair or None."""
    nobody = as_type(null(), Integer)
    branches = []
    for member in Member:
        facts = _Facts(question, question.grain_with(member.column))
        for _, source, conditions in facts.rolled_up():
            found = source[member.column]
            both = (found, nobody) if member is Member.COOPERATIVE else (nobody, found)
            query = select(*facts.keys_of(source), *both)
            branches.append(query.where(*conditions, *_sold_by(member, source)).distinct())
    facts = _Facts(question, question.grain)
    tail = facts.tail(_LINES.cooperative_id, _LINES.activity_id, _LINES.channel, _LINES.kind)
    after = tail.subquery("tail").c
    fair = case((after.channel == Channel.FAIR, after.activity_id))
    lines = select(*facts.keys_of(after), after.cooperative_id, fair)
    return union_all(*branches, lines.where(after.kind == EntryKind.SALE).distinct())


class _Facts:
    """Where the rows are that answer a question, in three sources called alike: sums, lines before
    the watermark where a month is not whole and its days are not kept, and lines after it."""

    def __init__(self, question: _Question, grain: Grain) -> None:
        self.question = question
        self.grain = grain

    def rolled_up(self) -> Iterator[tuple[int, Any, list[ColumnElement[bool]]]]:
        """Intervals by number, each with a source up to the watermark and the conditions that find
        its lines there."""
        for i, (has_months, edges) in enumerate(self.question.intervals):
            if has_months:
                months = _within(_SUMS.month, f"first_{i}", f"last_{i}")
                yield i, _SUMS, [*self.rolled(0), months]
            for j in range(edges):
                if self.grain.is_daily:
                    month = bindparam(f"month_{i}_{j}", type_=String)
                    days = _within(_SUMS.day, f"from_{i}_{j}", f"to_{i}_{j}")
                    of_days = [_SUMS.month == month, days]
                    yield i, _SUMS, [*self.rolled(1), *of_days]
                else:
                    counted = _between(_LINES.counted_on, f"_{i}_{j}")
                    yield i, _LINES, [*self.chosen(_LINES), counted, _LINES.id <= _mark()]

    def rolled(self, daily: int) -> list[ColumnElement[bool]]:
        return [_SUMS.grain == self.grain, _SUMS.daily == daily, *self.chosen(_SUMS)]

    def tail(self, *others: Any) -> Select[Any]:
        """The lines after the watermark, with what is asked for of them and what is summed. They
        are found by number alone: in an index of days or places an engine would read the year."""
        names = (*self.question.columns, *_MEASURED)
        columns = [_LINES[name] for name in dict.fromkeys(names)]
        own = [each for each in others if each.name not in names]
        return select(*columns, *own).where(
            _LINES.id > _mark(),
            _LINES.id <= _LAST_ID,
            *self.chosen(_LINES, plain=True),
            _between(_Plain(_LINES.counted_on)),
        )

    def chosen(self, of: Any, *, plain: bool = False) -> list[ColumnElement[bool]]:
        """The conditions of the choices; ``plain`` where no index is to be looked into for them."""
        conditions: list[ColumnElement[bool]] = []
        for name in self.question.choices:
            if name == "town_until":
                continue
            column = of["town_code" if name == "town_since" else name]
            if plain:
                column = _Plain(column)
            if name == "town_since":
                conditions.append(_within(column, "town_since", "town_until"))
            elif name == "channel":
                conditions.append(column.in_(bindparam(name, expanding=True, type_=String)))
            else:
                conditions.append(column == bindparam(name, type_=_SUMS[name].type))
        return conditions

    def columns_of(self, source: Any) -> list[ColumnElement[Any]]:
        return [source[column] for column in self.question.columns]

    def keys_of(self, source: Any) -> list[ColumnElement[str]]:
        return [as_type(column, String) for column in self.columns_of(source)]


_MEASURED = ("id kind channel mode buyer_type amount_fen refund_fen net_fen net_weight_g").split()


class _Plain(FunctionElement[Any]):
    """A column that SQLite looks for in no index."""

    inherit_cache = True

    def __init__(self, column: Any) -> None:
        self.type = column.type
        super().__init__(column)


@compiles(_Plain)
def _compile_plain(element: _Plain, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(_Plain, "sqlite")
def _compile_plain_for_sqlite(element: _Plain, compiler: SQLCompiler, **options: Any) -> str:
    return "+" + compiler.process(element.clauses, **options)


def _interval_of(count: int) -> ColumnElement[Any]:
    """The number of the interval in which a line counts, the newest looked at first."""
    numbers = [(_between(_LINES.counted_on, f"_{i}"), i) for i in reversed(range(count))]
    return case(*numbers).label("interval")


def _between(column: Any, which: str = "") -> ColumnElement[bool]:
    return _within(column, f"since{which}", f"until{which}")


def _within(column: Any, first: str, last: str) -> ColumnElement[bool]:
    """The condition that a column lies between two values, of these names."""
    ends = (bindparam(first, type_=column.type), bindparam(last, type_=column.type))
    condition: ColumnElement[bool] = column.between(*ends)
    return condition


def _sums_of(source: Any, measures: Sequence[str] = MEASURES) -> list[ColumnElement[int]]:
    if source is not _SUMS:
        return [each for each in line_sums(source) if each.name in measures]
    added = [_sum(_SUMS[name], name) for name in ADDED if name in measures]
    newest = func.max(_SUMS.newest_id).label("newest_id")
    return [*added, newest] if "newest_id" in measures else added


def _sold_by(member: Member, source: Any) -> list[ColumnElement[bool]]:
    """The conditions that a row says of somebody that they sold."""
    is_sale = _SUMS.sales > 0 if source is _SUMS else source.kind == EntryKind.SALE
    if member is Member.COOPERATIVE:
        return [is_sale]
    return [is_sale, source.channel == Channel.FAIR, source.activity_id.is_not(None)]


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


def _day_of(source: Any) -> ColumnElement[Any]:
    """The day of the month; on SQLite it costs as much as all the rest of a line."""
    return as_type(extract("day", source.counted_on), _SUMS.day.type).label("day")


def _mark() -> ColumnElement[int]:
    mark: Select[Any] = select(func.coalesce(func.max(RollupMark.through_id), 0))
    return mark.scalar_subquery()


def _sum(column: Any, name: str) -> ColumnElement[int]:
    return as_type(func.sum(column), BigInteger).label(name)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0), type_=Integer)
