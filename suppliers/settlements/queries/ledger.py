"""Read the ledger: what is not settled yet, and what is owed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import aliased

from orders.claims.models import Claim
from orders.payments.models import Payment
from orders.records.models import Order, OrderLine, SubOrder
from shop.db import db, total
from suppliers.settlements.models import (
    PAYOUT_KINDS,
    PayableEntry,
    SettledPart,
    SettlementStatement,
    StatementEntry,
)
from suppliers.settlements.rules import Period, arrived_before


@dataclass(frozen=True, slots=True)
class Unsettled:
    """An entry that is in no statement yet."""

    id: int
    kind: str
    amount_fen: int
    sub_order_id: int | None


@dataclass(frozen=True, slots=True)
class Paid:
    """What came in for a part, and what of it was granted back."""

    sub_order_id: int
    received_fen: int
    refunded_fen: int


def list_due_cooperatives(period: Period) -> Sequence[int]:
    """Cooperatives that have something which is not settled, and no statement of the period."""
    has_one = exists().where(
        SettlementStatement.cooperative_id == PayableEntry.cooperative_id,
        SettlementStatement.period_from >= period.since,
    )
    query = (
        select(PayableEntry.cooperative_id)
        .where(_is_unsettled(), PayableEntry.kind.not_in(PAYOUT_KINDS), ~has_one)
        .distinct()
        .order_by(PayableEntry.cooperative_id)
    )
    return db.session.scalars(query).all()


def lock_ripe_parts(cooperative_id: int, period: Period) -> list[int]:
    """The accepted parts whose time for claims was over when the period ended, and about which no
    claim was open then; locked, so that no refund comes in between."""
    in_dispute = exists().where(
        Claim.sub_order_id == SubOrder.id,
        or_(Claim.closed_at.is_(None), Claim.closed_at >= period.end),
    )
    query = (
        select(SubOrder.id)
        .where(
            SubOrder.cooperative_id == cooperative_id,
            SubOrder.accepted_at < period.end,
            SubOrder.arrived_at < arrived_before(period),
            exists().where(PayableEntry.sub_order_id == SubOrder.id),
            ~exists().where(SettledPart.sub_order_id == SubOrder.id),
            ~in_dispute,
        )
        .order_by(SubOrder.id)
        .with_for_update(of=SubOrder)
    )
    return list(db.session.scalars(query))


def list_to_settle(
    cooperative_id: int, ripe: Collection[int], before: datetime
) -> Sequence[Unsettled]:
    """What goes into a statement: all of the ripe parts, what came after the settlement of others
    until a moment, and payouts since the last statement."""
    was_settled = exists().where(SettledPart.sub_order_id == PayableEntry.sub_order_id)
    late = was_settled & (PayableEntry.at < before)
    is_payout = PayableEntry.kind.in_(PAYOUT_KINDS) & (PayableEntry.at < before)
    others = _entries(cooperative_id).where(or_(late, is_payout))
    found = [Unsettled(*row) for row in db.session.execute(others)]
    wanted = set(ripe)
    for some in _in_chunks(sorted(wanted)):
        theirs = _entries(cooperative_id).where(PayableEntry.sub_order_id.in_(some))
        found += [Unsettled(*row) for row in db.session.execute(theirs)]
    return sorted(found, key=lambda entry: entry.id)


def list_paid(sub_order_ids: Collection[int]) -> list[Paid]:
    """What was received for some parts: nothing for those of an order that was not paid whole."""
    found: list[Paid] = []
    for some in _in_chunks(sorted(sub_order_ids)):
        refunded = (
            select(total(OrderLine.refunded_fen))
            .where(OrderLine.sub_order_id == SubOrder.id)
            .scalar_subquery()
        )
        is_paid = Order.paid_at.is_not(None) & (Payment.captured_fen >= Order.total_fen)
        query = (
            select(
                SubOrder.id,
                func.coalesce(SubOrder.goods_fen + SubOrder.freight_fen, 0),
                refunded + SubOrder.freight_refunded_fen,
                is_paid,
            )
            .join(SubOrder.order)
            .join(Payment, Payment.order_id == Order.id)
            .where(SubOrder.id.in_(some))
            .order_by(SubOrder.id)
        )
        found += [
            Paid(id_, received_fen if paid else 0, refunded_fen)
            for id_, received_fen, refunded_fen, paid in db.session.execute(query)
        ]
    return found


def payable_fen(cooperative_id: int) -> int:
    """What can be paid to a cooperative now: all that was settled and not paid, less what was
    refunded since of what was settled."""
    query = select(total(PayableEntry.amount_fen)).where(
        PayableEntry.cooperative_id == cooperative_id, is_payable()
    )
    return db.session.scalar(query) or 0


def is_payable() -> ColumnElement[bool]:
    """Entries of settled parts, refunds after settlement among them, and payouts."""
    part = aliased(SettledPart)
    return or_(
        PayableEntry.kind.in_(PAYOUT_KINDS),
        exists().where(part.sub_order_id == PayableEntry.sub_order_id),
    )


def _entries(cooperative_id: int) -> Select[Any]:
    columns: Any = (
        PayableEntry.id,
        PayableEntry.kind,
        PayableEntry.amount_fen,
        PayableEntry.sub_order_id,
    )
    own = PayableEntry.cooperative_id == cooperative_id
    return select(*columns).where(own, _is_unsettled())


def _is_unsettled() -> ColumnElement[bool]:
    return ~exists().where(StatementEntry.entry_id == PayableEntry.id)


def _in_chunks(ids: list[int]) -> list[list[int]]:
    """An engine takes only so many parameters at once."""
    return [ids[start : start + 500] for start in range(0, len(ids), 500)]
