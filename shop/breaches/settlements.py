"""Rules of what cooperatives are owed, told and paid."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    func,
    or_,
    select,
)

from orders.claims.models import Claim
from orders.records.models import Order, OrderLine, SubOrder
from shop.breaches.comparing import compared, summed
from shop.db import total
from shop.organisations.models import Organisation
from suppliers.settlements.models import (
    PAYOUT_KINDS,
    Outcome,
    PayableEntry,
    PayoutRow,
    SettledPart,
    SettlementStatement,
    StatementEntry,
)
from suppliers.settlements.models import (
    EntryKind as Owed,
)

# What was paid for accepted goods, and kept.
_KEPT = case(
    (SubOrder.accepted_at.is_not(None), OrderLine.amount_fen - OrderLine.refunded_fen), else_=0
)


_COMMISSION = (_KEPT * SubOrder.commission_bp + 5_000) // 10_000


_KEPT_FREIGHT = case(
    (SubOrder.accepted_at.is_not(None), SubOrder.freight_fen - SubOrder.freight_refunded_fen),
    else_=0,
)


def _owed_by_line(*kinds: Owed) -> Subquery:
    return summed(
        select(
            PayableEntry.order_line_id.label("of"), total(PayableEntry.amount_fen).label("fen")
        ).where(PayableEntry.kind.in_(kinds)),
        PayableEntry.order_line_id,
    )


def wrongly_owed_lines() -> Select[Any]:
    owed = _owed_by_line(Owed.GOODS, Owed.GOODS_REFUND)
    return (
        select(OrderLine.id)
        .join(OrderLine.sub_order)
        .outerjoin(owed, owed.c.of == OrderLine.id)
        .where(func.coalesce(owed.c.fen, 0) != _KEPT)
        .order_by(OrderLine.id)
    )


def wrong_commissions() -> Select[Any]:
    """Rounded half up, line by line: the rule of orders/commissions, in the database's words."""
    charged = _owed_by_line(Owed.COMMISSION, Owed.COMMISSION_BACK)
    return (
        select(OrderLine.id)
        .join(OrderLine.sub_order)
        .outerjoin(charged, charged.c.of == OrderLine.id)
        .where(func.coalesce(charged.c.fen, 0) != -_COMMISSION)
        .order_by(OrderLine.id)
    )


def wrongly_owed_freight() -> Select[Any]:
    owed = summed(
        select(
            PayableEntry.sub_order_id.label("of"), total(PayableEntry.amount_fen).label("fen")
        ).where(PayableEntry.kind.in_((Owed.FREIGHT, Owed.FREIGHT_REFUND))),
        PayableEntry.sub_order_id,
    )
    return compared(SubOrder, owed, func.coalesce(owed.c.fen, 0) != _KEPT_FREIGHT)


def wrongly_owed_cooperatives() -> Select[Any]:
    """What was settled, and what is owed beside it, is what was accepted and kept, less the
    commission. What was paid out was settled before."""
    goods = summed(
        select(SubOrder.cooperative_id.label("of"), total(_KEPT - _COMMISSION).label("fen")).join(
            OrderLine.sub_order
        ),
        SubOrder.cooperative_id,
    )
    freight = summed(
        select(SubOrder.cooperative_id.label("of"), total(_KEPT_FREIGHT).label("fen")),
        SubOrder.cooperative_id,
    )
    settled = summed(
        select(
            SettlementStatement.cooperative_id.label("of"),
            total(
                SettlementStatement.goods_fen
                + SettlementStatement.freight_fen
                + SettlementStatement.refunds_fen
                + SettlementStatement.commission_fen
            ).label("fen"),
        ),
        SettlementStatement.cooperative_id,
    )
    is_settled = PayableEntry.id.in_(select(StatementEntry.entry_id))
    owed = summed(
        select(
            PayableEntry.cooperative_id.label("of"), total(PayableEntry.amount_fen).label("fen")
        ).where(~is_settled, PayableEntry.kind.not_in(PAYOUT_KINDS)),
        PayableEntry.cooperative_id,
    )
    accepted, counted = (
        [func.coalesce(sums.c.fen, 0) for sums in some]
        for some in ((goods, freight), (settled, owed))
    )
    query = select(Organisation.id)
    for sums in (goods, freight, settled, owed):
        query = query.outerjoin(sums, sums.c.of == Organisation.id)
    return query.where(sum(accepted) != sum(counted)).order_by(Organisation.id)


