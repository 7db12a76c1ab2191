"""What was ordered and paid for at any moment: the sums kept of what was accepted, the lines that
the ledger got since, and the orders that are still on their way."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    case,
    func,
    literal,
    select,
    text,
    union_all,
)
from sqlalchemy import cast as as_type
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from orders.intake.models import IntakeMark, IntakeSum, Moment
from orders.intake.rules import grain_for
from orders.records.models import BuyerType, Order, OrderLine, SubOrder
from orders.rollups.rules import Dimension, Span, pieces_of
from orders.sales.models import Channel, EntryKind, Mode, SalesEntry
from orders.sales.queries import Slice, choices_of
from orders.sales.rules import mode_of
from shop import clock
from shop.clock import month_of
from shop.db import db, table_of, total

Key = tuple[str, ...]
# What lines are told apart by, as the sums call it.
KEY = (
    OrderLine.county_code,
    OrderLine.town_code,
    OrderLine.category_id,
    OrderLine.cooperative_id,
    Order.buyer_type,
)
_CHOSEN = [column.name for column in KEY]
_SUMS = table_of(IntakeSum).c


class Intake(NamedTuple):
    """Goods ordered and goods paid for, in fen, without freight."""

    ordered_fen: int = 0
    paid_fen: int = 0


def intake_by(keys: Sequence[Dimension], part: Slice) -> dict[Key, Intake]:
    """What was ordered, and what was paid for, within a slice's days, by key; in one statement.

    What expired unpaid or was cancelled counts as neither. Exact at the moment of the statement,
    wherever the watermark stands.
    """
    if part.channels and Channel.ONLINE not in part.channels:
        return {}
    found: dict[Key, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    branches = [*_rolled_up(keys, part), *_not_rolled_up(keys, part)]
    for moment, *key, fen in db.session.execute(union_all(*branches)):
        found[tuple(key)][moment] += fen
    return {key: Intake(fen[Moment.PLACED], fen[Moment.PAID]) for key, fen in found.items()}


def accepted_lines(*columns: Any) -> Select[Any]:
    """Something about the lines of orders that the ledger has: each has one sale there."""
    return (
        select(*columns)
        .select_from(SalesEntry)
        .join(OrderLine, OrderLine.id == SalesEntry.order_line_id)
        .join(SubOrder, SubOrder.id == OrderLine.sub_order_id)
        .join(Order, Order.id == SubOrder.order_id)
        .where(SalesEntry.kind == EntryKind.SALE)
    )


def moment_of(moment: Moment) -> Any:
    return Order.placed_at if moment is Moment.PLACED else Order.paid_at


class DayInZhuhai(FunctionElement[str]):
    """The day of a moment, written as in 2026-11-29."""

    type = String()
    inherit_cache = True


@compiles(DayInZhuhai)
def _by_interval(day: DayInZhuhai, compiler: SQLCompiler, **kwargs: Any) -> str:
    moment = compiler.process(day.clauses, **kwargs)
    return f"to_char({moment} + interval '8 hours', 'YYYY-MM-DD')"


@compiles(DayInZhuhai, "sqlite")
def _by_modifier(day: DayInZhuhai, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"strftime('%Y-%m-%d', {compiler.process(day.clauses, **kwargs)}, '+8 hours')"


def _rolled_up(keys: Sequence[Dimension], part: Slice) -> Iterator[Select[Any]]:
    chosen = _chosen(part, _SUMS)
    key = [as_type(_value_of(each, _SUMS, _SUMS.month), String) for each in keys]
    columns: list[Any] = [as_type(_SUMS.moment, String), *key, total(_SUMS.amount_fen)]
    grain = grain_for({*map(_column_of, keys), *_columns_chosen(part)})
    # The key begins with these.
    begins = (_SUMS.grain == grain) & _SUMS.moment.in_(list(Moment))
    for days in _pieces(Span(part.since, part.until)):
        yield select(*columns).where(begins, days, *chosen).group_by(*_places(len(key) + 1))


def _pieces(span: Span) -> Iterator[ColumnElement[bool]]:
    """The conditions that find a span: whole months, and days of those that are not."""
    pieces = pieces_of(span)
    if pieces.months:
        yield (_SUMS.daily == 0) & _SUMS.month.between(*pieces.months)
    for edge in pieces.edges:
        days = _SUMS.day.between(edge.since.day, edge.until.day)
        yield (_SUMS.daily == 1) & (_SUMS.month == month_of(edge.since)) & days


def _not_rolled_up(keys: Sequence[Dimension], part: Slice) -> Iterator[Select[Any]]:
    """The lines that the ledger got since the watermark, and those it has not got yet."""
    columns = [Order.placed_at, Order.paid_at, *KEY, OrderLine.amount_fen]
    mark = select(func.coalesce(func.max(IntakeMark.through_id), 0)).scalar_subquery()
    since_the_mark = accepted_lines(*columns).where(SalesEntry.id > mark)
    # Read once, and from what is few: for any of the conditions there may be an index of many.
    lines = union_all(since_the_mark, _on_their_way(columns)).cte("not_rolled_up")
    few = lines.prefix_with("MATERIALIZED").c
    for moment in Moment:
        at = few[f"{moment}_at"]
        month = func.substr(DayInZhuhai(at), 1, 7)
        key = [as_type(_value_of(each, few, month), String) for each in keys]
        sums: list[Any] = [literal(moment.value), *key, total(few.amount_fen)]
        yield (
            select(*sums)
            .where(at >= clock.start_of(part.since), at < clock.end_of(part.until))
            .where(*_chosen(part, few))
            .group_by(*_places(len(key) + 1))
        )


def _on_their_way(columns: Sequence[Any]) -> Select[Any]:
    return (
        select(*columns)
        .select_from(SubOrder)
        .join(Order, Order.id == SubOrder.order_id)
        .join(OrderLine, OrderLine.sub_order_id == SubOrder.id)
        .where(SubOrder.accepted_at.is_(None), SubOrder.cancelled_at.is_(None))
        .where(Order.closed_at.is_(None))
    )


def _chosen(part: Slice, source: Any) -> list[ColumnElement[bool]]:
    """The conditions of a slice, beside its days."""
    chosen = choices_of(part)
    conditions = [source[name] == chosen[name] for name in _CHOSEN if name in chosen]
    if part.mode is not None:
        conditions.append(source.buyer_type.in_(_buyers(part.mode)))
    return [part.scope.contains(source.town_code), *conditions]


def _columns_chosen(part: Slice) -> set[str]:
    return {"buyer_type" if name == "mode" else name for name in choices_of(part)}


def _column_of(level: Dimension) -> str:
    return "buyer_type" if level is Dimension.MODE else level.column


def _value_of(level: Dimension, source: Any, month: Any) -> Any:
    match level:
        case Dimension.MONTH:
            return month
        case Dimension.CHANNEL:
            return literal(Channel.ONLINE.value)
        case Dimension.MODE:
            is_direct = source.buyer_type.in_(_buyers(Mode.DIRECT))
            return case((is_direct, Mode.DIRECT.value), else_=Mode.HELPED.value)
    return source[level.column]


def _buyers(mode: Mode) -> list[BuyerType]:
    return [buyer for buyer in BuyerType if mode_of(buyer) is mode]


def _places(number: int) -> list[Any]:
    """The first columns, by their places: an expression with bound values is another each time."""
    return [text(str(place)) for place in range(1, number + 1)]
