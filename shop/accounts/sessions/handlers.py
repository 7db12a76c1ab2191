"""Flask's session, kept in the database; what is said once travels in a cookie beside it."""

from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Request, Response, make_response, render_template
from flask import session as browser
from flask.sessions import SessionInterface, SessionMixin
from flask_login import login_user
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import inspect as inspect_row
from werkzeug.datastructures import CallbackDict

from shop import clock
from shop.accounts.people.models import Account
from shop.accounts.people.queries import find_account
from shop.accounts.sessions import queries, services
from shop.accounts.sessions.errors import TooManyAttempts
from shop.accounts.sessions.rules import is_idle, may_be_kept, seen_every
from shop.config import Settings
from shop.db import transaction
from shop.jobs import every

ACCOUNT = "_user_id"  # where Flask-Login keeps whom a session belongs to
TWO_FACTORS = "two_factors"  # whether a code of the second factor was given when it was begun
BASKET = "basket_token"  # where the cart keeps the basket of somebody who isn't signed in
FLASHES = "_flashes"  # where Flask keeps what the next page says once
FLASHES_COOKIE = "flashes"
# Browsers drop a cookie of more than 4096 bytes with its name and attributes.
LONGEST_FLASHES = 3800


class StoredSession(CallbackDict[str, Any], SessionMixin):
    """What the shop remembers of a browser. An empty one is never stored.

    ``flashes`` are what the next page says once; they are no part of what is stored.
    """

    def __init__(
        self,
        data: dict[str, Any] | None = None,
        key: str | None = None,
        flashes: Sequence[Any] = (),
    ) -> None:
        super().__init__(data or {}, StoredSession._changed)
        self.data_before, self.flashes_before = deepcopy(self.data), list(flashes)
        if flashes:
            self[FLASHES] = list(flashes)
        self.key = key
        self.replaced_key: str | None = None
        self.is_due = False
        self.modified = False
        # Whose it is, as of the moment at which it was opened.
        self.account: Account | None = None
        # Whose it was until it ended because nobody asked for anything for too long.
        self.was_of: Account | None = None

    @property
    def data(self) -> dict[str, Any]:
        return {name: value for name, value in self.items() if name != FLASHES}

    @property
    def flashes(self) -> list[Any]:
        return list(self.get(FLASHES, ()))

    @property
    def must_be_stored(self) -> bool:
        return self.is_due or (self.modified and self.data != self.data_before)

    def _changed(self) -> None:
        self.modified = True

    def rotate(self) -> None:
        """Take a new key, so that one learnt before sign-in is worth nothing after it."""
        self.replaced_key, self.key = self.key, None
        self.is_due = True


class DatabaseSessions(SessionInterface):
    """Opens and saves sessions as rows of browser_session.

    Most acts end with a notice to the next page. In a signed cookie it costs neither of the two
    requests a write; it is signed for this session, so that nobody reads it after it ended.
    """

    def open_session(self, app: Flask, request: Request) -> StoredSession:
        key = request.cookies.get(self.get_cookie_name(app))
        at = clock.now()
        found = queries.find_session(key, at=at) if key else None
        key = key if found else None
        if found is not None and _is_idle(app, found, at):
            return _ended(found, key)
        flashes = _read(app, key, request.cookies.get(FLASHES_COOKIE, ""))
        session = StoredSession(found.data if found else {}, key, flashes)
        if found is not None:
            session.account = found.account
            session.is_due = found.is_due or _is_to_be_seen(app, found, at)
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, StoredSession)
        if session.must_be_stored:
            with transaction():
                ended = None if session.data else session.key
                for key in filter(None, (session.replaced_key, ended)):
                    services.end(key)
                if session.data and not _store(session):
                    session.clear()
            self._send_key(app, session, response)
        if session.flashes != session.flashes_before or session.must_be_stored:
            self._send_flashes(app, session, response)

    def _send_key(self, app: Flask, session: StoredSession, response: Response) -> None:
        name = self.get_cookie_name(app)
        if not session.data:
            response.delete_cookie(name, httponly=True, samesite="Lax")
            session.key = None
            return
        response.set_cookie(
            name,
            session.key or "",
            max_age=services.LIFETIME,
            httponly=True,
            secure=self.get_cookie_secure(app),
            samesite="Lax",
        )

    def _send_flashes(self, app: Flask, session: StoredSession, response: Response) -> None:
        flashes = session.flashes
        while len(text := _signer(app, session.key).dumps(flashes)) > LONGEST_FLASHES:
            flashes = flashes[1:]
        if flashes:
            secure = self.get_cookie_secure(app)
            response.set_cookie(FLASHES_COOKIE, text, httponly=True, secure=secure, samesite="Lax")
        elif session.flashes_before:
            response.delete_cookie(FLASHES_COOKIE, httponly=True, samesite="Lax")


