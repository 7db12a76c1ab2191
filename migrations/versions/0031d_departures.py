"""A cooperative can leave.

Revision: 0031d
Follows: 0031c
"""

import sqlalchemy as sa
from alembic import op

revision = "0031d"
down_revision = "0031c"
branch_labels = None
depends_on = None

TABLE = "departure"


def upgrade() -> None:
    with op.batch_alter_table("organisation") as table:
        table.add_column(sa.Column("leaving_at", sa.DateTime(), nullable=True))
        table.add_column(sa.Column("left_at", sa.DateTime(), nullable=True))
        table.create_check_constraint(
            op.f("ck_organisation_left_after_asking"), "left_at IS NULL OR leaving_at IS NOT NULL"
        )
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("final_by_id", sa.Integer(), nullable=True),
        sa.Column("final_at", sa.DateTime(), nullable=True),
        _check("has_a_reason", "reason <> ''"),
        _check("withdrawn_by_somebody", "(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)"),
        _check("withdrawn_or_final", "withdrawn_at IS NULL OR final_at IS NULL"),
        _check("somebody_ended_what_is_final", "final_by_id IS NULL OR final_at IS NOT NULL"),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_{TABLE}_{column}"))
            for column, table in (
                ("organisation_id", "organisation"),
                ("asked_by_id", "account"),
                ("withdrawn_by_id", "account"),
                ("final_by_id", "account"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(op.f("ix_departure_organisation_id"), TABLE, ["organisation_id"])
    op.create_index(
        "uq_departure_standing",
        TABLE,
        ["organisation_id"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{TABLE}_{name}"))
