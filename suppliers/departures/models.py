"""A cooperative leaves: asked for by a manager, final once nothing is open any more."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.accounts.people.models import Account
from shop.db import Base
from shop.organisations.models import Organisation


class Departure(Base):
    """One wish to leave. It can be taken back until it is final."""

    __tablename__ = "departure"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="has_a_reason"),
        CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)", name="withdrawn_by_somebody"
        ),
        CheckConstraint("withdrawn_at IS NULL OR final_at IS NULL", name="withdrawn_or_final"),
        CheckConstraint(
            "final_by_id IS NULL OR final_at IS NOT NULL", name="somebody_ended_what_is_final"
        ),
        Index(
            "uq_departure_standing",
            "organisation_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    reason: Mapped[str] = mapped_column(String(300))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    asked_at: Mapped[datetime]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    withdrawn_at: Mapped[datetime | None]
    # Nobody means that the shop found by itself that nothing was open.
    final_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    final_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()
    asked_by: Mapped[Account] = relationship(foreign_keys=asked_by_id)
