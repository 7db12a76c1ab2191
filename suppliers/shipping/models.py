"""Sheets of tracking numbers that cooperatives upload: looked at first, then shipped row by row."""

from datetime import datetime

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from orders.deliveries.models import Shipment
from shop.accounts.people.models import Account
from shop.db import Base
from shop.organisations.models import Organisation


class TrackingSheet(Base):
    """A sheet as somebody uploaded it. It waits for the person, who has it shipped or throws it
    away; what could not be shipped can be tried again once its reason is gone."""

    __tablename__ = "tracking_sheet"
    __table_args__ = (
        CheckConstraint("discarded_at IS NULL OR confirmed_at IS NULL", name="one_end"),
        CheckConstraint(
            "(confirmed_by_id IS NULL) = (confirmed_at IS NULL)", name="confirmed_by_somebody"
        ),
        CheckConstraint("finished_at IS NULL OR confirmed_at IS NOT NULL", name="confirmed_first"),
        CheckConstraint("shipped_count BETWEEN 0 AND row_count", name="ships_its_rows"),
        Index("ix_tracking_sheet_own", "cooperative_id", "confirmed_at", "discarded_at"),
        Index("ix_tracking_sheet_unfinished", "finished_at", "confirmed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cooperative_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id))
    file_name: Mapped[str] = mapped_column(String(120))
    # Of rows that name none.
    carrier: Mapped[str] = mapped_column(String(20), default="")
    uploaded_at: Mapped[datetime]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    row_count: Mapped[int]
    # How many parcels left with it; it outlives the rows.
    shipped_count: Mapped[int] = mapped_column(default=0)
    # When somebody had it shipped, the last time, and when the last of its rows had been tried.
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    finished_at: Mapped[datetime | None]
    discarded_at: Mapped[datetime | None]

    uploaded_by: Mapped[Account] = relationship(foreign_keys=[uploaded_by_id])

    @property
    def is_shipping(self) -> bool:
        """Whether the worker goes through its rows now."""
        return self.confirmed_at is not None and self.finished_at is None

    @property
    def label(self) -> LazyString:
        """Where it stands, in a word."""
        if self.discarded_at:
            return _l("已作废")
        if self.confirmed_at is None:
            return _l("等您确认")
        return _l("已发货") if self.finished_at else _l("正在发货")


class TrackingRow(Base):
    """A row of a sheet: of what it said only the cells that matter, and what became of it."""

    __tablename__ = "tracking_row"
    __table_args__ = (
        UniqueConstraint("sheet_id", "number"),
        CheckConstraint("shipment_id IS NULL OR refusal = ''", name="shipped_or_refused"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey(TrackingSheet.id))
    # As counted on the screen of a spreadsheet, from 1.
    number: Mapped[int]
    # By column; others, in which a carrier may name people, are not kept.
    cells: Mapped[dict[str, str]] = mapped_column(JSON)
    shipment_id: Mapped[int | None] = mapped_column(ForeignKey(Shipment.id), unique=True)
    # The code of the error for which it was not shipped when it was tried the last time.
    refusal: Mapped[str] = mapped_column(String(40), default="")
