"""Read activities: officials those of their scope, cooperatives theirs, everybody the announced."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import selectinload

from catalog.products.models import Product, Variant
from orders.fairs.models import (
    Activity,
    ActivityCooperative,
    ActivityTown,
    Allotment,
    FairStaff,
    TillLine,
    TillSale,
)
from orders.fairs.rules import Standing
from orders.sales.models import Channel, SalesEntry
from shop.accounts.people.rules import Scope
from shop.db import db, total
from shop.errors import NotFound
from shop.organisations.models import Organisation
from shop.organisations.queries import may_sell
from shop.web.paging import Page, paginate

PER_PAGE = 20
ENTRIES_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Result:
    """What the ledger says of an activity, in a scope: fen, grams, and lines without a weight."""

    net_fen: int = 0
    weight_g: int = 0
    entries: int = 0
    unweighed: int = 0


NOTHING = Result()


def list_in_scope(
    scope: Scope, number: int, standing: Standing | None, today: date
) -> Page[Activity]:
    """The activities for at least one town of a scope, the latest first."""
    query = select(Activity).where(_concerns(scope))
    if standing is not None:
        query = query.where(_stands(standing, today))
    query = query.options(selectinload(Activity.towns))
    return paginate(query.order_by(Activity.from_on.desc(), Activity.id.desc()), number, PER_PAGE)


def get_in_scope(activity_id: int, scope: Scope) -> Activity:
    """An activity that an official may see: it is for one of their towns. Raises NotFound."""
    return _get(Activity.id == activity_id, _concerns(scope))


def get_to_change(activity_id: int, scope: Scope, *, lock: bool = False) -> Activity:
    """An activity that an official may change: it is for no town outside. Raises NotFound."""
    outside = exists().where(
        ActivityTown.activity_id == Activity.id, ~scope.contains(ActivityTown.town_code)
    )
    return _get(Activity.id == activity_id, _concerns(scope), ~outside, lock=lock)


def is_wholly_in(activity: Activity, scope: Scope) -> bool:
    """Whether all towns of an activity are in a scope."""
    return all(scope.covers(town.code) for town in activity.towns)


def results_of(activity_ids: Collection[int], scope: Scope) -> Mapping[int, Result]:
    """What was sold at these activities by towns of the scope. Online lines don't count: who
    ordered in the shop did so without the activity."""
    if not activity_ids:
        return {}
    query = (
        select(
            SalesEntry.activity_id,
            total(SalesEntry.net_fen),
            total(SalesEntry.net_weight_g),
            func.count(),
            func.count().filter(SalesEntry.net_weight_g.is_(None)),
        )
        .where(*_counted(scope), SalesEntry.activity_id.in_(activity_ids))
        .group_by(SalesEntry.activity_id)
    )
    return {row[0]: Result(*row[1:]) for row in db.session.execute(query) if row[0] is not None}


def list_entries(activity_id: int, scope: Scope, number: int) -> Page[SalesEntry]:
    """The ledger lines that a result is the sum of, the newest first."""
    query = select(SalesEntry).where(*_counted(scope), SalesEntry.activity_id == activity_id)
    return paginate(query.order_by(SalesEntry.id.desc()), number, ENTRIES_PER_PAGE)


def doubts_in(activity_ids: Collection[int], scope: Scope) -> Mapping[int, int]:
    """How many till lines of the scope's towns wait for a note, by activity."""
    if not activity_ids:
        return {}
    query = (
        select(TillSale.activity_id, func.count())
        .join(TillLine.sale)
        .join(TillLine.allotment)
        .join(Allotment.variant)
        .join(Variant.product)
        .join(Product.cooperative)
        .where(
            TillSale.activity_id.in_(activity_ids),
            TillSale.undone_at.is_(None),
            TillLine.doubt.is_not(None),
            TillLine.verdict.is_(None),
            scope.contains(Organisation.town_code),
        )
        .group_by(TillSale.activity_id)
    )
    return dict(db.session.execute(query).all())


