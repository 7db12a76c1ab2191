"""Renewed licences that a cooperative brings, and what the office says to them."""

from datetime import date, datetime
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.accounts.people.models import Account
from shop.db import Base, one_of
from shop.organisations.models import Organisation
from suppliers.verification.models import Document, DocumentKind, Photo


class RenewalAnswer(StrEnum):
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> LazyString:
        return _ANSWERS[self]


_ANSWERS = {
    RenewalAnswer.CONFIRMED: _l("已登记"),
    RenewalAnswer.REFUSED: _l("没有通过"),
    RenewalAnswer.WITHDRAWN: _l("已撤回"),
}


class LicenceRenewal(Base):
    """A licence as its cooperative brings it. Nothing depends on it before the office confirms it:
    then it becomes a document of its own, beside those that it takes the place of."""

    __tablename__ = "licence_renewal"
    __table_args__ = (
        CheckConstraint("number <> ''", name="has_a_number"),
        CheckConstraint("open_ended = (expires_on IS NULL)", name="expires_or_never"),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered_at_a_moment"),
        CheckConstraint("(answer IS NULL) = (answered_by_id IS NULL)", name="answered_by_somebody"),
        CheckConstraint(
            "COALESCE(answer = 'confirmed', FALSE) = (document_id IS NOT NULL)",
            name="confirmed_is_a_document",
        ),
        CheckConstraint(
            "COALESCE(answer = 'refused', FALSE) = (reason <> '')", name="refused_for_a_reason"
        ),
        # One of a kind waits at a time.
        Index(
            "uq_licence_renewal_waiting",
            "organisation_id",
            "kind",
            unique=True,
            sqlite_where=text("answer IS NULL"),
            postgresql_where=text("answer IS NULL"),
        ),
        Index("ix_licence_renewal_answer", "answer", "submitted_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    kind: Mapped[DocumentKind] = mapped_column(one_of(DocumentKind))
    number: Mapped[str] = mapped_column(String(60))
    expires_on: Mapped[date | None]
    open_ended: Mapped[bool]
    photo_id: Mapped[int] = mapped_column(ForeignKey(Photo.id), index=True)
    submitted_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    submitted_at: Mapped[datetime]
    answer: Mapped[RenewalAnswer | None] = mapped_column(one_of(RenewalAnswer))
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    reason: Mapped[str] = mapped_column(String(200), default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey(Document.id), unique=True)

    organisation: Mapped[Organisation] = relationship()
    photo: Mapped[Photo] = relationship()
    submitted_by: Mapped[Account] = relationship(foreign_keys=submitted_by_id)
