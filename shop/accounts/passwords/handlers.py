"""Links that let somebody set their password anew: signed, and written down nowhere."""

from flask import current_app
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from shop.accounts.passwords.errors import LinkOver
from shop.accounts.passwords.rules import VALID, print_of
from shop.accounts.people.models import Account
from shop.errors import NotFound


def token_for(account: Account) -> str:
    """Lets who holds it set this account's password, once, within the hour."""
    return _signer().dumps([account.id, print_of(account.password_hash)])


def read_token(token: str) -> tuple[int, str]:
    """Whose password it is for, and the print of the password that it replaces. Raises LinkOver
    for a link that was good, and NotFound for what never was one."""
    try:
        account_id, seen = _signer().loads(token, max_age=int(VALID.total_seconds()))
    except SignatureExpired as error:
        raise LinkOver from error
    except BadSignature as error:
        raise NotFound from error
    return int(account_id), str(seen)


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="a password set anew")
