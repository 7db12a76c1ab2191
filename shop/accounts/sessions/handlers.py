"""Flask's session, kept in the database."""

from datetime import datetime
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.datastructures import CallbackDict

from shop import clock
from shop.accounts.sessions import queries, services
from shop.db import transaction
from shop.jobs import every

ACCOUNT = "_user_id"  # where Flask-Login keeps whom a session belongs to


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
            if session:
                session.key = session.key or services.new_key()
                owner = session.get(ACCOUNT)
                services.keep(
                    session.key, dict(session), int(owner) if owner else None, at=clock.now()
                )
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


@every(minutes=60)
def forget_expired(at: datetime) -> None:
    with transaction():
        services.forget_expired(at=at)
