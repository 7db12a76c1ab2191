"""Different fairs are counted from sums that hold little else.

Revision: 0049
Follows: 0048
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

BEFORE = (
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
NOW = (*BEFORE[:-1], "fairs", "activity")
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
COLUMNS = ", ".join(["grain", "daily", *(name for name, _ in KEY), *SUMS, "newest_id"])
# What was summed up so far, from the sums that tell more apart: up to the same watermark.
FAIRS = f"""
INSERT INTO sales_rollup ({COLUMNS})
SELECT 'fairs', daily, month, day, county_code, town_code, 0, 0, '', channel, '', activity_id,
    {", ".join(f"sum({name})" for name in SUMS)}, max(newest_id)
FROM sales_rollup WHERE grain = 'activity'
GROUP BY daily, month, day, county_code, town_code, channel, activity_id
"""


def upgrade() -> None:
    _allow(NOW)
    op.execute(FAIRS)


def downgrade() -> None:
    op.execute("DELETE FROM sales_rollup WHERE grain = 'fairs'")
    _allow(BEFORE)


def _allow(grains: tuple[str, ...]) -> None:
    """Have the table take these grains. On SQLite it is made anew by hand: what else makes it anew
    would make it with numbers of its rows, which are its largest part then."""
    check = op.f("ck_sales_rollup_grain")
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(check, "sales_rollup", type_="check")
        listed = ", ".join(f"'{grain}'" for grain in grains)
        op.create_check_constraint(check, "sales_rollup", f"grain IN ({listed})")
        return
    op.rename_table("sales_rollup", "sales_rollup_before")
    op.create_table(
        "sales_rollup",
        sa.Column(
            "grain",
            sa.Enum(*grains, name="grain", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
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
    op.execute(f"INSERT INTO sales_rollup ({COLUMNS}) SELECT {COLUMNS} FROM sales_rollup_before")
    op.drop_table("sales_rollup_before")
