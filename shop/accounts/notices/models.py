"""What people were told inside the shop."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from shop.accounts.people.models import Account
from shop.db import Base


class Notice(Base):
    """One thing told to one person. Its words are made when it is read, in the reader's language,
    from the same letter that goes out by mail."""

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_unread", "account_id", "read_at"),
        Index("ix_notice_inbox", "account_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    # Two notices of the same key are the same notice.
    key: Mapped[str] = mapped_column(String(120), unique=True)
    # The letter in templates/emails, and what it is filled in with.
    letter: Mapped[str] = mapped_column(String(60))
    context: Mapped[dict[str, Any]] = mapped_column(JSON)
    # The page of the shop that it leads to.
    path: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
