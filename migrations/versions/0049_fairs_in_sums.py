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
COLUMNS = ["grain", "daily", *(name for name, _ in KEY), *SUMS, "newest_id"]
SUMMED_UP = sa.table("sales_rollup", *map(sa.column, COLUMNS))
BEFOREHAND = sa.table("sales_rollup_before", *map(sa.column, COLUMNS))


def upgrade() -> None:
    _allow(NOW)
    op.execute(SUMMED_UP.insert().from_select(COLUMNS, _of_activities()))


def downgrade() -> None:
    op.execute(SUMMED_UP.delete().where(SUMMED_UP.c.grain == "fairs"))
    _allow(BEFORE)


def _of_activities() -> sa.Select[tuple[object, ...]]:
    """What was summed up so far, from the sums that tell more apart: up to the same watermark."""
    told_apart = ["daily", "month", "day", "county_code", "town_code", "channel", "activity_id"]
    nothing = {"category_id": 0, "cooperative_id": 0, "buyer_type": "", "mode": ""}
    columns: list[sa.ColumnElement[object]] = [sa.literal_column("'fairs'")]
    for name, _ in (("daily", None), *KEY):
        empty = sa.literal_column(repr(nothing.get(name)))
        columns.append(SUMMED_UP.c[name] if name in told_apart else empty)
    columns += [sa.cast(sa.func.sum(SUMMED_UP.c[name]), sa.BigInteger()) for name in SUMS]
    columns.append(sa.func.max(SUMMED_UP.c.newest_id))
    query = sa.select(*columns).where(SUMMED_UP.c.grain == "activity")
    return query.group_by(*(SUMMED_UP.c[name] for name in told_apart))


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
    op.execute(SUMMED_UP.insert().from_select(COLUMNS, sa.select(*BEFOREHAND.c)))
    op.drop_table("sales_rollup_before")
