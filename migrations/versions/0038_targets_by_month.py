"""Targets are spread over months, told apart by category and buyer; areas have their own.

Revision: 0038
Follows: 0040
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers

revision = "0038"
down_revision = "0040"
branch_labels = None
depends_on = None

MONTHS = [f"m{month:02d}_fen" for month in range(1, 13)]
BUYER_TYPES = ("resident", "budget_unit", "union", "state_owned", "private")
SPREADS = ("even", "season", "typed")
NUMBERS = {
    "whole": ((), "category_id IS NULL AND buyer_type IS NULL"),
    "category": (("category_id",), "category_id IS NOT NULL AND buyer_type IS NULL"),
    "buyer_type": (("buyer_type",), "category_id IS NULL AND buyer_type IS NOT NULL"),
    "category_and_buyer_type": (
        ("category_id", "buyer_type"),
        "category_id IS NOT NULL AND buyer_type IS NOT NULL",
    ),
}


def upgrade() -> None:
    _tell_targets_apart()
    _let_areas_have_their_own()
    for table in ("target", "area_target"):
        for statement in create_triggers(table, op.get_bind().dialect.name):
            op.execute(statement)


def _tell_targets_apart() -> None:
    op.execute("UPDATE target SET reason = '（未写理由）' WHERE version > 1 AND reason = ''")
    with op.batch_alter_table("target") as table:
        table.drop_constraint(op.f("uq_target_town_code_year_version"), type_="unique")
        table.add_column(sa.Column("category_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("buyer_type", sa.String(length=32), nullable=True))
        table.add_column(sa.Column("spread", sa.String(length=32), nullable=True))
        for name in MONTHS:
            table.add_column(sa.Column(name, sa.BigInteger(), nullable=True))
        table.alter_column("amount_fen", existing_type=sa.BigInteger(), nullable=True)
    with op.batch_alter_table("target") as table:
        table.create_foreign_key(op.f("fk_target_category_id"), "category", ["category_id"], ["id"])
        for name, condition in _checks().items():
            table.create_check_constraint(op.f(f"ck_target_{name}"), condition)
    for name, (columns, where) in NUMBERS.items():
        op.create_index(
            f"uq_target_{name}",
            "target",
            ["town_code", "year", *columns, "version"],
            unique=True,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )


def _checks() -> dict[str, str]:
    empty = " AND ".join(f"{name} IS NULL" for name in MONTHS)
    there = " AND ".join(f"coalesce({name}, -1) >= 0" for name in MONTHS)
    return {
        "buyer_type": f"buyer_type IN ({_listed(BUYER_TYPES)})",
        "spread": f"spread IN ({_listed(SPREADS)})",
        "a_revision_has_a_reason": "version = 1 OR reason <> ''",
        "begins_with_an_amount": "version > 1 OR amount_fen IS NOT NULL",
        "months_sum_to_the_year": (
            f"(spread IS NULL AND {empty}) OR (spread IS NOT NULL AND amount_fen IS NOT NULL"
            f" AND {there} AND {' + '.join(MONTHS)} = amount_fen)"
        ),
    }


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _let_areas_have_their_own() -> None:
    op.create_table(
        "area_target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("area_code", sa.String(length=6), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=True),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_area_target_{name}"))
            for name, condition in (
                ("amount_is_positive", "amount_fen > 0"),
                ("year_is_sensible", "year BETWEEN 2021 AND 2100"),
                ("versions_count_from_1", "version > 0"),
                ("begins_with_an_amount", "version > 1 OR amount_fen IS NOT NULL"),
                ("has_a_reason", "reason <> ''"),
                ("names_an_area", "area_code = 'all' OR length(area_code) = 6"),
            )
        ),
        sa.ForeignKeyConstraint(
            ["set_by_id"], ["account.id"], name=op.f("fk_area_target_set_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_target")),
        sa.UniqueConstraint(
            "area_code", "year", "version", name=op.f("uq_area_target_area_code_year_version")
        ),
    )
