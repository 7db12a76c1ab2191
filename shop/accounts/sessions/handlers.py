"""Flask's session, kept in the database."""

from datetime import datetime
from typing import Any

from flask import Flask, Request, Response
from flask import session as browser
from flask.sessions import SessionInterface, SessionMixin
from flask_login import login_user
from werkzeug.datastructures import CallbackDict

from shop import clock
from shop.accounts.people.models import Account
from shop.accounts.sessions import queries, services
from shop.db import transaction
from shop.jobs import every

ACCOUNT = "_user_id"  # where Flask-Login keeps whom a session belongs to
BASKET = "basket_token"  # where the cart keeps the basket of somebody who isn't signed in


class StoredSession(CallbackDict[str, Any], SessionMixin):
    """What the shop remembers of a browser. An empty one is never stored."""

    def __init__(self, data: dict[str, Any] | None = None, key: str | None = None) -> None:
        super().__init__(data, StoredSession._changed)
        self.key = key
        self.replaced_key: str | None = None
        self.modified = False

    def _changed(self) -> None:
        self.modified = True

    def rotate(self) -> None:
        """Take a new key, so that one learnt before sign-in is worth nothing after it."""
        self.replaced_key, self.key = self.key, None
        self.modified = True


class DatabaseSessions(SessionInterface):
    """Opens and saves sessions as rows of browser_session."""

    def open_session(self, app: Flask, request: Request) -> StoredSession:
        key = request.cookies.get(self.get_cookie_name(app))
        found = queries.find_data(key, at=clock.now()) if key else None
        if found is None:
            return StoredSession()
        data, is_due = found
        session = StoredSession(data, key)
        session.modified = is_due
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, StoredSession)
        if not session.modified:
            return
        with transaction():
            for key in filter(None, (session.replaced_key, None if session else session.key)):
                services.end(key)
            if session and not _store(session):
                session.clear()
        self._send_cookie(app, session, response)

    def _send_cookie(self, app: Flask, session: StoredSession, response: Response) -> None:
        name = self.get_cookie_name(app)
        if not session:
            response.delete_cookie(name, httponly=True, samesite="Lax")
            return
        response.set_cookie(
            name,
            session.key or "",
            max_age=services.LIFETIME,
            httponly=True,
            secure=self.get_cookie_secure(app),
            samesite="Lax",
        )


def _store(session: StoredSession) -> bool:
    """Write a session down; False if somebody ended it while this request was answered."""
    data, owner = dict(session), session.get(ACCOUNT)
    account_id = int(owner) if owner else None
    if session.key is not None:
        return services.keep(session.key, data, account_id, at=clock.now())
    session.key = services.new_key()
    services.begin(session.key, data, account_id, at=clock.now())
    return True


def let_in(account: Account) -> None:
    """Make this browser the person's: under a new key, with nothing left of who was here."""
    browser.clear()
    login_user(account)
    browser.rotate()  # type: ignore[attr-defined]


@every(minutes=60)
def forget_expired(at: datetime) -> None:
    with transaction():
        services.forget_expired(at=at)
