"""Read commission rates."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload

from orders.commissions.models import CommissionRate
from shop.db import db
from shop.organisations.models import Organisation, OrganisationKind
from shop.web.paging import Page, paginate

PER_PAGE = 20


def rate_on(
    cooperative_id: int | ColumnElement[int], day: date | ColumnElement[date]
) -> ColumnElement[int]:
    """The rate at which a cooperative sells on a day, 0 where nobody has set one; as an expression
    that is put straight into the statement which writes a part of an order, so that freezing the
    rate asks nothing of its own."""
    own = _valid(day).where(CommissionRate.cooperative_id == cooperative_id)
    for_all = _valid(day).where(CommissionRate.cooperative_id.is_(None))
    return func.coalesce(own.scalar_subquery(), for_all.scalar_subquery(), 0)


def find_rate(cooperative_id: int, day: date) -> int:
    """The rate at which a cooperative sells on a day, in basis points."""
    return db.session.scalar(select(rate_on(cooperative_id, day))) or 0


def find_rate_for_all(day: date) -> int:
    """What holds for cooperatives without a rate of their own, in basis points."""
    for_all = _valid(day).where(CommissionRate.cooperative_id.is_(None))
    return db.session.scalar(for_all) or 0


def list_own_rates(day: date) -> list[tuple[Organisation, int | None]]:
    """Every cooperative with the rate of its own that holds on a day, if it has one."""
    own = _valid(day).where(CommissionRate.cooperative_id == Organisation.id)
    query = (
        select(Organisation, own.correlate(Organisation).scalar_subquery())
        .where(Organisation.kind == OrganisationKind.COOPERATIVE)
        .order_by(Organisation.name)
    )
    return [(cooperative, rate) for cooperative, rate in db.session.execute(query)]


def list_changes(cooperative_id: int | None, number: int) -> Page[CommissionRate]:
    """What was set for a cooperative, or with None for all, the latest first."""
    query = (
        select(CommissionRate)
        .where(CommissionRate.cooperative_id == cooperative_id)
        .options(joinedload(CommissionRate.set_by))
        .order_by(CommissionRate.effective_on.desc(), CommissionRate.id.desc())
    )
    return paginate(query, number, PER_PAGE)


def list_coming(day: date) -> Sequence[CommissionRate]:
    """Changes that have been set and don't hold yet, the next first."""
    query = (
        select(CommissionRate)
        .where(CommissionRate.effective_on > day)
        .order_by(CommissionRate.effective_on, CommissionRate.id)
        .limit(PER_PAGE)
    )
    return db.session.scalars(query).all()


def _valid(day: date | ColumnElement[date]) -> Select[int | None]:
    """The rate of the latest row that holds on a day, of whomever the caller means."""
    return (
        select(CommissionRate.basis_points)
        .where(CommissionRate.effective_on <= day)
        .order_by(CommissionRate.effective_on.desc(), CommissionRate.id.desc())
        .limit(1)
    )
