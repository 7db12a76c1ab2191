"""Activities with goods put aside for them, and sales at their tills. Call them inside an act."""

from datetime import date, datetime, timedelta
from uuid import uuid4

from catalog.products.models import Product, Variant
from orders.fairs.models import Activity, ActivityKind, Allotment, PaidBy, TillSale
from orders.fairs.rules import Sale, SoldLine
from orders.fairs.services.activities import Plan, announce_activity, make_activity, name_staff
from orders.fairs.services.allotments import allot
from orders.fairs.services.tills import ring_up
from orders.records.models import BuyerType
from shop import clock
from shop.accounts.people.models import Account, ScopeLevel
from shop.accounts.people.rules import Scope
from shop.db import db
from shop.organisations.models import Organisation
from tests.factories.catalog import NOW
from tests.factories.people import identifier_of, make_official

BUREAU = Scope(ScopeLevel.BUREAU, None)


def make_fair(
    *cooperatives: Organisation,
    name: str = "珠海示例展销会",
    from_on: date | None = None,
    days: int = 2,
    plan_fen: int | None = None,
    announced: bool = True,
    by: Account | None = None,
    at: datetime = NOW,
) -> Activity:
    """A fair of these cooperatives, which begins today unless another day is named."""
    official, first = by or make_official(), from_on or clock.day_of(at)
    plan = Plan(
        kind=ActivityKind.FAIR,
        name=name,
        place="示例广场",
        from_on=first,
        until_on=first + timedelta(days=days - 1),
        hosts="示例单位",
        town_codes=tuple({each.town_code or "" for each in cooperatives}),
        cooperative_ids=tuple(each.id for each in cooperatives),
        plan_fen=plan_fen,
    )
    activity = make_activity(plan, BUREAU, by=official.id, at=at)
    if announced:
        announce_activity(activity.id, BUREAU, by=official.id, at=at)
    return activity


def put_aside(
    activity: Activity,
    variant: Variant,
    units: int,
    *,
    by: Account,
    price_fen: int | None = None,
    at: datetime = NOW,
) -> Allotment:
    """What the variant's cooperative allots to an activity for the first time."""
    return allot(
        db.session.get_one(Product, variant.product_id).cooperative_id,
        activity.id,
        variant.id,
        units,
        price_fen,
        seen=0,
        by=by.id,
        at=at,
    )


def staff(activity: Activity, account: Account, cooperative: Organisation | None = None) -> Account:
    """Somebody who stands at its till."""
    own = cooperative.id if cooperative else None
    name_staff(
        activity.id,
        identifier_of(account),
        own,
        BUREAU,
        by=activity.made_by_id,
        at=activity.made_at,
    )
    return account


def make_sale(
    allotment: Allotment,
    units: int = 1,
    *,
    price_fen: int | None = None,
    waited: timedelta = timedelta(),
    key: str | None = None,
) -> Sale:
    """What a till's page sends of a sale of one sort of goods."""
    return Sale(
        key=key or str(uuid4()),
        activity_id=allotment.activity_id,
        lines=(SoldLine(allotment.id, units, price_fen or allotment.price_fen),),
        buyer_type=BuyerType.RESIDENT,
        buyer_unit="",
        paid_by=PaidBy.CASH,
        waited=waited,
    )


def sold(allotment: Allotment, seller: Account, units: int = 1, *, at: datetime = NOW) -> TillSale:
    """A sale at its till, kept."""
    sale = ring_up(make_sale(allotment, units), by=seller.id, at=at)
    db.session.flush()
    return sale
