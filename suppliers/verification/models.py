"""Applications of cooperatives to join, who signed them, and the papers that came with them."""

from datetime import date, datetime
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.accounts.people.models import Account, Body
from shop.append_only import APPEND_ONLY
from shop.db import Base, one_of
from shop.masking import mask_account
from shop.organisations.models import Organisation
from shop.places.models import Town
from shop.secrets import SEALED


class Step(StrEnum):
    """A screen of the application, saved by itself; returns give their reasons by it."""

    COOPERATIVE = "cooperative"
    CONTACT = "contact"
    DOCUMENTS = "documents"
    BANK_ACCOUNT = "bank_account"
    PRODUCTS = "products"

    @property
    def label(self) -> LazyString:
        return _STEPS[self]


class ApplicationState(StrEnum):
    """Where an application stands; it follows from what was done and is stored nowhere."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    HALF_SIGNED = "half_signed"
    RETURNED = "returned"
    ADMITTED = "admitted"

    @property
    def label(self) -> LazyString:
        return _STATES[self]


class DocumentKind(StrEnum):
    BUSINESS_LICENCE = "business_licence"
    FOOD_PRODUCTION = "food_production"
    FOOD_WORKSHOP = "food_workshop"
    OTHER = "other"

    @property
    def label(self) -> LazyString:
        return _KINDS[self]


_STEPS = {
    Step.COOPERATIVE: _l("合作社"),
    Step.CONTACT: _l("所在地与联系人"),
    Step.DOCUMENTS: _l("证照"),
    Step.BANK_ACCOUNT: _l("收款账户"),
    Step.PRODUCTS: _l("样品"),
}
_STATES = {
    ApplicationState.DRAFT: _l("填写中"),
    ApplicationState.SUBMITTED: _l("等待双签"),
    ApplicationState.HALF_SIGNED: _l("已有一方签字"),
    ApplicationState.RETURNED: _l("已退回修改"),
    ApplicationState.ADMITTED: _l("已准入"),
}
_KINDS = {
    DocumentKind.BUSINESS_LICENCE: _l("营业执照"),
    DocumentKind.FOOD_PRODUCTION: _l("食品生产许可证"),
    DocumentKind.FOOD_WORKSHOP: _l("食品小作坊登记证"),
    DocumentKind.OTHER: _l("其他证照"),
}


class Application(Base):
    """What somebody tells of a cooperative that wants to sell, saved step by step.

    Each change makes a new version; signatures are of one version and fall with the next.
    """

    __tablename__ = "application"
    __table_args__ = (
        CheckConstraint(
            "submitted_at IS NULL OR (name <> '' AND length(credit_code) = 18"
            " AND town_code IS NOT NULL AND contact <> '' AND phone <> '')",
            name="submitted_is_complete",
        ),
        CheckConstraint("(admitted_at IS NULL) = (organisation_id IS NULL)", name="admitted_as"),
        CheckConstraint(
            "admitted_at IS NULL OR submitted_at IS NOT NULL", name="admitted_was_submitted"
        ),
        # One unfinished application a person.
        Index(
            "uq_application_unfinished",
            "applicant_id",
            unique=True,
            sqlite_where=text("admitted_at IS NULL"),
            postgresql_where=text("admitted_at IS NULL"),
        ),
        # A draft claims no code: else a stranger could lock a cooperative out.
        Index(
            "uq_application_submitted_code",
            "credit_code",
            unique=True,
            sqlite_where=text("submitted_at IS NOT NULL"),
            postgresql_where=text("submitted_at IS NOT NULL"),
        ),
        Index("ix_application_desk", "town_code", "submitted_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    applicant_id: Mapped[int] = mapped_column(ForeignKey(Account.id), index=True)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(80), default="")
    credit_code: Mapped[str] = mapped_column(String(18), default="")
    town_code: Mapped[str | None] = mapped_column(ForeignKey(Town.code))
    village: Mapped[str] = mapped_column(String(40), default="")
    contact: Mapped[str] = mapped_column(String(40), default="")
    phone: Mapped[str] = mapped_column(String(20), default="")
    introduction: Mapped[str] = mapped_column(String(1000), default="")
    # None while it is the applicant's to fill in or to mend.
    submitted_at: Mapped[datetime | None]
    admitted_at: Mapped[datetime | None]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey(Organisation.id), unique=True)

    applicant: Mapped[Account] = relationship()
    town: Mapped[Town | None] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
    documents: Mapped[list["Document"]] = relationship(
        back_populates="application", order_by="Document.id"
    )
    bank_account: Mapped["BankAccount | None"] = relationship(back_populates="application")
    products: Mapped[list["SampleProduct"]] = relationship(
        back_populates="application", order_by="SampleProduct.id"
    )
    submissions: Mapped[list["Submission"]] = relationship(order_by="Submission.id")
    sign_offs: Mapped[list["SignOff"]] = relationship(order_by="SignOff.id")
    returns: Mapped[list["ApplicationReturn"]] = relationship(order_by="ApplicationReturn.id")

    @property
    def valid_sign_offs(self) -> list["SignOff"]:
        """The signatures of the version that lies there now."""
        return [sign_off for sign_off in self.sign_offs if sign_off.version == self.version]


class Submission(Base):
    """The applicant handed a version in."""

    __tablename__ = "application_submission"
    __table_args__ = (UniqueConstraint("application_id", "version"), APPEND_ONLY)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey(Application.id))
    version: Mapped[int]
    at: Mapped[datetime]


class SignOff(Base):
    """A body of the town signed a version: one of each, and never the same person for both."""

    __tablename__ = "sign_off"
    __table_args__ = (
        UniqueConstraint("application_id", "version", "body"),
        UniqueConstraint("application_id", "version", "official_id"),
        CheckConstraint("body IN ('town_government', 'town_team')", name="bodies_of_a_town_sign"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey(Application.id))
    version: Mapped[int]
    body: Mapped[Body] = mapped_column(one_of(Body))
    official_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    note: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime]

    official: Mapped[Account] = relationship()


class ApplicationReturn(Base):
    """A body of the town gave a version back, with the reasons by step."""

    __tablename__ = "application_return"
    __table_args__ = (UniqueConstraint("application_id", "version"), APPEND_ONLY)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey(Application.id))
    version: Mapped[int]
    body: Mapped[Body] = mapped_column(one_of(Body))
    by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    at: Mapped[datetime]
    # What is to be mended, by the step's name.
    reasons: Mapped[dict[str, str]] = mapped_column(JSON)

    by: Mapped[Account] = relationship()


class Photo(Base):
    """A photograph of a paper or a product: a file that only those are shown who look into it."""

    __tablename__ = "verification_photo"
    __table_args__ = (
        CheckConstraint("length(sha256) = 64", name="hash_is_whole"),
        CheckConstraint("width > 0 AND height > 0", name="has_a_size"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    uploaded_at: Mapped[datetime]
    sha256: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]
    height: Mapped[int]


class Document(Base):
    """A licence of an applicant, and once admitted of the cooperative."""

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint(
            "application_id IS NOT NULL OR organisation_id IS NOT NULL", name="belongs_somewhere"
        ),
        CheckConstraint("NOT open_ended OR expires_on IS NULL", name="expires_or_never"),
        CheckConstraint(
            "issued_on IS NULL OR expires_on IS NULL OR issued_on <= expires_on",
            name="issued_before_it_expires",
        ),
        Index("ix_document_expiring", "expires_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int | None] = mapped_column(ForeignKey(Application.id), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey(Organisation.id), index=True)
    kind: Mapped[DocumentKind] = mapped_column(one_of(DocumentKind))
    number: Mapped[str] = mapped_column(String(60), default="")
    issued_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    # It says 长期 where others name a day.
    open_ended: Mapped[bool] = mapped_column(default=False)
    photo_id: Mapped[int | None] = mapped_column(ForeignKey(Photo.id), index=True)
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    # A newer one took its place.
    replaced_at: Mapped[datetime | None]

    application: Mapped[Application | None] = relationship(back_populates="documents")
    photo: Mapped[Photo | None] = relationship()

    @property
    def is_complete(self) -> bool:
        return bool(self.number and self.photo_id and (self.expires_on or self.open_ended))


class BankAccount(Base):
    """Where a cooperative's money is to go. The number lies sealed; people see its last digits."""

    __tablename__ = "bank_account"
    __table_args__ = (
        CheckConstraint(
            "application_id IS NOT NULL OR organisation_id IS NOT NULL", name="belongs_somewhere"
        ),
        Index(
            "uq_bank_account_in_use",
            "organisation_id",
            unique=True,
            sqlite_where=text("replaced_at IS NULL"),
            postgresql_where=text("replaced_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int | None] = mapped_column(ForeignKey(Application.id), unique=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey(Organisation.id))
    holder: Mapped[str] = mapped_column(String(80))
    bank: Mapped[str] = mapped_column(String(80))
    sealed_number: Mapped[str] = mapped_column(Text, info=SEALED)
    number_fingerprint: Mapped[str] = mapped_column(String(64), index=True)
    last_digits: Mapped[str] = mapped_column(String(4))
    # The separate consent to keep this number.
    consented_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    consented_at: Mapped[datetime]
    # A newer one took its place.
    replaced_at: Mapped[datetime | None]

    application: Mapped[Application | None] = relationship(back_populates="bank_account")

    @property
    def masked(self) -> str:
        return mask_account(self.last_digits)


class SampleProduct(Base):
    """Something that the cooperative would sell, as a sample of what it grows."""

    __tablename__ = "sample_product"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey(Application.id), index=True)
    name: Mapped[str] = mapped_column(String(60))
    description: Mapped[str] = mapped_column(String(300), default="")
    photo_id: Mapped[int | None] = mapped_column(ForeignKey(Photo.id), index=True)

    application: Mapped[Application] = relationship(back_populates="products")
    photo: Mapped[Photo | None] = relationship()
