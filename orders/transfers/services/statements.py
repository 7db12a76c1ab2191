"""Take in what the bank tells, a statement at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, insert, literal, or_, select, update

from orders.transfers.errors import (
    NothingToImport,
    StatementDone,
)
from orders.transfers.models import (
    BankReceipt,
    BankStatement,
    RowState,
    StatementRow,
)
from orders.transfers.queries.statements import get_statement
from orders.transfers.rules import Reading, Row
from shop.accounts.audit.services import record
from shop.db import UtcDateTime, db

ROWS_AT_A_TIME = 1_000


_READ = [each.name for each in fields(Row)]


# What a receipt takes over from the row that tells of it.
_TAKEN_OVER = (
    "received_on amount_fen payer_name payer_account_tail remark code bank_reference"
).split()


def stage(file_name: str, sha256: str, reading: Reading, *, by: int, at: datetime) -> BankStatement:
    """Keep a statement's rows to be looked at; nothing of it counts yet."""
    statement = BankStatement(
        file_name=file_name,
        sha256=sha256,
        uploaded_at=at,
        uploaded_by_id=by,
        ignored_count=reading.ignored,
        good_count=0,
        wrong_count=0,
        known_count=0,
    )
    db.session.add(statement)
    db.session.flush()
    for rows in _in_chunks(reading.rows):
        db.session.execute(insert(StatementRow), [_staged(statement.id, row) for row in rows])
    _note_known(statement)
    record("upload_statement", "bank_statement", statement.id, by=by, at=at, file=file_name)
    return statement


def import_statement(statement_id: int, *, by: int, at: datetime) -> BankStatement:
    """Make receipts of the rows that are right and new; say so in the statement.

    Raises StatementDone or NothingToImport. Two people who import the same rows at once collide on
    the receipts' unique numbers: the caller asks again after an IntegrityError.
    """
    statement = _get_waiting(statement_id)
    _note_known(statement)
    if not statement.good_count:
        raise NothingToImport
    statement.imported_at, statement.ended_by_id = at, by
    names = ["statement_id", "file_sha256", "row_number", "recorded_at", *_TAKEN_OVER]
    taken_over = [getattr(StatementRow, name) for name in _TAKEN_OVER]
    rows = (
        select(
            StatementRow.statement_id,
            literal(statement.sha256),
            StatementRow.number,
            literal(at, UtcDateTime()),
            *taken_over,
        )
        .where(StatementRow.statement_id == statement_id, StatementRow.state == RowState.GOOD)
        .order_by(StatementRow.number)
    )
    db.session.flush()
    db.session.execute(insert(BankReceipt).from_select(names, rows, include_defaults=False))
    detail = {"receipts": statement.good_count, "left_out": statement.wrong_count}
    record("import_statement", "bank_statement", statement_id, by=by, at=at, **detail)
    return statement


def return_statement(statement_id: int, *, by: int, at: datetime) -> None:
    """Send a statement back whole: nothing of it counts. Raises StatementDone."""
    statement = _get_waiting(statement_id)
    statement.returned_at, statement.ended_by_id = at, by
    record("return_statement", "bank_statement", statement_id, by=by, at=at)


def forget_rows(*, before: datetime) -> int:
    """Delete the rows of statements that were imported or sent back before a moment; the answer
    says how many. What counts of them are the receipts, and those stay."""
    ended = select(BankStatement.id).where(
        or_(BankStatement.imported_at < before, BankStatement.returned_at < before)
    )
    statement = (
        delete(StatementRow)
        .where(StatementRow.statement_id.in_(ended))
        .returning(StatementRow.id)
        .execution_options(synchronize_session=False)
    )
    return len(db.session.execute(statement).all())


def _staged(statement_id: int, row: Row) -> dict[str, Any]:
    # Not `asdict`, which copies each value and takes longer than everything else.
    values = {name: getattr(row, name) for name in _READ}
    values["faults"] = " ".join(row.faults)
    state = RowState.WRONG if row.faults else RowState.GOOD
    return values | {"statement_id": statement_id, "state": state}


def _note_known(statement: BankStatement) -> None:
    """Mark the rows that are receipts already, and count."""
    known = (
        select(BankReceipt.id)
        .where(
            or_(
                BankReceipt.bank_reference == StatementRow.bank_reference,
                and_(
                    BankReceipt.file_sha256 == statement.sha256,
                    BankReceipt.row_number == StatementRow.number,
                ),
            )
        )
        .exists()
    )
    db.session.execute(
        update(StatementRow)
        .where(
            StatementRow.statement_id == statement.id, StatementRow.state == RowState.GOOD, known
        )
        .values(state=RowState.KNOWN)
        .execution_options(synchronize_session=False)
    )
    counting = (
        select(StatementRow.state, func.count())
        .where(StatementRow.statement_id == statement.id)
        .group_by(StatementRow.state)
    )
    counted = dict(iter(db.session.execute(counting)))
    statement.good_count = counted.get(RowState.GOOD, 0)
    statement.wrong_count = counted.get(RowState.WRONG, 0)
    statement.known_count = counted.get(RowState.KNOWN, 0)
    db.session.flush()


def _get_waiting(statement_id: int) -> BankStatement:
    """A statement about which nobody has decided, locked. Raises NotFound or StatementDone."""
    get_statement(statement_id)
    statement = db.session.get_one(BankStatement, statement_id, with_for_update=True)
    if statement.imported_at or statement.returned_at:
        raise StatementDone
    return statement


def _in_chunks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), ROWS_AT_A_TIME):
        yield rows[start : start + ROWS_AT_A_TIME]
