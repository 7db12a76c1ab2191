"""Read second factors."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import lazyload

from shop.accounts.factors.models import RecoveryCode, SecondFactor
from shop.accounts.people.models import Account
from shop.db import db
from shop.errors import NotFound


def find_factor(account_id: int) -> SecondFactor | None:
    """A person's second factor, confirmed or just begun."""
    return db.session.scalar(select(SecondFactor).where(SecondFactor.account_id == account_id))


def find_confirmed(account_id: int) -> SecondFactor | None:
    """The second factor that a sign-in of this person asks for."""
    query = select(SecondFactor).where(
        SecondFactor.account_id == account_id, SecondFactor.confirmed_at.is_not(None)
    )
    return db.session.scalar(query)


def get_confirmed(account_id: int) -> SecondFactor:
    """Raises NotFound for somebody who has none."""
    factor = find_confirmed(account_id)
    if factor is None:
        raise NotFound
    return factor


def list_with_factor(account_ids: Collection[int]) -> frozenset[int]:
    """Which of these people sign in with a code."""
    query = select(SecondFactor.account_id).where(
        SecondFactor.account_id.in_(account_ids), SecondFactor.confirmed_at.is_not(None)
    )
    return frozenset(db.session.scalars(query))


def list_confirmed() -> Sequence[tuple[Account, SecondFactor]]:
    """Everybody who signs in with a code, with what it comes from."""
    query = (
        select(Account, SecondFactor)
        .join(SecondFactor, SecondFactor.account_id == Account.id)
        .where(SecondFactor.confirmed_at.is_not(None))
        .options(lazyload(Account.memberships), lazyload(Account.appointments))
        .order_by(Account.id)
    )
    return [(account, factor) for account, factor in db.session.execute(query)]


def count_recovery_codes(account_id: int) -> int:
    """How many of a person's recovery codes are left."""
    query = select(func.count(RecoveryCode.id)).where(
        RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None)
    )
    return db.session.scalar(query) or 0
