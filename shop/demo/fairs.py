"""A fair of last month with its results, one that is on today, and one to come."""

import random
from datetime import date, datetime, timedelta
from itertools import count

from sqlalchemy import select

from catalog.products.models import Product, Variant
from catalog.stock.services import receive
from orders.fairs.models import ActivityKind, Allotment, PaidBy, TillLine, Verdict
from orders.fairs.rules import Sale, SoldLine
from orders.fairs.services.activities import (
    Plan,
    announce_activity,
    close_activity,
    make_activity,
    name_staff,
)
from orders.fairs.services.allotments import allot
from orders.fairs.services.tills import judge, ring_up
from orders.records.models import BuyerType
from shop import clock
from shop.accounts.people.models import Account, ScopeLevel
from shop.accounts.people.rules import Scope
from shop.db import db, transaction
from shop.demo.batches import harvest
from shop.demo.market import Ware
from shop.organisations.models import Organisation

BUREAU = Scope(ScopeLevel.BUREAU, None)
STALLS = 4
ALLOTTED = 60
# In hundredths of the price in the shop.
AT_THE_FAIR = 95
SALES = 26
SEED = 33750000
HOSTS = "珠海示例商务单位（演示）"
# Nobody stands at two tills, and whoever is shown at the sign-in can try one.
STAFF = ("picker@demo.example", "resident@demo.example")
_keys = count(1)


def hold_fairs(wares: list[Ware], at: datetime) -> None:
    """Last month's was a success but for a few boxes that nobody had set aside."""
    today = clock.day_of(at)
    stalls = _one_of_each(wares)
    past = today - timedelta(days=24)
    autumn = _arrange("秋收展销会（演示）", "香洲示例广场", past, 3, stalls, 3_000_000, at)
    _sell(autumn, past)
    with transaction():
        close_activity(
            autumn,
            BUREAU,
            by=_id_of("bureau@demo.example"),
            at=clock.end_of(past + timedelta(days=2)),
        )
    market = _arrange("社区周末集市（演示）", "拱北示例社区", today, 2, stalls[:2], None, at)
    _leave_something_to_explain(market, at)
    coming = today + timedelta(days=26)
    _arrange("年货展销会（演示）", "斗门示例会展中心", coming, 4, stalls, 5_000_000, at)


def _one_of_each(wares: list[Ware]) -> list[Ware]:
    """A ware of each of some cooperatives; what comes in of goods sold in advance is promised."""
    owners = select(Variant.id, Product.cooperative_id).join(Variant.product)
    owner_of = dict(db.session.execute(owners.where(Variant.promised == 0)).all())
    first: dict[int, Ware] = {}
    for ware in wares:
        if ware.variant_id in owner_of:
            first.setdefault(owner_of[ware.variant_id], ware)
    return list(first.values())[:STALLS]


def _arrange(
    name: str,
    place: str,
    day: date,
    days: int,
    stalls: list[Ware],
    plan_fen: int | None,
    at: datetime,
) -> int:
    """Plan it, announce it, set goods aside, and say who sells."""
    made_at = min(at, clock.start_of(day)) - timedelta(days=10)
    by = _id_of("bureau@demo.example")
    with transaction():
        owners = [_owner_of(ware) for ware in stalls]
        plan = Plan(
            kind=ActivityKind.FAIR,
            name=name,
            place=place,
            from_on=day,
            until_on=day + timedelta(days=days - 1),
            hosts=HOSTS,
            town_codes=tuple({owner.town_code or "" for owner in owners}),
            cooperative_ids=tuple(owner.id for owner in owners),
            plan_fen=plan_fen,
            plan_g=2_000_000 if plan_fen else None,
            text="各镇合作社带着当季收成来，请自备购物袋。",
        )
        activity = make_activity(plan, BUREAU, by=by, at=made_at)
        announce_activity(activity.id, BUREAU, by=by, at=made_at)
        for identifier in STAFF:
            name_staff(activity.id, identifier, None, BUREAU, by=by, at=made_at)
        activity_id = activity.id
    for ware, owner in zip(stalls, owners, strict=True):
        with transaction():
            variant = db.session.get_one(Variant, ware.variant_id)
            price_fen = variant.price_fen * AT_THE_FAIR // 1000 * 10
            # Goods that were sold in advance are taken first.
            packed_g = ALLOTTED * 2 * variant.net_weight_g
            batch_id = harvest(variant.product, packed_g, ware.manager_id, made_at)
            stock = {"by": ware.manager_id, "at": made_at, "reason": "harvest"}
            receive(variant.id, ALLOTTED * 2, batch_id=batch_id, **stock)
            given = {"seen": 0, "by": ware.manager_id, "at": made_at}
            allot(owner.id, activity_id, variant.id, ALLOTTED, price_fen, **given)
    return activity_id


