"""Find people."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from shop.accounts.people.models import Account, Membership
from shop.db import db


def find_account(account_id: int) -> Account | None:
    """The account with what it belongs to and the offices it holds, in one statement."""
    query = (
        select(Account)
        .where(Account.id == account_id)
        .options(
            joinedload(Account.memberships).joinedload(Membership.organisation),
            joinedload(Account.appointments),
        )
    )
    return db.session.scalars(query).unique().one_or_none()


def find_by_identifier(identifier: str) -> Account | None:
    """The account with this e-mail address or phone number, both in canonical form."""
    column = Account.email if "@" in identifier else Account.phone
    return db.session.scalar(select(Account).where(column == identifier))
