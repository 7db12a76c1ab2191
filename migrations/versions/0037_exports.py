"""Exports are sealed and registered; long ones are made by the worker; a pack comes each month.

Revision: 0037
Follows: 0039
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers

revision = "0037"
down_revision = "0039"
branch_labels = None
depends_on = None

LEVELS = ("bureau", "city", "county", "town")


def upgrade() -> None:
    op.create_table(
        "export_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        *_asked(),
        sa.Column("rows", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("amount_fen", "refund_fen", "net_fen")
        ),
        sa.Column("as_of", sa.DateTime(), nullable=False),
        sa.Column("as_of_entry_id", sa.Integer(), nullable=False),
        sa.Column("is_locked", sa.Boolean(), nullable=False),
        sa.Column("rows_sha256", sa.String(length=64), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        *_checks(
            "export_record",
            place_has_nine_digits="length(place) = 9",
            days_in_order="since <= until",
            summary_has_rows_by="(sheet = 'summary') = (rows_by IS NOT NULL)",
            counts_are_not_negative="rows >= 0 AND as_of_entry_id >= 0",
            net_adds_up="net_fen = amount_fen - refund_fen",
            hashes_are_whole="length(rows_sha256) = 64 AND length(file_sha256) = 64",
            is_not_empty="bytes > 0",
        ),
        *_keys("export_record", account_id="account.id"),
    )
    op.create_index("ix_export_record_place", "export_record", ["place", "id"])
    for column in ("account_id", "file_sha256"):
        op.create_index(f"ix_export_record_{column}", "export_record", [column])
    op.create_table(
        "frozen_export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("as_of", sa.DateTime(), nullable=False),
        sa.Column("as_of_entry_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        *_checks(
            "frozen_export",
            key_is_a_hash="length(key) = 64",
            line_is_not_negative="as_of_entry_id >= 0",
        ),
        *_keys("frozen_export"),
        sa.UniqueConstraint("key", name=op.f("uq_frozen_export_key")),
    )
    op.create_table(
        "pack_subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        *_checks("pack_subscription", every_month_has_that_day="day BETWEEN 1 AND 28"),
        *_keys("pack_subscription", account_id="account.id"),
        sa.UniqueConstraint("account_id", name=op.f("uq_pack_subscription_account_id")),
    )
    op.create_table(
        "pack_issue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("told_at", sa.DateTime(), nullable=True),
        *_checks("pack_issue", month_is_a_month="length(month) = 7"),
        *_keys("pack_issue", account_id="account.id"),
        sa.UniqueConstraint("account_id", "month", name=op.f("uq_pack_issue_account_id_month")),
    )
    op.create_table(
        "export_job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        *_asked(),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.DateTime(), nullable=False),
        sa.Column("as_of_entry_id", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.DateTime(), nullable=True)
            for name in ("beat_at", "ready_at", "failed_at", "forgotten_at")
        ),
        sa.Column("record_id", sa.Integer(), nullable=True),
        *_checks(
            "export_job",
            one_end="ready_at IS NULL OR failed_at IS NULL",
            ready_is_registered="(ready_at IS NULL) = (record_id IS NULL)",
            forgotten_later="forgotten_at IS NULL OR ready_at IS NOT NULL",
            place_has_nine_digits="length(place) = 9",
            days_in_order="since <= until",
            summary_has_rows_by="(sheet = 'summary') = (rows_by IS NOT NULL)",
            counts_not_negative="rows_done >= 0 AND rows >= 0 AND tries >= 0",
        ),
        *_keys(
            "export_job",
            account_id="account.id",
            issue_id="pack_issue.id",
            record_id="export_record.id",
        ),
    )
    op.create_index("ix_export_job_waiting", "export_job", ["ready_at", "failed_at"])
    op.create_index("ix_export_job_own", "export_job", ["account_id", "id"])
    for column in ("issue_id", "ready_at"):
        op.create_index(f"ix_export_job_{column}", "export_job", [column])
    for table in ("export_record", "frozen_export"):
        for statement in create_triggers(table, op.get_bind().dialect.name):
            op.execute(statement)


def _asked() -> tuple[sa.Column[Any], ...]:
    """What a file is about."""
    return (
        _one_of("sheet", "table", ("detail", "summary")),
        _one_of("kind", "file_kind", ("xlsx", "csv")),
        sa.Column("rows_by", sa.String(length=20), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        _one_of("scope_level", "scope_level", LEVELS),
        sa.Column("scope_code", sa.String(length=9), nullable=True),
        sa.Column("place", sa.String(length=9), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
    )


def _one_of(column: str, name: str, values: tuple[str, ...]) -> sa.Column[str]:
    enum = sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
    return sa.Column(column, enum, nullable=False)


def _checks(table: str, **conditions: str) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
        for name, condition in conditions.items()
    ]


def _keys(table: str, **targets: str) -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))
            for column, target in targets.items()
        ),
    ]
