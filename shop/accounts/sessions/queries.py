"""Read browser sessions."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import lazyload
from sqlalchemy.orm.attributes import set_committed_value

from shop.accounts.people.models import Account, Appointment, Membership
from shop.accounts.people.queries import find_account
from shop.accounts.sessions.models import BrowserSession
from shop.accounts.sessions.services import LIFETIME, hash_of
from shop.db import db

# A session in use is prolonged at most this often, so that reading pages writes almost nothing.
PROLONG_AFTER = timedelta(hours=6)

# Asked by every request, so it is put together once. Most people belong to nothing and hold no
# office: what the others are is asked for in a second statement.
_BY_KEY = (
    select(
        BrowserSession.data,
        BrowserSession.expires_at,
        Account,
        exists().where(Membership.account_id == Account.id),
        exists().where(Appointment.account_id == Account.id),
    )
    .outerjoin(Account, Account.id == BrowserSession.account_id)
    .where(
        BrowserSession.key_hash == bindparam("key_hash"),
        BrowserSession.expires_at > bindparam("at"),
    )
    .options(lazyload(Account.memberships), lazyload(Account.appointments))
)


class Found(NamedTuple):
    """What a session holds, whether it is time to prolong it, and whose it is."""

    data: dict[str, Any]
    is_due: bool
    account: Account | None


def find_session(key: str, *, at: datetime) -> Found | None:
    """A session that has not ended, with its person."""
    row = db.session.execute(_BY_KEY, {"key_hash": hash_of(key), "at": at}).one_or_none()
    if row is None:
        return None
    data, expires_at, account, is_member, holds_office = row
    if is_member or holds_office:
        account = find_account(account.id)
    elif account is not None:
        set_committed_value(account, "memberships", [])
        set_committed_value(account, "appointments", [])
    return Found(dict(data), expires_at - at < LIFETIME - PROLONG_AFTER, account)
