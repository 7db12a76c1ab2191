"""The database: one session, one place that commits, the column types of the house."""

import fcntl
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import IO, Annotated, Any, TypeVar
from typing import cast as as_type

import psycopg
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Engine,
    Enum,
    Executable,
    MetaData,
    Table,
    bindparam,
    cast,
    event,
    func,
    inspect,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import (
    DeclarativeBase,
    InstrumentedAttribute,
    Mapper,
    Session,
    mapped_column,
    registry,
)
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.pool import ConnectionPoolEntry, Pool
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. Stored as UTC without a zone on both engines, always aware in Python."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


# An amount of money. A yearly target in fen does not fit 32 bits.
Fen = Annotated[int, mapped_column(BigInteger)]


class Base(DeclarativeBase):
    """What every table has in common."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={datetime: UtcDateTime()},
    )


class OneDatabase(FlaskSession):
    """A session that doesn't look at every statement for which database it is meant."""

    def get_bind(
        self, mapper: Any = None, clause: Any = None, bind: Any = None, **kwargs: Any
    ) -> Engine | Connection:
        chosen: Engine | Connection = bind or self._db.engine
        return chosen


Model = TypeVar("Model", bound=Base)

db = SQLAlchemy(
    model_class=Base, session_options={"expire_on_commit": False, "class_": OneDatabase}
)


# How long to wait for another writer.
SQLITE_PATIENCE_SECONDS = 10
SQLITE_STATEMENTS = 1_000
POSTGRES_STATEMENTS = 400
# How often a process looks whether another one has finished writing.
LOOKS_EVERY_SECONDS = 0.0005
_turn = Lock()
# For so long after its last use a connection to PostgreSQL is not tried before it is used again.
TRUSTED_SECONDS = 1


class NestedTransaction(RuntimeError):
    """An act was begun inside another act: only the outermost caller may commit."""


class UnfinishedChange(RuntimeError):
    """Something was changed outside a transaction and would have been lost silently."""


@contextmanager
def transaction() -> Iterator[Session]:
    """Commit one act, once; roll everything back on any exception. Does not nest.

    The session that was only reading ends first, so that what the act reads is fresh and SQLite
    can take its write lock before the first read (``BEGIN IMMEDIATE``): a SQLite transaction that
    read before it writes can fail at once, whatever the busy timeout.
    """
    session = db.session()
    if session.info.get("in_transaction"):
        raise NestedTransaction
    if session.new or session.dirty or session.deleted:
        raise UnfinishedChange
    session.rollback()
    session.info["in_transaction"] = True
    session.info["after_commit"] = []
    with _turn_to_write():
        try:
            session.connection(execution_options={"sqlite_begin": "BEGIN IMMEDIATE"})
            yield session
            session.commit()
            callbacks = session.info["after_commit"]
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info.pop("in_transaction")
            session.info.pop("after_commit")
    for callback in callbacks:
        callback()


@contextmanager
def _turn_to_write() -> Iterator[None]:
    """SQLite has one writer at a time, and whoever finds it busy sleeps, longer each time, and
    looks again. Threads of one process wait for each other here instead, and are woken; of several
    processes only one thread each looks, at a lock beside the database, and often.

    Whoever waits too long goes on without a turn: SQLite itself then says that it is locked.
    """
    engine = db.engine
    if engine.dialect.name != "sqlite":
        yield
        return
    patience_ends = monotonic() + SQLITE_PATIENCE_SECONDS
    has_turn = _turn.acquire(timeout=SQLITE_PATIENCE_SECONDS)
    try:
        with _turn_among_processes(engine.url.database, patience_ends):
            yield
    finally:
        if has_turn:
            _turn.release()


@contextmanager
def _turn_among_processes(file: str | None, patience_ends: float) -> Iterator[None]:
    """The kernel takes the lock from a process that dies."""
    if not file or file == ":memory:":
        yield
        return
    with Path(f"{file}-turn").open("ab") as lock:
        while not _took(lock) and monotonic() < patience_ends:
            sleep(LOOKS_EVERY_SECONDS)
        yield


