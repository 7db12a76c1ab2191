"""Keep, rotate and end browser sessions; let people in, but not guess on."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update

from shop.accounts.sessions.errors import TooManyAttempts
from shop.accounts.sessions.events import SignedIn
from shop.accounts.sessions.models import BrowserSession, KeptForm, SignInAttempt
from shop.accounts.sessions.rules import (
    KEPT_FOR,
    PER_ADDRESS,
    PER_PERSON,
    WINDOW,
    Caller,
    Field,
    retry_at,
)
from shop.db import db
from shop.events import announce
from shop.secrets import seal

LIFETIME = timedelta(days=30)
ATTEMPTS_KEPT = timedelta(days=1)


def new_key() -> str:
    """A key that nobody can guess; only the browser and, while it lasts, the request know it."""
    return secrets.token_urlsafe(32)


def hash_of(key: str) -> str:
    """What is stored of a key: enough to recognise it, not enough to use it."""
    return hashlib.sha256(key.encode()).hexdigest()


def begin(key: str, data: dict[str, Any], account_id: int | None, *, at: datetime) -> None:
    """Store a new session, for 30 days."""
    db.session.add(
        BrowserSession(
            key_hash=hash_of(key),
            account_id=account_id,
            data=data,
            created_at=at,
            seen_at=at,
            expires_at=at + LIFETIME,
        )
    )


def keep(key: str, data: dict[str, Any], account_id: int | None, *, at: datetime) -> bool:
    """Store what a session holds, for another 30 days; False if it was ended meanwhile."""
    kept = db.session.scalar(
        update(BrowserSession)
        .where(BrowserSession.key_hash == hash_of(key))
        .values(data=data, account_id=account_id, seen_at=at, expires_at=at + LIFETIME)
        .returning(BrowserSession.key_hash)
    )
    return kept is not None


def end(key: str) -> None:
    """Forget one session."""
    db.session.execute(delete(BrowserSession).where(BrowserSession.key_hash == hash_of(key)))


def end_all_of(account_id: int) -> None:
    """Sign a person out everywhere, at once."""
    db.session.execute(delete(BrowserSession).where(BrowserSession.account_id == account_id))


def keep_form(account_id: int, path: str, fields: Sequence[Field], *, at: datetime) -> None:
    """Keep what a person sent too late, for an hour, in place of what was kept before."""
    db.session.execute(delete(KeptForm).where(KeptForm.account_id == account_id))
    sealed = seal(json.dumps(fields))
    db.session.add(KeptForm(account_id=account_id, path=path, sealed_fields=sealed, at=at))
    db.session.flush()


def forget_expired(*, at: datetime) -> None:
    """Drop sessions that ran out, what was kept of their forms, and attempts that no longer
    count."""
    db.session.execute(delete(KeptForm).where(KeptForm.at <= at - KEPT_FOR))
    db.session.execute(delete(BrowserSession).where(BrowserSession.expires_at <= at))
    db.session.execute(delete(SignInAttempt).where(SignInAttempt.at <= at - ATTEMPTS_KEPT))


def begin_attempt(caller: Caller, *, at: datetime) -> int:
    """Write an attempt down before its password is looked at; return its id.

    It counts as a failure until `sign_in` takes it back, so that many attempts at once can't slip
    past the count. Raises TooManyAttempts, which is not counted.
    """
    _refuse_after(PER_PERSON, SignInAttempt.who_hash == caller.who_hash, at)
    _refuse_after(PER_ADDRESS, SignInAttempt.address_hash == caller.address_hash, at)
    attempt = SignInAttempt(who_hash=caller.who_hash, address_hash=caller.address_hash, at=at)
    db.session.add(attempt)
    db.session.flush()
    return attempt.id


def sign_in(
    account_id: int, basket_token: str | None, *, attempt_id: int | None = None, at: datetime
) -> None:
    """Tell the shop who has come in, and take back the attempt that succeeded.

    Earlier failures stay: knowing one password doesn't make guessing others cheaper.
    """
    if attempt_id is not None:
        take_back(attempt_id)
    announce(SignedIn(account_id, basket_token, at))


def take_back(attempt_id: int) -> None:
    """An attempt that succeeded doesn't count."""
    db.session.execute(delete(SignInAttempt).where(SignInAttempt.id == attempt_id))


def forgive(caller: Caller) -> None:
    """Guesses at a password that is no more don't count against whoever set another."""
    db.session.execute(delete(SignInAttempt).where(SignInAttempt.who_hash == caller.who_hash))


def _refuse_after(allowed: int, which: ColumnElement[bool], at: datetime) -> None:
    latest = (
        select(SignInAttempt.at)
        .where(which, SignInAttempt.at > at - WINDOW)
        .order_by(SignInAttempt.at.desc())
        .limit(allowed)
    )
    again = retry_at(db.session.scalars(latest).all(), allowed)
    if again is not None:
        raise TooManyAttempts(again)
