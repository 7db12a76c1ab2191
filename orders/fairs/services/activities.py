"""Make, announce, change and call off activities, and say who stands at their tills."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, func, select

from catalog.products.models import Product, Variant
from orders.fairs.errors import (
    ActivityOver,
    NamedAlready,
    NobodyHere,
    NotBegun,
    SoldOnOtherDays,
    TakesPartAlready,
)
from orders.fairs.events import CalledOff, Dropped, Moved, TakenUp
from orders.fairs.models import Activity, ActivityKind, Allotment, FairStaff, TillSale
from orders.fairs.queries.activities import get_to_change
from orders.fairs.services.allotments import give_back_all
from shop.accounts.audit.services import record
from shop.accounts.notices.rules import contact_of
from shop.accounts.notices.services import tell
from shop.accounts.people.queries import find_by_identifier
from shop.accounts.people.rules import Scope, canonical_identifier
from shop.clock import day_of
from shop.db import db
from shop.errors import NotFound
from shop.events import announce
from shop.organisations.models import Organisation
from shop.places.models import Town


@dataclass(frozen=True, slots=True)
class Plan:
    """What an official says of an activity. Money in fen, weight in grams; None is not planned."""

    kind: ActivityKind
    name: str
    place: str
    from_on: date
    until_on: date
    hosts: str
    town_codes: tuple[str, ...]
    cooperative_ids: tuple[int, ...]
    plan_fen: int | None = None
    plan_g: int | None = None
    text: str = ""


def make_activity(plan: Plan, scope: Scope, *, by: int, at: datetime) -> Activity:
    """Nobody else sees it until it is announced. Raises NotFound for places outside the scope."""
    activity = Activity(made_at=at, made_by_id=by)
    _fill(activity, plan, scope)
    db.session.add(activity)
    db.session.flush()
    record("make_activity", "activity", activity.id, by=by, at=at, name=plan.name)
    return activity


def change_activity(activity_id: int, plan: Plan, scope: Scope, *, by: int, at: datetime) -> None:
    """Raises NotFound, ActivityOver, TakesPartAlready or SoldOnOtherDays."""
    activity = _lock(activity_id, scope)
    _require_it_stays_possible(activity, plan)
    knew, met = _taking_part(activity), _meeting(activity)
    _fill(activity, plan, scope)
    record("change_activity", "activity", activity.id, by=by, at=at, name=plan.name)
    if activity.announced_at is None:
        return
    now = _taking_part(activity)
    announce(TakenUp(activity.id, tuple(each for each in now if each not in knew), at))
    announce(Dropped(activity.id, tuple(each for each in knew if each not in now), at))
    if met != _meeting(activity):
        announce(Moved(activity.id, tuple(each for each in now if each in knew), at))


def announce_activity(activity_id: int, scope: Scope, *, by: int, at: datetime) -> None:
    """Show it to everybody, and to its cooperatives; once is enough. Raises NotFound or
    ActivityOver."""
    activity = _lock(activity_id, scope)
    if activity.announced_at is None:
        activity.announced_at, activity.announced_by_id = at, by
        record("announce_activity", "activity", activity.id, by=by, at=at, name=activity.name)
        announce(TakenUp(activity.id, _taking_part(activity), at))


def cancel_activity(activity_id: int, reason: str, scope: Scope, *, by: int, at: datetime) -> None:
    """Call it off; what was allotted goes back into the store. What was sold stays sold.

    Raises NotFound or ActivityOver.
    """
    activity = _lock(activity_id, scope)
    activity.cancelled_at, activity.cancelled_by_id, activity.cancel_reason = at, by, reason
    record("cancel_activity", "activity", activity.id, by=by, at=at, reason=reason)
    give_back_all(activity, by=by, at=at)
    if activity.announced_at is not None:
        announce(CalledOff(activity.id, _taking_part(activity), at))


def close_activity(activity_id: int, scope: Scope, *, by: int, at: datetime) -> None:
    """Give back what is left before it goes back by itself. Raises NotFound, ActivityOver or
    NotBegun."""
    activity = _lock(activity_id, scope)
    if activity.from_on > day_of(at):
        raise NotBegun
    give_back_all(activity, by=by, at=at)


def name_staff(
    activity_id: int,
    identifier: str,
    cooperative_id: int | None,
    scope: Scope,
    *,
    by: int,
    at: datetime,
) -> FairStaff:
    """Let somebody sell at its till: everybody's goods, or those of one cooperative.

    Raises NotFound, ActivityOver, NobodyHere or NamedAlready.
    """
    activity = _lock(activity_id, scope)
    if cooperative_id is not None and cooperative_id not in {c.id for c in activity.cooperatives}:
        raise NotFound
    canonical = canonical_identifier(identifier)
    account = find_by_identifier(canonical) if canonical else None
    if account is None or not account.is_active:
        raise NobodyHere
    is_named = exists().where(
        FairStaff.activity_id == activity.id,
        FairStaff.account_id == account.id,
        FairStaff.ended_at.is_(None),
    )
    if db.session.scalar(select(is_named)):
        raise NamedAlready
    staff = FairStaff(
        activity_id=activity.id,
        account_id=account.id,
        cooperative_id=cooperative_id,
        named_at=at,
        named_by_id=by,
    )
    db.session.add(staff)
    db.session.flush()
    record("name_staff", "activity", activity.id, by=by, at=at, account=account.id)
    tell(
        contact_of(account),
        "orders/till_staff",
        {"activity": activity.name, "from_on": str(activity.from_on)},
        key=f"fair-staff:{staff.id}",
        path=f"/till/{activity.id}",
        at=at,
    )
    return staff


def dismiss_staff(activity_id: int, staff_id: int, scope: Scope, *, by: int, at: datetime) -> None:
    """Somebody no longer sells there; what their phone sold until now still counts. Raises
    NotFound."""
    activity = get_to_change(activity_id, scope, lock=True)
    staff = db.session.get(FairStaff, staff_id, with_for_update=True)
    if staff is None or staff.activity_id != activity.id:
        raise NotFound
    if staff.ended_at is not None:
        return  # Somebody was faster, and it is as they wanted it.
    staff.ended_at, staff.ended_by_id = at, by
    record("dismiss_staff", "activity", activity.id, by=by, at=at, account=staff.account_id)


def _lock(activity_id: int, scope: Scope) -> Activity:
    activity = get_to_change(activity_id, scope, lock=True)
    if activity.cancelled_at is not None or activity.closed_at is not None:
        raise ActivityOver
    return activity


def _taking_part(activity: Activity) -> tuple[int, ...]:
    return tuple(each.id for each in activity.cooperatives)


def _meeting(activity: Activity) -> tuple[date, date, str]:
    return activity.from_on, activity.until_on, activity.place


def _fill(activity: Activity, plan: Plan, scope: Scope) -> None:
    towns = db.session.scalars(select(Town).where(Town.code.in_(plan.town_codes))).all()
    cooperatives = db.session.scalars(
        select(Organisation).where(Organisation.id.in_(plan.cooperative_ids))
    ).all()
    is_theirs = all(scope.covers(town.code) for town in towns) and all(
        each.town_code in plan.town_codes for each in cooperatives
    )
    if not is_theirs or {town.code for town in towns} != set(plan.town_codes):
        raise NotFound
    for name in ("kind", "name", "place", "from_on", "until_on", "hosts", "plan_fen", "plan_g"):
        setattr(activity, name, getattr(plan, name))
    activity.text = plan.text
    activity.towns, activity.cooperatives = list(towns), list(cooperatives)


def _require_it_stays_possible(activity: Activity, plan: Plan) -> None:
    left_out = [each for each in activity.cooperatives if each.id not in plan.cooperative_ids]
    query = (
        select(Product.cooperative_id)
        .join(Variant, Variant.product_id == Product.id)
        .join(Allotment, Allotment.variant_id == Variant.id)
        .where(
            Allotment.activity_id == activity.id,
            Product.cooperative_id.in_([each.id for each in left_out]),
            Allotment.allotted > Allotment.released,
        )
    )
    in_use = set(db.session.scalars(query))
    for each in left_out:
        if each.id in in_use:
            raise TakesPartAlready(TakesPartAlready.message % {"name": each.name})
    first, last = db.session.execute(
        select(func.min(TillSale.sold_on), func.max(TillSale.sold_on)).where(
            TillSale.activity_id == activity.id
        )
    ).one()
    if first is not None and not plan.from_on <= first <= last <= plan.until_on:
        raise SoldOnOtherDays
