"""What was changed at the desk, once each, however often a phone sends it. Rows are only added."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from shop.accounts.people.models import Account
from shop.append_only import APPEND_ONLY
from shop.db import Base, one_of
from shop.organisations.models import Organisation


class ActKind(StrEnum):
    STOCK = "stock"
    PRICE = "price"


class DeskAct(Base):
    """One change that somebody asked for, and what became of it: a version, or a refusal."""

    __tablename__ = "desk_act"
    __table_args__ = (
        UniqueConstraint("account_id", "key"),
        CheckConstraint("(version IS NULL) = (refused_as IS NOT NULL)", name="has_one_outcome"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    # Made up by the browser, so that the same act is recognised when it comes again.
    key: Mapped[str] = mapped_column(String(36))
    cooperative_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id))
    kind: Mapped[ActKind] = mapped_column(one_of(ActKind))
    # What was asked for, even of a variant that is nobody's: no foreign key.
    variant_id: Mapped[int]
    # Units more or fewer, or the new price in fen.
    value: Mapped[int]
    seen: Mapped[int]
    # By the phone, which may have been without a network since.
    made_at: Mapped[datetime]
    at: Mapped[datetime]
    # The variant's version that it made, or the code of the error that refused it and why.
    version: Mapped[int | None]
    refused_as: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(400), default="")
    # Whether it waits for the platform: then the version is the one that goes on being sold.
    waits: Mapped[bool] = mapped_column(default=False, server_default=false())
