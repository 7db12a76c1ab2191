"""The second factor of a sign-in: a secret in the person's phone, and codes for when it is lost."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shop.accounts.people.models import Account
from shop.db import Base
from shop.secrets import SEALED


class SecondFactor(Base):
    """What a person's phone computes codes from (TOTP, RFC 6238). It counts once confirmed."""

    __tablename__ = "second_factor"
    __table_args__ = (
        CheckConstraint(
            "(confirmed_at IS NULL) = (last_step IS NULL)", name="confirmed_by_a_first_code"
        ),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id), primary_key=True)
    sealed_secret: Mapped[str] = mapped_column(Text, info=SEALED)
    begun_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    # The step of 30 seconds since 1970 whose code was taken last: no code of it, or of an earlier
    # one, is taken again.
    last_step: Mapped[int | None] = mapped_column(BigInteger)


class RecoveryCode(Base):
    """A code that stands in for the phone, once. What is stored only recognises it."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("account_id", "code_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(SecondFactor.account_id))
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]
