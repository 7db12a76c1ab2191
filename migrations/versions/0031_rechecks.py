"""Cooperatives are checked again every six months.

Revision: 0031
Follows: 0030
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

BODIES = ("bureau", "headquarters", "working_group", "town_government", "town_team")


def upgrade() -> None:
    op.add_column("organisation", sa.Column("checked_at", sa.DateTime(), nullable=True))
    op.add_column("organisation", sa.Column("recheck_due_on", sa.Date(), nullable=True))
    op.add_column("organisation", sa.Column("recheck_lapsed_at", sa.DateTime(), nullable=True))
    _create_recheck()
    _create_confirmation()
    _create_sign_off()
    _create_return()
    for table in ("recheck_confirmation", "recheck_sign_off", "recheck_return"):
        for statement in create_triggers(table, op.get_bind().dialect.name):
            op.execute(statement)


def _create_recheck() -> None:
    table = "recheck"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        _check(
            table,
            "finished_was_confirmed",
            "finished_at IS NULL OR confirmed_at IS NOT NULL",
        ),
        _check(table, "confirmed_has_a_version", "confirmed_at IS NULL OR version > 0"),
        _refers(table, "organisation_id", "organisation"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recheck")),
    )
    op.create_index(
        "uq_recheck_open",
        table,
        ["organisation_id"],
        unique=True,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_index("ix_recheck_organisation", table, ["organisation_id", "id"])


def _create_confirmation() -> None:
    table = "recheck_confirmation"
    op.create_table(
        table,
        *_of_a_version(),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("contact", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("village", sa.String(length=40), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        _check(table, "is_complete", "name <> '' AND contact <> '' AND phone <> ''"),
        *_refers_of_a_version(table, "by_id"),
        sa.UniqueConstraint("recheck_id", "version", name=op.f(f"uq_{table}_recheck_id_version")),
        info={"append_only": True},
    )


def _create_sign_off() -> None:
    table = "recheck_sign_off"
    op.create_table(
        table,
        *_of_a_version(),
        _body(),
        sa.Column("official_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        _check(table, "bodies_of_a_town_sign", "body IN ('town_government', 'town_team')"),
        _check(table, "body", _among(BODIES)),
        *_refers_of_a_version(table, "official_id"),
        sa.UniqueConstraint(
            "recheck_id", "version", "body", name=op.f(f"uq_{table}_recheck_id_version_body")
        ),
        sa.UniqueConstraint(
            "recheck_id",
            "version",
            "official_id",
            name=op.f(f"uq_{table}_recheck_id_version_official_id"),
        ),
        info={"append_only": True},
    )


def _create_return() -> None:
    table = "recheck_return"
    op.create_table(
        table,
        *_of_a_version(),
        _body(),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        _check(table, "has_a_reason", "reason <> ''"),
        _check(table, "body", _among(BODIES)),
        *_refers_of_a_version(table, "by_id"),
        sa.UniqueConstraint("recheck_id", "version", name=op.f(f"uq_{table}_recheck_id_version")),
        info={"append_only": True},
    )


def _of_a_version() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recheck_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    ]


def _refers_of_a_version(table: str, person: str) -> list[sa.Constraint]:
    return [
        _refers(table, "recheck_id", "recheck"),
        _refers(table, person, "account"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _body() -> sa.Column:
    return sa.Column("body", sa.String(length=32), nullable=False)


def _among(names: tuple[str, ...]) -> str:
    return "body IN ({})".format(", ".join(f"'{name}'" for name in names))


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
