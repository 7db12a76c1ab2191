"""The re-check of a cooperative every six months: what its manager confirmed, who signed it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.accounts.people.models import Account, Body
from shop.append_only import APPEND_ONLY
from shop.db import Base, one_of
from shop.organisations.models import Organisation


class Recheck(Base):
    """One round. It is the manager's to confirm, then the town's two bodies' to sign.

    Each confirmation makes a new version; signatures are of one version and fall with the next.
    """

    __tablename__ = "recheck"
    __table_args__ = (
        CheckConstraint(
            "finished_at IS NULL OR confirmed_at IS NOT NULL", name="finished_was_confirmed"
        ),
        CheckConstraint("confirmed_at IS NULL OR version > 0", name="confirmed_has_a_version"),
        # One at a time.
        Index(
            "uq_recheck_open",
            "organisation_id",
            unique=True,
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
        Index("ix_recheck_organisation", "organisation_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id))
    opened_at: Mapped[datetime]
    # The last day in Asia/Shanghai on which it is finished in time.
    due_on: Mapped[date]
    version: Mapped[int] = mapped_column(default=0)
    # None while it is the manager's to confirm or to mend.
    confirmed_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()
    confirmations: Mapped[list["RecheckConfirmation"]] = relationship(
        order_by="RecheckConfirmation.id"
    )
    sign_offs: Mapped[list["RecheckSignOff"]] = relationship(order_by="RecheckSignOff.id")
    returns: Mapped[list["RecheckReturn"]] = relationship(order_by="RecheckReturn.id")

    @property
    def told(self) -> "RecheckConfirmation | None":
        """What the manager said last."""
        return self.confirmations[-1] if self.confirmations else None

    @property
    def valid_sign_offs(self) -> list["RecheckSignOff"]:
        """The signatures of the version that lies there now."""
        return [sign_off for sign_off in self.sign_offs if sign_off.version == self.version]

    @property
    def open_return(self) -> "RecheckReturn | None":
        """The return that no new confirmation has answered yet."""
        last = self.returns[-1] if self.returns else None
        return last if last and not self.confirmed_at else None


class RecheckConfirmation(Base):
    """A manager confirmed that this is so, that the licences hold and that the cooperative still
    sells from its town."""

    __tablename__ = "recheck_confirmation"
    __table_args__ = (
        UniqueConstraint("recheck_id", "version"),
        CheckConstraint("name <> '' AND contact <> '' AND phone <> ''", name="is_complete"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    recheck_id: Mapped[int] = mapped_column(ForeignKey(Recheck.id))
    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    contact: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str] = mapped_column(String(20))
    village: Mapped[str] = mapped_column(String(40))
    by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    at: Mapped[datetime]

    by: Mapped[Account] = relationship()


class RecheckSignOff(Base):
    """A body of the town signed a version: one of each, and never the same person for both."""

    __tablename__ = "recheck_sign_off"
    __table_args__ = (
        UniqueConstraint("recheck_id", "version", "body"),
        UniqueConstraint("recheck_id", "version", "official_id"),
        CheckConstraint("body IN ('town_government', 'town_team')", name="bodies_of_a_town_sign"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    recheck_id: Mapped[int] = mapped_column(ForeignKey(Recheck.id))
    version: Mapped[int]
    body: Mapped[Body] = mapped_column(one_of(Body))
    official_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    note: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime]

    official: Mapped[Account] = relationship()


class RecheckReturn(Base):
    """A body of the town gave a version back, with what is to be mended."""

    __tablename__ = "recheck_return"
    __table_args__ = (
        UniqueConstraint("recheck_id", "version"),
        CheckConstraint("reason <> ''", name="has_a_reason"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    recheck_id: Mapped[int] = mapped_column(ForeignKey(Recheck.id))
    version: Mapped[int]
    body: Mapped[Body] = mapped_column(one_of(Body))
    by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    reason: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime]

    by: Mapped[Account] = relationship()
