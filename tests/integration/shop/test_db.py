from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from shop.accounts.audit.models import AuditEntry
from shop.accounts.audit.services import record
from shop.db import NestedTransaction, UnfinishedChange, after_commit, db, transaction
from shop.jobs import Heartbeat
from tests.parts.databases import Engine

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

pytestmark = [pytest.mark.usefixtures("context"), pytest.mark.both_engines]


def test_an_act_is_committed_once_and_whole() -> None:
    with transaction() as session:
        session.add(Heartbeat(name="worker", seen_at=NOW))
    db.session.remove()
    assert db.session.get_one(Heartbeat, "worker").seen_at == NOW


def test_nothing_of_an_act_that_fails_is_kept() -> None:
    with pytest.raises(ZeroDivisionError), transaction() as session:
        session.add(Heartbeat(name="worker", seen_at=NOW))
        session.flush()
        raise ZeroDivisionError
    assert db.session.get(Heartbeat, "worker") is None


def test_acts_do_not_nest() -> None:
    with pytest.raises(NestedTransaction), transaction(), transaction():
        pass


def test_a_change_outside_an_act_is_not_lost_silently() -> None:
    db.session.add(Heartbeat(name="worker", seen_at=NOW))
    with pytest.raises(UnfinishedChange), transaction():
        pass
    db.session.rollback()


def test_what_should_follow_an_act_follows_only_its_commit() -> None:
    done: list[str] = []
    with transaction():
        after_commit(lambda: done.append("kept"))
        assert done == []
    with pytest.raises(ZeroDivisionError), transaction():
        after_commit(lambda: done.append("lost"))
        raise ZeroDivisionError
    assert done == ["kept"]


def test_what_postgresql_has_prepared_outlives_what_is_rolled_back(engine: Engine) -> None:
    """Nothing of SQLite's is forgotten, and there is no way to ask it."""
    if engine is Engine.SQLITE:
        return
    for _ in range(10):
        db.session.scalar(select(func.count()).select_from(Heartbeat))
        db.session.rollback()
    prepared = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE :like")
    assert db.session.scalar(prepared, {"like": "%heartbeat%"}) == 1


def test_a_rollback_on_a_line_that_is_cut_is_an_error_and_the_next_one_is_new(
    engine: Engine,
) -> None:
    if engine is Engine.SQLITE:
        return
    driver = db.session.connection().connection.driver_connection
    driver.pgconn.finish()
    with pytest.raises(DBAPIError):
        db.session.rollback()
    assert db.session.scalar(text("SELECT 1")) == 1


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(StatementError, match="without a time zone"), transaction() as session:
        session.execute(insert(Heartbeat).values(name="worker", seen_at=NOW.replace(tzinfo=None)))


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET act = 'x'", "DELETE FROM audit_entry"]
)
def test_the_audit_log_can_only_grow(statement: str) -> None:
    with transaction():
        record("admit", "organisation", 1, by=None, at=NOW, reason="…")
    with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
        session.execute(text(statement))
    assert db.session.scalar(select(func.count(AuditEntry.id))) == 1


def test_a_connection_that_lost_its_server_while_it_rested_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shop.db.TRUSTED_SECONDS", 0)
    if db.engine.dialect.name == "postgresql":
        lost = db.session.scalar(text("SELECT pg_backend_pid()"))
        db.session.rollback()
        address = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [lost])
    assert db.session.scalar(text("SELECT 1")) == 1


def test_threads_of_one_process_write_in_turn(app: Flask) -> None:
    def write(name: int) -> None:
        with app.app_context(), transaction() as session:
            session.add(Heartbeat(name=str(name), seen_at=NOW))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(40)))
    assert db.session.scalar(select(func.count(Heartbeat.name))) == 40
