"""Tables that are only ever added to: triggers refuse every change, on both engines."""

from sqlalchemy import MetaData, Table

_MARK = "append_only"
APPEND_ONLY = {"info": {_MARK: True}}


def is_append_only(table: Table) -> bool:
    return bool(table.info.get(_MARK))


def append_only_tables(metadata: MetaData) -> list[str]:
    """The names of the tables marked with ``__table_args__ = (…, APPEND_ONLY)``."""
    return sorted(table.name for table in metadata.tables.values() if is_append_only(table))


def trigger_names(table: str) -> list[str]:
    return [f"{table}_refuses_delete", f"{table}_refuses_update"]


def create_triggers(table: str, dialect: str) -> list[str]:
    """The statements that make a table append-only. Used by migrations."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_refuses_{act} BEFORE {act.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for act in ("update", "delete")
        ]
    function = (
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    return [function] + [
        f"CREATE TRIGGER {table}_refuses_{act} BEFORE {act.upper()} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for act in ("update", "delete")
    ]


def drop_triggers(table: str, dialect: str) -> list[str]:
    on = "" if dialect == "sqlite" else f" ON {table}"
    return [f"DROP TRIGGER {name}{on}" for name in trigger_names(table)]
