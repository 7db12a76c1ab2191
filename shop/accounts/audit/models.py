"""Who did what when. Rows are only ever added."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.accounts.mandates.models import Mandate
from shop.accounts.people.models import Account
from shop.append_only import APPEND_ONLY
from shop.db import Base


class AuditEntry(Base):
    """One act of a cooperative, an official, finance, an administrator or the system."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_subject", "subject", "subject_id"), APPEND_ONLY)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    # Nobody means that the system acted by itself.
    account_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id), index=True)
    # Under which mandate the person did it: for the cooperative that gave it, in its name.
    mandate_id: Mapped[int | None] = mapped_column(ForeignKey(Mandate.id), index=True)
    act: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(40))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)

    account: Mapped[Account | None] = relationship()
    mandate: Mapped[Mandate | None] = relationship()
