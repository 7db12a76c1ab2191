"""An official of the town's team may act for a cooperative, under a mandate that the audit log
names.

Revision: 0030
Follows: 0024
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers

revision = "0030"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mandate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("official_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("from_on <= until_on", name=op.f("ck_mandate_begins_before_it_ends")),
        sa.CheckConstraint(
            "ended_by_id IS NULL OR ended_at IS NOT NULL",
            name=op.f("ck_mandate_somebody_ended_what_ended"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate")),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_mandate_{column}"))
            for column, table in (
                ("organisation_id", "organisation"),
                ("appointment_id", "appointment"),
                ("official_id", "account"),
                ("given_by_id", "account"),
                ("ended_by_id", "account"),
            )
        ),
    )
    op.create_index(op.f("ix_mandate_organisation_id"), "mandate", ["organisation_id"])
    op.create_index(op.f("ix_mandate_official_id"), "mandate", ["official_id"])
    op.create_index(
        "uq_mandate_open",
        "mandate",
        ["organisation_id", "appointment_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    with op.batch_alter_table("audit_entry") as table:
        table.add_column(sa.Column("mandate_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_audit_entry_mandate_id"), "mandate", ["mandate_id"], ["id"]
        )
        table.create_index(op.f("ix_audit_entry_mandate_id"), ["mandate_id"])
    if op.get_bind().dialect.name == "sqlite":
        # SQLite copied the table to alter it, and its triggers went with the old one.
        for statement in create_triggers("audit_entry", "sqlite"):
            op.execute(statement)
