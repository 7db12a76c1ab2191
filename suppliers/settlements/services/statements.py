"""Make settlement statements: one for each cooperative and period, frozen down to the entry."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select

from shop.accounts.audit.services import record
from shop.db import db
from shop.organisations.models import Organisation
from suppliers.settlements.errors import AboveReceived
from suppliers.settlements.models import (
    PAYOUT_KINDS,
    EntryKind,
    SettledPart,
    SettlementStatement,
    StatementEntry,
)
from suppliers.settlements.queries.ledger import (
    Paid,
    Unsettled,
    list_paid,
    list_to_settle,
    lock_ripe_parts,
)
from suppliers.settlements.rules import Period

_REFUNDS = (EntryKind.GOODS_REFUND, EntryKind.FREIGHT_REFUND)
_COMMISSIONS = (EntryKind.COMMISSION, EntryKind.COMMISSION_BACK)


def make_statement(
    cooperative_id: int, period: Period, *, at: datetime
) -> SettlementStatement | None:
    """Settle what is ripe for a cooperative at the end of a period, once; None when there is
    nothing, or a statement of that period or a later one.

    Refunds of what was settled before are taken off, and may leave less than nothing: the next
    statement opens with that. Raises AboveReceived.
    """
    cooperative = lock_cooperative(cooperative_id)
    last = _last_statement(cooperative_id)
    if last is not None and last.period_from >= period.since:
        return None
    ripe = lock_ripe_parts(cooperative_id, period)
    entries = list_to_settle(cooperative_id, ripe, period.end)
    if all(entry.kind in PAYOUT_KINDS for entry in entries):
        return None
    paid = list_paid(ripe)
    settled = _settled_by_part(entries)
    for part in paid:
        if settled[part.sub_order_id] > part.received_fen - part.refunded_fen:
            raise AboveReceived
    statement = _write(cooperative, period, last, entries, at)
    _freeze(statement, entries, paid, settled)
    record(
        "make_settlement",
        "settlement_statement",
        statement.id,
        by=None,
        at=at,
        cooperative=cooperative_id,
        closing_fen=statement.closing_fen,
    )
    return statement


def record_download(statement_id: int, *, by: int, at: datetime) -> None:
    """Note who took a statement out of the house."""
    record("download_settlement", "settlement_statement", statement_id, by=by, at=at)


def lock_cooperative(cooperative_id: int) -> Organisation:
    """Let nobody else settle with a cooperative, or pay it, until this act ends. Orders go on."""
    query = (
        select(Organisation)
        .where(Organisation.id == cooperative_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).one()


def _last_statement(cooperative_id: int) -> SettlementStatement | None:
    query = (
        select(SettlementStatement)
        .where(SettlementStatement.cooperative_id == cooperative_id)
        .order_by(SettlementStatement.period_from.desc())
        .limit(1)
    )
    return db.session.scalars(query).one_or_none()


def _settled_by_part(entries: Sequence[Unsettled]) -> dict[int, int]:
    settled: dict[int, int] = {}
    for entry in entries:
        if entry.sub_order_id is not None:
            settled[entry.sub_order_id] = settled.get(entry.sub_order_id, 0) + entry.amount_fen
    return settled


def _write(
    cooperative: Organisation,
    period: Period,
    last: SettlementStatement | None,
    entries: Sequence[Unsettled],
    at: datetime,
) -> SettlementStatement:
    opening_fen = 0 if last is None else last.closing_fen
    statement = SettlementStatement(
        cooperative_id=cooperative.id,
        cooperative_name=cooperative.name,
        period_from=period.since,
        period_until=period.until,
        made_at=at,
        opening_fen=opening_fen,
        paid_fen=_sum(entries, *PAYOUT_KINDS),
        goods_fen=_sum(entries, EntryKind.GOODS),
        freight_fen=_sum(entries, EntryKind.FREIGHT),
        refunds_fen=_sum(entries, *_REFUNDS),
        commission_fen=_sum(entries, *_COMMISSIONS),
        closing_fen=opening_fen + sum(entry.amount_fen for entry in entries),
    )
    db.session.add(statement)
    db.session.flush()
    return statement


def _sum(entries: Sequence[Unsettled], *kinds: EntryKind) -> int:
    return sum(entry.amount_fen for entry in entries if entry.kind in kinds)


def _freeze(
    statement: SettlementStatement,
    entries: Sequence[Unsettled],
    paid: Sequence[Paid],
    settled: dict[int, int],
) -> None:
    """Write down what is in the statement; the keys refuse to settle anything twice."""
    inside = [{"entry_id": entry.id, "statement_id": statement.id} for entry in entries]
    db.session.execute(insert(StatementEntry), inside)
    parts = [
        {
            "sub_order_id": part.sub_order_id,
            "statement_id": statement.id,
            "received_fen": part.received_fen,
            "refunded_fen": part.refunded_fen,
            "settled_fen": settled[part.sub_order_id],
        }
        for part in paid
    ]
    if parts:
        db.session.execute(insert(SettledPart), parts)
