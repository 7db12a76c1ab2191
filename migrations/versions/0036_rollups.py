"""Sums of the ledger are kept up to a watermark, and what was compared with what is recorded.

Revision: 0036
Follows: 0035
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

GRAINS = (
    "place",
    "mode",
    "channel",
    "buyers",
    "category",
    "cooperative",
    "trade",
    "range",
    "clients",
    "whole",
    "activity",
)
EQUATIONS = ("rollup", "orders", "payments")
KEY = (
    ("month", sa.String(length=7)),
    ("day", sa.SmallInteger()),
    ("county_code", sa.String(length=6)),
    ("town_code", sa.String(length=9)),
    ("category_id", sa.Integer()),
    ("cooperative_id", sa.Integer()),
    ("buyer_type", sa.String(length=32)),
    ("channel", sa.String(length=32)),
    ("mode", sa.String(length=32)),
    ("activity_id", sa.Integer()),
)
SUMS = (
    "lines sales offline_lines amount_fen refund_fen net_fen direct_fen online_fen union_fen"
    " weight_g unweighed"
).split()
# What a page of the ledger is looked for by, and the index that it takes the place of.
INDEXES = {
    "ix_sales_entry_town_day": ("town_code", "ix_sales_entry_town_month"),
    "ix_sales_entry_county_day": ("county_code", "ix_sales_entry_county_code"),
    "ix_sales_entry_category_day": ("category_id", None),
}
# Whoever writes a line shares this lock until the end of the act, before the line has its number.
# Moving the watermark takes it alone for a moment: then no smaller number is still to come.
WRITERS_LOCK = 20_210_601
ON_POSTGRESQL = (
    f"""
    CREATE FUNCTION share_ledger_lock() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared({WRITERS_LOCK});
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER sales_entry_shares_lock BEFORE INSERT ON sales_entry
    FOR EACH STATEMENT EXECUTE FUNCTION share_ledger_lock()
    """,
)


def upgrade() -> None:
    op.create_table(
        "sales_rollup",
        _one_of("grain", GRAINS),
        sa.Column("daily", sa.SmallInteger(), autoincrement=False, nullable=False),
        *(sa.Column(name, kind, autoincrement=False, nullable=False) for name, kind in KEY),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in SUMS),
        sa.Column("newest_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("day BETWEEN 0 AND 31", name=op.f("ck_sales_rollup_day_of_a_month")),
        sa.CheckConstraint("lines > 0", name=op.f("ck_sales_rollup_sums_up_something")),
        sa.PrimaryKeyConstraint(
            "grain", "daily", *(name for name, _ in KEY), name=op.f("pk_sales_rollup")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rollup_mark",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("through_id", sa.Integer(), nullable=False),
        sa.Column("moved_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_rollup_mark_there_is_one")),
        sa.CheckConstraint("through_id >= 0", name=op.f("ck_rollup_mark_through_a_line")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollup_mark")),
    )
    op.create_table(
        "reconciliation",
        sa.Column("id", sa.Integer(), nullable=False),
        _one_of("equation", EQUATIONS),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("left_fen", sa.BigInteger(), nullable=False),
        sa.Column("right_fen", sa.BigInteger(), nullable=False),
        sa.Column("compared", sa.Integer(), nullable=False),
        sa.Column("apart", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "compared >= 0 AND apart BETWEEN 0 AND compared",
            name=op.f("ck_reconciliation_counts_fit"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation")),
    )
    op.create_index("ix_reconciliation_equation", "reconciliation", ["equation", "id"])
    for name, (column, former) in INDEXES.items():
        op.create_index(name, "sales_entry", [column, "counted_on"])
        if former:
            op.drop_index(former, "sales_entry")
    dialect = op.get_bind().dialect.name
    for statement in create_triggers("reconciliation", dialect):
        op.execute(statement)
    for statement in () if dialect == "sqlite" else ON_POSTGRESQL:
        op.execute(statement)


def _one_of(name: str, values: tuple[str, ...]) -> sa.Column[str]:
    kind = sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
    return sa.Column(name, kind, nullable=False)
