"""Put goods aside for an activity, and give back what it did not sell.

An allotment's row is locked before its variant's, and of several the lower variant first, as
everywhere in the stock room.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from catalog.products.models import Variant
from catalog.products.queries import get_own_variant
from catalog.stock.services import hold, release
from orders.fairs.errors import ActivityOver, AllottedMeanwhile
from orders.fairs.models import Activity, Allotment
from orders.fairs.queries.activities import get_of_cooperative
from orders.fairs.queries.tills import find_allotment
from orders.fairs.rules import may_allot
from shop import clock
from shop.accounts.audit.services import record
from shop.db import db, insert_once


def allot(
    cooperative_id: int,
    activity_id: int,
    variant_id: int,
    difference: int,
    price_fen: int | None,
    *,
    seen: int,
    by: int,
    at: datetime,
) -> Allotment:
    """Put so many units more aside, or take them back, at this price (None: the list price of
    today). ``seen`` is the version on whose sight it was decided, 0 where there was none: sales
    since then do no harm.

    Raises NotFound, ActivityOver, AllottedMeanwhile, or OutOfStock when the store has no more;
    StockMismatch when more is taken back than is left.
    """
    activity = get_of_cooperative(cooperative_id, activity_id, lock=True)
    if not may_allot(activity, clock.day_of(at)):
        raise ActivityOver
    variant = get_own_variant(cooperative_id, None, variant_id)
    allotment = _lock(activity, variant, seen)
    allotment.price_fen = price_fen or variant.price_fen
    allotment.version = seen + 1
    if difference > 0:
        allotment.allotted += difference
    elif difference < 0:
        if -difference > allotment.left:
            raise AllottedMeanwhile
        allotment.released -= difference
    db.session.flush()
    move: dict[str, Any] = {"by": by, "at": at, "reference": allotment.reference}
    if difference > 0:
        hold(variant_id, difference, **move)
    elif difference < 0:
        release(variant_id, -difference, **move)
    record(
        "allot",
        "activity",
        activity.id,
        by=by,
        at=at,
        variant=variant_id,
        units=difference,
        price_fen=allotment.price_fen,
    )
    return allotment


def give_back_all(activity: Activity, *, by: int | None, at: datetime) -> int:
    """Release whatever an activity still holds, and close it; return how many units. Its row must
    be locked."""
    query = (
        select(Allotment)
        .where(Allotment.activity_id == activity.id)
        .order_by(Allotment.variant_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    units = 0
    for allotment in db.session.scalars(query).all():
        left = allotment.left
        if left:
            allotment.released += left
            db.session.flush()
            release(allotment.variant_id, left, by=by, at=at, reference=allotment.reference)
            units += left
    activity.closed_at = at
    record("close_activity", "activity", activity.id, by=by, at=at, units=units)
    return units


def give_back_recalled(product_id: int, *, by: int | None, at: datetime) -> list[int]:
    """Release whatever activities hold of a product; the ids of those that held something. At a
    stall nobody can tell one batch from another."""
    query = (
        select(Allotment)
        .join(Allotment.variant)
        .where(
            Variant.product_id == product_id,
            Allotment.allotted > Allotment.sold + Allotment.released,
        )
        .order_by(Allotment.variant_id, Allotment.id)
        .with_for_update(of=Allotment)
        .execution_options(populate_existing=True)
    )
    held = set()
    for allotment in db.session.scalars(query).all():
        units = allotment.left
        allotment.released += units
        # Who looked before this must look again.
        allotment.version += 1
        db.session.flush()
        release(allotment.variant_id, units, by=by, at=at, reference=allotment.reference)
        held.add(allotment.activity_id)
        details = {"variant": allotment.variant_id, "units": units}
        record("withdraw_allotment", "activity", allotment.activity_id, by=by, at=at, **details)
    return sorted(held)


def close_over(activity_id: int, *, at: datetime) -> int:
    """Close an activity that is over, unless somebody did; return how many units came back."""
    activity = db.session.get_one(
        Activity, activity_id, with_for_update=True, populate_existing=True
    )
    return 0 if activity.closed_at is not None else give_back_all(activity, by=None, at=at)


def _lock(activity: Activity, variant: Variant, seen: int) -> Allotment:
    if seen == 0:
        made = insert_once(
            Allotment,
            "activity_id",
            "variant_id",
            activity_id=activity.id,
            variant_id=variant.id,
            price_fen=variant.price_fen,
            allotted=0,
            sold=0,
            released=0,
            version=0,
        )
        if made is None:
            raise AllottedMeanwhile
    allotment = find_allotment(activity.id, variant.id, lock=True)
    if allotment is None or allotment.version != seen:
        raise AllottedMeanwhile
    return allotment