def _took(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def after_commit(callback: Callable[[], None]) -> None:
    """Run something once the current act is committed; never if it is rolled back."""
    callbacks = db.session().info["after_commit"]
    if callback not in callbacks:
        callbacks.append(callback)


class PostgresConnection(psycopg.Connection[Any]):
    """Keeps what it has prepared when a transaction is rolled back, as all that only read are.

    The driver forgets it then, for it may be of a table that was made in that transaction and is
    gone; nobody but the migrations makes tables, in processes of their own. PostgreSQL itself
    keeps it, and planning everything anew takes it longer than answering.
    """

    def rollback(self) -> None:
        if self.info.transaction_status is not psycopg.pq.TransactionStatus.IDLE:
            answer = self.pgconn.exec_(b"ROLLBACK")
            if answer.status != psycopg.pq.ExecStatus.COMMAND_OK:
                raise psycopg.OperationalError(answer.get_error_message())


@event.listens_for(Engine, "do_connect")
def _connect(
    dialect: Dialect, record: ConnectionPoolEntry, args: Any, parameters: dict[str, Any]
) -> PostgresConnection | None:
    """Both drivers keep about a hundred prepared statements, and the shop has many more in turn."""
    if dialect.name == "sqlite":
        parameters["cached_statements"] = SQLITE_STATEMENTS
        return None
    connection = PostgresConnection.connect(*args, **parameters)
    connection.prepared_max = POSTGRES_STATEMENTS
    return connection


@event.listens_for(Engine, "connect")
def _prepare_connection(connection: Any, record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    # The driver must not begin transactions of its own: _begin_transaction does.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={SQLITE_PATIENCE_SECONDS * 1000}")
    cursor.close()


@event.listens_for(Pool, "checkin")
def _note_rest(connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["at_rest_since"] = monotonic()


@event.listens_for(Pool, "checkout")
def _require_alive(connection: Any, record: ConnectionPoolEntry, proxy: Any) -> None:
    """A connection that rested may have lost its server; one that was just in use has not."""
    rested = monotonic() - record.info.get("at_rest_since", monotonic())
    if rested < TRUSTED_SECONDS or isinstance(connection, sqlite3.Connection):
        return
    try:
        connection.autocommit = True
        connection.execute("SELECT 1")
        connection.autocommit = False
    except psycopg.Error as error:
        raise InvalidatePoolError from error


@event.listens_for(Engine, "begin")
def _begin_transaction(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        statement = connection.get_execution_options().get("sqlite_begin", "BEGIN")
        # Past the engine's own execution, which costs more than all that SQLite does for it.
        connection.connection.execute(statement)


def table_of(model: type[Base]) -> Table:
    """The table of a model. A statement over its columns skips what the unit of work does for
    objects, about half of what a small statement costs; it sees nothing that was not flushed."""
    return as_type(Table, model.__table__)


def columns_of(*models: type[Base]) -> list[ColumnElement[Any]]:
    """All columns of some tables, one table after the other, for ``objects_of``."""
    return [column for model in models for column in table_of(model).c]


def objects_of(row: Sequence[Any], *models: type[Base]) -> list[Any]:
    """The objects in a row of just these columns; None for one that an outer join did not find.

    It takes about a third of the time that the session takes to read objects with others in one
    statement. They are for reading: they belong to no session, which neither writes what is
    changed in them nor reads what they lead to; that is set with ``set_committed_value``.
    """
    found: list[Any] = []
    begins = 0
    for model in models:
        ends = begins + len(attributes_of(model))
        found.append(_detached(model, row[begins:ends]))
        begins = ends
    return found


def _detached(model: type[Base], values: Sequence[Any]) -> Base | None:
    """Every table's key comes first, and nothing else of a row that wasn't found is there."""
    if values[0] is None:
        return None
    return just_written(model, dict(zip(attributes_of(model), values, strict=True)))


def just_written(model: type[Model], values: Mapping[str, Any]) -> Model:
    """An object of values that were written past the session, likewise for reading; what the
    database itself filled in is not in it."""
    mapper: Mapper[Any] = inspect(model)
    made: Model = mapper.class_manager.new_instance()
    made.__dict__.update(values)
    # With a key and without a session it is detached.
    key = (values.get(attributes_of(model)[0]),)
    instance_state(made).key = mapper.identity_key_from_primary_key(key)
    return made


def forget(model: type[Base], id_: int, *names: str) -> None:
    """Read an object of the session anew, or just these attributes of it, the next time that it is
    asked: a statement past the session has changed its row."""
    session = db.session()
    key = inspect(model).identity_key_from_primary_key((id_,))
    known = session.identity_map.get(key)
    if known is not None:
        session.expire(known, names or None)


@cache
def attributes_of(model: type[Base]) -> tuple[str, ...]:
    """The attributes that hold the columns of a model's table, in their order."""
    mapper = inspect(model)
    return tuple(mapper.get_property_by_column(column).key for column in table_of(model).c)


def one_of(values: type[StrEnum]) -> Enum:
    """A text column that holds one of the values, with a CHECK that says so."""
    return Enum(
        values,
        native_enum=False,
        create_constraint=True,
        length=32,
        name=_snake_case(values.__name__),
        values_callable=lambda members: [member.value for member in members],
    )


def _snake_case(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def insert_once(model: type[Base], *unique: str, **values: Any) -> int | None:
    """Insert a row unless one with the same values in the unique columns is there; return its id.

    While another act is about to insert the same, this one waits for what becomes of it.
    """
    statement = _insert_once(model, unique, db.engine.dialect.name, tuple(values))
    written: int | None = db.session.scalar(statement, values)
    return written


@cache
def _insert_once(
    model: type[Base], unique: tuple[str, ...], dialect: str, columns: tuple[str, ...]
) -> Executable:
    """Put together once for each table: several are written in every act."""
    table = table_of(model)
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = insert(table).values({name: bindparam(name) for name in columns})
    return statement.on_conflict_do_nothing(index_elements=unique).returning(table.c.id)


def total(column: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[int]:
    """The sum of a column as a whole number, 0 for no rows, on both engines alike."""
    return cast(func.coalesce(func.sum(column), 0), BigInteger)
