"""Months close: what a town filed takes no more lines, and what is locked never changes.

A later migration that makes ``sales_entry`` anew on SQLite has to make its trigger anew too.

Revision: 0035
Follows: 0034
"""

import sqlalchemy as sa
from alembic import op

from shop.append_only import create_triggers

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

STATES = ("open", "filed", "reviewed", "locked")
ACTS = ("filed", "reviewed", "returned", "locked")
LEVELS = ("bureau", "city", "county", "town")
BODIES = ("bureau", "headquarters", "working_group", "town_government", "town_team")


def upgrade() -> None:
    op.create_table(
        "month_close",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("town_code", sa.String(length=9), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        _one_of("state", "close_state", STATES),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        *_checks(
            "month_close",
            month_is_a_month="length(month) = 7",
            versions_count_from_1="version > 0",
            rounds_count_from_0="round >= 0",
            filed_before_it_closes="state = 'open' OR round > 0",
        ),
        *_keys("month_close", town_code="town.code"),
        sa.UniqueConstraint("town_code", "month", name=op.f("uq_month_close_town_code_month")),
    )
    op.create_index("ix_month_close_month", "month_close", ["month", "state"])
    op.create_table(
        "month_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("close_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        _one_of("kind", "act_kind", ACTS),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        _one_of("level", "scope_level", LEVELS),
        _one_of("body", "body", BODIES),
        sa.Column("note", sa.String(length=300), nullable=False),
        *_checks(
            "month_act",
            returned_for_a_reason="kind <> 'returned' OR note <> ''",
            rounds_count_from_1="round > 0",
        ),
        *_keys("month_act", close_id="month_close.id", by_id="account.id"),
        sa.UniqueConstraint("close_id", "version", name=op.f("uq_month_act_close_id_version")),
    )
    op.create_index("ix_month_act_by", "month_act", ["by_id"])
    op.create_table(
        "month_snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("close_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("amount_fen", "refund_fen", "net_fen", "weight_g")
        ),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("households", "monitored", "jobs", "unevidenced", "unreported")
        ),
        *_checks(
            "month_snapshot",
            net_adds_up="net_fen = amount_fen - refund_fen",
            entries_are_not_negative="entries >= 0",
            hash_is_whole="length(sha256) = 64",
            monitored_are_among_them="monitored BETWEEN 0 AND households",
            counts_are_not_negative="jobs >= 0 AND unevidenced >= 0 AND unreported >= 0",
        ),
        *_keys("month_snapshot", close_id="month_close.id"),
        sa.UniqueConstraint("close_id", "round", name=op.f("uq_month_snapshot_close_id_round")),
    )
    op.create_table(
        "month_pin",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        *_keys("month_pin", snapshot_id="month_snapshot.id", version_id="benefit_version.id"),
        sa.UniqueConstraint(
            "snapshot_id", "version_id", name=op.f("uq_month_pin_snapshot_id_version_id")
        ),
    )
    op.create_table(
        "month_reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("town_code", sa.String(length=9), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        _one_of("state", "close_state", STATES),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(), nullable=False),
        *_checks("month_reminder", nobody_waits_for_what_is_locked="state <> 'locked'"),
        *_keys("month_reminder", town_code="town.code"),
        sa.UniqueConstraint(
            "town_code",
            "month",
            "state",
            "round",
            name=op.f("uq_month_reminder_town_code_month_state_round"),
        ),
    )
    late = sa.text("corrects_id IS NOT NULL OR sold_on < counted_on")
    op.create_index(
        "ix_sales_entry_adjusts",
        "sales_entry",
        ["town_code", "id"],
        sqlite_where=late,
        postgresql_where=late,
    )
    dialect = op.get_bind().dialect.name
    for table in ("month_act", "month_snapshot", "month_pin", "month_reminder"):
        for statement in create_triggers(table, dialect):
            op.execute(statement)
    for statement in ON_SQLITE if dialect == "sqlite" else ON_POSTGRESQL:
        op.execute(statement)


ON_SQLITE = (
    """
    CREATE TRIGGER sales_entry_refuses_closed_month BEFORE INSERT ON sales_entry
    WHEN EXISTS (
        SELECT 1 FROM month_close
        WHERE town_code = NEW.town_code AND month = NEW.month AND state <> 'open'
    )
    BEGIN SELECT RAISE(ABORT, 'sales_entry: this month is closed'); END
    """,
    *(
        f"""
        CREATE TRIGGER month_close_locked_refuses_{act} BEFORE {act.upper()} ON month_close
        WHEN OLD.state = 'locked'
        BEGIN SELECT RAISE(ABORT, 'month_close: a locked month never changes'); END
        """
        for act in ("update", "delete")
    ),
)
# Inserting shares a lock that filing takes for itself before it looks at the lines: so no line
# comes in unseen, and lines don't wait for each other. It is taken once for a whole statement.
ON_POSTGRESQL = (
    """
    CREATE FUNCTION refuse_closed_month() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock_shared(
            hashtextextended('month_close:' || town_code || ':' || month, 0)
        ) FROM (SELECT DISTINCT town_code, month FROM added ORDER BY 1, 2) AS months;
        IF EXISTS (
            SELECT 1 FROM month_close JOIN added USING (town_code, month)
            WHERE month_close.state <> 'open'
        ) THEN
            RAISE EXCEPTION 'sales_entry: this month is closed' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER sales_entry_refuses_closed_month AFTER INSERT ON sales_entry
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_month()
    """,
    """
    CREATE FUNCTION refuse_locked_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'month_close: a locked month never changes'
        USING ERRCODE = 'check_violation';
    END $$
    """,
    *(
        f"""
        CREATE TRIGGER month_close_locked_refuses_{act} BEFORE {act.upper()} ON month_close
        FOR EACH ROW WHEN (OLD.state = 'locked') EXECUTE FUNCTION refuse_locked_change()
        """
        for act in ("update", "delete")
    ),
)


def _one_of(column: str, name: str, values: tuple[str, ...]) -> sa.Column[str]:
    kind = sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
    return sa.Column(column, kind, nullable=False)


def _checks(table: str, **conditions: str) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
        for name, condition in conditions.items()
    ]


def _keys(table: str, **columns: str) -> list[sa.schema.Constraint]:
    return [
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))
            for column, target in columns.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]
