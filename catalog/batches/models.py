"""Harvest batches (批次), what was promised about them, and what was called back."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.products.models import Product
from shop.accounts.people.models import Account
from shop.append_only import APPEND_ONLY
from shop.db import Base, one_of


class Basis(StrEnum):
    """What a certificate rests on: the law knows these three."""

    CONTROLLED = "controlled"  # 质量安全控制符合要求
    SELF_TESTED = "self_tested"  # 自行检测合格
    LABORATORY = "laboratory"  # 委托检测合格


class ReportForm(StrEnum):
    PICTURE = "picture"
    PDF = "pdf"


class Batch(Base):
    """One harvest of one product. Its weight is what can leave with it, however it is packed."""

    __tablename__ = "batch"
    __table_args__ = (
        CheckConstraint("quantity_g > 0", name="quantity_is_positive"),
        CheckConstraint("allocated_g BETWEEN 0 AND quantity_g", name="allocated_is_in_it"),
        CheckConstraint("(closed_at IS NULL) = (closed_by_id IS NULL)", name="closed_by_somebody"),
        Index("ix_batch_open", "product_id", "closed_at", "harvested_on", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey(Product.id))
    # What the QR code's address ends with: /trace/<code>.
    code: Mapped[str] = mapped_column(String(12), unique=True)
    # The form's one-time key: the same form makes one batch.
    key: Mapped[str] = mapped_column(String(64), unique=True)
    # A day in Zhuhai.
    harvested_on: Mapped[date]
    quantity_g: Mapped[int] = mapped_column(BigInteger)
    # Of it, what left in parcels; only guarded updates change it, and allocations explain it.
    allocated_g: Mapped[int] = mapped_column(BigInteger, default=0)
    plot: Mapped[str] = mapped_column(String(60), default="")
    # Fertilisers, plant protection, feed: as far as the cooperative knows.
    inputs: Mapped[str] = mapped_column(String(300), default="")
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    # When nothing of it was left in the store, though not all went out in parcels.
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))

    product: Mapped[Product] = relationship()
    certificates: Mapped[list["ConformityCertificate"]] = relationship(
        back_populates="batch", order_by="ConformityCertificate.id"
    )
    reports: Mapped[list["TestReport"]] = relationship(
        back_populates="batch", order_by="TestReport.id"
    )
    recall: Mapped["BatchRecall | None"] = relationship(back_populates="batch")

    @property
    def left_g(self) -> int:
        """What of it has not left in a parcel."""
        return self.quantity_g - self.allocated_g

    @property
    def certificate(self) -> "ConformityCertificate | None":
        """The one that holds: the last that was issued."""
        return self.certificates[-1] if self.certificates else None


class ConformityCertificate(Base):
    """A 承诺达标合格证 as it was issued. It never changes: what was wrong is issued anew."""

    __tablename__ = "conformity_certificate"
    __table_args__ = (
        CheckConstraint("quantity_g > 0", name="quantity_is_positive"),
        CheckConstraint(
            "product_name <> '' AND origin <> '' AND responsible_party <> '' AND contact <> ''",
            name="says_all_that_the_law_asks",
        ),
        # A batch has one first certificate, and each has at most one that replaces it.
        Index(
            "uq_conformity_certificate_first",
            "batch_id",
            unique=True,
            sqlite_where=text("replaces_id IS NULL"),
            postgresql_where=text("replaces_id IS NULL"),
        ),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey(Batch.id), index=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    replaces_id: Mapped[int | None] = mapped_column(
        ForeignKey("conformity_certificate.id"), unique=True
    )
    basis: Mapped[Basis] = mapped_column(one_of(Basis))
    product_name: Mapped[str] = mapped_column(String(60))
    quantity_g: Mapped[int] = mapped_column(BigInteger)
    harvested_on: Mapped[date]
    # City, county, town and village, as they were called.
    origin: Mapped[str] = mapped_column(String(120))
    responsible_party: Mapped[str] = mapped_column(String(80))
    credit_code: Mapped[str] = mapped_column(String(18))
    contact: Mapped[str] = mapped_column(String(20))
    issued_at: Mapped[datetime]
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))

    batch: Mapped[Batch] = relationship(back_populates="certificates")


class TestReport(Base):
    """What a test of a batch found: a checked file, shown to all if the cooperative says so."""

    __tablename__ = "test_report"
    __table_args__ = (
        CheckConstraint("length(sha256) = 64", name="hash_is_whole"),
        CheckConstraint("size > 0", name="holds_something"),
    )
    __test__ = False  # No test case for pytest.

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey(Batch.id), index=True)
    form: Mapped[ReportForm] = mapped_column(one_of(ReportForm))
    sha256: Mapped[str] = mapped_column(String(64))
    # In bytes.
    size: Mapped[int]
    uploaded_at: Mapped[datetime]
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    published_at: Mapped[datetime | None]

    batch: Mapped[Batch] = relationship(back_populates="reports")


class BatchRecall(Base):
    """A batch was called back (召回): nothing more of it is sent or sold."""

    __tablename__ = "batch_recall"
    __table_args__ = (CheckConstraint("reason <> ''", name="says_why"), APPEND_ONLY)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey(Batch.id), unique=True)
    reason: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))

    batch: Mapped[Batch] = relationship(back_populates="recall")
    by: Mapped[Account | None] = relationship()
