"""Another bank account for a cooperative's money: asked for by one, confirmed by another."""

from datetime import datetime
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.accounts.people.models import Account
from shop.db import Base, one_of
from shop.masking import mask_account
from shop.organisations.models import Organisation
from shop.secrets import SEALED


class AccountChangeEnd(StrEnum):
    APPLIED = "applied"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> LazyString:
        return _ENDS[self]


_ENDS = {
    AccountChangeEnd.APPLIED: _l("已启用"),
    AccountChangeEnd.REFUSED: _l("没有通过"),
    AccountChangeEnd.WITHDRAWN: _l("已撤回"),
}


class AccountChange(Base):
    """It waits for a second person, then for a day, and only then money goes there. The number
    lies sealed, and is gone once the change has ended: in use it lies with the account itself."""

    __tablename__ = "account_change"
    __table_args__ = (
        CheckConstraint(
            "(sealed_number IS NULL) = (ended_at IS NOT NULL)", name="no_number_once_ended"
        ),
        CheckConstraint(
            "confirmed_by_id IS NULL OR confirmed_by_id <> asked_by_id", name="two_people"
        ),
        CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by_id IS NULL)"
            " AND (confirmed_at IS NULL) = (effective_at IS NULL)",
            name="confirmed_by_somebody",
        ),
        CheckConstraint("effective_at IS NULL OR effective_at > confirmed_at", name="cools_off"),
        CheckConstraint("(ended_at IS NULL) = (ended_as IS NULL)", name="ended_somehow"),
        CheckConstraint(
            "COALESCE(ended_as = 'applied', FALSE)"
            " = (ended_at IS NOT NULL AND ended_by_id IS NULL)",
            name="applied_by_itself",
        ),
        CheckConstraint(
            "COALESCE(ended_as <> 'applied', TRUE) OR effective_at <= ended_at",
            name="applied_in_its_time",
        ),
        # One at a time.
        Index(
            "uq_account_change_open",
            "organisation_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_account_change_organisation", "organisation_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id))
    holder: Mapped[str] = mapped_column(String(80))
    bank: Mapped[str] = mapped_column(String(80))
    sealed_number: Mapped[str | None] = mapped_column(Text, info=SEALED)
    number_fingerprint: Mapped[str] = mapped_column(String(64))
    last_digits: Mapped[str] = mapped_column(String(4))
    # Whoever asked consented to keep the number.
    asked_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    asked_at: Mapped[datetime]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    confirmed_at: Mapped[datetime | None]
    effective_at: Mapped[datetime | None]
    ended_as: Mapped[AccountChangeEnd | None] = mapped_column(one_of(AccountChangeEnd))
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(200), default="")

    organisation: Mapped[Organisation] = relationship()
    asked_by: Mapped[Account] = relationship(foreign_keys=asked_by_id)
    confirmed_by: Mapped[Account | None] = relationship(foreign_keys=confirmed_by_id)

    @property
    def masked(self) -> str:
        return mask_account(self.last_digits)
