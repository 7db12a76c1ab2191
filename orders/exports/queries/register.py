"""Read the register of exports, and the files that are being made. All of it inside a scope."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload

from orders.exports.models import ExportJob, ExportRecord, PackIssue, PackSubscription
from shop.accounts.people.rules import Scope
from shop.db import db
from shop.errors import NotFound
from shop.web.paging import Page, paginate

PER_PAGE = 50
# A file that its workers died over so often is given up.
MOST_TRIES = 3


def list_records(scope: Scope, number: int) -> Page[ExportRecord]:
    """What was taken of the places of a scope, the newest first."""
    query = (
        select(ExportRecord)
        .where(scope.contains(ExportRecord.place))
        .options(joinedload(ExportRecord.account, innerjoin=True))
        .order_by(ExportRecord.id.desc())
    )
    return paginate(query, number, PER_PAGE)


def get_record(scope: Scope, record_id: int) -> ExportRecord:
    """Raises NotFound outside the scope."""
    query = (
        select(ExportRecord)
        .where(ExportRecord.id == record_id, scope.contains(ExportRecord.place))
        .options(joinedload(ExportRecord.account, innerjoin=True))
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def find_record_of(scope: Scope, file_sha256: str) -> ExportRecord | None:
    """The first registered file of this hash, if its place lies in the scope: the same file may
    have been taken more than once."""
    query = (
        select(ExportRecord)
        .where(ExportRecord.file_sha256 == file_sha256, scope.contains(ExportRecord.place))
        .options(joinedload(ExportRecord.account, innerjoin=True))
        .order_by(ExportRecord.id)
        .limit(1)
    )
    return db.session.scalars(query).first()


def list_own_jobs(account_id: int, scope: Scope) -> Sequence[ExportJob]:
    """The files that somebody asked for and that are made or still lie there, the newest first."""
    query = (
        select(ExportJob)
        .where(
            ExportJob.account_id == account_id,
            ExportJob.forgotten_at.is_(None),
            scope.contains(ExportJob.place),
        )
        .options(joinedload(ExportJob.record))
        .order_by(ExportJob.id.desc())
        .limit(20)
    )
    return db.session.scalars(query).all()


def get_job(scope: Scope, job_id: int) -> ExportJob:
    """One of the places of a scope: a scope that was taken away takes the files with it. Raises
    NotFound."""
    query = (
        select(ExportJob)
        .where(ExportJob.id == job_id, scope.contains(ExportJob.place))
        .options(joinedload(ExportJob.record))
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def list_waiting(dead_before: datetime) -> Sequence[int]:
    """The files that nobody is making, the oldest first."""
    query = select(ExportJob.id).where(*is_waiting(dead_before)).order_by(ExportJob.id)
    return db.session.scalars(query).all()


def is_waiting(dead_before: datetime) -> list[ColumnElement[bool]]:
    return [
        ExportJob.ready_at.is_(None),
        ExportJob.failed_at.is_(None),
        or_(ExportJob.beat_at.is_(None), ExportJob.beat_at < dead_before),
    ]


def list_old_jobs(before: datetime) -> Sequence[ExportJob]:
    """Those whose files were made before a moment and still lie there."""
    query = (
        select(ExportJob)
        .where(ExportJob.ready_at < before, ExportJob.forgotten_at.is_(None))
        .options(joinedload(ExportJob.record, innerjoin=True))
        .order_by(ExportJob.id)
        .limit(500)
    )
    return db.session.scalars(query).all()


def is_still_needed(file_sha256: str) -> bool:
    """Whether another file that is kept has the same content."""
    query = (
        select(ExportJob.id)
        .join(ExportRecord, ExportRecord.id == ExportJob.record_id)
        .where(ExportRecord.file_sha256 == file_sha256, ExportJob.forgotten_at.is_(None))
        .limit(1)
    )
    return db.session.scalar(query) is not None


# ── The monthly pack ────────────────────────────────────────────────────────────────────────────


def find_subscription(account_id: int) -> PackSubscription | None:
    query = select(PackSubscription).where(PackSubscription.account_id == account_id)
    return db.session.scalars(query).one_or_none()


def list_due(day: int, month: str) -> Sequence[int]:
    """The accounts whose day has come and that have no pack of that month yet."""
    has_one = select(PackIssue.id).where(
        PackIssue.account_id == PackSubscription.account_id, PackIssue.month == month
    )
    query = (
        select(PackSubscription.account_id)
        .where(PackSubscription.day <= day, ~has_one.exists())
        .order_by(PackSubscription.account_id)
    )
    return db.session.scalars(query).all()


def list_issues(account_id: int) -> Sequence[PackIssue]:
    """Somebody's packs, the newest first."""
    query = select(PackIssue).where(PackIssue.account_id == account_id)
    return db.session.scalars(query.order_by(PackIssue.month.desc()).limit(12)).all()


def get_own_issue(account_id: int, month: str) -> PackIssue:
    """Raises NotFound."""
    query = select(PackIssue).where(PackIssue.account_id == account_id, PackIssue.month == month)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def list_of_issue(issue_id: int, scope: Scope | None = None) -> Sequence[ExportJob]:
    """The files of a pack, as they were asked for; only those of a scope if it is given."""
    query = (
        select(ExportJob)
        .where(ExportJob.issue_id == issue_id)
        .options(joinedload(ExportJob.record))
        .order_by(ExportJob.id)
    )
    if scope is not None:
        query = query.where(scope.contains(ExportJob.place))
    return db.session.scalars(query).all()