def list_cooperatives_in(town_codes: Collection[str]) -> Sequence[Organisation]:
    """The cooperatives of these towns that may sell, by town and name."""
    query = (
        select(Organisation)
        .where(Organisation.town_code.in_(town_codes), may_sell())
        .order_by(Organisation.town_code, Organisation.name)
    )
    return db.session.scalars(query).all()


def list_of_cooperative(cooperative_id: int, number: int) -> Page[Activity]:
    """The announced activities that a cooperative takes part in, the latest first."""
    query = select(Activity).where(_takes_part(cooperative_id), Activity.announced_at.is_not(None))
    return paginate(query.order_by(Activity.from_on.desc(), Activity.id.desc()), number, PER_PAGE)


def get_of_cooperative(cooperative_id: int, activity_id: int, *, lock: bool = False) -> Activity:
    """An announced activity that a cooperative takes part in. Raises NotFound."""
    return _get(
        Activity.id == activity_id,
        _takes_part(cooperative_id),
        Activity.announced_at.is_not(None),
        lock=lock,
    )


def list_public(today: date, number: int) -> Page[Activity]:
    """What is announced and not over: what comes first stands first."""
    query = (
        select(Activity)
        .where(Activity.announced_at.is_not(None), Activity.until_on >= today)
        .options(selectinload(Activity.towns))
        .order_by(Activity.cancelled_at.is_not(None), Activity.from_on, Activity.id)
    )
    return paginate(query, number, PER_PAGE)


def is_held() -> ColumnElement[bool]:
    """The condition that an activity was announced and not called off."""
    return and_(Activity.announced_at.is_not(None), Activity.cancelled_at.is_(None))


def get_public(activity_id: int) -> Activity:
    """An announced activity, over or not. Raises NotFound."""
    return _get(Activity.id == activity_id, Activity.announced_at.is_not(None))


def list_staff(activity_id: int) -> Sequence[FairStaff]:
    """Who may sell at its till now, in the order in which they were named."""
    query = (
        select(FairStaff)
        .where(FairStaff.activity_id == activity_id, FairStaff.ended_at.is_(None))
        .options(selectinload(FairStaff.account).lazyload("*"), selectinload(FairStaff.cooperative))
        .order_by(FairStaff.id)
    )
    return db.session.scalars(query).all()


def list_to_close(day: date) -> Sequence[int]:
    """The ids of activities that ended before a day and still hold what is left."""
    query = select(Activity.id).where(Activity.until_on < day, Activity.closed_at.is_(None))
    return db.session.scalars(query.order_by(Activity.id)).all()


def _get(*conditions: ColumnElement[bool], lock: bool = False) -> Activity:
    query: Select[Activity] = (
        select(Activity)
        .where(*conditions)
        .options(selectinload(Activity.towns), selectinload(Activity.cooperatives))
    )
    if lock:
        query = query.with_for_update(of=Activity).execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def _concerns(scope: Scope) -> ColumnElement[bool]:
    return exists().where(
        ActivityTown.activity_id == Activity.id, scope.contains(ActivityTown.town_code)
    )


def _takes_part(cooperative_id: int) -> ColumnElement[bool]:
    return exists().where(
        ActivityCooperative.activity_id == Activity.id,
        ActivityCooperative.cooperative_id == cooperative_id,
    )


def _stands(standing: Standing, today: date) -> ColumnElement[bool]:
    """``rules.standing_of`` as an SQL condition."""
    if standing is Standing.CANCELLED:
        return Activity.cancelled_at.is_not(None)
    if standing is Standing.DRAFT:
        return Activity.announced_at.is_(None) & Activity.cancelled_at.is_(None)
    days = {
        Standing.OVER: Activity.until_on < today,
        Standing.TO_COME: Activity.from_on > today,
        Standing.RUNNING: and_(Activity.from_on <= today, Activity.until_on >= today),
    }
    return and_(is_held(), days[standing])


def _counted(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    return (scope.contains(SalesEntry.town_code), SalesEntry.channel != Channel.ONLINE)
