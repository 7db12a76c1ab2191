"""Send a link to who forgot their password, and set it anew."""

from datetime import datetime

from shop import mail, sms
from shop.accounts.audit.services import record
from shop.accounts.passwords.errors import LinkOver
from shop.accounts.passwords.rules import print_of
from shop.accounts.people.models import Account
from shop.accounts.people.services import change_password
from shop.db import db


def send_link(account: Account, path: str, *, at: datetime) -> None:
    """By mail where there is an address, else by phone; once a minute at most."""
    key = f"password_forgotten:{account.id}:{at:%Y%m%d%H%M}"
    written = {"name": account.name, "path": path}
    if account.email:
        mail.post(
            account.email,
            "password_forgotten",
            written,
            key=key,
            language=account.language,
            at=at,
        )
    elif account.phone:
        sms.post(
            account.phone,
            "password_forgotten",
            written,
            key=key,
            language=account.language,
            at=at,
        )


def get_bearer(account_id: int, seen: str, *, lock: bool = False) -> Account:
    """Whose password a link sets anew. Raises LinkOver once it was changed, or the account is
    closed."""
    account = db.session.get(
        Account, account_id, with_for_update=lock or None, populate_existing=True
    )
    if account is None or not account.is_active or print_of(account.password_hash) != seen:
        raise LinkOver
    return account


def set_anew(account_id: int, seen: str, password_hash: str, *, at: datetime) -> None:
    """Give the account its new password and sign it out everywhere. Raises LinkOver."""
    account = get_bearer(account_id, seen, lock=True)
    change_password(account.id, password_hash)
    record("set_password_anew", "account", account.id, by=account.id, at=at)
