"""Keep, rotate and end browser sessions."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete

from shop.accounts.sessions.models import BrowserSession
from shop.db import db

LIFETIME = timedelta(days=30)


def new_key() -> str:
    """A key that nobody can guess; only the browser and, while it lasts, the request know it."""
    return secrets.token_urlsafe(32)


def hash_of(key: str) -> str:
    """What is stored of a key: enough to recognise it, not enough to use it."""
    return hashlib.sha256(key.encode()).hexdigest()


def keep(key: str, data: dict[str, Any], account_id: int | None, *, at: datetime) -> None:
    """Store what a session holds, for another 30 days."""
    row = db.session.get(BrowserSession, hash_of(key))
    if row is None:
        row = BrowserSession(key_hash=hash_of(key), created_at=at)
        db.session.add(row)
    row.data = data
    row.account_id = account_id
    row.seen_at = at
    row.expires_at = at + LIFETIME


def end(key: str) -> None:
    """Forget one session."""
    db.session.execute(delete(BrowserSession).where(BrowserSession.key_hash == hash_of(key)))


def end_all_of(account_id: int) -> None:
    """Sign a person out everywhere, at once."""
    db.session.execute(delete(BrowserSession).where(BrowserSession.account_id == account_id))


def forget_expired(*, at: datetime) -> None:
    db.session.execute(delete(BrowserSession).where(BrowserSession.expires_at <= at))
