"""Sessions and sign-in attempts, as rows, so that ending one takes effect at once."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shop.accounts.people.models import Account
from shop.db import Base
from shop.secrets import SEALED


class BrowserSession(Base):
    """What the shop remembers of one browser. The cookie holds the key, this row only its hash."""

    __tablename__ = "browser_session"

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id), index=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SignInAttempt(Base):
    """A try to sign in that failed; enough of them make the next one wait."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        Index("ix_sign_in_attempt_who", "who_hash", "at"),
        Index("ix_sign_in_attempt_address", "address_hash", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    who_hash: Mapped[str] = mapped_column(String(64))
    address_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class KeptForm(Base):
    """What somebody had typed when their session ended for want of a request; one each."""

    __tablename__ = "kept_form"

    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id), primary_key=True)
    path: Mapped[str] = mapped_column(String(500))
    # Names and values as JSON: they may be anybody's data.
    sealed_fields: Mapped[str] = mapped_column(Text, info=SEALED)
    at: Mapped[datetime] = mapped_column(index=True)
