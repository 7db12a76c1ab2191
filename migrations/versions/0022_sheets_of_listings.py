"""Sheets of listings that cooperatives upload, their rows, and what their columns mean.

Revision: 0022
Follows: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "listing_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(120), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("heads", sa.JSON(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("named_at", sa.DateTime()),
        sa.Column("checked_at", sa.DateTime()),
        sa.Column("applied_at", sa.DateTime()),
        sa.Column("discarded_at", sa.DateTime()),
        sa.Column("ended_by_id", sa.Integer()),
        _check("listing_import", "one_end", "applied_at IS NULL OR discarded_at IS NULL"),
        _check(
            "listing_import",
            "ended_by_somebody",
            "(ended_by_id IS NULL) = (applied_at IS NULL AND discarded_at IS NULL)",
        ),
        _check("listing_import", "checked_first", "applied_at IS NULL OR checked_at IS NOT NULL"),
        _check("listing_import", "named_first", "checked_at IS NULL OR named_at IS NOT NULL"),
        _key("listing_import", "cooperative_id", "organisation"),
        _key("listing_import", "uploaded_by_id", "account"),
        _key("listing_import", "ended_by_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_import")),
    )
    op.create_index(op.f("ix_listing_import_sha256"), "listing_import", ["sha256"])
    waiting = ["cooperative_id", "applied_at", "discarded_at"]
    op.create_index("ix_listing_import_waiting", "listing_import", waiting)
    op.create_index("ix_listing_import_unchecked", "listing_import", ["checked_at", "named_at"])
    _create_rows()
    op.create_table(
        "known_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(40), nullable=False),
        sa.Column("column", sa.String(20), nullable=False),
        sa.Column("named_at", sa.DateTime(), nullable=False),
        sa.Column("named_by_id", sa.Integer(), nullable=False),
        _key("known_head", "cooperative_id", "organisation"),
        _key("known_head", "named_by_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_head")),
        sa.UniqueConstraint(
            "cooperative_id", "head", name=op.f("uq_known_head_cooperative_id_head")
        ),
    )


def _create_rows() -> None:
    states = ("new", "changed", "delisted", "unchanged", "wrong")
    op.create_table(
        "listing_import_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                *states, name="row_state", native_enum=False, create_constraint=False, length=32
            ),
        ),
        sa.Column("values", sa.JSON()),
        sa.Column("changes", sa.JSON()),
        sa.Column("faults", sa.JSON()),
        sa.Column("product_key", sa.String(80)),
        sa.Column("variant_key", sa.String(140)),
        sa.Column("seen_version", sa.Integer()),
        sa.Column("is_stale", sa.Boolean(), nullable=False),
        _check("listing_import_row", "row_state", f"state IN {states}"),
        _check("listing_import_row", "checked_whole", "(state IS NULL) = (faults IS NULL)"),
        _key("listing_import_row", "import_id", "listing_import"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_import_row")),
        sa.UniqueConstraint(
            "import_id", "number", name=op.f("uq_listing_import_row_import_id_number")
        ),
    )
    op.create_index(
        "ix_listing_import_row_state", "listing_import_row", ["import_id", "state", "number"]
    )
    op.create_index(
        "ix_listing_import_row_product", "listing_import_row", ["import_id", "product_key"]
    )


def _check(table: str, name: str, says: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(says, name=op.f(f"ck_{table}_{name}"))


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
