"""Benefit reports (联农带农): whom a cooperative carries along, quarter by quarter."""

from datetime import date, datetime
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.batches.models import ReportForm
from catalog.products.models import Product
from shop.accounts.people.models import Account
from shop.append_only import APPEND_ONLY
from shop.db import Base, Fen, one_of
from shop.organisations.models import Organisation
from shop.secrets import SEALED


class Standing(StrEnum):
    """What the village's register says of a household."""

    ORDINARY = "ordinary"
    OUT_OF_POVERTY = "out_of_poverty"  # 脱贫户
    MONITORED = "monitored"  # 监测对象

    @property
    def label(self) -> LazyString:
        return _STANDINGS[self]


class Tie(StrEnum):
    """By what a household is carried along."""

    SOLD = "sold"  # its produce, to the cooperative
    WAGES = "wages"
    RENT = "rent"  # of its land, or a dividend

    @property
    def label(self) -> LazyString:
        return _TIES[self]


_STANDINGS = {
    Standing.ORDINARY: _l("一般农户"),
    Standing.OUT_OF_POVERTY: _l("脱贫户"),
    Standing.MONITORED: _l("监测对象"),
}
_TIES = {
    Tie.SOLD: _l("交售农产品"),
    Tie.WAGES: _l("务工"),
    Tie.RENT: _l("土地租金、分红"),
}


class Household(Base):
    """A household of a cooperative's villages, known by the code that the cooperative gave it.

    Who its head is stands here only with their separate consent, and sealed. Without it the
    household counts, and nobody can tell from the shop who it is.
    """

    __tablename__ = "household"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "code"),
        UniqueConstraint("cooperative_id", "identity_fingerprint"),
        UniqueConstraint("cooperative_id", "phone_fingerprint"),
        CheckConstraint("code <> ''", name="has_a_code"),
        CheckConstraint(
            "(sealed_name IS NULL) = (consented_on IS NULL)"
            " AND (consented_on IS NULL) = (consent_recorded_at IS NULL)"
            " AND (consented_on IS NULL) = (consent_recorded_by_id IS NULL)",
            name="named_with_consent",
        ),
        CheckConstraint(
            "(sealed_name IS NULL) = (sealed_identity IS NULL AND sealed_phone IS NULL)",
            name="name_goes_with_a_number",
        ),
        CheckConstraint(
            "(sealed_identity IS NULL) = (identity_fingerprint IS NULL)"
            " AND (sealed_phone IS NULL) = (phone_fingerprint IS NULL)",
            name="numbers_have_a_fingerprint",
        ),
        Index("ix_household_identity_fingerprint", "identity_fingerprint"),
        Index("ix_household_phone_fingerprint", "phone_fingerprint"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cooperative_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id))
    code: Mapped[str] = mapped_column(String(20))
    standing: Mapped[Standing] = mapped_column(one_of(Standing))
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    # Of the household's head.
    sealed_name: Mapped[str | None] = mapped_column(Text, info=SEALED)
    sealed_identity: Mapped[str | None] = mapped_column(Text, info=SEALED)
    sealed_phone: Mapped[str | None] = mapped_column(Text, info=SEALED)
    identity_fingerprint: Mapped[str | None] = mapped_column(String(64))
    phone_fingerprint: Mapped[str | None] = mapped_column(String(64))
    # The day on which they signed, in Zhuhai.
    consented_on: Mapped[date | None]
    consent_recorded_at: Mapped[datetime | None]
    consent_recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey(Account.id))
    # When they last took their consent back; what was known of them went with it.
    withdrawn_at: Mapped[datetime | None]

    @property
    def is_named(self) -> bool:
        return self.sealed_name is not None


