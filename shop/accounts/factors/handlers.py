"""Between password and code: a browser that knows a password and is nobody yet."""

from datetime import datetime, timedelta

from flask import current_app, redirect, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from shop import clock
from shop.accounts.factors.queries import find_confirmed
from shop.accounts.people.models import Account
from shop.accounts.people.queries import find_account
from shop.accounts.sessions.rules import caller
from shop.accounts.sessions.services import begin_attempt, hash_of, take_back
from shop.db import transaction

# The cookie opens nothing but the page that asks for the code.
COOKIE = "half_signed_in"
PATH = "/sign-in"
VALID = timedelta(minutes=5)


def has_second_factor(account: Account) -> bool:
    """Whether a password alone isn't enough for this person."""
    return find_confirmed(account.id) is not None


def ask_for_code(account: Account, attempt_id: int, target: str) -> Response:
    """The password was right: let the browser say so for five minutes, and ask for the code."""
    text = _signer().dumps([account.id, _password_of(account), (clock.now() + VALID).isoformat()])
    with transaction():
        take_back(attempt_id)
    answer = redirect(url_for("sign_in_codes.new", next=target), 303)
    answer.set_cookie(
        COOKIE,
        text,
        max_age=VALID,
        path=PATH,
        httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        samesite="Lax",
    )
    return answer


def find_half_signed_in() -> Account | None:
    """Whose password this browser gave in the last five minutes, if it is still theirs."""
    try:
        account_id, password, ends = _signer().loads(request.cookies.get(COOKIE, ""))
    except BadSignature:
        return None
    if clock.now() >= datetime.fromisoformat(ends):
        return None
    account = find_account(account_id)
    if account is None or not account.is_active or _password_of(account) != password:
        return None
    return account


def forget_half(answer: Response) -> Response:
    """Whoever came in, or gave up, is not half in any more."""
    answer.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="Lax")
    return answer


def begin_code_attempt(account_id: int) -> int:
    """Count a code before it is looked at, as passwords are. Raises TooManyAttempts."""
    secret = current_app.config["SETTINGS"].secret_key
    who = caller(f"second factor {account_id}", request.remote_addr or "", secret)
    with transaction():
        return begin_attempt(who, at=clock.now())


def _password_of(account: Account) -> str:
    """By which a browser is no longer half signed in once the password has changed."""
    return hash_of(account.password_hash)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=COOKIE)
