"""Who of a town's team may act for which cooperative, since when and until when."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.accounts.people.models import Account, Appointment
from shop.db import Base
from shop.organisations.models import Organisation


class Mandate(Base):
    """A cooperative lets an official of its town's team act for it, from a day to a day.

    It hangs on the appointment: who leaves the office and comes back later needs a new one.
    """

    __tablename__ = "mandate"
    __table_args__ = (
        CheckConstraint("from_on <= until_on", name="begins_before_it_ends"),
        CheckConstraint(
            "ended_by_id IS NULL OR ended_at IS NOT NULL", name="somebody_ended_what_ended"
        ),
        Index(
            "uq_mandate_open",
            "organisation_id",
            "appointment_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id), index=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey(Appointment.id))
    official_id: Mapped[int] = mapped_column(ForeignKey(Account.id), index=True)
    # Both days count, in Asia/Shanghai.
    from_on: Mapped[date]
    until_on: Mapped[date]
    given_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    given_at: Mapped[datetime]
    # Ended before its last day, by a manager, the official, or (nobody) with a suspension.
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))

    organisation: Mapped[Organisation] = relationship()
    appointment: Mapped[Appointment] = relationship()
    official: Mapped[Account] = relationship(foreign_keys=official_id)
    given_by: Mapped[Account] = relationship(foreign_keys=given_by_id)
