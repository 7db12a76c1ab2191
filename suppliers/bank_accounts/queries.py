"""Read changes of bank accounts: a cooperative its own, finance all."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from shop.db import db
from shop.errors import NotFound
from shop.organisations.models import Organisation
from shop.web.paging import Page, paginate
from suppliers.bank_accounts.models import AccountChange
from suppliers.verification.models import BankAccount

PER_PAGE = 20

_WHOLE = (
    joinedload(AccountChange.organisation),
    joinedload(AccountChange.asked_by).lazyload("*"),
    joinedload(AccountChange.confirmed_by).lazyload("*"),
)


def find_open(cooperative_id: int) -> AccountChange | None:
    """The one that waits, or that is confirmed and cools off."""
    query = select(AccountChange).where(
        AccountChange.organisation_id == cooperative_id, AccountChange.ended_at.is_(None)
    )
    query = query.options(*_WHOLE).execution_options(populate_existing=True)
    return db.session.scalars(query).one_or_none()


def list_past(cooperative_id: int, limit: int) -> Sequence[AccountChange]:
    """Those that ended, the newest first."""
    query = (
        select(AccountChange)
        .where(AccountChange.organisation_id == cooperative_id, AccountChange.ended_at.is_not(None))
        .options(*_WHOLE)
        .order_by(AccountChange.id.desc())
        .limit(limit)
    )
    return db.session.scalars(query).all()


def get_own(cooperative_id: int, change_id: int) -> AccountChange:
    """One of a cooperative's, as it is now. Raises NotFound."""
    own = AccountChange.organisation_id == cooperative_id
    return _get(own & (AccountChange.id == change_id))


def get_change(change_id: int) -> AccountChange:
    """One as it is now. Raises NotFound."""
    return _get(AccountChange.id == change_id)


def list_changes(number: int, *, waiting: bool) -> Page[AccountChange]:
    """Those that are open, what waits for a confirmation first; else all, the newest first."""
    query = select(AccountChange).options(*_WHOLE)
    if waiting:
        query = query.where(AccountChange.ended_at.is_(None)).order_by(
            AccountChange.confirmed_at.is_not(None), AccountChange.id
        )
    else:
        query = query.order_by(AccountChange.id.desc())
    return paginate(query, number, PER_PAGE)


def count_waiting() -> int:
    """Those that nobody has confirmed."""
    query = select(func.count(AccountChange.id)).where(
        AccountChange.ended_at.is_(None), AccountChange.confirmed_at.is_(None)
    )
    return db.session.scalar(query) or 0


def list_due(at: datetime) -> Sequence[int]:
    """The confirmed ones whose time has come."""
    query = select(AccountChange.id).where(
        AccountChange.ended_at.is_(None), AccountChange.effective_at <= at
    )
    return db.session.scalars(query.order_by(AccountChange.id)).all()


def list_sharing(change: AccountChange) -> Sequence[str]:
    """The names of other cooperatives whose money goes to the same account now."""
    query = (
        select(Organisation.name)
        .join(BankAccount, BankAccount.organisation_id == Organisation.id)
        .where(
            BankAccount.number_fingerprint == change.number_fingerprint,
            BankAccount.replaced_at.is_(None),
            BankAccount.organisation_id != change.organisation_id,
        )
        .order_by(Organisation.name)
    )
    return db.session.scalars(query.limit(5)).all()


def _get(which: ColumnElement[bool]) -> AccountChange:
    query = select(AccountChange).where(which).options(*_WHOLE)
    found = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    return found
