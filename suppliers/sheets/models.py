"""Sheets of listings that cooperatives upload: looked at row by row first, then taken over."""

from datetime import datetime
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.accounts.people.models import Account
from shop.db import Base, one_of
from shop.organisations.models import Organisation
from suppliers.sheets.rules.comparing import RowState


class ListingImport(Base):
    """A sheet as somebody uploaded it. It waits for its columns to be named, then for its rows to
    be checked, then for the person, who has it taken over or throws it away."""

    __tablename__ = "listing_import"
    __table_args__ = (
        CheckConstraint("applied_at IS NULL OR discarded_at IS NULL", name="one_end"),
        CheckConstraint(
            "(ended_by_id IS NULL) = (applied_at IS NULL AND discarded_at IS NULL)",
            name="ended_by_somebody",
        ),
        CheckConstraint("applied_at IS NULL OR checked_at IS NOT NULL", name="checked_first"),
        CheckConstraint("checked_at IS NULL OR named_at IS NOT NULL", name="named_first"),
        Index("ix_listing_import_waiting", "cooperative_id", "applied_at", "discarded_at"),
        Index("ix_listing_import_unchecked", "checked_at", "named_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cooperative_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id))
    file_name: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    uploaded_at: Mapped[datetime]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    # Of each column the head as it stands there, and what it means: see rules.columns.Head.
    heads: Mapped[list[list[str | None]]] = mapped_column(JSON)
    row_count: Mapped[int]
    # How many rows there are of each state, once all are checked; it outlives the rows.
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    # When every column was known or named, and when the last row was checked.
    named_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    applied_at: Mapped[datetime | None]
    discarded_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))

    uploaded_by: Mapped[Account] = relationship(foreign_keys=[uploaded_by_id])
    ended_by: Mapped[Account | None] = relationship(foreign_keys=[ended_by_id])
    cooperative: Mapped[Organisation] = relationship()

    @property
    def is_open(self) -> bool:
        """Whether nobody has decided about it."""
        return self.applied_at is None and self.discarded_at is None

    @property
    def label(self) -> LazyString:
        """Where it stands, in a word."""
        if self.applied_at:
            return _l("已导入")
        if self.discarded_at:
            return _l("已作废")
        if self.named_at is None:
            return _l("等您对列")
        return _l("等您确认") if self.checked_at else _l("正在检查")


class ImportRow(Base):
    """A row of a sheet as it was read, and once it is checked what would become of it."""

    __tablename__ = "listing_import_row"
    __table_args__ = (
        UniqueConstraint("import_id", "number"),
        CheckConstraint("(state IS NULL) = (faults IS NULL)", name="checked_whole"),
        Index("ix_listing_import_row_state", "import_id", "state", "number"),
        Index("ix_listing_import_row_product", "import_id", "product_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey(ListingImport.id))
    # As counted on the screen of a spreadsheet, from 1.
    number: Mapped[int]
    cells: Mapped[list[str]] = mapped_column(JSON)
    state: Mapped[RowState | None] = mapped_column(one_of(RowState))
    # What it says by column; what it would change, as it is and as it would be; what is wrong.
    # NULL in the database, not JSON's null, so that a CHECK can tell.
    values: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    changes: Mapped[dict[str, list[Any]] | None] = mapped_column(JSON(none_as_null=True))
    faults: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    # Which product and variant it is about: those that are there by id, new ones by name and spec.
    product_key: Mapped[str | None] = mapped_column(String(80))
    variant_key: Mapped[str | None] = mapped_column(String(140))
    # The variant's version on whose sight it was checked.
    seen_version: Mapped[int | None]
    # That somebody changed the listing after the person had seen the row.
    is_stale: Mapped[bool] = mapped_column(default=False)
    # Whether the platform has to look at some of it first: the price, or where it grows.
    to_review: Mapped[bool] = mapped_column(default=False, server_default=false())


class KnownHead(Base):
    """What a cooperative's own head of a column means; empty if it is to be ignored."""

    __tablename__ = "known_head"
    __table_args__ = (UniqueConstraint("cooperative_id", "head"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cooperative_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id))
    head: Mapped[str] = mapped_column(String(40))
    column: Mapped[str] = mapped_column(String(20))
    named_at: Mapped[datetime]
    named_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
