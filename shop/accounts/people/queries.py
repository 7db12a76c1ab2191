"""Find people."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from shop.accounts.people.models import Account, Address, Membership
from shop.accounts.people.rules import Scope
from shop.db import db, objects_of, table_of
from shop.errors import NotFound
from shop.places.models import Town
from shop.places.queries import find_town, known_town

TOWN_DIGITS = 9

# What an account belongs to and the offices it holds, in the same statement.
WITH_WHAT_THEY_ARE = (
    joinedload(Account.memberships).joinedload(Membership.organisation),
    joinedload(Account.appointments),
)
_ADDRESSES = table_of(Address)
_BOOK = (
    select(_ADDRESSES)
    .where(_ADDRESSES.c.account_id == bindparam("account_id"))
    .order_by(_ADDRESSES.c.used_at.desc(), _ADDRESSES.c.id.desc())
)


def find_account(account_id: int) -> Account | None:
    """The account with what it belongs to and the offices it holds."""
    query = select(Account).where(Account.id == account_id).options(*WITH_WHAT_THEY_ARE)
    return db.session.scalars(query).unique().one_or_none()


def find_by_identifier(identifier: str) -> Account | None:
    """The account with this e-mail address or phone number, both in canonical form."""
    column = Account.email if "@" in identifier else Account.phone
    return db.session.scalar(select(Account).where(column == identifier))


def list_addresses(account_id: int) -> Sequence[Address]:
    """A person's address book for reading, the one used last first."""
    addresses: list[Address] = []
    for row in db.session.execute(_BOOK, {"account_id": account_id}):
        (address,) = objects_of(row, Address)
        set_committed_value(address, "town", known_town(address.town_code))
        addresses.append(address)
    return addresses


def get_own_address(account_id: int, address_id: int) -> Address:
    """Raises NotFound for an address of anybody else."""
    query = select(Address).where(Address.account_id == account_id, Address.id == address_id)
    address = db.session.scalar(query)
    if address is None:
        raise NotFound
    return address


def get_town_in(scope: Scope, code: str) -> Town:
    """A town that an official answers for. Raises NotFound, also for what is no code."""
    is_code = len(code) == TOWN_DIGITS and code.isascii() and code.isdigit()
    town = find_town(code) if is_code and scope.covers(code) else None
    if town is None:
        raise NotFound
    return town
