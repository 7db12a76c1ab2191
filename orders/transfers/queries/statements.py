"""Read bank statements and their rows."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from orders.transfers.models import (
    BankStatement,
    RowState,
    StatementRow,
)
from shop.db import db
from shop.errors import NotFound
from shop.web.paging import Page, paginate

PER_PAGE = 50


def list_statements(number: int) -> Page[BankStatement]:
    """The newest first."""
    query = (
        select(BankStatement)
        .options(joinedload(BankStatement.uploaded_by, innerjoin=True))
        .order_by(BankStatement.id.desc())
    )
    return paginate(query, number, PER_PAGE)


def get_statement(statement_id: int) -> BankStatement:
    """Raises NotFound."""
    statement = db.session.get(BankStatement, statement_id)
    if statement is None:
        raise NotFound
    return statement


def list_rows(statement_id: int, number: int, state: RowState | None) -> Page[StatementRow]:
    """A statement's rows as they stand in it; only those of one state if it is given."""
    query = select(StatementRow).where(StatementRow.statement_id == statement_id)
    if state is not None:
        query = query.where(StatementRow.state == state)
    return paginate(query.order_by(StatementRow.number), number, PER_PAGE)


def lacks_references(statement_id: int) -> bool:
    """Whether there are rows that only their place in the file tells apart."""
    row = select(StatementRow.id).where(
        StatementRow.statement_id == statement_id,
        StatementRow.state == RowState.GOOD,
        StatementRow.bank_reference.is_(None),
    )
    return bool(db.session.scalar(select(row.exists())))
