"""Read re-checks: a cooperative its own, officials those of their scope."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload, selectinload

from shop.accounts.people.models import Membership
from shop.accounts.people.rules import Scope
from shop.db import db
from shop.errors import NotFound
from shop.organisations.models import Organisation, OrganisationKind
from shop.web.paging import Page, paginate
from suppliers.rechecks.models import (
    Recheck,
    RecheckConfirmation,
    RecheckReturn,
    RecheckSignOff,
)
from suppliers.verification.models import Application

PER_PAGE = 20

_STORY = (
    selectinload(Recheck.confirmations).joinedload(RecheckConfirmation.by).lazyload("*"),
    selectinload(Recheck.sign_offs).joinedload(RecheckSignOff.official).lazyload("*"),
    selectinload(Recheck.returns).joinedload(RecheckReturn.by).lazyload("*"),
)
_WHOLE = (joinedload(Recheck.organisation).joinedload(Organisation.town), *_STORY)


def find_latest(cooperative_id: int) -> Recheck | None:
    """The round that is open, or else the last one."""
    query = (
        select(Recheck)
        .where(Recheck.organisation_id == cooperative_id)
        .options(*_WHOLE)
        .order_by(Recheck.id.desc())
        .limit(1)
    )
    return db.session.scalars(query).one_or_none()


def find_open(cooperative_id: int) -> Recheck | None:
    query = select(Recheck).where(
        Recheck.organisation_id == cooperative_id, Recheck.finished_at.is_(None)
    )
    return db.session.scalars(query.options(*_STORY)).one_or_none()


def get_recheck(recheck_id: int, scope: Scope | None) -> Recheck:
    """One of a scope, as it is now; None is no limit. Raises NotFound."""
    query = (
        select(Recheck)
        .join(Recheck.organisation)
        .where(Recheck.id == recheck_id, _within(scope))
        .options(*_WHOLE)
        .execution_options(populate_existing=True)
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def list_rechecks(scope: Scope | None, number: int, *, waiting: bool) -> Page[Recheck]:
    """Those that are open, whatever waits for a signature first and then the earliest due; else
    all, the newest first."""
    query = select(Recheck).join(Recheck.organisation).where(_within(scope)).options(*_WHOLE)
    if waiting:
        going_on = Recheck.finished_at.is_(None) & Organisation.left_at.is_(None)
        query = query.where(going_on).order_by(
            Recheck.confirmed_at.is_(None), Recheck.due_on, Recheck.id
        )
    else:
        query = query.order_by(Recheck.id.desc())
    return paginate(query, number, PER_PAGE)


def list_verified_before(moment: datetime) -> Sequence[tuple[int, datetime]]:
    """The cooperatives with no open round that were last verified before a moment, and when."""
    verified_at = func.coalesce(Organisation.checked_at, Organisation.admitted_at)
    query = (
        select(Organisation.id, Organisation.admitted_at, Organisation.checked_at)
        .where(
            Organisation.kind == OrganisationKind.COOPERATIVE,
            Organisation.recheck_due_on.is_(None),
            Organisation.leaving_at.is_(None),
            verified_at < moment,
        )
        .order_by(Organisation.id)
    )
    return [(row.id, row.checked_at or row.admitted_at) for row in db.session.execute(query)]


def list_late(due_before: date) -> Sequence[int]:
    """The cooperatives whose open round was due before a day."""
    query = (
        select(Recheck.organisation_id)
        .join(Recheck.organisation)
        .where(
            Recheck.finished_at.is_(None),
            Recheck.due_on < due_before,
            Organisation.leaving_at.is_(None),
        )
        .order_by(Recheck.id)
    )
    return db.session.scalars(query).all()


def is_member(account_id: int, cooperative_id: int) -> bool:
    query = select(Membership.id).where(
        Membership.account_id == account_id,
        Membership.organisation_id == cooperative_id,
        Membership.ended_at.is_(None),
    )
    return db.session.scalar(query.limit(1)) is not None


def find_contact(cooperative_id: int) -> str:
    """Who was named as the contact last: in a re-check, else in the application."""
    told = (
        select(RecheckConfirmation.contact)
        .join(Recheck, Recheck.id == RecheckConfirmation.recheck_id)
        .where(Recheck.organisation_id == cooperative_id)
        .order_by(RecheckConfirmation.id.desc())
        .limit(1)
    )
    applied = select(Application.contact).where(Application.organisation_id == cooperative_id)
    return db.session.scalar(told) or db.session.scalar(applied) or ""


def _within(scope: Scope | None) -> ColumnElement[bool]:
    known = Organisation.admitted_at.is_not(None)
    return known if scope is None else known & scope.contains(Organisation.town_code)
