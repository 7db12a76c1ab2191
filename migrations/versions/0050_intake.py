"""Sums of what was ordered and paid for.

Revision: 0050
Follows: 0049
"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

MOMENTS = ("placed", "paid")
GRAINS = ("place", "category", "cooperative", "buyers", "whole")


def upgrade() -> None:
    op.create_table(
        "intake_sum",
        _one_of("grain", GRAINS),
        _one_of("moment", MOMENTS),
        sa.Column("daily", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("day", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("county_code", sa.String(length=6), nullable=False),
        sa.Column("town_code", sa.String(length=9), nullable=False),
        sa.Column("category_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cooperative_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("buyer_type", sa.String(length=32), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("day BETWEEN 0 AND 31", name=op.f("ck_intake_sum_day_of_a_month")),
        sa.CheckConstraint(
            "(daily = 1) = (day > 0)", name=op.f("ck_intake_sum_of_a_day_or_a_month")
        ),
        sa.PrimaryKeyConstraint(
            "grain",
            "moment",
            "daily",
            "month",
            "day",
            "county_code",
            "town_code",
            "category_id",
            "cooperative_id",
            "buyer_type",
            name=op.f("pk_intake_sum"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "intake_mark",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("through_id", sa.Integer(), nullable=False),
        sa.Column("moved_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_intake_mark_there_is_one")),
        sa.CheckConstraint("through_id >= 0", name=op.f("ck_intake_mark_through_a_line")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_mark")),
    )


def downgrade() -> None:
    op.drop_table("intake_mark")
    op.drop_table("intake_sum")


def _one_of(name: str, values: tuple[str, ...]) -> sa.Column[str]:
    return sa.Column(
        name,
        sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32),
        nullable=False,
    )
