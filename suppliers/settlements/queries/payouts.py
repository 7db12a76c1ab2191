"""Read what can be paid out, and the batches in which it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.orm import joinedload, selectinload

from shop.db import db, total
from shop.errors import NotFound
from shop.organisations.models import Organisation
from shop.web.paging import Page, paginate
from suppliers.settlements.models import (
    Outcome,
    PayableEntry,
    PayoutBatch,
    PayoutRow,
    SettlementStatement,
)
from suppliers.settlements.queries.ledger import is_payable
from suppliers.verification.models import BankAccount

PER_PAGE = 30


@dataclass(frozen=True, slots=True)
class Payable:
    """What a cooperative can be paid now, to which account, up to which of its statements."""

    cooperative: Organisation
    amount_fen: int
    statement_id: int
    account: BankAccount | None
    # In a batch that nobody has decided on yet.
    is_prepared: bool

    @property
    def may_be_prepared(self) -> bool:
        return self.amount_fen > 0 and self.account is not None and not self.is_prepared


def count_undecided() -> int:
    """How many batches wait for the second person of finance."""
    query = select(func.count(PayoutBatch.id)).where(PayoutBatch.decision.is_(None))
    return db.session.scalar(query) or 0


def list_payables() -> list[Payable]:
    """Every cooperative that was settled and is not paid whole, or was paid too much."""
    owed = (
        select(PayableEntry.cooperative_id.label("of"), total(PayableEntry.amount_fen).label("fen"))
        .where(is_payable())
        .group_by(PayableEntry.cooperative_id)
        .subquery()
    )
    latest = (
        select(
            SettlementStatement.cooperative_id.label("of"),
            func.max(SettlementStatement.id).label("id"),
        )
        .group_by(SettlementStatement.cooperative_id)
        .subquery()
    )
    waiting = and_(PayoutRow.cooperative_id == Organisation.id, PayoutRow.decided_at.is_(None))
    in_use = and_(BankAccount.organisation_id == Organisation.id, BankAccount.replaced_at.is_(None))
    query = (
        select(Organisation, owed.c.fen, latest.c.id, BankAccount, PayoutRow.id.is_not(None))
        .join(owed, owed.c.of == Organisation.id)
        .join(latest, latest.c.of == Organisation.id)
        .outerjoin(BankAccount, in_use)
        .outerjoin(PayoutRow, waiting)
        .where(owed.c.fen != 0)
        .order_by(Organisation.id)
    )
    return [Payable(*row) for row in db.session.execute(query)]


def find_account(cooperative_id: int) -> BankAccount | None:
    """Where a cooperative's money goes now."""
    query = select(BankAccount).where(
        BankAccount.organisation_id == cooperative_id, BankAccount.replaced_at.is_(None)
    )
    return db.session.scalars(query).one_or_none()


def list_batches(number: int) -> Page[PayoutBatch]:
    """The newest first."""
    query = (
        select(PayoutBatch)
        .options(
            joinedload(PayoutBatch.prepared_by, innerjoin=True),
            joinedload(PayoutBatch.decided_by),
            selectinload(PayoutBatch.rows),
        )
        .order_by(PayoutBatch.id.desc())
    )
    return paginate(query, number, PER_PAGE)


def get_batch(batch_id: int) -> PayoutBatch:
    """A batch with its rows as the database has them now. Raises NotFound."""
    query = (
        select(PayoutBatch)
        .where(PayoutBatch.id == batch_id)
        .options(
            joinedload(PayoutBatch.prepared_by, innerjoin=True),
            joinedload(PayoutBatch.decided_by),
            selectinload(PayoutBatch.rows).joinedload(PayoutRow.cooperative, innerjoin=True),
            selectinload(PayoutBatch.rows).joinedload(PayoutRow.statement, innerjoin=True),
        )
        .execution_options(populate_existing=True)
    )
    batch = db.session.scalars(query).one_or_none()
    if batch is None:
        raise NotFound
    return batch


def get_row(batch_id: int, row_id: int) -> PayoutRow:
    """A row of a batch. Raises NotFound."""
    row = db.session.get(PayoutRow, row_id)
    if row is None or row.batch_id != batch_id:
        raise NotFound
    return row


def count_to_decide() -> int:
    """Batches that wait for the second person."""
    query = select(func.count(PayoutBatch.id)).where(PayoutBatch.decision.is_(None))
    return db.session.scalar(query) or 0


def list_payouts_of(cooperative_id: int) -> Sequence[PayoutRow]:
    """A cooperative's payouts that were not turned down, the newest first."""
    query = (
        select(PayoutRow)
        .where(
            PayoutRow.cooperative_id == cooperative_id,
            PayoutRow.outcome.is_(None) | (PayoutRow.outcome == Outcome.RELEASED),
        )
        .options(joinedload(PayoutRow.statement, innerjoin=True))
        .order_by(PayoutRow.id.desc())
        .limit(PER_PAGE)
    )
    return db.session.scalars(query).all()
