"""Files of invoices.

Revision: 0019
Follows: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invoice_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "pdf",
                "ofd",
                "xml",
                name="file_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_invoice_file_hash_is_whole")),
        sa.CheckConstraint("size > 0", name=op.f("ck_invoice_file_is_not_empty")),
        sa.CheckConstraint(
            "replaced_at IS NULL OR replaced_at >= uploaded_at",
            name=op.f("ck_invoice_file_replaced_later"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["invoice_document.id"], name=op.f("fk_invoice_file_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["account.id"], name=op.f("fk_invoice_file_uploaded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_file")),
    )
    for column in ("document_id", "sha256"):
        op.create_index(op.f(f"ix_invoice_file_{column}"), "invoice_file", [column])
    op.create_index(
        "uq_invoice_file_one_of_a_kind",
        "invoice_file",
        ["document_id", "kind"],
        unique=True,
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
