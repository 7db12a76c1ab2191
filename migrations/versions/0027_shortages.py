"""A cooperative says what it sold and can't deliver, and whose orders go without.

Revision: 0027
Follows: 0025
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers

revision = "0027"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_reports()
    _create_lines()
    dialect = op.get_bind().dialect.name
    for table in ("shortage", "shortage_line"):
        for statement in create_triggers(table, dialect):
            op.execute(statement)


def _create_reports() -> None:
    causes = ("weather", "spoiled", "damaged", "miscounted", "other")
    op.create_table(
        "shortage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("cooperative_id", sa.Integer(), nullable=False),
        sa.Column("variant_id", sa.Integer(), nullable=False),
        sa.Column("ships_on", sa.Date()),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("written_off", sa.Integer(), nullable=False),
        sa.Column("no_longer_ahead", sa.Integer(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum(*causes, name="cause", native_enum=False, create_constraint=False, length=32),
            nullable=False,
        ),
        sa.Column("note", sa.String(100), nullable=False),
        sa.Column("by_id", sa.Integer()),
        sa.Column("at", sa.DateTime(), nullable=False),
        _check("shortage", "cause", f"cause IN ({', '.join(map(repr, causes))})"),
        _check("shortage", "units_are_positive", "units > 0"),
        _check("shortage", "written_off_is_not_negative", "written_off >= 0"),
        _check("shortage", "no_longer_ahead_is_not_negative", "no_longer_ahead >= 0"),
        _check(
            "shortage",
            "what_is_missing_leaves_the_store",
            "ships_on IS NOT NULL OR written_off >= units",
        ),
        _check(
            "shortage",
            "only_harvests_are_sold_ahead",
            "ships_on IS NOT NULL OR no_longer_ahead = 0",
        ),
        _key("shortage", "cooperative_id", "organisation"),
        _key("shortage", "variant_id", "variant"),
        _key("shortage", "by_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shortage")),
        sa.UniqueConstraint("key", name=op.f("uq_shortage_key")),
    )
    op.create_index(op.f("ix_shortage_variant_id"), "shortage", ["variant_id"])
    op.create_index("ix_shortage_desk", "shortage", ["cooperative_id", "id"])


def _create_lines() -> None:
    op.create_table(
        "shortage_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shortage_id", sa.Integer(), nullable=False),
        sa.Column("order_line_id", sa.Integer(), nullable=False),
        sa.Column("cancellation_id", sa.Integer(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        _check("shortage_line", "units_are_positive", "units > 0"),
        _key("shortage_line", "shortage_id", "shortage"),
        _key("shortage_line", "order_line_id", "order_line"),
        _key("shortage_line", "cancellation_id", "cancellation"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shortage_line")),
        sa.UniqueConstraint(
            "shortage_id",
            "order_line_id",
            name=op.f("uq_shortage_line_shortage_id_order_line_id"),
        ),
        sa.UniqueConstraint(
            "cancellation_id",
            "order_line_id",
            name=op.f("uq_shortage_line_cancellation_id_order_line_id"),
        ),
    )
    op.create_index(op.f("ix_shortage_line_order_line_id"), "shortage_line", ["order_line_id"])


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name)
