"""Award programmes with their years, awards and decisions, and enterprises' pledges to towns.

Revision: 0042
Follows: 0041
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _table(
        "award_year",
        _number("year"),
        _fen("total_fen"),
        _fen("budgeted_fen"),
        sa.UniqueConstraint("year", name=op.f("uq_award_year_year")),
        checks={
            "budgets_are_in_the_total": "budgeted_fen BETWEEN 0 AND total_fen",
            "year_is_sensible": "year BETWEEN 2021 AND 2100",
        },
    )
    _table(
        "programme",
        _number("year"),
        _text("name", 80),
        _text("place", 9),
        _text("rule", 3000),
        _fen("budget_fen"),
        _fen("awarded_fen"),
        sa.Column("published_at", sa.DateTime(), nullable=False),
        _number("published_by_id"),
        sa.UniqueConstraint("year", "name", name=op.f("uq_programme_year_name")),
        checks={
            "budget_is_positive": "budget_fen > 0",
            "awards_are_in_the_budget": "awarded_fen BETWEEN 0 AND budget_fen",
            "says_its_rule": "name <> '' AND rule <> ''",
            "place_is_a_prefix": "place = '' OR length(place) IN (4, 6, 9)",
        },
        foreign={"published_by_id": "account.id"},
    )
    _table(
        "award",
        _number("programme_id"),
        _text("key", 64),
        _number("cooperative_id"),
        _text("cooperative_name", 80),
        _text("town_code", 9),
        _fen("amount_fen"),
        _text("reason", 200),
        sa.Column("awarded_on", sa.Date(), nullable=False),
        sa.Column("corrects_id", sa.Integer(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(), nullable=False),
        _number("proposed_by_id"),
        sa.UniqueConstraint("key", name=op.f("uq_award_key")),
        checks={
            "is_not_nothing": "amount_fen <> 0",
            "negative_corrects": "(corrects_id IS NULL) = (amount_fen > 0)",
            "has_a_reason": "reason <> ''",
        },
        foreign={
            "programme_id": "programme.id",
            "cooperative_id": "organisation.id",
            "town_code": "town.code",
            "corrects_id": "award.id",
            "proposed_by_id": "account.id",
        },
    )
    op.create_index("ix_award_programme", "award", ["programme_id", "id"])
    op.create_index("ix_award_town", "award", ["town_code", "id"])
    op.create_index(op.f("ix_award_cooperative_id"), "award", ["cooperative_id"])
    op.create_index(op.f("ix_award_corrects_id"), "award", ["corrects_id"])
    verdict = sa.Enum(
        *("confirmed", "declined"),
        name="verdict",
        native_enum=False,
        create_constraint=True,
        length=32,
    )
    _table(
        "award_decision",
        _number("award_id"),
        sa.Column("verdict", verdict, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        _number("by_id"),
        _number("proposed_by_id"),
        _text("note", 200),
        sa.UniqueConstraint("award_id", name=op.f("uq_award_decision_award_id")),
        checks={
            "two_people": "by_id <> proposed_by_id",
            "declined_for_a_reason": "verdict = 'confirmed' OR note <> ''",
        },
        foreign={
            "award_id": "award.id",
            "by_id": "account.id",
            "proposed_by_id": "account.id",
        },
    )
    _table(
        "pledge",
        _number("organisation_id"),
        _text("town_code", 9),
        _number("year"),
        _number("version"),
        _fen("amount_fen"),
        _text("words", 200),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        _number("set_by_id"),
        sa.UniqueConstraint(
            *("organisation_id", "town_code", "year", "version"),
            name=op.f("uq_pledge_organisation_id_town_code_year_version"),
        ),
        checks={
            "amount_is_positive": "amount_fen > 0",
            "versions_count_from_1": "version > 0",
            "year_is_sensible": "year BETWEEN 2021 AND 2100",
        },
        foreign={
            "organisation_id": "organisation.id",
            "town_code": "town.code",
            "set_by_id": "account.id",
        },
    )
    op.create_index("ix_pledge_year", "pledge", ["year", "town_code"])
    for table in ("award", "award_decision", "pledge"):
        for statement in create_triggers(table, op.get_bind().dialect.name):
            op.execute(statement)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _fen(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _table(
    table: str,
    *parts: sa.schema.SchemaItem,
    checks: dict[str, str],
    foreign: dict[str, str] | None = None,
) -> None:
    op.create_table(
        table,
        _number("id"),
        *parts,
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
            for name, condition in checks.items()
        ),
        *(
            sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_{table}_{column}"))
            for column, to in (foreign or {}).items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