def _idle_after(app: Flask, found: queries.Found) -> timedelta | None:
    """How long this session may rest: those who see what is others' leave no desk open."""
    if found.account is None or not found.account.needs_second_factor:
        return None
    settings: Settings = app.config["SETTINGS"]
    return timedelta(minutes=settings.idle_minutes)


def _is_idle(app: Flask, found: queries.Found, at: datetime) -> bool:
    idle = _idle_after(app, found)
    return idle is not None and is_idle(found.seen_at, at, idle)


def _is_to_be_seen(app: Flask, found: queries.Found, at: datetime) -> bool:
    idle = _idle_after(app, found)
    return idle is not None and at - found.seen_at >= seen_every(idle)


def _ended(found: queries.Found, key: str | None) -> StoredSession:
    """A session with nothing in it: saving it forgets the row and the browser's key."""
    session = StoredSession({}, key)
    session.was_of, session.is_due = found.account, True
    return session


def _signer(app: Flask, key: str | None) -> URLSafeSerializer:
    return URLSafeSerializer(app.config["SECRET_KEY"], salt=f"{FLASHES_COOKIE} {key or ''}")


def _read(app: Flask, key: str | None, text: str) -> list[Any]:
    """The flashes in a cookie; none if they are another session's, or were made up."""
    try:
        return [tuple(flash) for flash in _signer(app, key).loads(text)] if text else []
    except BadSignature:
        return []


def _store(session: StoredSession) -> bool:
    """Write a session down; False if somebody ended it while this request was answered."""
    data, owner = session.data, session.get(ACCOUNT)
    account_id = int(owner) if owner else None
    if session.key is not None:
        return services.keep(session.key, data, account_id, at=clock.now())
    session.key = services.new_key()
    services.begin(session.key, data, account_id, at=clock.now())
    return True


def keep_typed(account: Account, request: Request) -> bool:
    """Keep a form that came after its session had ended; False for one that can't wait: with
    files, too long, without a word, or with a secret in it."""
    path = request.full_path.rstrip("?")
    fields = list(request.form.items(multi=True))
    if any(file.filename for file in request.files.values()) or not may_be_kept(path, fields):
        return False
    account_id = account.id
    with transaction():
        services.keep_form(account_id, path, fields, at=clock.now())
    return True


def find_person(account_id: int) -> Account | None:
    """Who is signed in on this browser, without asking the database again."""
    known: Account | None = browser.account  # type: ignore[attr-defined]
    if known is not None and inspect_row(known).identity == (account_id,):
        return known
    return find_account(account_id)


def let_in(account: Account, *, two_factors: bool = False) -> None:
    """Make this browser the person's: under a new key, with nothing left of who was here."""
    browser.clear()
    login_user(account)
    if two_factors:
        browser[TWO_FACTORS] = True
    browser.rotate()  # type: ignore[attr-defined]


def let_in_again(account: Account) -> None:
    """Go on in this browser as the person who is in it, with the factors that were given."""
    let_in(account, two_factors=passed_two_factors())


def passed_two_factors() -> bool:
    """Whether this session was begun with a code beside the password."""
    return bool(browser.get(TWO_FACTORS))


def ask_to_wait(wait: TooManyAttempts) -> Response:
    """The page that says when the next try is possible."""
    page = render_template("shop/accounts/sessions/wait.html", message=wait, retry_at=wait.retry_at)
    answer = make_response(page, wait.status)
    answer.headers["Retry-After"] = str(int((wait.retry_at - clock.now()).total_seconds()) + 1)
    return answer


@every(minutes=60)
def forget_expired(at: datetime) -> None:
    with transaction():
        services.forget_expired(at=at)
