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
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
            render_item=render,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
