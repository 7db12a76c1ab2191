"""Runs migrations with the shop's own engine."""

from alembic import context
from flask import current_app

# Columns of the house are written down as what the databases know them by.
PLAIN_TYPES = {"UtcDateTime": "sa.DateTime()"}

db = current_app.extensions["migrate"].db


def render(kind, item, autogen_context):
    return PLAIN_TYPES.get(type(item).__name__, False) if kind == "type" else False


def run() -> None:
    if context.is_offline_mode():
        raise SystemExit("Migrations need a database: offline scripts are not supported.")
    with db.engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            # SQLite changes a table by making it anew, which its references must not notice.
            # Only outside of a transaction can they be told.
            driver = connection.connection.dbapi_connection
            driver.execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=is_sqlite,
            compare_type=True,
            render_item=render,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        if is_sqlite:
            if lost := driver.execute("PRAGMA foreign_key_check").fetchall():
                raise SystemExit(f"Rows that refer to nothing: {lost[:10]}")
            driver.execute("PRAGMA foreign_keys=ON")


run()
