"""Sales that were not made online (线下销售): how each came in, what proves it, and the sheets."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.batches.models import ReportForm
from orders.offline.rules.columns import RowState
from orders.sales.models import SalesEntry
from shop.accounts.people.models import Account
from shop.append_only import APPEND_ONLY
from shop.db import Base, one_of


class EvidenceKind(StrEnum):
    """What proves a sale (counting rule 7)."""

    CONTRACT = "contract"
    INVOICE = "invoice"
    SLIP = "slip"
    PHOTO = "photo"

    @property
    def label(self) -> LazyString:
        return _KINDS[self]


_KINDS = {
    EvidenceKind.CONTRACT: _l("合同、协议"),
    EvidenceKind.INVOICE: _l("发票"),
    EvidenceKind.SLIP: _l("转账凭证"),
    EvidenceKind.PHOTO: _l("现场照片"),
}


class OfflineImport(Base):
    """A sheet as somebody brought it. It waits for its columns to be named, for its rows to be
    checked, for the person, and then for the worker, who takes it over in one act."""

    __tablename__ = "offline_import"
    __table_args__ = (
        CheckConstraint("applied_at IS NULL OR discarded_at IS NULL", name="one_end"),
        CheckConstraint("applied_at IS NULL OR confirmed_at IS NOT NULL", name="confirmed_first"),
        CheckConstraint("confirmed_at IS NULL OR checked_at IS NOT NULL", name="checked_first"),
        CheckConstraint("checked_at IS NULL OR named_at IS NOT NULL", name="named_first"),
        CheckConstraint(
            "(ended_by_id IS NULL) = (applied_at IS NULL AND discarded_at IS NULL)",
            name="ended_by_somebody",
        ),
        Index("ix_offline_import_waiting", "applied_at", "discarded_at", "checked_at"),
        Index("ix_offline_import_scope", "scope_code", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # What the codes of all towns begin with that its uploader answers for; empty is all of them.
    scope_code: Mapped[str] = mapped_column(String(9))
    file_name: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    uploaded_at: Mapped[datetime]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    # Of each column the head as it stands there, and what it means: see rules.columns.Head.
    heads: Mapped[list[list[str | None]]] = mapped_column(JSON)
    row_count: Mapped[int]
    # How many rows there are of each state, once all are checked; it outlives the rows.
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    named_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    # When somebody had it taken over, and why also what looks like another sale; the worker does.
    confirmed_at: Mapped[datetime | None]
    duplicate_note: Mapped[str] = mapped_column(String(200), default="")
    applied_at: Mapped[datetime | None]
    discarded_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    # Rows of which, on the way into the ledger, something else was to be said than was shown.
    stale: Mapped[int] = mapped_column(default=0)

    uploaded_by: Mapped[Account] = relationship(foreign_keys=[uploaded_by_id])
    ended_by: Mapped[Account | None] = relationship(foreign_keys=[ended_by_id])

    @property
    def is_open(self) -> bool:
        """Whether nothing was decided about it."""
        return self.confirmed_at is None and self.discarded_at is None

    @property
    def is_working(self) -> bool:
        """Whether the worker has something to do with it."""
        if self.named_at is None or self.applied_at or self.discarded_at:
            return False
        return self.checked_at is None or self.confirmed_at is not None

    @property
    def label(self) -> LazyString:
        """Where it stands, in a word."""
        if self.applied_at:
            return _l("已导入")
        if self.discarded_at:
            return _l("已作废")
        if self.named_at is None:
            return _l("等您对列")
        if self.confirmed_at:
            return _l("正在导入")
        return _l("等您确认") if self.checked_at else _l("正在检查")


class OfflineImportRow(Base):
    """A row of a sheet as it was read, and once it is checked what it says and what is wrong."""

    __tablename__ = "offline_import_row"
    __table_args__ = (
        UniqueConstraint("import_id", "number"),
        CheckConstraint("(state IS NULL) = (faults IS NULL)", name="checked_whole"),
        Index("ix_offline_import_row_state", "import_id", "state", "number"),
        Index("ix_offline_import_row_content", "import_id", "content"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey(OfflineImport.id))
    # As counted on the screen of a spreadsheet, from 1.
    number: Mapped[int]
    cells: Mapped[list[str]] = mapped_column(JSON)
    state: Mapped[RowState | None] = mapped_column(one_of(RowState))
    # NULL in the database, not JSON's null, so that a CHECK can tell.
    values: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    faults: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    # A hash of what it says, and one that also counts how often the sheet said so before.
    content: Mapped[str | None] = mapped_column(String(64))
    fingerprint: Mapped[str | None] = mapped_column(String(64))


class OfflineHead(Base):
    """What an office's own head of a column means; empty if it is to be ignored."""

    __tablename__ = "offline_head"
    __table_args__ = (UniqueConstraint("scope_code", "head"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scope_code: Mapped[str] = mapped_column(String(9))
    head: Mapped[str] = mapped_column(String(40))
    column: Mapped[str] = mapped_column(String(20))
    named_at: Mapped[datetime]
    named_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))


