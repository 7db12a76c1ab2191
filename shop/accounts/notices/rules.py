"""Who can be told something, and by which ways."""

from typing import NamedTuple

from shop.accounts.people.models import Account


class Contact(NamedTuple):
    """Somebody who has an account, and so an inbox; an e-mail address and a phone perhaps."""

    account_id: int
    name: str
    email: str | None
    phone: str | None
    language: str | None = None


def contact_of(account: Account) -> Contact:
    return Contact(account.id, account.name, account.email, account.phone, account.language)
