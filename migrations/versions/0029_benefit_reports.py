"""Households, quarterly benefit reports with their versions, and the ledger by cooperative and day.

Revision: 0029
Follows: 0031
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers

revision = "0029"
down_revision = "0031"
branch_labels = None
depends_on = None

APPEND_ONLY = ("benefit_version", "benefit_version_evidence", "benefit_version_line")


def upgrade() -> None:
    _create_households()
    _create_reports()
    _create_drafts()
    _create_versions()
    _create_version_lines()
    _create_evidence()
    _create_version_evidence()
    # A cooperative's numbers are read by days.
    op.drop_index(op.f("ix_sales_entry_cooperative_id"), table_name="sales_entry")
    op.create_index(
        "ix_sales_entry_cooperative_day", "sales_entry", ["cooperative_id", "counted_on"]
    )
    for table in APPEND_ONLY:
        for statement in create_triggers(table, op.get_bind().dialect.name):
            op.execute(statement)


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _create_households() -> None:
    op.create_table(
        "household",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column(
            "standing",
            _one_of("standing", "ordinary", "out_of_poverty", "monitored"),
            nullable=False,
        ),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("sealed_name", sa.Text(), nullable=True),
        sa.Column("sealed_identity", sa.Text(), nullable=True),
        sa.Column("sealed_phone", sa.Text(), nullable=True),
        sa.Column("identity_fingerprint", sa.String(length=64), nullable=True),
        sa.Column("phone_fingerprint", sa.String(length=64), nullable=True),
        sa.Column("consented_on", sa.Date(), nullable=True),
        sa.Column("consent_recorded_at", sa.DateTime(), nullable=True),
        sa.Column("consent_recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("code <> ''", name=op.f("ck_household_has_a_code")),
        sa.CheckConstraint(
            "(sealed_identity IS NULL) = (identity_fingerprint IS NULL) AND (sealed_phone IS NULL) = (phone_fingerprint IS NULL)",
            name=op.f("ck_household_numbers_have_a_fingerprint"),
        ),
        sa.CheckConstraint(
            "(sealed_name IS NULL) = (consented_on IS NULL) AND (consented_on IS NULL) = (consent_recorded_at IS NULL) AND (consented_on IS NULL) = (consent_recorded_by_id IS NULL)",
            name=op.f("ck_household_named_with_consent"),
        ),
        sa.CheckConstraint(
            "(sealed_name IS NULL) = (sealed_identity IS NULL AND sealed_phone IS NULL)",
            name=op.f("ck_household_name_goes_with_a_number"),
        ),
        sa.ForeignKeyConstraint(
            ["consent_recorded_by_id"],
            ["account.id"],
            name=op.f("fk_household_consent_recorded_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id"], ["organisation.id"], name=op.f("fk_household_cooperative_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["account.id"], name=op.f("fk_household_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
        sa.UniqueConstraint(
            "cooperative_id", "code", name=op.f("uq_household_cooperative_id_code")
        ),
        sa.UniqueConstraint(
            "cooperative_id",
            "identity_fingerprint",
            name=op.f("uq_household_cooperative_id_identity_fingerprint"),
        ),
        sa.UniqueConstraint(
            "cooperative_id",
            "phone_fingerprint",
            name=op.f("uq_household_cooperative_id_phone_fingerprint"),
        ),
    )
    op.create_index("ix_household_identity_fingerprint", "household", ["identity_fingerprint"])
    op.create_index("ix_household_phone_fingerprint", "household", ["phone_fingerprint"])


def _create_reports() -> None:
    op.create_table(
        "benefit_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(), nullable=False),
        sa.Column("begun_by_id", sa.Integer(), nullable=False),
        sa.Column("draft_number", sa.Integer(), nullable=False),
        sa.CheckConstraint("draft_number > 0", name=op.f("ck_benefit_report_drafts_are_numbered")),
        sa.CheckConstraint(
            "quarter BETWEEN 1 AND 4", name=op.f("ck_benefit_report_a_year_has_four_quarters")
        ),
        sa.ForeignKeyConstraint(
            ["begun_by_id"], ["account.id"], name=op.f("fk_benefit_report_begun_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id"], ["organisation.id"], name=op.f("fk_benefit_report_cooperative_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefit_report")),
        sa.UniqueConstraint(
            "cooperative_id",
            "year",
            "quarter",
            name=op.f("uq_benefit_report_cooperative_id_year_quarter"),
        ),
    )
    op.create_index("ix_benefit_report_quarter", "benefit_report", ["year", "quarter"])


def _create_drafts() -> None:
    op.create_table(
        "benefit_draft_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("tie", _one_of("tie", "sold", "wages", "rent"), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("workers", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(tie = 'wages') = (workers > 0)",
            name=op.f("ck_benefit_draft_line_wages_are_somebodys"),
        ),
        sa.CheckConstraint(
            "amount_fen IS NULL OR amount_fen > 0",
            name=op.f("ck_benefit_draft_line_amount_is_positive"),
        ),
        sa.CheckConstraint(
            "months BETWEEN 0 AND 7", name=op.f("ck_benefit_draft_line_months_of_a_quarter")
        ),
        sa.CheckConstraint(
            "workers >= 0", name=op.f("ck_benefit_draft_line_workers_are_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_benefit_draft_line_household_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_benefit_draft_line_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["benefit_report.id"], name=op.f("fk_benefit_draft_line_report_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefit_draft_line")),
    )
    op.create_index(
        op.f("ix_benefit_draft_line_household_id"), "benefit_draft_line", ["household_id"]
    )
    op.create_index(
        "uq_benefit_draft_line_of_all",
        "benefit_draft_line",
        ["report_id", "household_id", "tie"],
        unique=True,
        sqlite_where=sa.text("product_id IS NULL"),
        postgresql_where=sa.text("product_id IS NULL"),
    )
    op.create_index(
        "uq_benefit_draft_line_of_product",
        "benefit_draft_line",
        ["report_id", "household_id", "tie", "product_id"],
        unique=True,
        sqlite_where=sa.text("product_id IS NOT NULL"),
        postgresql_where=sa.text("product_id IS NOT NULL"),
    )


def _create_versions() -> None:
    op.create_table(
        "benefit_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("draft_number", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(), nullable=False),
        sa.Column("submitted_by_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("cooperative_name", sa.String(length=80), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("monitored", sa.Integer(), nullable=False),
        sa.Column("jobs", sa.Integer(), nullable=False),
        sa.Column("sold_fen", sa.BigInteger(), nullable=False),
        sa.Column("wages_fen", sa.BigInteger(), nullable=False),
        sa.Column("rent_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(number = 1) = (reason = '')", name=op.f("ck_benefit_version_corrected_for_a_reason")
        ),
        sa.CheckConstraint(
            "(jobs > 0) = (wages_fen > 0)", name=op.f("ck_benefit_version_jobs_are_paid")
        ),
        sa.CheckConstraint("jobs >= 0", name=op.f("ck_benefit_version_jobs_are_not_negative")),
        sa.CheckConstraint(
            "monitored BETWEEN 0 AND households",
            name=op.f("ck_benefit_version_monitored_are_among_them"),
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_benefit_version_versions_are_numbered")),
        sa.CheckConstraint(
            "sold_fen >= 0 AND wages_fen >= 0 AND rent_fen >= 0",
            name=op.f("ck_benefit_version_amounts_are_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["benefit_report.id"], name=op.f("fk_benefit_version_report_id")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["account.id"], name=op.f("fk_benefit_version_submitted_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefit_version")),
        sa.UniqueConstraint(
            "report_id", "draft_number", name=op.f("uq_benefit_version_report_id_draft_number")
        ),
        sa.UniqueConstraint(
            "report_id", "number", name=op.f("uq_benefit_version_report_id_number")
        ),
        info={"append_only": True},
    )


def _create_version_lines() -> None:
    op.create_table(
        "benefit_version_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("household_code", sa.String(length=20), nullable=False),
        sa.Column(
            "standing",
            _one_of("standing", "ordinary", "out_of_poverty", "monitored"),
            nullable=False,
        ),
        sa.Column("tie", _one_of("tie", "sold", "wages", "rent"), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.Column("product_name", sa.String(length=60), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("workers", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(product_id IS NULL) = (product_name = '')",
            name=op.f("ck_benefit_version_line_products_are_named"),
        ),
        sa.CheckConstraint(
            "(tie = 'wages') = (workers > 0)",
            name=op.f("ck_benefit_version_line_wages_are_somebodys"),
        ),
        sa.CheckConstraint(
            "amount_fen > 0", name=op.f("ck_benefit_version_line_amount_is_positive")
        ),
        sa.CheckConstraint(
            "months BETWEEN 1 AND 7", name=op.f("ck_benefit_version_line_months_of_a_quarter")
        ),
        sa.CheckConstraint(
            "workers >= 0", name=op.f("ck_benefit_version_line_workers_are_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_benefit_version_line_household_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_benefit_version_line_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["benefit_version.id"], name=op.f("fk_benefit_version_line_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefit_version_line")),
        info={"append_only": True},
    )
    op.create_index(
        op.f("ix_benefit_version_line_household_id"), "benefit_version_line", ["household_id"]
    )
    op.create_index(
        "ix_benefit_version_line_version", "benefit_version_line", ["version_id", "household_id"]
    )


def _create_evidence() -> None:
    op.create_table(
        "benefit_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("form", _one_of("report_form", "picture", "pdf"), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_benefit_evidence_hash_is_whole")),
        sa.CheckConstraint("size > 0", name=op.f("ck_benefit_evidence_has_a_size")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["benefit_report.id"], name=op.f("fk_benefit_evidence_report_id")
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["account.id"], name=op.f("fk_benefit_evidence_uploaded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefit_evidence")),
    )
    op.create_index(op.f("ix_benefit_evidence_report_id"), "benefit_evidence", ["report_id"])
    op.create_index(op.f("ix_benefit_evidence_sha256"), "benefit_evidence", ["sha256"])


def _create_version_evidence() -> None:
    op.create_table(
        "benefit_version_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"],
            ["benefit_evidence.id"],
            name=op.f("fk_benefit_version_evidence_evidence_id"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["benefit_version.id"],
            name=op.f("fk_benefit_version_evidence_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefit_version_evidence")),
        sa.UniqueConstraint(
            "version_id",
            "evidence_id",
            name=op.f("uq_benefit_version_evidence_version_id_evidence_id"),
        ),
        info={"append_only": True},
    )
    op.create_index(
        op.f("ix_benefit_version_evidence_evidence_id"), "benefit_version_evidence", ["evidence_id"]
    )
