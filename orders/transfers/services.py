"""Take in what the bank tells, match it to orders, and pay out what has to go back.

Whatever a person proposes, another one decides. Every amount is integer fen of CNY.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, literal, or_, select, update

from orders.payments.models import Payment, PaymentAttempt
from orders.payments.services import capture_transfer
from orders.records.models import Order
from orders.refunds.services import grant, record_paid_out
from orders.transfers.errors import (
    AlreadyDecided,
    AlreadyPaid,
    NothingToImport,
    NotOwed,
    ReceiptTaken,
    ReferenceUsed,
    SamePerson,
    StatementDone,
)
from orders.transfers.models import (
    BankReceipt,
    BankStatement,
    Decision,
    MatchedReceipt,
    Payout,
    Purpose,
    ReceiptMatch,
    RowState,
    StatementRow,
)
from orders.transfers.queries import (
    find_owed_refund,
    find_owed_return,
    get_match,
    get_payout,
    get_statement,
    list_unused_of,
)
from orders.transfers.rules import Reading, Row
from shop.accounts.audit.services import record
from shop.db import UtcDateTime, db
from shop.errors import NotFound

ROWS_AT_A_TIME = 1_000
SURPLUS = "转账多于应付，多余部分退回"

_READ = [each.name for each in fields(Row)]
# What a receipt takes over from the row that tells of it.
_TAKEN_OVER = (
    "received_on amount_fen payer_name payer_account_tail remark code bank_reference"
).split()


# ── Statements ──────────────────────────────────────────────────────────────────────────────────


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


# ── Matches ─────────────────────────────────────────────────────────────────────────────────────


def match_by_itself(receipt_id: int, *, at: datetime) -> bool:
    """Let a receipt pay for the order that its code names, if it is just what is due and nobody
    has paid yet; say whether it did. An order that closed meanwhile is paid late, as online."""
    receipt = db.session.get_one(BankReceipt, receipt_id)
    query = select(Payment).where(Payment.transfer_code == receipt.code).with_for_update()
    payment = db.session.scalars(query).one_or_none()
    if payment is None or payment.due_fen != receipt.amount_fen or _is_paid(payment):
        return False
    match = _propose(Purpose.ORDER, [receipt_id], payment.id, "", by=None, at=at)
    match.decision, match.decided_at = Decision.CONFIRMED, at
    _capture(match, at)
    record("match_receipt", "receipt_match", match.id, by=None, at=at, code=receipt.code)
    return True


def propose_together(payment_id: int, code: str, *, at: datetime) -> ReceiptMatch:
    """Propose that all receipts of a code together pay for their order. Raises ReceiptTaken."""
    return _propose(Purpose.ORDER, list_unused_of(code), payment_id, "", by=None, at=at)


def propose_match(
    receipt_ids: Sequence[int], payment_id: int, note: str, *, by: int, at: datetime
) -> ReceiptMatch:
    """Propose that receipts pay for an order.

    Raises ReceiptTaken, AlreadyPaid or NotFound. Two people who propose the same receipt at once
    collide on its unique index: the loser gets IntegrityError.
    """
    payment = db.session.get_one(Payment, payment_id, with_for_update=True)
    if _is_paid(payment):
        raise AlreadyPaid
    match = _propose(Purpose.ORDER, receipt_ids, payment_id, note, by=by, at=at)
    record("propose_match", "receipt_match", match.id, by=by, at=at, receipts=list(receipt_ids))
    return match


def propose_return(receipt_id: int, note: str, *, by: int, at: datetime) -> ReceiptMatch:
    """Propose that a receipt goes back to who sent it. Raises ReceiptTaken or NotFound."""
    match = _propose(Purpose.SENDER, [receipt_id], None, note, by=by, at=at)
    record("propose_return", "receipt_match", match.id, by=by, at=at, receipts=[receipt_id])
    return match


def confirm_match(match_id: int, *, by: int, at: datetime) -> ReceiptMatch:
    """Let a proposal take effect.

    What is too much for the order is granted back. Raises SamePerson, AlreadyDecided, AlreadyPaid
    or TooLittle.
    """
    match: ReceiptMatch = _decide(
        ReceiptMatch, get_match(match_id), Decision.CONFIRMED, by=by, at=at
    )
    if match.payment_id is not None:
        payment = db.session.get_one(Payment, match.payment_id, with_for_update=True)
        if _is_paid(payment):
            raise AlreadyPaid
        _capture(match, at)
    record("confirm_match", "receipt_match", match_id, by=by, at=at)
    return match


def reject_match(match_id: int, answer: str, *, by: int, at: datetime) -> None:
    """Turn a proposal down: its receipts are free again. Raises SamePerson or AlreadyDecided."""
    match = _decide(ReceiptMatch, get_match(match_id), Decision.REJECTED, by=by, at=at)
    match.answer = answer
    db.session.execute(
        update(MatchedReceipt).where(MatchedReceipt.match_id == match_id).values(released_at=at)
    )
    record("reject_match", "receipt_match", match_id, by=by, at=at, answer=answer)


def _propose(
    purpose: Purpose,
    receipt_ids: Sequence[int],
    payment_id: int | None,
    note: str,
    *,
    by: int | None,
    at: datetime,
) -> ReceiptMatch:
    """Put free receipts into a match. Raises ReceiptTaken or NotFound."""
    wanted = set(receipt_ids)
    found = db.session.scalars(select(BankReceipt).where(BankReceipt.id.in_(wanted))).all()
    if not found or len(found) != len(wanted):
        raise NotFound
    taken = select(MatchedReceipt.id).where(
        MatchedReceipt.receipt_id.in_(wanted), MatchedReceipt.released_at.is_(None)
    )
    if db.session.scalars(taken).first() is not None:
        raise ReceiptTaken
    match = ReceiptMatch(
        purpose=purpose,
        payment_id=payment_id,
        amount_fen=sum(receipt.amount_fen for receipt in found),
        note=note,
        proposed_at=at,
        proposed_by_id=by,
        receipts=[MatchedReceipt(receipt_id=receipt_id) for receipt_id in sorted(wanted)],
    )
    db.session.add(match)
    db.session.flush()
    return match


def _capture(match: ReceiptMatch, at: datetime) -> None:
    """Let the money of a match pay, and grant back what the order does not need."""
    assert match.payment_id is not None
    attempt = capture_transfer(match.payment_id, match.amount_fen, at=at)
    match.attempt_id = attempt.id
    db.session.flush()
    db.session.refresh(attempt)
    surplus = attempt.received_fen - attempt.refunded_fen - _due(attempt)
    # Money that came too late to be of use was granted back whole, by who listens to that.
    if surplus > 0:
        grant(attempt, surplus, reason=SURPLUS, by=match.decided_by_id, at=at)


def _due(attempt: PaymentAttempt) -> int:
    return db.session.get_one(Payment, attempt.payment_id).due_fen


def _is_paid(payment: Payment) -> bool:
    return db.session.scalar(select(Order.paid_at).where(Order.id == payment.order_id)) is not None


# ── Payouts ─────────────────────────────────────────────────────────────────────────────────────


def enter_refund_payout(refund_id: int, reference: str, *, by: int, at: datetime) -> Payout:
    """Say by which transfer of the bank a refund was paid out. Raises NotOwed or ReferenceUsed."""
    refund = find_owed_refund(refund_id)
    if refund is None:
        raise NotOwed
    payout = Payout(refund_id=refund_id, amount_fen=refund.amount_fen)
    return _enter(payout, reference, by=by, at=at)


def enter_return_payout(match_id: int, reference: str, *, by: int, at: datetime) -> Payout:
    """Say by which transfer of the bank a receipt went back. Raises NotOwed or ReferenceUsed."""
    match = find_owed_return(match_id)
    if match is None:
        raise NotOwed
    return _enter(Payout(match_id=match_id, amount_fen=match.amount_fen), reference, by=by, at=at)


def confirm_payout(payout_id: int, *, by: int, at: datetime) -> None:
    """The transfer was seen at the bank: the money has moved. Raises SamePerson or
    AlreadyDecided."""
    payout = _decide(Payout, get_payout(payout_id), Decision.CONFIRMED, by=by, at=at)
    if payout.refund_id is not None:
        record_paid_out(payout.refund_id, payout.bank_reference, at=at)
    record("confirm_payout", "payout", payout_id, by=by, at=at, reference=payout.bank_reference)


def reject_payout(payout_id: int, *, by: int, at: datetime) -> None:
    """The transfer is not to be found at the bank: the debt is open again. Raises SamePerson or
    AlreadyDecided."""
    payout = _decide(Payout, get_payout(payout_id), Decision.REJECTED, by=by, at=at)
    record("reject_payout", "payout", payout_id, by=by, at=at, reference=payout.bank_reference)


def _enter(payout: Payout, reference: str, *, by: int, at: datetime) -> Payout:
    used = select(Payout.id).where(
        Payout.bank_reference == reference,
        or_(Payout.decision.is_(None), Payout.decision == Decision.CONFIRMED),
    )
    if db.session.scalars(used).first() is not None:
        raise ReferenceUsed
    payout.bank_reference = reference
    payout.proposed_at, payout.proposed_by_id = at, by
    db.session.add(payout)
    db.session.flush()
    record("enter_payout", "payout", payout.id, by=by, at=at, reference=reference)
    return payout


def _decide(model: type[Any], proposal: Any, decision: Decision, *, by: int, at: datetime) -> Any:
    """Decide on what somebody else proposed, once; a guarded update says who came first."""
    if proposal.proposed_by_id == by:
        raise SamePerson
    another: ColumnElement[bool] = or_(model.proposed_by_id.is_(None), model.proposed_by_id != by)
    statement = (
        update(model)
        .where(model.id == proposal.id, model.decision.is_(None), another)
        .values(decision=decision, decided_at=at, decided_by_id=by)
        .returning(model.id)
        .execution_options(synchronize_session="fetch")
    )
    if db.session.execute(statement).first() is None:
        raise AlreadyDecided
    db.session.refresh(proposal)
    return proposal
