"""Officials enter sales that were not made online, with what proves them, and bring sheets.

Revision: 0034b
Follows: 0037
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers

revision = "0034b"
down_revision = "0037"
branch_labels = None
depends_on = None

STATES = ("good", "suspect", "known", "online", "wrong")
KINDS = ("contract", "invoice", "slip", "photo")


def upgrade() -> None:
    _create_imports()
    _create_sales()
    _create_evidence()
    for table in ("offline_sale", "offline_evidence_link"):
        for statement in create_triggers(table, op.get_bind().dialect.name):
            op.execute(statement)


def _create_imports() -> None:
    op.create_table(
        "offline_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope_code", sa.String(9), nullable=False),
        sa.Column("file_name", sa.String(120), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("heads", sa.JSON(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("named_at", sa.DateTime(), nullable=True),
        sa.Column("checked_at", sa.DateTime(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("duplicate_note", sa.String(200), nullable=False),
        sa.Column("applied_at", sa.DateTime(), nullable=True),
        sa.Column("discarded_at", sa.DateTime(), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("stale", sa.Integer(), nullable=False),
        *_checks(
            "offline_import",
            one_end="applied_at IS NULL OR discarded_at IS NULL",
            confirmed_first="applied_at IS NULL OR confirmed_at IS NOT NULL",
            checked_first="confirmed_at IS NULL OR checked_at IS NOT NULL",
            named_first="checked_at IS NULL OR named_at IS NOT NULL",
            ended_by_somebody=(
                "(ended_by_id IS NULL) = (applied_at IS NULL AND discarded_at IS NULL)"
            ),
        ),
        *_keys("offline_import", uploaded_by_id="account.id", ended_by_id="account.id"),
    )
    op.create_index(op.f("ix_offline_import_sha256"), "offline_import", ["sha256"])
    op.create_index(
        "ix_offline_import_waiting",
        "offline_import",
        ["applied_at", "discarded_at", "checked_at"],
    )
    op.create_index("ix_offline_import_scope", "offline_import", ["scope_code", "id"])
    op.create_table(
        "offline_import_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("state", _one_of("ck_offline_import_row_row_state", STATES), nullable=True),
        sa.Column("values", sa.JSON(), nullable=True),
        sa.Column("faults", sa.JSON(), nullable=True),
        sa.Column("content", sa.String(64), nullable=True),
        sa.Column("fingerprint", sa.String(64), nullable=True),
        *_checks("offline_import_row", checked_whole="(state IS NULL) = (faults IS NULL)"),
        *_keys("offline_import_row", import_id="offline_import.id"),
        sa.UniqueConstraint(
            "import_id", "number", name=op.f("uq_offline_import_row_import_id_number")
        ),
    )
    op.create_index(
        "ix_offline_import_row_state", "offline_import_row", ["import_id", "state", "number"]
    )
    op.create_index("ix_offline_import_row_content", "offline_import_row", ["import_id", "content"])
    op.create_table(
        "offline_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope_code", sa.String(9), nullable=False),
        sa.Column("head", sa.String(40), nullable=False),
        sa.Column("column", sa.String(20), nullable=False),
        sa.Column("named_at", sa.DateTime(), nullable=False),
        sa.Column("named_by_id", sa.Integer(), nullable=False),
        *_keys("offline_head", named_by_id="account.id"),
        sa.UniqueConstraint("scope_code", "head", name=op.f("uq_offline_head_scope_code_head")),
    )


def _create_sales() -> None:
    op.create_table(
        "offline_sale",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(64), nullable=True),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("row_number", sa.Integer(), nullable=True),
        sa.Column("fingerprint", sa.String(64), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("invoice_number", sa.String(40), nullable=False),
        sa.Column("batch_code", sa.String(60), nullable=False),
        sa.Column("evidence_named", sa.String(200), nullable=False),
        sa.Column("duplicate_note", sa.String(200), nullable=False),
        *_checks(
            "offline_sale",
            typed_or_imported=(
                "(import_id IS NULL) = (row_number IS NULL)"
                " AND (import_id IS NULL) = (fingerprint IS NULL)"
                " AND (import_id IS NULL) = (key IS NOT NULL)"
            ),
            turns_count_from_0="turn >= 0",
        ),
        *_keys("offline_sale", entry_id="sales_entry.id", import_id="offline_import.id"),
        sa.UniqueConstraint("entry_id", name=op.f("uq_offline_sale_entry_id")),
        sa.UniqueConstraint("key", name=op.f("uq_offline_sale_key")),
        sa.UniqueConstraint("fingerprint", "turn", name=op.f("uq_offline_sale_fingerprint_turn")),
    )
    op.create_index("ix_offline_sale_import", "offline_sale", ["import_id"])


def _create_evidence() -> None:
    op.create_table(
        "offline_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", _one_of("ck_offline_evidence_evidence_kind", KINDS), nullable=False),
        sa.Column(
            "form", _one_of("ck_offline_evidence_report_form", ("picture", "pdf")), nullable=False
        ),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(120), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        *_checks("offline_evidence", hash_is_whole="length(sha256) = 64", has_a_size="size > 0"),
        *_keys("offline_evidence", uploaded_by_id="account.id"),
    )
    for column in ("sha256", "uploaded_by_id"):
        op.create_index(op.f(f"ix_offline_evidence_{column}"), "offline_evidence", [column])
    op.create_table(
        "offline_evidence_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=False),
        sa.Column("sale_id", sa.Integer(), nullable=True),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        *_checks(
            "offline_evidence_link",
            of_a_sale_or_a_sheet="(sale_id IS NULL) <> (import_id IS NULL)",
        ),
        *_keys(
            "offline_evidence_link",
            evidence_id="offline_evidence.id",
            sale_id="offline_sale.id",
            import_id="offline_import.id",
            by_id="account.id",
        ),
        *(
            sa.UniqueConstraint(
                column,
                "evidence_id",
                name=op.f(f"uq_offline_evidence_link_{column}_evidence_id"),
            )
            for column in ("sale_id", "import_id")
        ),
    )
    op.create_index("ix_offline_evidence_link_evidence", "offline_evidence_link", ["evidence_id"])


def _one_of(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=op.f(name), native_enum=False, create_constraint=True, length=32)


def _checks(table: str, **conditions: str) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
        for name, condition in conditions.items()
    ]


def _keys(table: str, **columns: str) -> list[sa.schema.Constraint]:
    return [
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))
            for column, target in columns.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]
