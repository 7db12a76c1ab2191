"""Flags: what looks odd in the ledger, its lines, who cleared it, and how far it was looked over.

Revision: 0041
Follows: 0034b
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers

revision = "0041"
down_revision = "0034b"
branch_labels = None
depends_on = None

KINDS = ("price", "refunded", "related", "spike", "evidence", "harvest")
LEVELS = ("bureau", "city", "county", "town")
BODIES = ("bureau", "headquarters", "working_group", "town_government", "town_team")


def upgrade() -> None:
    op.create_table(
        "flag",
        sa.Column("id", sa.Integer(), nullable=False),
        _one_of("kind", "flag_kind", KINDS),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("town_code", sa.String(length=9), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("raised_at", sa.DateTime(), nullable=False),
        *_checks("flag", is_about_something="subject <> ''"),
        *_keys("flag", town_code="town.code"),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_flag_kind_subject")),
    )
    op.create_index("ix_flag_town", "flag", ["town_code", "id"])
    op.create_table(
        "flag_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("flag_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        *_keys("flag_line", flag_id="flag.id", entry_id="sales_entry.id"),
        sa.UniqueConstraint("flag_id", "entry_id", name=op.f("uq_flag_line_flag_id_entry_id")),
    )
    op.create_index(op.f("ix_flag_line_entry_id"), "flag_line", ["entry_id"])
    op.create_table(
        "flag_clearance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("flag_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        _one_of("level", "scope_level", LEVELS),
        _one_of("body", "body", BODIES),
        sa.Column("note", sa.String(length=300), nullable=False),
        *_checks(
            "flag_clearance",
            says_what_was_found="note <> ''",
            cleared_above_the_town="level <> 'town'",
        ),
        *_keys("flag_clearance", flag_id="flag.id", by_id="account.id"),
        sa.UniqueConstraint("flag_id", name=op.f("uq_flag_clearance_flag_id")),
    )
    op.create_index(op.f("ix_flag_clearance_by_id"), "flag_clearance", ["by_id"])
    op.create_table(
        "flag_look",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("through_id", sa.Integer(), nullable=False),
        sa.Column("raised", sa.Integer(), nullable=False),
        *_checks("flag_look", counts_are_not_negative="through_id >= 0 AND raised >= 0"),
        *_keys("flag_look"),
    )
    for table in ("flag", "flag_line", "flag_clearance", "flag_look"):
        for statement in create_triggers(table, op.get_bind().dialect.name):
            op.execute(statement)


def _one_of(column: str, name: str, values: tuple[str, ...]) -> sa.Column[str]:
    return sa.Column(
        column,
        sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32),
        nullable=False,
    )


def _checks(table: str, **conditions: str) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
        for name, condition in conditions.items()
    ]


def _keys(table: str, **foreign: str) -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        *(
            sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_{table}_{column}"))
            for column, to in foreign.items()
        ),
    ]
