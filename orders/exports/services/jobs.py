"""Files that the worker makes: asked for, taken up, made, and thrown away some days later."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from orders.exports.errors import TooManyJobs
from orders.exports.models import ExportJob, PackIssue, Table
from orders.exports.queries.ledger import sums_of
from orders.exports.queries.register import (
    MOST_TRIES,
    is_still_needed,
    is_waiting,
    list_of_issue,
    list_old_jobs,
)
from orders.exports.rules.files import file_name
from orders.exports.rules.wanted import AsOf, Wanted
from orders.exports.services.making import Made, begin, register
from shop.accounts.notices.rules import contact_of
from shop.accounts.notices.services import tell
from shop.accounts.people.models import Account
from shop.db import db

MOST_OPEN = 5
# A worker says at least so often that it is alive.
DEAD_AFTER = timedelta(minutes=5)
# So long a file can be fetched.
KEPT = timedelta(days=7)


def ask_for(
    wanted: Wanted,
    *,
    by: int,
    at: datetime,
    as_of: AsOf | None = None,
    issue_id: int | None = None,
) -> ExportJob:
    """Have a file made. What somebody has asked for and waits for is not made twice.

    Its lines are settled now if not before, however late it is made. Raises TooManyJobs or
    LedgerBusy.
    """
    # One after the other: a button that is pressed twice asks once.
    db.session.scalars(select(Account.id).where(Account.id == by).with_for_update()).one()
    open_jobs = _list_open(by)
    for job in open_jobs:
        if issue_id is None and as_of is None and _is_same(job, wanted):
            return job
    if issue_id is None and len(open_jobs) >= MOST_OPEN:
        raise TooManyJobs
    as_of = begin(wanted, at=at, as_of=as_of).as_of
    rows = sums_of(wanted.part, as_of)[0] if wanted.table is Table.DETAIL else 0
    job = ExportJob(
        account_id=by,
        issue_id=issue_id,
        asked_at=at,
        table=wanted.table,
        kind=wanted.kind,
        by=wanted.rows_by,
        since=wanted.part.since,
        until=wanted.part.until,
        scope_level=wanted.part.scope.level,
        scope_code=wanted.part.scope.code,
        place=wanted.place,
        filters=wanted.filters,
        rows=rows,
        as_of=as_of.at,
        as_of_entry_id=as_of.entry_id,
    )
    db.session.add(job)
    db.session.flush()
    return job


def take_up(job_id: int, *, at: datetime) -> ExportJob | None:
    """Claim a file for this worker; None if another has it. One that took its workers down with it
    as often as it was tried is given up."""
    claimed = db.session.execute(
        update(ExportJob)
        .where(ExportJob.id == job_id, *is_waiting(at - DEAD_AFTER))
        .values(beat_at=at, tries=ExportJob.tries + 1, rows_done=0)
        .returning(ExportJob.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    if claimed is None:
        return None
    job = db.session.get_one(ExportJob, job_id, populate_existing=True)
    if job.tries > MOST_TRIES:
        give_up(job_id, at=at)
        return None
    return job


def note_progress(job_id: int, rows_done: int, *, at: datetime) -> None:
    """Say how far a file is, and that its worker is alive."""
    db.session.execute(
        update(ExportJob)
        .where(ExportJob.id == job_id, ExportJob.ready_at.is_(None))
        .values(rows_done=rows_done, beat_at=at)
        .execution_options(synchronize_session=False)
    )


def finish(job_id: int, wanted: Wanted, made: Made, *, at: datetime) -> None:
    """Register a file that lies there, and tell who asked for it, once."""
    job = _lock(job_id)
    if job.is_over:
        return
    record = register(wanted, made, by=job.account_id, at=at)
    job.record_id, job.ready_at, job.rows_done = record.id, at, made.rows
    db.session.flush()
    if job.issue_id is not None:
        _tell_of_pack(job.issue_id, at)
        return
    tell(
        contact_of(job.account),
        "orders/export_ready",
        {"file": f"{file_name(wanted)}.{wanted.kind}", "days": KEPT.days},
        key=f"export-job:{job.id}:ready",
        path=f"/statistics/exports/jobs/{job.id}",
        at=at,
    )


def give_up(job_id: int, *, at: datetime) -> None:
    """Say that a file could not be made."""
    job = _lock(job_id)
    if job.is_over:
        return
    job.failed_at = at
    tell(
        contact_of(job.account),
        "orders/export_failed",
        {"table": job.table.value},
        key=f"export-job:{job.id}:failed",
        path=f"/statistics/exports/jobs/{job.id}",
        at=at,
    )


def forget_old(*, before: datetime, at: datetime) -> list[tuple[str, str]]:
    """Note that files made before a moment are thrown away; the answer is the hash and kind of
    those that nobody needs any more."""
    unneeded = []
    for job in list_old_jobs(before):
        job.forgotten_at = at
        db.session.flush()
        assert job.record is not None
        if not is_still_needed(job.record.file_sha256):
            unneeded.append((job.record.file_sha256, job.kind.value))
    return unneeded


def _tell_of_pack(issue_id: int, at: datetime) -> None:
    """Once all of its files lie there."""
    jobs = list_of_issue(issue_id)
    if not all(job.ready_at for job in jobs):
        return
    issue = db.session.get_one(PackIssue, issue_id)
    issue.told_at = at
    account = db.session.get_one(Account, issue.account_id)
    tell(
        contact_of(account),
        "orders/export_pack",
        {"month": issue.month, "days": KEPT.days},
        key=f"export-pack:{issue.id}",
        path=f"/statistics/packs/{issue.month}",
        at=at,
    )


def _list_open(account_id: int) -> list[ExportJob]:
    query = select(ExportJob).where(
        ExportJob.account_id == account_id,
        ExportJob.ready_at.is_(None),
        ExportJob.failed_at.is_(None),
    )
    return list(db.session.scalars(query))


def _is_same(job: ExportJob, wanted: Wanted) -> bool:
    scope = wanted.part.scope
    asked = (job.table, job.kind, job.by, job.since, job.until, job.scope_level, job.scope_code)
    want = (wanted.table, wanted.kind, wanted.rows_by, wanted.part.since, wanted.part.until)
    return asked == (*want, scope.level, scope.code) and job.filters == wanted.filters


def _lock(job_id: int) -> ExportJob:
    return db.session.get_one(ExportJob, job_id, with_for_update=True, populate_existing=True)
