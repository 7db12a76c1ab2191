"""Invoices (数电发票): what was asked for, what was issued, and what took it back."""

from datetime import date, datetime
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from orders.records.models import OrderLine, SubOrder
from shop.accounts.people.models import Account
from shop.append_only import APPEND_ONLY
from shop.db import Base, Fen, one_of


class TitleKind(StrEnum):
    """Whom an invoice is made out to."""

    PERSONAL = "personal"
    ENTERPRISE = "enterprise"

    @property
    def label(self) -> LazyString:
        return _TITLE_KINDS[self]


class TaxRate(StrEnum):
    """What stands in the rate column of an invoice."""

    EXEMPT = "exempt"  # 免税
    ONE = "1"
    THREE = "3"
    SIX = "6"
    NINE = "9"
    THIRTEEN = "13"

    @property
    def label(self) -> LazyString | str:
        return _l("免税") if self is TaxRate.EXEMPT else f"{self.value}%"

    @property
    def percent(self) -> int:
        return 0 if self is TaxRate.EXEMPT else int(self.value)


class DocumentKind(StrEnum):
    BLUE = "blue"
    RED = "red"  # takes a blue one back


class FileKind(StrEnum):
    """The forms in which the tax system gives an invoice out."""

    PDF = "pdf"
    OFD = "ofd"
    XML = "xml"


_TITLE_KINDS = {TitleKind.PERSONAL: _l("个人"), TitleKind.ENTERPRISE: _l("单位")}


class InvoiceTitle(Base):
    """A title that a person used, offered to them the next time."""

    __tablename__ = "invoice_title"
    __table_args__ = (UniqueConstraint("account_id", "name", "tax_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    kind: Mapped[TitleKind] = mapped_column(one_of(TitleKind))
    name: Mapped[str] = mapped_column(String(100))
    # Empty for a person.
    tax_code: Mapped[str] = mapped_column(String(20))
    email: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(20))
    used_at: Mapped[datetime]


class Invoice(Base):
    """An invoice for a cooperative's part of an order, from the request on. Where it stands is
    told by who did what when; while it is not closed, the part has no other."""

    __tablename__ = "invoice"
    __table_args__ = (
        CheckConstraint("(title_kind = 'enterprise') = (tax_code <> '')", name="units_have_a_code"),
        CheckConstraint("email <> '' OR phone <> ''", name="can_be_sent"),
        CheckConstraint("rejected_at IS NULL OR closed_at IS NOT NULL", name="rejected_is_closed"),
        CheckConstraint("(rejected_at IS NULL) = (rejection = '')", name="rejected_for_a_reason"),
        Index(
            "uq_invoice_one_open_per_part",
            "sub_order_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sub_order_id: Mapped[int] = mapped_column(ForeignKey(SubOrder.id), index=True)
    title_kind: Mapped[TitleKind] = mapped_column(one_of(TitleKind))
    title_name: Mapped[str] = mapped_column(String(100))
    tax_code: Mapped[str] = mapped_column(String(20))
    email: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(20))
    requested_at: Mapped[datetime] = mapped_column(index=True)
    # Nobody where the rest of a reversed invoice is invoiced anew.
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"))
    sent_at: Mapped[datetime | None]
    # Since when it says more than the buyer's money that was kept.
    too_high_since: Mapped[datetime | None]
    # When it came to its end: withdrawn, rejected, or taken back by a red one.
    closed_at: Mapped[datetime | None] = mapped_column(index=True)
    rejected_at: Mapped[datetime | None]
    rejected_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    rejection: Mapped[str] = mapped_column(String(200), default="")

    sub_order: Mapped[SubOrder] = relationship()
    documents: Mapped[list["InvoiceDocument"]] = relationship(
        back_populates="invoice", order_by="InvoiceDocument.id"
    )
    items: Mapped[list["InvoiceItem"]] = relationship(
        back_populates="invoice", order_by="InvoiceItem.id"
    )

    @property
    def blue(self) -> "InvoiceDocument | None":
        return next((each for each in self.documents if each.kind is DocumentKind.BLUE), None)

    @property
    def red(self) -> "InvoiceDocument | None":
        return next((each for each in self.documents if each.kind is DocumentKind.RED), None)


class InvoiceDocument(Base):
    """An invoice that the tax system issued, by its number. A fact: never changed."""

    __tablename__ = "invoice_document"
    __table_args__ = (
        UniqueConstraint("invoice_id", "kind"),
        CheckConstraint("length(number) = 20", name="number_has_20_digits"),
        CheckConstraint("amount_fen > 0", name="amount_is_positive"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey(Invoice.id))
    kind: Mapped[DocumentKind] = mapped_column(one_of(DocumentKind))
    number: Mapped[str] = mapped_column(String(20), unique=True)
    # The day that stands on it.
    issued_on: Mapped[date]
    # With tax; of a red one, what it takes back.
    amount_fen: Mapped[Fen]
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))

    invoice: Mapped[Invoice] = relationship(back_populates="documents")
    # Those that count: of each kind the one that was brought last.
    files: Mapped[list["InvoiceFile"]] = relationship(
        primaryjoin="and_(InvoiceDocument.id == InvoiceFile.document_id,"
        " InvoiceFile.replaced_at.is_(None))",
        order_by="InvoiceFile.kind",
        viewonly=True,
    )


class InvoiceFile(Base):
    """The file of an issued invoice, kept under its hash; another of its kind replaces it."""

    __tablename__ = "invoice_file"
    __table_args__ = (
        CheckConstraint("length(sha256) = 64", name="hash_is_whole"),
        CheckConstraint("size > 0", name="is_not_empty"),
        CheckConstraint("replaced_at IS NULL OR replaced_at >= uploaded_at", name="replaced_later"),
        Index(
            "uq_invoice_file_one_of_a_kind",
            "document_id",
            "kind",
            unique=True,
            sqlite_where=text("replaced_at IS NULL"),
            postgresql_where=text("replaced_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey(InvoiceDocument.id), index=True)
    kind: Mapped[FileKind] = mapped_column(one_of(FileKind))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    # In bytes.
    size: Mapped[int]
    uploaded_at: Mapped[datetime]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    replaced_at: Mapped[datetime | None]

    document: Mapped[InvoiceDocument] = relationship()


class InvoiceItem(Base):
    """One line of an issued invoice: what was kept of an order line, or of the freight."""

    __tablename__ = "invoice_item"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        CheckConstraint("amount_fen > 0", name="amount_is_positive"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey(Invoice.id), index=True)
    # None for the freight.
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey(OrderLine.id))
    name: Mapped[str] = mapped_column(String(60))
    spec: Mapped[str] = mapped_column(String(40))
    unit: Mapped[str] = mapped_column(String(8))
    quantity: Mapped[int]
    amount_fen: Mapped[Fen]
    rate: Mapped[TaxRate] = mapped_column(one_of(TaxRate))

    invoice: Mapped[Invoice] = relationship(back_populates="items")