def _sell(activity_id: int, day: date) -> None:
    """Three days of a till, and at the end of the last one more than was set aside."""
    lots = random.Random(SEED)
    seller = _id_of(STAFF[0])
    goods = _goods_of(activity_id)
    for _ in range(SALES):
        later = timedelta(days=lots.randrange(3), minutes=lots.randint(560, 1050))
        chosen = lots.sample(goods, lots.randint(1, 2))
        buyer = lots.choice((BuyerType.RESIDENT, BuyerType.RESIDENT, BuyerType.UNION))
        lines = [(each, lots.randint(1, 4)) for each in chosen]
        _ring(activity_id, lines, buyer, seller, clock.start_of(day) + later)
    with transaction():
        left = db.session.get_one(Allotment, goods[0].id).left
    moment = clock.end_of(day + timedelta(days=2)) - timedelta(hours=8)
    _ring(activity_id, [(goods[0], left + 2)], BuyerType.RESIDENT, seller, moment)
    with transaction():
        line_id = db.session.scalars(
            select(TillLine.id).where(TillLine.verdict.is_(None), TillLine.doubt.is_not(None))
        ).one()
        judge(line_id, Verdict.COUNTED, "多带了两箱", by=_id_of("bureau@demo.example"), at=moment)


def _leave_something_to_explain(activity_id: int, at: datetime) -> None:
    goods = _goods_of(activity_id)
    seller = _id_of(STAFF[0])
    moment = max(clock.start_of(clock.day_of(at)), at - timedelta(minutes=40))
    _ring(activity_id, [(goods[0], 3), (goods[1], 1)], BuyerType.RESIDENT, seller, moment)
    _ring(activity_id, [(goods[0], ALLOTTED)], BuyerType.UNION, seller, moment)


def _ring(
    activity_id: int,
    lines: list[tuple[Allotment, int]],
    buyer: BuyerType,
    seller: int,
    moment: datetime,
) -> None:
    sale = Sale(
        key=f"00000000-0000-4000-8000-{next(_keys):012x}",
        activity_id=activity_id,
        lines=tuple(SoldLine(each.id, units, each.price_fen) for each, units in lines),
        buyer_type=buyer,
        buyer_unit="珠海示例机关工会（演示）" if buyer is BuyerType.UNION else "",
        paid_by=PaidBy.CASH if next(_keys) % 3 else PaidBy.OTHER,
    )
    with transaction():
        ring_up(sale, by=seller, at=moment)


def _goods_of(activity_id: int) -> list[Allotment]:
    query = select(Allotment).where(Allotment.activity_id == activity_id).order_by(Allotment.id)
    return list(db.session.scalars(query))


def _owner_of(ware: Ware) -> Organisation:
    query = (
        select(Organisation)
        .join(Product, Product.cooperative_id == Organisation.id)
        .join(Variant, Variant.product_id == Product.id)
        .where(Variant.id == ware.variant_id)
    )
    return db.session.scalars(query).one()


def _id_of(email: str) -> int:
    return db.session.scalars(select(Account.id).where(Account.email == email)).one()
