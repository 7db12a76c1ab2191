"""A cooperative's bank account is changed by two people and a day.

Revision: 0031c
Follows: 0031b
"""

import sqlalchemy as sa
from alembic import op

revision = "0031c"
down_revision = "0031b"
branch_labels = None
depends_on = None

TABLE = "account_change"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("bank", sa.String(length=80), nullable=False),
        sa.Column("sealed_number", sa.Text(), nullable=True),
        sa.Column("number_fingerprint", sa.String(length=64), nullable=False),
        sa.Column("last_digits", sa.String(length=4), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("effective_at", sa.DateTime(), nullable=True),
        sa.Column("ended_as", sa.String(length=32), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        _check("no_number_once_ended", "(sealed_number IS NULL) = (ended_at IS NOT NULL)"),
        _check("two_people", "confirmed_by_id IS NULL OR confirmed_by_id <> asked_by_id"),
        _check(
            "confirmed_by_somebody",
            "(confirmed_at IS NULL) = (confirmed_by_id IS NULL)"
            " AND (confirmed_at IS NULL) = (effective_at IS NULL)",
        ),
        _check("cools_off", "effective_at IS NULL OR effective_at > confirmed_at"),
        _check("ended_somehow", "(ended_at IS NULL) = (ended_as IS NULL)"),
        _check(
            "applied_by_itself",
            "COALESCE(ended_as = 'applied', FALSE)"
            " = (ended_at IS NOT NULL AND ended_by_id IS NULL)",
        ),
        _check(
            "applied_in_its_time",
            "COALESCE(ended_as <> 'applied', TRUE) OR effective_at <= ended_at",
        ),
        _check("account_change_end", "ended_as IN ('applied', 'refused', 'withdrawn')"),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_{TABLE}_{column}"))
            for column, table in (
                ("organisation_id", "organisation"),
                ("asked_by_id", "account"),
                ("confirmed_by_id", "account"),
                ("ended_by_id", "account"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(
        "uq_account_change_open",
        TABLE,
        ["organisation_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_account_change_organisation", TABLE, ["organisation_id", "id"])


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{TABLE}_{name}"))
