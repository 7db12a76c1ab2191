"""Work done apart from any page: Huey, with its queue in an SQLite file of its own.

A room registers its periodic work with :func:`every`; whoever wants it sooner nudges the worker.
Nothing is lost when a nudge is: the periodic run catches what it missed.
"""

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask import Flask, current_app
from huey import Huey, crontab
from huey.storage import SqliteStorage
from sqlalchemy.orm import Mapped, mapped_column

from shop import clock
from shop.config import Settings
from shop.db import Base, after_commit, db, transaction

Job = Callable[[datetime], object]

HEARTBEAT = "worker"
# A worker that has not been seen for this long counts as dead.
HEARTBEAT_VALID = timedelta(minutes=3)
_QUEUE_POLL_SECONDS = 0.5
_NIGHT_HOUR_UTC = "19"

# When each registered job runs by itself.
_jobs: dict[Job, Callable[[datetime], bool]] = {}
log = structlog.get_logger()


class Heartbeat(Base):
    """The last moment at which a worker was seen alive."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]


class NudgeStorage(SqliteStorage):
    """Huey's queue in a file. A nudge that waits there already need not wait twice: the worker
    takes it out before it looks for work, so it will see everything committed until now."""

    def enqueue(self, data: bytes, priority: float | None = None) -> None:
        waiting = "SELECT 1 FROM task WHERE queue = ? AND data = ?"
        if not self.sql(waiting, (self.name, self.to_blob(data)), results=True):
            super().enqueue(data, priority)

    def _create_connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection = super()._create_connection()
        # With WAL the file stays whole; what a power cut takes is nudges, and those may be lost.
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection


def every(minutes: int) -> Callable[[Job], Job]:
    """Run a function in the worker every so many minutes (a divisor of 60); it is told the time.

    The function opens its own transactions.
    """

    def register(job: Job) -> Job:
        _jobs[job] = crontab(minute="0" if minutes == 60 else f"*/{minutes}")
        return job

    return register


def nightly(job: Job) -> Job:
    """Run a function in the worker every night at three in Zhuhai; it is told the time.

    The function opens its own transactions, and catches up with nights that were missed.
    """
    _jobs[job] = crontab(hour=_NIGHT_HOUR_UTC, minute="0")
    return job


def nudge(job: Job) -> None:
    """Have the worker run a registered job now, once the current act is committed."""
    after_commit(current_app.extensions["nudges"][job])


def init_app(app: Flask, settings: Settings) -> None:
    """Give the app its queue, in which every registered job is a task."""
    file = str(settings.jobs_file)
    queue = Huey("cailanzi", storage_class=NudgeStorage, filename=file, results=False, utc=True)
    # Making the queue opened its file; a connection must not be taken along into forked workers.
    queue.storage.close()
    app.extensions["huey"] = queue
    app.extensions["nudges"] = {}
    for job, schedule in _jobs.items():
        name, run = f"{job.__module__}.{job.__qualname__}", _in_context(app, job)
        app.extensions["nudges"][job] = _enqueue_quietly(queue.task(name=name)(run), name)
        queue.periodic_task(schedule, name=f"{name}.periodic")(run)


def run_worker(app: Flask) -> None:
    """Work through the queue until the process is told to stop."""
    with app.app_context():
        beat(clock.now())
    queue: Huey = app.extensions["huey"]
    queue.create_consumer(workers=2, max_delay=_QUEUE_POLL_SECONDS).run()


@every(minutes=1)
def beat(at: datetime) -> None:
    """Leave a sign of life for ``/readyz``."""
    with transaction() as session:
        session.merge(Heartbeat(name=HEARTBEAT, seen_at=at))


def worker_is_alive(at: datetime) -> bool:
    """Whether a worker left a sign of life within the last minutes."""
    heartbeat = db.session.get(Heartbeat, HEARTBEAT)
    return heartbeat is not None and at - heartbeat.seen_at < HEARTBEAT_VALID


def _enqueue_quietly(task: Any, name: str) -> Callable[[], None]:
    """The act is committed already: a full or locked queue must not turn it into an error.

    Under one id all nudges of a job are the same task, which is how the queue knows them again.
    """

    def run() -> None:
        try:
            task(id=name)
        except Exception:
            log.warning("nudge_lost", exc_info=True)

    return run


def _in_context(app: Flask, job: Job) -> Callable[[], None]:
    def run() -> None:
        with app.app_context():
            job(clock.now())

    return run