def wrong_statements() -> Select[Any]:
    def part(*kinds: Owed) -> ColumnElement[int]:
        return total(case((PayableEntry.kind.in_(kinds), PayableEntry.amount_fen), else_=0))

    sums = summed(
        select(
            StatementEntry.statement_id.label("of"),
            part(Owed.GOODS).label("goods_fen"),
            part(Owed.FREIGHT).label("freight_fen"),
            part(Owed.GOODS_REFUND, Owed.FREIGHT_REFUND).label("refunds_fen"),
            part(Owed.COMMISSION, Owed.COMMISSION_BACK).label("commission_fen"),
            part(*PAYOUT_KINDS).label("paid_fen"),
        ).join(PayableEntry, PayableEntry.id == StatementEntry.entry_id),
        StatementEntry.statement_id,
    )
    names = ("goods_fen", "freight_fen", "refunds_fen", "commission_fen", "paid_fen")
    differs = [getattr(SettlementStatement, name) != sums.c[name] for name in names]
    return compared(SettlementStatement, sums, or_(sums.c.of.is_(None), *differs))


def wrong_openings() -> Select[Any]:
    last_fen = func.lag(SettlementStatement.closing_fen, 1, 0).over(
        partition_by=SettlementStatement.cooperative_id,
        order_by=(SettlementStatement.period_from, SettlementStatement.id),
    )
    chained = select(
        SettlementStatement.id, SettlementStatement.opening_fen, last_fen.label("last_fen")
    ).subquery()
    return select(chained.c.id).where(chained.c.opening_fen != chained.c.last_fen)


def wrongly_settled() -> Select[Any]:
    """Of a settled part: paid for, and no claim about it was open when it was settled. The table's
    own check says that the sum was not above what was received and kept."""
    return (
        select(SettledPart.sub_order_id)
        .join(SubOrder, SubOrder.id == SettledPart.sub_order_id)
        .join(SubOrder.order)
        .join(SettlementStatement, SettlementStatement.id == SettledPart.statement_id)
        .outerjoin(
            Claim,
            and_(
                Claim.sub_order_id == SubOrder.id,
                # After a recall there may be a claim about what was settled long ago.
                Claim.opened_at <= SettlementStatement.made_at,
                or_(Claim.closed_at.is_(None), Claim.closed_at > SettlementStatement.made_at),
            ),
        )
        .where(
            or_(
                Claim.id.is_not(None),
                Order.paid_at.is_(None),
                SubOrder.accepted_at.is_(None),
                SettledPart.received_fen != SubOrder.goods_fen + SubOrder.freight_fen,
            )
        )
        .order_by(SettledPart.sub_order_id)
    )


def skipped_entries() -> Select[Any]:
    """A part is settled whole: nothing older of it is left behind, so that no refund is."""
    settled = summed(
        select(
            PayableEntry.sub_order_id.label("of"), func.max(PayableEntry.id).label("last_id")
        ).join(StatementEntry, StatementEntry.entry_id == PayableEntry.id),
        PayableEntry.sub_order_id,
    )
    return (
        select(PayableEntry.sub_order_id)
        .join(settled, settled.c.of == PayableEntry.sub_order_id)
        .outerjoin(StatementEntry, StatementEntry.entry_id == PayableEntry.id)
        .where(StatementEntry.entry_id.is_(None), PayableEntry.id < settled.c.last_id)
        .order_by(PayableEntry.sub_order_id)
    )


def wrongly_paid_out() -> Select[Any]:
    """What was released left the ledger, and what the bank sent back is in it again."""
    entries = summed(
        select(PayableEntry.payout_row_id.label("of"), total(PayableEntry.amount_fen).label("fen")),
        PayableEntry.payout_row_id,
    )
    is_out = and_(PayoutRow.outcome == Outcome.RELEASED, PayoutRow.returned_at.is_(None))
    out_fen = case((is_out, -PayoutRow.amount_fen), else_=0)
    return compared(PayoutRow, entries, func.coalesce(entries.c.fen, 0) != out_fen)
