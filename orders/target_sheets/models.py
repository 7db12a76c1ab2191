"""Sheets of yearly targets that administrators bring: looked at first, then taken over whole."""

from datetime import datetime
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from orders.target_sheets.rules.columns import RowState
from shop.accounts.people.models import Account
from shop.db import Base, one_of


class TargetImport(Base):
    """A sheet as somebody brought it, with what would become of its rows. It waits for the person,
    who has it taken over or throws it away."""

    __tablename__ = "target_import"
    __table_args__ = (
        CheckConstraint("applied_at IS NULL OR discarded_at IS NULL", name="one_end"),
        CheckConstraint(
            "(ended_by_id IS NULL) = (applied_at IS NULL AND discarded_at IS NULL)",
            name="ended_by_somebody",
        ),
        Index("ix_target_import_waiting", "applied_at", "discarded_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    uploaded_at: Mapped[datetime]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    # Of each column the head as it stands there, and what it means: see shop.sheets Head.
    heads: Mapped[list[list[str | None]]] = mapped_column(JSON)
    row_count: Mapped[int]
    # How many rows there are of each state; it outlives the rows.
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
    # Of how many rows something else was to be said when they were about to be taken over.
    stale: Mapped[int] = mapped_column(default=0)
    # Why targets change, where a row doesn't say so itself.
    reason: Mapped[str] = mapped_column(String(200), default="")
    applied_at: Mapped[datetime | None]
    discarded_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))

    uploaded_by: Mapped[Account] = relationship(foreign_keys=[uploaded_by_id])
    ended_by: Mapped[Account | None] = relationship(foreign_keys=[ended_by_id])

    @property
    def is_open(self) -> bool:
        """Whether nothing was decided about it."""
        return self.applied_at is None and self.discarded_at is None

    @property
    def label(self) -> LazyString:
        """Where it stands, in a word."""
        if self.applied_at:
            return _l("已导入")
        return _l("已作废") if self.discarded_at else _l("等您确认")


class TargetImportRow(Base):
    """A row of a sheet as it was read, what it says, and what is wrong with it."""

    __tablename__ = "target_import_row"
    __table_args__ = (UniqueConstraint("import_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey(TargetImport.id))
    # As counted on the screen of a spreadsheet, from 1.
    number: Mapped[int]
    cells: Mapped[list[str]] = mapped_column(JSON)
    state: Mapped[RowState] = mapped_column(one_of(RowState))
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    faults: Mapped[list[Any]] = mapped_column(JSON)
