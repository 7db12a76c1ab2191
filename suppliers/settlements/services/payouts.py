"""Pay cooperatives out: one person of finance prepares, another releases, the bank answers.

Whoever pays a cooperative locks its row first, in the order of ids.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, update

from shop.accounts.audit.services import record
from shop.db import db
from suppliers.settlements.errors import (
    BatchDecided,
    NoArrangement,
    NothingLeftToPay,
    NothingToPay,
    RowAnswered,
    SamePerson,
)
from suppliers.settlements.models import (
    Decision,
    EntryKind,
    Outcome,
    PayoutBatch,
    PayoutRow,
)
from suppliers.settlements.queries.ledger import payable_fen
from suppliers.settlements.queries.payouts import (
    Payable,
    find_account,
    get_batch,
    get_row,
    list_payables,
)
from suppliers.settlements.services import ledger
from suppliers.settlements.services.statements import lock_cooperative


def prepare_batch(arrangement: str, *, by: int, at: datetime) -> PayoutBatch:
    """Put together what every cooperative with a bank account can be paid now.

    ``arrangement`` names the licensed payment arrangement under which the shop may pay. Raises
    NoArrangement or NothingToPay. Two people who prepare at once collide on the rows' unique index:
    the loser gets IntegrityError.
    """
    if not arrangement:
        raise NoArrangement
    payables = [payable for payable in list_payables() if payable.may_be_prepared]
    if not payables:
        raise NothingToPay
    batch = PayoutBatch(prepared_at=at, prepared_by_id=by, arrangement=arrangement)
    batch.rows = [_row(payable) for payable in payables]
    db.session.add(batch)
    db.session.flush()
    total_fen = sum(row.amount_fen for row in batch.rows)
    rows = len(batch.rows)
    record("prepare_payout", "payout_batch", batch.id, by=by, at=at, rows=rows, fen=total_fen)
    return batch


def release_batch(batch_id: int, arrangement: str, *, by: int, at: datetime) -> int:
    """Let the rows of somebody else's batch go to the bank; return how many were left out.

    A row stays behind when less is owed than when it was prepared (a refund came in between) or the
    cooperative's account is another: it can be prepared anew. Raises NoArrangement, SamePerson,
    BatchDecided or NothingLeftToPay.
    """
    if not arrangement:
        raise NoArrangement
    batch = get_batch(batch_id)
    if batch.prepared_by_id == by:
        raise SamePerson
    another = PayoutBatch.prepared_by_id != by
    _decide(batch, Decision.RELEASED, "", another, by=by, at=at)
    released = [row for row in _by_cooperative(batch) if _release(row, at)]
    if not released:
        raise NothingLeftToPay
    db.session.flush()
    ledger.write(_entry(row, EntryKind.PAYOUT, -row.amount_fen, at) for row in released)
    fen = sum(row.amount_fen for row in released)
    left_out = len(batch.rows) - len(released)
    record("release_payout", "payout_batch", batch.id, by=by, at=at, fen=fen, left_out=left_out)
    return left_out


def reject_batch(batch_id: int, note: str, *, by: int, at: datetime) -> None:
    """Send a batch back, one's own too: what is in it can be prepared anew. Raises BatchDecided."""
    batch = get_batch(batch_id)
    _decide(batch, Decision.REJECTED, note, by=by, at=at)
    for row in batch.rows:
        row.outcome, row.decided_at = Outcome.REJECTED, at
    record("reject_payout", "payout_batch", batch.id, by=by, at=at, note=note)


def mark_paid(batch_id: int, row_id: int, *, by: int, at: datetime) -> None:
    """The bank has paid a row. Raises RowAnswered."""
    row = get_row(batch_id, row_id)
    unanswered = PayoutRow.paid_at.is_(None) & PayoutRow.returned_at.is_(None)
    _answer(row, unanswered, paid_at=at, paid_by_id=by)
    record("mark_payout_paid", "payout_row", row.id, by=by, at=at)


def mark_returned(batch_id: int, row_id: int, reason: str, *, by: int, at: datetime) -> None:
    """The bank could not pay a row, or sent it back later: it is owed again. Raises RowAnswered."""
    row = get_row(batch_id, row_id)
    lock_cooperative(row.cooperative_id)
    not_returned = PayoutRow.returned_at.is_(None)
    _answer(row, not_returned, returned_at=at, returned_by_id=by, return_reason=reason)
    ledger.write([_entry(row, EntryKind.PAYOUT_RETURNED, row.amount_fen, at)])
    record("mark_payout_returned", "payout_row", row.id, by=by, at=at, reason=reason)


def record_download(batch_id: int, kind: str, *, by: int, at: datetime) -> None:
    """Note who took the file with the full account numbers."""
    record("download_payout", "payout_batch", batch_id, by=by, at=at, kind=kind)


def _row(payable: Payable) -> PayoutRow:
    account = payable.account
    assert account is not None
    return PayoutRow(
        cooperative_id=payable.cooperative.id,
        statement_id=payable.statement_id,
        amount_fen=payable.amount_fen,
        holder=account.holder,
        bank=account.bank,
        sealed_number=account.sealed_number,
        number_fingerprint=account.number_fingerprint,
        last_digits=account.last_digits,
    )


def _decide(
    batch: PayoutBatch,
    decision: Decision,
    note: str,
    *conditions: ColumnElement[bool],
    by: int,
    at: datetime,
) -> None:
    """Decide on a batch, once; a guarded update says who came first."""
    statement = (
        update(PayoutBatch)
        .where(PayoutBatch.id == batch.id, PayoutBatch.decision.is_(None), *conditions)
        .values(decision=decision, decided_at=at, decided_by_id=by, note=note)
        .returning(PayoutBatch.id)
        .execution_options(synchronize_session="fetch")
    )
    if db.session.execute(statement).first() is None:
        raise BatchDecided


def _by_cooperative(batch: PayoutBatch) -> list[PayoutRow]:
    return sorted(batch.rows, key=lambda row: row.cooperative_id)


def _release(row: PayoutRow, at: datetime) -> bool:
    """Whether a row goes out as it was prepared; its cooperative is locked from here on."""
    lock_cooperative(row.cooperative_id)
    account = find_account(row.cooperative_id)
    is_same = account is not None and (account.number_fingerprint, account.holder) == (
        row.number_fingerprint,
        row.holder,
    )
    goes_out = is_same and row.amount_fen <= payable_fen(row.cooperative_id)
    row.outcome = Outcome.RELEASED if goes_out else Outcome.LEFT_OUT
    row.decided_at = at
    return goes_out


def _answer(row: PayoutRow, condition: ColumnElement[bool], **values: Any) -> None:
    """Write down what the bank did with a released row, once."""
    statement = (
        update(PayoutRow)
        .where(PayoutRow.id == row.id, PayoutRow.outcome == Outcome.RELEASED, condition)
        .values(**values)
        .returning(PayoutRow.id)
        .execution_options(synchronize_session="fetch")
    )
    if db.session.execute(statement).first() is None:
        raise RowAnswered


def _entry(row: PayoutRow, kind: EntryKind, amount_fen: int, at: datetime) -> dict[str, Any]:
    return {
        "cooperative_id": row.cooperative_id,
        "kind": kind,
        "amount_fen": amount_fen,
        "at": at,
        "cause": f"{kind}:{row.id}",
        "payout_row_id": row.id,
    }
