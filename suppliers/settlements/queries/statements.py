"""Read statements: a cooperative its own, finance all; and what is to come."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import selectinload

from orders.claims.models import Claim
from orders.records.models import OrderLine, SubOrder
from shop.db import db, total
from shop.errors import NotFound
from shop.web.paging import Page, paginate
from suppliers.settlements.models import (
    EntryKind,
    Outcome,
    PayableEntry,
    PayoutRow,
    SettledPart,
    SettlementStatement,
    StatementEntry,
)
from suppliers.settlements.rules import PayState, claimable_since, held_until, settled_in

PER_PAGE = 20
LINES_PER_PAGE = 50
_REFUNDS = (EntryKind.GOODS_REFUND, EntryKind.FREIGHT_REFUND)
_COMMISSIONS = (EntryKind.COMMISSION, EntryKind.COMMISSION_BACK)


@dataclass(frozen=True, slots=True)
class Line:
    """What a statement says of an order's line, or (without a product) of a part's freight."""

    number: str
    accepted_at: datetime
    product_name: str | None
    spec: str | None
    unit: str | None
    quantity: int | None
    commission_bp: int
    goods_fen: int
    freight_fen: int
    refunds_fen: int
    commission_fen: int

    @property
    def net_fen(self) -> int:
        return self.goods_fen + self.freight_fen + self.refunds_fen + self.commission_fen


@dataclass(frozen=True, slots=True)
class Coming:
    """What will be paid by a day, if nobody complains, and of how many parts it is."""

    pay_on: date
    amount_fen: int
    parts: int


@dataclass(frozen=True, slots=True)
class Held:
    """A part that can still be claimed about, or is."""

    part: SubOrder
    amount_fen: int
    until: datetime
    pay_on: date
    # The claim about it that is open, if one is.
    claim_id: int | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a cooperative was not settled yet."""

    coming: list[Coming]
    held_fen: int
    in_dispute_fen: int


def list_statements(cooperative_id: int | None, number: int) -> Page[SettlementStatement]:
    """A cooperative's, or with None all, the newest first."""
    query = select(SettlementStatement)
    if cooperative_id is not None:
        query = query.where(SettlementStatement.cooperative_id == cooperative_id)
    newest_first = query.order_by(
        SettlementStatement.period_from.desc(), SettlementStatement.id.desc()
    )
    return paginate(newest_first, number, PER_PAGE)


def get_statement(statement_id: int) -> SettlementStatement:
    """Raises NotFound."""
    statement = db.session.get(SettlementStatement, statement_id)
    if statement is None:
        raise NotFound
    return statement


def get_own_statement(cooperative_id: int, statement_id: int) -> SettlementStatement:
    """A cooperative's own. Raises NotFound to others."""
    statement = get_statement(statement_id)
    if statement.cooperative_id != cooperative_id:
        raise NotFound
    return statement


def find_latest(cooperative_id: int) -> SettlementStatement | None:
    """The statement that a cooperative got last."""
    query = (
        select(SettlementStatement)
        .where(SettlementStatement.cooperative_id == cooperative_id)
        .order_by(SettlementStatement.period_from.desc())
        .limit(1)
    )
    return db.session.scalars(query).one_or_none()


def list_lines(statement_id: int, number: int) -> Page[Line]:
    """What is in a statement, order by order, down to the line."""
    query = _lines(statement_id)
    count = select(func.count()).select_from(query.order_by(None).subquery())
    rows = db.session.execute(query.limit(LINES_PER_PAGE).offset((number - 1) * LINES_PER_PAGE))
    items = [Line(*row) for row in rows]
    return Page(items, number, LINES_PER_PAGE, db.session.scalar(count) or 0)


def stream_lines(statement_id: int) -> Iterator[Line]:
    """All of it, a few hundred in memory."""
    options = {"yield_per": 500}
    for row in db.session.execute(_lines(statement_id), execution_options=options):
        yield Line(*row)


def pay_states(statements: Sequence[SettlementStatement]) -> dict[int, PayState]:
    """How far the money of each of these statements has come, by its id: a payout pays all that
    was settled until its own statement."""
    query = select(PayoutRow).where(
        PayoutRow.cooperative_id.in_({statement.cooperative_id for statement in statements}),
        PayoutRow.outcome.is_(None) | (PayoutRow.outcome == Outcome.RELEASED),
        PayoutRow.returned_at.is_(None),
    )
    rows = db.session.scalars(query).all() if statements else []
    return {statement.id: _pay_state(statement, rows) for statement in statements}