class BenefitReport(Base):
    """A cooperative's report of a quarter: a draft that goes on, and the versions handed in."""

    __tablename__ = "benefit_report"
    __table_args__ = (
        UniqueConstraint("cooperative_id", "year", "quarter"),
        CheckConstraint("quarter BETWEEN 1 AND 4", name="a_year_has_four_quarters"),
        CheckConstraint("draft_number > 0", name="drafts_are_numbered"),
        Index("ix_benefit_report_quarter", "year", "quarter"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cooperative_id: Mapped[int] = mapped_column(ForeignKey(Organisation.id))
    year: Mapped[int]
    quarter: Mapped[int]
    begun_at: Mapped[datetime]
    begun_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    # Grows with each change of the draft, so that what is handed in is what was read.
    draft_number: Mapped[int] = mapped_column(default=1)


class DraftLine(Base):
    """One tie of a household, as far as it is filled in."""

    __tablename__ = "benefit_draft_line"
    __table_args__ = (
        CheckConstraint("months BETWEEN 0 AND 7", name="months_of_a_quarter"),
        CheckConstraint("amount_fen IS NULL OR amount_fen > 0", name="amount_is_positive"),
        CheckConstraint("workers >= 0", name="workers_are_not_negative"),
        CheckConstraint("(tie = 'wages') = (workers > 0)", name="wages_are_somebodys"),
        # One line for each tie and product of a household.
        Index(
            "uq_benefit_draft_line_of_all",
            "report_id",
            "household_id",
            "tie",
            unique=True,
            sqlite_where=text("product_id IS NULL"),
            postgresql_where=text("product_id IS NULL"),
        ),
        Index(
            "uq_benefit_draft_line_of_product",
            "report_id",
            "household_id",
            "tie",
            "product_id",
            unique=True,
            sqlite_where=text("product_id IS NOT NULL"),
            postgresql_where=text("product_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey(BenefitReport.id))
    household_id: Mapped[int] = mapped_column(ForeignKey(Household.id), index=True)
    tie: Mapped[Tie] = mapped_column(one_of(Tie))
    product_id: Mapped[int | None] = mapped_column(ForeignKey(Product.id))
    # Bit 0 is the first month of the quarter.
    months: Mapped[int]
    amount_fen: Mapped[Fen | None]
    # How many of the household worked.
    workers: Mapped[int]

    household: Mapped[Household] = relationship()
    product: Mapped[Product | None] = relationship()

    @property
    def is_complete(self) -> bool:
        return self.amount_fen is not None and self.months > 0


class BenefitVersion(Base):
    """What a cooperative handed in, with its sums. A correction is another version."""

    __tablename__ = "benefit_version"
    __table_args__ = (
        UniqueConstraint("report_id", "number"),
        # A form that is sent twice hands in once.
        UniqueConstraint("report_id", "draft_number"),
        CheckConstraint("number > 0", name="versions_are_numbered"),
        CheckConstraint("(number = 1) = (reason = '')", name="corrected_for_a_reason"),
        CheckConstraint("monitored BETWEEN 0 AND households", name="monitored_are_among_them"),
        CheckConstraint("jobs >= 0", name="jobs_are_not_negative"),
        CheckConstraint("(jobs > 0) = (wages_fen > 0)", name="jobs_are_paid"),
        CheckConstraint(
            "sold_fen >= 0 AND wages_fen >= 0 AND rent_fen >= 0", name="amounts_are_not_negative"
        ),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey(BenefitReport.id))
    number: Mapped[int]
    draft_number: Mapped[int]
    submitted_at: Mapped[datetime]
    submitted_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    # Why an earlier one was wrong.
    reason: Mapped[str] = mapped_column(String(200))
    cooperative_name: Mapped[str] = mapped_column(String(80))
    households: Mapped[int]
    monitored: Mapped[int]
    jobs: Mapped[int]
    sold_fen: Mapped[Fen]
    wages_fen: Mapped[Fen]
    rent_fen: Mapped[Fen]

    report: Mapped[BenefitReport] = relationship()


class VersionLine(Base):
    """One tie of a household, as it was handed in."""

    __tablename__ = "benefit_version_line"
    __table_args__ = (
        CheckConstraint("months BETWEEN 1 AND 7", name="months_of_a_quarter"),
        CheckConstraint("amount_fen > 0", name="amount_is_positive"),
        CheckConstraint("workers >= 0", name="workers_are_not_negative"),
        CheckConstraint("(tie = 'wages') = (workers > 0)", name="wages_are_somebodys"),
        CheckConstraint("(product_id IS NULL) = (product_name = '')", name="products_are_named"),
        Index("ix_benefit_version_line_version", "version_id", "household_id"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey(BenefitVersion.id))
    household_id: Mapped[int] = mapped_column(ForeignKey(Household.id), index=True)
    household_code: Mapped[str] = mapped_column(String(20))
    standing: Mapped[Standing] = mapped_column(one_of(Standing))
    tie: Mapped[Tie] = mapped_column(one_of(Tie))
    product_id: Mapped[int | None] = mapped_column(ForeignKey(Product.id))
    product_name: Mapped[str] = mapped_column(String(60))
    months: Mapped[int]
    amount_fen: Mapped[Fen]
    workers: Mapped[int]


class Evidence(Base):
    """A roster, a pay slip or a contract: a file that only its cooperative is shown."""

    __tablename__ = "benefit_evidence"
    __table_args__ = (
        CheckConstraint("length(sha256) = 64", name="hash_is_whole"),
        CheckConstraint("size > 0", name="has_a_size"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey(BenefitReport.id), index=True)
    form: Mapped[ReportForm] = mapped_column(one_of(ReportForm))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    uploaded_at: Mapped[datetime]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    # Taken out of the draft; versions that were handed in with it keep it.
    removed_at: Mapped[datetime | None]


class VersionEvidence(Base):
    """That a version was handed in with a file."""

    __tablename__ = "benefit_version_evidence"
    __table_args__ = (UniqueConstraint("version_id", "evidence_id"), APPEND_ONLY)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey(BenefitVersion.id))
    evidence_id: Mapped[int] = mapped_column(ForeignKey(Evidence.id), index=True)
