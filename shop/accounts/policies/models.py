"""The agreement and the privacy text, in versions, and who consented to which."""

from datetime import date, datetime
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shop.accounts.people.models import Account
from shop.db import Base, one_of


class PolicyKind(StrEnum):
    AGREEMENT = "agreement"
    PRIVACY = "privacy"

    @property
    def label(self) -> LazyString:
        return _l("用户协议") if self is PolicyKind.AGREEMENT else _l("隐私政策")


class PolicyText(Base):
    """One version of a text. It is never edited; a change is a new version, announced ahead."""

    __tablename__ = "policy_text"
    __table_args__ = (UniqueConstraint("kind", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[PolicyKind] = mapped_column(one_of(PolicyKind))
    version: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime]
    effective_on: Mapped[date]


class Consent(Base):
    """A person ticked the box under one version of a text."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id), index=True)
    policy_text_id: Mapped[int] = mapped_column(ForeignKey(PolicyText.id))
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
