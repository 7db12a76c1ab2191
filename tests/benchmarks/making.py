"""A worker that makes one long file: ``python -m tests.benchmarks.making csv DAY DAY``.

Prints as JSON how long it took, and what the process held at most above what it held idle.
"""

import json
import resource
import sys
import time
from datetime import date

from sqlalchemy import select

from orders.exports.handlers import make_files, want
from orders.exports.models import ExportRecord, FileKind, Table
from orders.exports.services.jobs import ask_for
from orders.statistics.rules.periods import Period
from shop import clock
from shop.accounts.people.models import Account, ScopeLevel
from shop.accounts.people.rules import Scope
from shop.app import create_app
from shop.config import Settings
from shop.db import db, transaction


def main(kind: str, since: str, until: str) -> None:
    app = create_app(Settings.from_environment())
    with app.app_context():
        idle = _peak()
        period = Period(date.fromisoformat(since), date.fromisoformat(until))
        scope = Scope(ScopeLevel.BUREAU, None)
        wanted = want(Table.DETAIL, FileKind(kind), None, {}, scope, period)
        with transaction():
            by = db.session.scalars(select(Account.id).order_by(Account.id)).first()
            ask_for(wanted, by=by, at=clock.now())
        began = time.perf_counter()
        assert make_files(clock.now()) == 1
        taken = time.perf_counter() - began
        newest = select(ExportRecord).order_by(ExportRecord.id.desc()).limit(1)
        record = db.session.scalars(newest).one()
        said = {"rows": record.rows, "sha256": record.file_sha256, "seconds": taken}
        print(json.dumps({**said, "megabytes": (_peak() - idle) / 1_000_000}))


def _peak() -> int:
    """What this process has held at most so far, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    main(*sys.argv[1:])
