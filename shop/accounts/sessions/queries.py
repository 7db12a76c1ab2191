"""Read browser sessions."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from shop.accounts.sessions.models import BrowserSession
from shop.accounts.sessions.services import LIFETIME, hash_of
from shop.db import db

# A session in use is prolonged at most this often, so that reading pages writes almost nothing.
PROLONG_AFTER = timedelta(hours=6)


def find_data(key: str, *, at: datetime) -> tuple[dict[str, Any], bool] | None:
    """What a session holds, and whether it is time to prolong it; None if there is none."""
    query = select(BrowserSession.data, BrowserSession.expires_at).where(
        BrowserSession.key_hash == hash_of(key), BrowserSession.expires_at > at
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        return None
    return dict(row.data), row.expires_at - at < LIFETIME - PROLONG_AFTER
