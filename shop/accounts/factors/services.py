"""Begin, confirm, use and take away second factors."""

import secrets
from datetime import datetime

from pyotp import random_base32
from sqlalchemy import delete, insert, update

from shop.accounts.audit.services import record
from shop.accounts.factors.errors import FactorStands, OwnFactor, WrongCode
from shop.accounts.factors.models import RecoveryCode, SecondFactor
from shop.accounts.factors.queries import find_factor, get_confirmed
from shop.accounts.factors.rules import (
    find_step,
    is_recovery_code,
    new_recovery_codes,
    readable,
    step_at,
)
from shop.accounts.sessions.services import end_all_of
from shop.db import db
from shop.secrets import fingerprint, open_sealed, seal


def begin(account_id: int, *, at: datetime) -> None:
    """Think up a secret for a person's phone; it counts once a code of it was seen.

    One that was begun and never confirmed is thrown away. Raises FactorStands.
    """
    factor = find_factor(account_id)
    if factor and factor.confirmed_at:
        raise FactorStands
    if factor is None:
        factor = SecondFactor(account_id=account_id)
        db.session.add(factor)
    factor.sealed_secret, factor.begun_at = seal(random_base32()), at
    db.session.flush()


def confirm(account_id: int, code: str, *, at: datetime) -> list[str]:
    """Let a factor count; return the ten recovery codes, which nobody can read again.

    All of the person's sessions end: they were begun with a password alone. Raises WrongCode.
    """
    factor = find_factor(account_id)
    if factor is None or factor.confirmed_at:
        raise WrongCode
    step = find_step(open_sealed(factor.sealed_secret), readable(code), at)
    if step is None:
        raise WrongCode
    factor.confirmed_at, factor.last_step = at, step
    db.session.flush()
    end_all_of(account_id)
    record("turn_on_second_factor", "account", account_id, by=account_id, at=at)
    return _replace_recovery_codes(account_id)


def enrol(account_id: int, secret: str, *, at: datetime) -> None:
    """Give a person a factor whose secret is known already, as the demo's people have."""
    db.session.add(
        SecondFactor(
            account_id=account_id,
            sealed_secret=seal(secret),
            begun_at=at,
            confirmed_at=at,
            last_step=step_at(at),
        )
    )
    db.session.flush()


def use_code(account_id: int, code: str, *, at: datetime) -> bool:
    """Accept a code of the phone, or a recovery code, once; say whether it was of the phone.

    Raises WrongCode, also for a code that was used before, by whoever it was.
    """
    factor = get_confirmed(account_id)
    digits = readable(code)
    if is_recovery_code(digits):
        _use_recovery_code(account_id, digits, at=at)
        return False
    step = find_step(open_sealed(factor.sealed_secret), digits, at)
    if step is None or not _take_step(account_id, step):
        raise WrongCode
    return True


def renew_recovery_codes(account_id: int, *, at: datetime) -> list[str]:
    """Ten new codes; the old ones are worth nothing any more."""
    record("renew_recovery_codes", "account", account_id, by=account_id, at=at)
    return _replace_recovery_codes(account_id)


def reset(account_id: int, reason: str, *, by: int, at: datetime) -> None:
    """Take away the factor of somebody who lost their phone and their recovery codes.

    They are signed out everywhere, and set up another when they come back.
    Raises OwnFactor or NotFound.
    """
    if account_id == by:
        raise OwnFactor
    _forget(account_id)
    end_all_of(account_id)
    record("reset_second_factor", "account", account_id, by=by, at=at, reason=reason)


def _take_step(account_id: int, step: int) -> bool:
    """Use a step up, unless its code or a later one was used: of two at once, one comes in."""
    taken = db.session.scalar(
        update(SecondFactor)
        .where(SecondFactor.account_id == account_id, SecondFactor.last_step < step)
        .values(last_step=step)
        .returning(SecondFactor.account_id)
    )
    return taken is not None


def _use_recovery_code(account_id: int, digits: str, *, at: datetime) -> None:
    used = db.session.scalar(
        update(RecoveryCode)
        .where(
            RecoveryCode.account_id == account_id,
            RecoveryCode.code_hash == _hash_of(account_id, digits),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=at)
        .returning(RecoveryCode.id)
    )
    if used is None:
        raise WrongCode
    record("use_recovery_code", "account", account_id, by=account_id, at=at)


def _replace_recovery_codes(account_id: int) -> list[str]:
    codes = new_recovery_codes(secrets.randbelow)
    _forget_recovery_codes(account_id)
    rows = [{"account_id": account_id, "code_hash": _hash_of(account_id, c)} for c in codes]
    db.session.execute(insert(RecoveryCode), rows)
    return codes


def _forget(account_id: int) -> None:
    get_confirmed(account_id)
    _forget_recovery_codes(account_id)
    db.session.execute(delete(SecondFactor).where(SecondFactor.account_id == account_id))


def _forget_recovery_codes(account_id: int) -> None:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))


def _hash_of(account_id: int, digits: str) -> str:
    """Keyed by the settings: ten digits alone could be guessed from their hash."""
    return fingerprint(f"recovery code {account_id} {digits}")
