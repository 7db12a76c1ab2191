"""Applications to join, their signatures, and the papers and accounts of cooperatives.

Revision: 0015
Follows: 0014
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

APPEND_ONLY = ("application_submission", "sign_off", "application_return")


def upgrade() -> None:
    _create_application()
    _create_application_submission()
    _create_sign_off()
    _create_application_return()
    _create_verification_photo()
    _create_document()
    _create_bank_account()
    _create_sample_product()
    for table in APPEND_ONLY:
        for statement in create_triggers(table, op.get_bind().dialect.name):
            op.execute(statement)


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _create_application() -> None:
    op.create_table(
        "application",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("applicant_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=False),
        sa.Column("town_code", sa.String(length=9), nullable=True),
        sa.Column("village", sa.String(length=40), nullable=False),
        sa.Column("contact", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("introduction", sa.String(length=1000), nullable=False),
        sa.Column("submitted_at", sa.DateTime(), nullable=True),
        sa.Column("admitted_at", sa.DateTime(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(admitted_at IS NULL) = (organisation_id IS NULL)",
            name=op.f("ck_application_admitted_as"),
        ),
        sa.CheckConstraint(
            "admitted_at IS NULL OR submitted_at IS NOT NULL",
            name=op.f("ck_application_admitted_was_submitted"),
        ),
        sa.CheckConstraint(
            "submitted_at IS NULL OR (name <> '' AND length(credit_code) = 18 AND town_code IS NOT NULL AND contact <> '' AND phone <> '')",
            name=op.f("ck_application_submitted_is_complete"),
        ),
        sa.ForeignKeyConstraint(
            ["applicant_id"], ["account.id"], name=op.f("fk_application_applicant_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_application_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["town_code"], ["town.code"], name=op.f("fk_application_town_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_application_organisation_id")),
    )
    op.create_index(op.f("ix_application_applicant_id"), "application", ["applicant_id"])
    op.create_index("ix_application_desk", "application", ["town_code", "submitted_at"])
    op.create_index(
        "uq_application_submitted_code",
        "application",
        ["credit_code"],
        unique=True,
        sqlite_where=sa.text("submitted_at IS NOT NULL"),
        postgresql_where=sa.text("submitted_at IS NOT NULL"),
    )
    op.create_index(
        "uq_application_unfinished",
        "application",
        ["applicant_id"],
        unique=True,
        sqlite_where=sa.text("admitted_at IS NULL"),
        postgresql_where=sa.text("admitted_at IS NULL"),
    )


def _create_application_submission() -> None:
    op.create_table(
        "application_submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_application_submission_application_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_submission")),
        sa.UniqueConstraint(
            "application_id",
            "version",
            name=op.f("uq_application_submission_application_id_version"),
        ),
        info={"append_only": True},
    )


def _create_sign_off() -> None:
    op.create_table(
        "sign_off",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "body",
            _one_of(
                op.f("ck_sign_off_body"),
                "bureau",
                "headquarters",
                "working_group",
                "town_government",
                "town_team",
            ),
            nullable=False,
        ),
        sa.Column("official_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "body IN ('town_government', 'town_team')",
            name=op.f("ck_sign_off_bodies_of_a_town_sign"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_sign_off_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["official_id"], ["account.id"], name=op.f("fk_sign_off_official_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_off")),
        sa.UniqueConstraint(
            "application_id",
            "version",
            "body",
            name=op.f("uq_sign_off_application_id_version_body"),
        ),
        sa.UniqueConstraint(
            "application_id",
            "version",
            "official_id",
            name=op.f("uq_sign_off_application_id_version_official_id"),
        ),
        info={"append_only": True},
    )


def _create_application_return() -> None:
    op.create_table(
        "application_return",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "body",
            _one_of(
                op.f("ck_application_return_body"),
                "bureau",
                "headquarters",
                "working_group",
                "town_government",
                "town_team",
            ),
            nullable=False,
        ),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_application_return_application_id"),
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["account.id"], name=op.f("fk_application_return_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_return")),
        sa.UniqueConstraint(
            "application_id", "version", name=op.f("uq_application_return_application_id_version")
        ),
        info={"append_only": True},
    )


def _create_verification_photo() -> None:
    op.create_table(
        "verification_photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "width > 0 AND height > 0", name=op.f("ck_verification_photo_has_a_size")
        ),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_verification_photo_hash_is_whole")),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["account.id"], name=op.f("fk_verification_photo_uploaded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_photo")),
    )


def _create_document() -> None:
    op.create_table(
        "document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            _one_of(
                op.f("ck_document_document_kind"),
                "business_licence",
                "food_production",
                "food_workshop",
                "other",
            ),
            nullable=False,
        ),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("open_ended", sa.Boolean(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "application_id IS NOT NULL OR organisation_id IS NOT NULL",
            name=op.f("ck_document_belongs_somewhere"),
        ),
        sa.CheckConstraint(
            "NOT open_ended OR expires_on IS NULL", name=op.f("ck_document_expires_or_never")
        ),
        sa.CheckConstraint(
            "issued_on IS NULL OR expires_on IS NULL OR issued_on <= expires_on",
            name=op.f("ck_document_issued_before_it_expires"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_document_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_document_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["verification_photo.id"], name=op.f("fk_document_photo_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["account.id"], name=op.f("fk_document_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )
    op.create_index(op.f("ix_document_application_id"), "document", ["application_id"])
    op.create_index("ix_document_expiring", "document", ["expires_on"])
    op.create_index(op.f("ix_document_organisation_id"), "document", ["organisation_id"])
    op.create_index(op.f("ix_document_photo_id"), "document", ["photo_id"])


def _create_bank_account() -> None:
    op.create_table(
        "bank_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("bank", sa.String(length=80), nullable=False),
        sa.Column("sealed_number", sa.Text(), nullable=False),
        sa.Column("number_fingerprint", sa.String(length=64), nullable=False),
        sa.Column("last_digits", sa.String(length=4), nullable=False),
        sa.Column("consented_by_id", sa.Integer(), nullable=False),
        sa.Column("consented_at", sa.DateTime(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "application_id IS NOT NULL OR organisation_id IS NOT NULL",
            name=op.f("ck_bank_account_belongs_somewhere"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_bank_account_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["consented_by_id"], ["account.id"], name=op.f("fk_bank_account_consented_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_bank_account_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_account")),
        sa.UniqueConstraint("application_id", name=op.f("uq_bank_account_application_id")),
    )
    op.create_index(
        op.f("ix_bank_account_number_fingerprint"), "bank_account", ["number_fingerprint"]
    )
    op.create_index(
        "uq_bank_account_in_use",
        "bank_account",
        ["organisation_id"],
        unique=True,
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )


def _create_sample_product() -> None:
    op.create_table(
        "sample_product",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_sample_product_application_id")
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["verification_photo.id"], name=op.f("fk_sample_product_photo_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_product")),
    )
    op.create_index(op.f("ix_sample_product_application_id"), "sample_product", ["application_id"])
    op.create_index(op.f("ix_sample_product_photo_id"), "sample_product", ["photo_id"])