def find_outlook(cooperative_id: int, at: datetime) -> Outlook:
    """What was accepted and is not settled: by the days on which it will be paid, and how much of
    it is held at this moment."""
    by_day: dict[date, list[int]] = {}
    held_fen = in_dispute_fen = 0
    for arrived_at, amount_fen, claim_id in db.session.execute(_unsettled(cooperative_id)):
        if claim_id is not None:
            in_dispute_fen += amount_fen
            continue
        if held_until(arrived_at) > at:
            held_fen += amount_fen
        by_day.setdefault(settled_in(arrived_at).pay_on, []).append(amount_fen)
    coming = [Coming(day, sum(fen), len(fen)) for day, fen in sorted(by_day.items())]
    return Outlook(coming, held_fen, in_dispute_fen)


def list_held(cooperative_id: int, at: datetime, number: int) -> Page[Held]:
    """What can still be claimed about, the next to be free first, and what is in dispute before
    all; each with its lines."""
    unsettled = _unsettled(cooperative_id).add_columns(SubOrder.id).subquery()
    query = (
        select(SubOrder)
        .join(unsettled, unsettled.c.id == SubOrder.id)
        .where(or_(unsettled.c.claim_id.is_not(None), SubOrder.arrived_at > claimable_since(at)))
        .options(selectinload(SubOrder.lines))
        .order_by(unsettled.c.claim_id.is_(None), SubOrder.arrived_at, SubOrder.id)
    )
    page = paginate(query, number, PER_PAGE)
    sums = _amounts(cooperative_id, [part.id for part in page.items])
    items = [_held(part, *sums[part.id]) for part in page.items]
    return Page(items, page.number, page.per_page, page.total)


def _lines(statement_id: int) -> Select[Any]:
    columns: Any = (
        SubOrder.number,
        SubOrder.accepted_at,
        OrderLine.product_name,
        OrderLine.spec,
        OrderLine.unit,
        OrderLine.quantity,
        SubOrder.commission_bp,
        _part_of(EntryKind.GOODS),
        _part_of(EntryKind.FREIGHT),
        _part_of(*_REFUNDS),
        _part_of(*_COMMISSIONS),
    )
    return (
        select(*columns)
        .select_from(StatementEntry)
        .join(PayableEntry, PayableEntry.id == StatementEntry.entry_id)
        .join(SubOrder, SubOrder.id == PayableEntry.sub_order_id)
        .outerjoin(OrderLine, OrderLine.id == PayableEntry.order_line_id)
        .where(StatementEntry.statement_id == statement_id)
        .group_by(SubOrder.id, OrderLine.id)
        .order_by(SubOrder.id, OrderLine.id.is_(None), OrderLine.id)
    )


def _part_of(*kinds: EntryKind) -> ColumnElement[int]:
    return total(case((PayableEntry.kind.in_(kinds), PayableEntry.amount_fen), else_=0))


def _unsettled(cooperative_id: int) -> Select[Any]:
    """Of each accepted part that is not settled: when it arrived, what is owed for it, and the
    claim about it that is open."""
    columns: Any = (
        SubOrder.arrived_at,
        total(PayableEntry.amount_fen).label("amount_fen"),
        func.max(Claim.id).label("claim_id"),
    )
    return (
        select(*columns)
        .join(PayableEntry, PayableEntry.sub_order_id == SubOrder.id)
        .outerjoin(Claim, and_(Claim.sub_order_id == SubOrder.id, Claim.closed_at.is_(None)))
        .where(
            SubOrder.cooperative_id == cooperative_id,
            ~exists().where(SettledPart.sub_order_id == SubOrder.id),
        )
        .group_by(SubOrder.id)
    )


def _amounts(cooperative_id: int, part_ids: Collection[int]) -> dict[int, tuple[int, int | None]]:
    """What is owed for each of these parts, and the claim about it that is open."""
    query = _unsettled(cooperative_id).add_columns(SubOrder.id).where(SubOrder.id.in_(part_ids))
    return {
        part_id: (amount_fen, claim_id)
        for _, amount_fen, claim_id, part_id in db.session.execute(query)
    }


def _held(part: SubOrder, amount_fen: int, claim_id: int | None) -> Held:
    assert part.arrived_at is not None
    until, pay_on = held_until(part.arrived_at), settled_in(part.arrived_at).pay_on
    return Held(part, amount_fen, until, pay_on, claim_id)


def _pay_state(statement: SettlementStatement, rows: Sequence[PayoutRow]) -> PayState:
    paying = [
        row
        for row in rows
        if row.cooperative_id == statement.cooperative_id and row.statement_id >= statement.id
    ]
    if any(row.paid_at for row in paying):
        return PayState.PAID
    if any(row.outcome for row in paying):
        return PayState.UNDER_WAY
    if paying:
        return PayState.PREPARED
    return PayState.WAITING if statement.closing_fen > 0 else PayState.NOTHING
