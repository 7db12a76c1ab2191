"""Read browser sessions."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from shop.accounts.people.models import Account
from shop.accounts.people.queries import WITH_WHAT_THEY_ARE
from shop.accounts.sessions.models import BrowserSession
from shop.accounts.sessions.services import LIFETIME, hash_of
from shop.db import db

# A session in use is prolonged at most this often, so that reading pages writes almost nothing.
PROLONG_AFTER = timedelta(hours=6)

# Asked by every request, so it is put together once.
_BY_KEY = (
    select(BrowserSession, Account)
    .outerjoin(Account, Account.id == BrowserSession.account_id)
    .where(
        BrowserSession.key_hash == bindparam("key_hash"),
        BrowserSession.expires_at > bindparam("at"),
    )
    .options(*WITH_WHAT_THEY_ARE)
)


class Found(NamedTuple):
    """What a session holds, whether it is time to prolong it, and whose it is."""

    data: dict[str, Any]
    is_due: bool
    account: Account | None


def find_session(key: str, *, at: datetime) -> Found | None:
    """A session that has not ended, in one statement with its person."""
    rows = db.session.execute(_BY_KEY, {"key_hash": hash_of(key), "at": at})
    row = rows.unique().one_or_none()
    if row is None:
        return None
    session, account = row
    is_due = session.expires_at - at < LIFETIME - PROLONG_AFTER
    return Found(dict(session.data), is_due, account)
