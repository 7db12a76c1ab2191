"""Invoices: asked for, issued, and taken back.

Revision: 0014
Follows: 0013
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

APPEND_ONLY = ("invoice_document", "invoice_item")


def upgrade() -> None:
    _create_titles()
    _create_invoices()
    _create_documents()
    _create_items()
    for table in APPEND_ONLY:
        for statement in create_triggers(table, op.get_bind().dialect.name):
            op.execute(statement)


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _create_titles() -> None:
    op.create_table(
        "invoice_title",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", _one_of("title_kind", "personal", "enterprise"), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("tax_code", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_invoice_title_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_title")),
        sa.UniqueConstraint(
            "account_id", "name", "tax_code", name=op.f("uq_invoice_title_account_id_name_tax_code")
        ),
    )


def _create_invoices() -> None:
    op.create_table(
        "invoice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sub_order_id", sa.Integer(), nullable=False),
        sa.Column("title_kind", _one_of("title_kind", "personal", "enterprise"), nullable=False),
        sa.Column("title_name", sa.String(length=100), nullable=False),
        sa.Column("tax_code", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("requested_at", sa.DateTime(), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("too_high_since", sa.DateTime(), nullable=True),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("rejected_at", sa.DateTime(), nullable=True),
        sa.Column("rejected_by_id", sa.Integer(), nullable=True),
        sa.Column("rejection", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "(title_kind = 'enterprise') = (tax_code <> '')",
            name=op.f("ck_invoice_units_have_a_code"),
        ),
        sa.CheckConstraint("email <> '' OR phone <> ''", name=op.f("ck_invoice_can_be_sent")),
        sa.CheckConstraint(
            "rejected_at IS NULL OR closed_at IS NOT NULL",
            name=op.f("ck_invoice_rejected_is_closed"),
        ),
        sa.CheckConstraint(
            "(rejected_at IS NULL) = (rejection = '')",
            name=op.f("ck_invoice_rejected_for_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["sub_order_id"], ["sub_order.id"], name=op.f("fk_invoice_sub_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["account.id"], name=op.f("fk_invoice_requested_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["rejected_by_id"], ["account.id"], name=op.f("fk_invoice_rejected_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["invoice.id"], name=op.f("fk_invoice_replaces_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
    )
    for column in ("sub_order_id", "requested_at", "closed_at"):
        op.create_index(op.f(f"ix_invoice_{column}"), "invoice", [column])
    op.create_index(
        "uq_invoice_one_open_per_part",
        "invoice",
        ["sub_order_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def _create_documents() -> None:
    op.create_table(
        "invoice_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("kind", _one_of("document_kind", "blue", "red"), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "length(number) = 20", name=op.f("ck_invoice_document_number_has_20_digits")
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_invoice_document_amount_is_positive")),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_document_invoice_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["account.id"], name=op.f("fk_invoice_document_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_document")),
        sa.UniqueConstraint("invoice_id", "kind", name=op.f("uq_invoice_document_invoice_id_kind")),
        sa.UniqueConstraint("number", name=op.f("uq_invoice_document_number")),
        info={"append_only": True},
    )


def _create_items() -> None:
    op.create_table(
        "invoice_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("order_line_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("spec", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("rate", _one_of("tax_rate", "exempt", "1", "3", "6", "9", "13"), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_invoice_item_quantity_is_positive")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_invoice_item_amount_is_positive")),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_item_invoice_id")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_invoice_item_order_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_item")),
        info={"append_only": True},
    )
    op.create_index(op.f("ix_invoice_item_invoice_id"), "invoice_item", ["invoice_id"])
