"""Administrators bring yearly targets as a sheet: looked at first, then taken over whole.

Revision: 0046
Follows: 0045
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

STATES = ("new", "changed", "same", "wrong")


def upgrade() -> None:
    op.create_table(
        "target_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(120), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("heads", sa.JSON(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("stale", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("applied_at", sa.DateTime(), nullable=True),
        sa.Column("discarded_at", sa.DateTime(), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "applied_at IS NULL OR discarded_at IS NULL", name=op.f("ck_target_import_one_end")
        ),
        sa.CheckConstraint(
            "(ended_by_id IS NULL) = (applied_at IS NULL AND discarded_at IS NULL)",
            name=op.f("ck_target_import_ended_by_somebody"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], ["account.id"], name=op.f(f"fk_target_import_{column}")
            )
            for column in ("uploaded_by_id", "ended_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_import")),
    )
    op.create_index(op.f("ix_target_import_sha256"), "target_import", ["sha256"])
    op.create_index("ix_target_import_waiting", "target_import", ["applied_at", "discarded_at"])
    op.create_table(
        "target_import_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                *STATES,
                name=op.f("ck_target_import_row_row_state"),
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["target_import.id"],
            name=op.f("fk_target_import_row_import_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_import_row")),
        sa.UniqueConstraint(
            "import_id", "number", name=op.f("uq_target_import_row_import_id_number")
        ),
    )