class OfflineSale(Base):
    """What an official said of a line of the ledger beside the line itself."""

    __tablename__ = "offline_sale"
    __table_args__ = (
        # The same row of a sheet counts once; when its line is reversed it may come again.
        UniqueConstraint("fingerprint", "turn"),
        CheckConstraint(
            "(import_id IS NULL) = (row_number IS NULL)"
            " AND (import_id IS NULL) = (fingerprint IS NULL)"
            " AND (import_id IS NULL) = (key IS NOT NULL)",
            name="typed_or_imported",
        ),
        CheckConstraint("turn >= 0", name="turns_count_from_0"),
        Index("ix_offline_sale_import", "import_id"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey(SalesEntry.id), unique=True)
    # The form's one-time key: the same form makes the same sale.
    key: Mapped[str | None] = mapped_column(String(64), unique=True)
    import_id: Mapped[int | None] = mapped_column(ForeignKey(OfflineImport.id))
    row_number: Mapped[int | None]
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    turn: Mapped[int] = mapped_column(default=0)
    invoice_number: Mapped[str] = mapped_column(String(40), default="")
    batch_code: Mapped[str] = mapped_column(String(60), default="")
    # The files that a sheet named as evidence; they are brought by these names later.
    evidence_named: Mapped[str] = mapped_column(String(200), default="")
    # Why it counts although it looks like another sale.
    duplicate_note: Mapped[str] = mapped_column(String(200), default="")

    entry: Mapped[SalesEntry] = relationship()


class OfflineEvidence(Base):
    """A contract, invoice, slip or photo: a file that only those are shown who answer for a sale
    that it proves. It belongs to none yet while its form is not complete."""

    __tablename__ = "offline_evidence"
    __table_args__ = (
        CheckConstraint("length(sha256) = 64", name="hash_is_whole"),
        CheckConstraint("size > 0", name="has_a_size"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[EvidenceKind] = mapped_column(one_of(EvidenceKind))
    form: Mapped[ReportForm] = mapped_column(one_of(ReportForm))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    file_name: Mapped[str] = mapped_column(String(120))
    uploaded_at: Mapped[datetime]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id), index=True)


class EvidenceLink(Base):
    """That a file proves a sale, or every sale of a sheet."""

    __tablename__ = "offline_evidence_link"
    __table_args__ = (
        UniqueConstraint("sale_id", "evidence_id"),
        UniqueConstraint("import_id", "evidence_id"),
        CheckConstraint("(sale_id IS NULL) <> (import_id IS NULL)", name="of_a_sale_or_a_sheet"),
        Index("ix_offline_evidence_link_evidence", "evidence_id"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    evidence_id: Mapped[int] = mapped_column(ForeignKey(OfflineEvidence.id))
    sale_id: Mapped[int | None] = mapped_column(ForeignKey(OfflineSale.id))
    import_id: Mapped[int | None] = mapped_column(ForeignKey(OfflineImport.id))
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))

    evidence: Mapped[OfflineEvidence] = relationship()
