"""What left the house as a file: the register, what is being made, and who gets it by mail."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.accounts.people.models import Account, ScopeLevel
from shop.append_only import APPEND_ONLY
from shop.db import Base, Fen, one_of


class Table(StrEnum):
    """Which table a file holds."""

    DETAIL = "detail"  # 明细台账
    SUMMARY = "summary"  # 汇总表
    PIVOT = "pivot"  # 多维统计
    SUPPLY = "supply"  # 供应吨数

    @property
    def label(self) -> LazyString:
        return _TABLES[self]


class FileKind(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"


_TABLES = {
    Table.DETAIL: _l("明细台账"),
    Table.SUMMARY: _l("汇总表"),
    Table.PIVOT: _l("多维统计"),
    Table.SUPPLY: _l("供应吨数"),
}


class ExportRecord(Base):
    """One file that somebody took, and what it must hold. Never changed.

    ``place`` is the narrowest place that it is about, as nine digits of which the last are zeros
    (all of them for everything): an official sees the records whose place lies in their scope.
    """

    __tablename__ = "export_record"
    __table_args__ = (
        CheckConstraint("length(place) = 9", name="place_has_nine_digits"),
        CheckConstraint("since <= until", name="days_in_order"),
        CheckConstraint("(sheet = 'detail') = (rows_by IS NULL)", name="tables_have_rows_by"),
        CheckConstraint("rows >= 0 AND as_of_entry_id >= 0", name="counts_are_not_negative"),
        CheckConstraint("net_fen = amount_fen - refund_fen", name="net_adds_up"),
        CheckConstraint(
            "length(rows_sha256) = 64 AND length(file_sha256) = 64", name="hashes_are_whole"
        ),
        CheckConstraint("bytes > 0", name="is_not_empty"),
        Index("ix_export_record_place", "place", "id"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id), index=True)
    table: Mapped[Table] = mapped_column("sheet", one_of(Table))
    kind: Mapped[FileKind] = mapped_column(one_of(FileKind))
    # What the rows of a table are, and how a pivot is turned: see rules.wanted.Rows.
    by: Mapped[str | None] = mapped_column("rows_by", String(60))
    since: Mapped[date]
    until: Mapped[date]
    scope_level: Mapped[ScopeLevel] = mapped_column(one_of(ScopeLevel))
    scope_code: Mapped[str | None] = mapped_column(String(9))
    place: Mapped[str] = mapped_column(String(9))
    filters: Mapped[dict[str, str]] = mapped_column(JSON)
    rows: Mapped[int]
    amount_fen: Mapped[Fen]
    refund_fen: Mapped[Fen]
    net_fen: Mapped[Fen]
    # It holds the lines of the ledger up to this one, as they were at that moment.
    as_of: Mapped[datetime]
    as_of_entry_id: Mapped[int]
    # Whether every month in it was locked: then ``as_of`` is the moment of the last lock.
    is_locked: Mapped[bool]
    # Over the canonical rows, see docs/exports.md; and over the file as it was given out.
    rows_sha256: Mapped[str] = mapped_column(String(64))
    file_sha256: Mapped[str] = mapped_column(String(64), index=True)
    bytes: Mapped[int] = mapped_column(BigInteger)

    account: Mapped[Account] = relationship()


class FrozenExport(Base):
    """How an export of a locked period was made the first time, so that it is always made so: up
    to which line, and of a table its very cells."""

    __tablename__ = "frozen_export"
    __table_args__ = (
        CheckConstraint("length(key) = 64", name="key_is_a_hash"),
        CheckConstraint("as_of_entry_id >= 0", name="line_is_not_negative"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # The hash of what was asked for.
    key: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    as_of: Mapped[datetime]
    as_of_entry_id: Mapped[int]
    # How its place and filters are called in it; of a table also title, columns, cells.
    content: Mapped[dict[str, Any]] = mapped_column(JSON)


class ExportJob(Base):
    """A file that takes too long to wait for: asked for, made by the worker, kept some days."""

    __tablename__ = "export_job"
    __table_args__ = (
        CheckConstraint("ready_at IS NULL OR failed_at IS NULL", name="one_end"),
        CheckConstraint("(ready_at IS NULL) = (record_id IS NULL)", name="ready_is_registered"),
        CheckConstraint("forgotten_at IS NULL OR ready_at IS NOT NULL", name="forgotten_later"),
        CheckConstraint("length(place) = 9", name="place_has_nine_digits"),
        CheckConstraint("since <= until", name="days_in_order"),
        CheckConstraint("(sheet = 'detail') = (rows_by IS NULL)", name="tables_have_rows_by"),
        CheckConstraint("rows_done >= 0 AND rows >= 0 AND tries >= 0", name="counts_not_negative"),
        Index("ix_export_job_waiting", "ready_at", "failed_at"),
        Index("ix_export_job_own", "account_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("pack_issue.id"), index=True)
    asked_at: Mapped[datetime]
    table: Mapped[Table] = mapped_column("sheet", one_of(Table))
    kind: Mapped[FileKind] = mapped_column(one_of(FileKind))
    by: Mapped[str | None] = mapped_column("rows_by", String(60))
    since: Mapped[date]
    until: Mapped[date]
    scope_level: Mapped[ScopeLevel] = mapped_column(one_of(ScopeLevel))
    scope_code: Mapped[str | None] = mapped_column(String(9))
    place: Mapped[str] = mapped_column(String(9))
    filters: Mapped[dict[str, str]] = mapped_column(JSON)
    # How many rows there will be, and how many are written.
    rows: Mapped[int]
    rows_done: Mapped[int] = mapped_column(default=0)
    as_of: Mapped[datetime]
    as_of_entry_id: Mapped[int]
    # The worker that makes it says now and then that it is alive.
    tries: Mapped[int] = mapped_column(default=0)
    beat_at: Mapped[datetime | None]
    ready_at: Mapped[datetime | None] = mapped_column(index=True)
    failed_at: Mapped[datetime | None]
    # When its file was thrown away.
    forgotten_at: Mapped[datetime | None]
    record_id: Mapped[int | None] = mapped_column(ForeignKey(ExportRecord.id))

    account: Mapped[Account] = relationship()
    record: Mapped[ExportRecord | None] = relationship()

    @property
    def percent(self) -> int:
        return min(99, self.rows_done * 100 // self.rows) if self.rows else 0

    @property
    def is_over(self) -> bool:
        return self.ready_at is not None or self.failed_at is not None


class PackSubscription(Base):
    """That an official wants the pack of each month by mail, from a day of the next one on."""

    __tablename__ = "pack_subscription"
    __table_args__ = (CheckConstraint("day BETWEEN 1 AND 28", name="every_month_has_that_day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id), unique=True)
    day: Mapped[int]
    since: Mapped[datetime]

    account: Mapped[Account] = relationship()


class PackIssue(Base):
    """The pack of one month for one official: made once, told once."""

    __tablename__ = "pack_issue"
    __table_args__ = (
        UniqueConstraint("account_id", "month"),
        CheckConstraint("length(month) = 7", name="month_is_a_month"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    month: Mapped[str] = mapped_column(String(7))
    made_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
