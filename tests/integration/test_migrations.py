"""The migrations make, on an empty database of either engine, exactly what the models say."""

from importlib import import_module

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect, text
from sqlalchemy.exc import DBAPIError

from shop.append_only import append_only_tables, trigger_names
from shop.db import db
from tests.architecture.tree import product_files

pytestmark = pytest.mark.both_engines

# What keeps lines out of closed months; test_month_close tries them.
MONTHS_THAT_ARE_CLOSED = (
    "month_close_locked_refuses_delete",
    "month_close_locked_refuses_update",
    "sales_entry_refuses_closed_month",
)
# On PostgreSQL, whoever writes lines tells the watermark of the sums that some are to come.
WATERMARK = {"sqlite": (), "postgresql": ("sales_entry_shares_lock",)}


@pytest.fixture
def connection(app):
    """A connection to a database that was empty, and then migrated (see tests.parts.databases)."""
    for file in product_files():
        if "models" in file.with_suffix("").parts:
            import_module(".".join(file.with_suffix("").parts))
    with app.app_context(), db.engine.connect() as connection:
        yield connection


def test_tables_columns_keys_and_indexes_are_those_of_the_models(connection):
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    assert compare_metadata(context, db.metadata) == []


def test_every_check_constraint_is_there_by_name(connection):
    inspector = inspect(connection)
    made = {
        (table, check["name"])
        for table in inspector.get_table_names()
        for check in inspector.get_check_constraints(table)
    }
    assert made == {
        (table.name, check.name)
        for table in db.metadata.tables.values()
        for check in table.constraints
        if isinstance(check, CheckConstraint)
    }


def test_every_append_only_table_has_its_triggers(connection):
    made = connection.execute(text(_triggers(connection.dialect.name))).scalars().all()
    expected = [name for table in append_only_tables(db.metadata) for name in trigger_names(table)]
    others = [*MONTHS_THAT_ARE_CLOSED, *WATERMARK[connection.dialect.name]]
    assert sorted(made) == sorted([*expected, *others])


def test_the_triggers_refuse_to_change_or_delete_a_row(act):
    """They are tried on the audit log, as an administrator of the database would."""
    columns = "(at, act, subject, subject_id, detail)"
    values = "('2026-11-23 02:00:00', 'tried', 'nothing', '1', '{}')"
    act(lambda: db.session.execute(text(f"INSERT INTO audit_entry {columns} VALUES {values}")))
    for change in ("UPDATE audit_entry SET act = 'hidden'", "DELETE FROM audit_entry"):
        with pytest.raises(DBAPIError, match="audit_entry is append-only"):
            act(lambda change=change: db.session.execute(text(change)))


def _triggers(dialect: str) -> str:
    if dialect == "sqlite":
        return "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    return "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
