"""What is made apart from any page: long files, monthly packs; and what is thrown away."""

from datetime import date, datetime
from time import monotonic

import structlog
from flask import current_app
from flask_babel import force_locale, gettext

from orders.exports.gateways.folder import exports_folder, forget, forget_parts, keep, new_file
from orders.exports.models import ExportJob, FileKind, Table
from orders.exports.queries.register import list_due, list_waiting
from orders.exports.rules.wanted import AsOf, Rows, Turn, Wanted, rows_of
from orders.exports.services import jobs, packs
from orders.exports.services.making import OFFICIAL_LANGUAGE, begin, make
from orders.statistics.queries.places import name_of_scope
from orders.statistics.rules.periods import Period, end_of_month
from orders.statistics.rules.summary import By
from orders.statistics.views.asked import look_up
from shop import clock
from shop.accounts.people.models import Account
from shop.accounts.people.rules import Scope, scope_of
from shop.db import db, transaction
from shop.errors import NotAllowed
from shop.jobs import every, nightly, nudge

_TELLS_EVERY_SECONDS = 1

log = structlog.get_logger()


def want(
    table: Table,
    kind: FileKind,
    by: Rows,
    filters: dict[str, str],
    scope: Scope,
    period: Period,
) -> Wanted:
    """Look up what filters name, in the language that is handed in. Raises NotFound."""
    with force_locale(OFFICIAL_LANGUAGE):
        asked = look_up(filters, scope, period)
        place = name_of_scope(scope) or gettext("全部帮扶镇")
        about = [place, *map(str, asked.names.values())]
        if isinstance(by, Turn):
            about.append(by.words)
    return Wanted(
        table=table, kind=kind, by=by, part=asked.part, filters=asked.filters, about=tuple(about)
    )


@every(minutes=1)
def make_files(at: datetime) -> int:
    """Make the files that wait, one after the other; return how many."""
    made = 0
    for job_id in list_waiting(at - jobs.DEAD_AFTER):
        with transaction():
            job = jobs.take_up(job_id, at=at)
        if job is None:
            continue
        try:
            _make(job)
            made += 1
        except Exception:
            # One file that can't be made must not keep the others waiting.
            log.error("export_not_made", job=job_id, exc_info=True)
            db.session.rollback()
            with transaction():
                jobs.give_up(job_id, at=clock.now())
    return made


@nightly
def make_packs(at: datetime) -> int:
    """Have the pack of the last month made for each official whose day has come; return how many.
    A night that is run again, or that was missed, makes no pack twice and loses none."""
    day = clock.day_of(at)
    first = packs.last_month(day)
    due = list_due(day.day, clock.month_of(first))
    db.session.rollback()
    return sum(_make_pack(account_id, first, at) for account_id in due)


@nightly
def forget_files(at: datetime) -> int:
    """Throw away files that were kept long enough; return how many."""
    folder = exports_folder(current_app.config["SETTINGS"])
    with transaction():
        old = jobs.forget_old(before=at - jobs.KEPT, at=at)
    for file_sha256, kind in old:
        forget(folder, file_sha256, kind)
    return len(old) + forget_parts(folder, before=at - jobs.KEPT)


def _make(job: ExportJob) -> None:
    """A file is complete and lies in its place before anything speaks of it."""
    folder = exports_folder(current_app.config["SETTINGS"])
    scope = Scope(job.scope_level, job.scope_code)
    by, period = rows_of(job.table, job.by), Period(job.since, job.until)
    wanted = want(job.table, job.kind, by, job.filters, scope, period)
    as_of = AsOf(job.as_of, job.as_of_entry_id) if job.table is Table.DETAIL else None
    with transaction():
        begun = begin(wanted, at=job.asked_at if as_of else clock.now(), as_of=as_of)
    with new_file(folder) as file:
        made = make(wanted, begun, file, progress=_Teller(job.id))
        keep(file, folder, made.file_sha256, job.kind.value)
    with transaction():
        jobs.finish(job.id, wanted, made, at=clock.now())


class _Teller:
    """Writes down how far a file is, now and then."""

    def __init__(self, job_id: int) -> None:
        self._job_id, self._next = job_id, monotonic() + _TELLS_EVERY_SECONDS

    def __call__(self, rows: int) -> None:
        if monotonic() >= self._next:
            with transaction():
                jobs.note_progress(self._job_id, rows, at=clock.now())
            self._next = monotonic() + _TELLS_EVERY_SECONDS


def _make_pack(account_id: int, first: date, at: datetime) -> bool:
    """The detail of the month, and the summary of the year up to its end."""
    month, year = (
        Period(first, end_of_month(first)),
        Period(date(first.year, 1, 1), end_of_month(first)),
    )
    with transaction():
        account = db.session.get_one(Account, account_id)
        try:
            scope = scope_of(account)
        except NotAllowed:
            packs.unsubscribe(account_id, at=at)
            return False
        issue_id = packs.issue(account_id, clock.month_of(first), at=at)
        if issue_id is None:
            return False
        for table, by, period in (
            (Table.DETAIL, None, month),
            (Table.SUMMARY, By.TOWN, year),
        ):
            wanted = want(table, FileKind.XLSX, by, {}, scope, period)
            jobs.ask_for(wanted, by=account_id, at=at, issue_id=issue_id)
        nudge(make_files)
    return True
