"""What was ordered and paid for stays exact, whatever of it the kept sums have."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import product
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, select, update

from orders.checkout.services import close_order
from orders.intake.handlers import follow_ledger, rebuild
from orders.intake.models import IntakeMark, IntakeSum, Moment
from orders.intake.queries import intake_by
from orders.intake.services import roll_up
from orders.records.models import BuyerType, Order, OrderLine, SubOrder
from orders.rollups.rules import Dimension
from orders.sales.models import Channel, Mode, SalesEntry
from orders.sales.queries import Slice
from shop.accounts.people.models import ScopeLevel
from shop.accounts.people.rules import Scope
from shop.db import db
from shop.invariants import list_broken
from shop.organisations.models import EnterpriseType
from tests.factories.catalog import make_variant
from tests.factories.orders import accepted, dispatched, paid, place
from tests.factories.people import make_cooperative, make_enterprise_member, make_resident

pytestmark = pytest.mark.both_engines

ZHUHAI = ZoneInfo("Asia/Shanghai")
TOWNS = ("440981127", "440904116")
BEGINNING = datetime(2026, 1, 31, 15, 30, tzinfo=UTC)  # half past eleven in the evening
DIRECT = {"resident", "union", "budget_unit", "state_owned"}
QUESTIONS = [
    (),
    (Dimension.TOWN,),
    (Dimension.MONTH, Dimension.COOPERATIVE),
    (Dimension.CATEGORY, Dimension.MODE, Dimension.CHANNEL),
    (Dimension.BUYER_TYPE, Dimension.COUNTY),
]
SLICES = [
    {},
    {"since": date(2026, 2, 1), "until": date(2026, 2, 28)},
    {"since": date(2026, 1, 31), "until": date(2026, 3, 9)},
    {"town_code": TOWNS[0], "buyer_type": BuyerType.UNION},
    {"mode": Mode.HELPED, "category_id": 1},
    {"channels": (Channel.ONLINE, Channel.FAIR)},
    {"channels": (Channel.FAIR,)},
]


@pytest.fixture
def orders(act):
    """Orders on every stage of their way, from two towns by three kinds of buyers."""
    lots = Random(7)

    def build():
        sellers = [make_cooperative(town) for town in TOWNS]
        goods = [make_variant(each, price_fen=1_010, stock=500, at=BEGINNING) for each in sellers]
        buyers = [(make_resident(), False)] + [
            (make_enterprise_member(enterprise_type=kind), True)
            for kind in (EnterpriseType.UNION, EnterpriseType.PRIVATE)
        ]
        for number in range(24):
            at = BEGINNING + timedelta(hours=37 * number)
            buyer, for_unit = buyers[number % 3]
            wanted = {each: lots.randint(1, 4) for each in lots.sample(goods, lots.randint(1, 2))}
            order = place(buyer, wanted, for_unit=for_unit, at=at)
            if number % 8 == 5:
                close_order(order.id, by=None, at=at + timedelta(days=1))
            elif number % 8 != 6:
                paid(order, at=at + timedelta(minutes=40))
                if number % 8 != 7:
                    dispatched(order)
                if number % 8 < 4:
                    accepted(order)

    act(build)


def by_hand(keys, part):
    """The same from all rows, in plain Python."""
    found = Counter()
    if part.channels and Channel.ONLINE not in part.channels:
        return {}
    rows = db.session.execute(
        select(OrderLine, SubOrder, Order)
        .join(SubOrder, SubOrder.id == OrderLine.sub_order_id)
        .join(Order, Order.id == SubOrder.order_id)
    )
    for line, sub_order, order in rows:
        mode = "direct" if order.buyer_type in DIRECT else "helped"
        chosen = (
            part.town_code in (None, line.town_code)
            and part.category_id in (None, line.category_id)
            and part.buyer_type in (None, order.buyer_type)
            and part.mode in (None, mode)
        )
        if not chosen or order.closed_at or sub_order.cancelled_at:
            continue
        for place_, moment in enumerate((order.placed_at, order.paid_at)):
            on = moment and moment.astimezone(ZHUHAI).date()
            if on and part.since <= on <= part.until:
                values = {
                    "town": line.town_code,
                    "county": line.county_code,
                    "cooperative": line.cooperative_id,
                    "category": line.category_id,
                    "buyer_type": order.buyer_type.value,
                    "mode": mode,
                    "channel": "online",
                    "month": f"{on:%Y-%m}",
                }
                found[tuple(str(values[key.value]) for key in keys), place_] += line.amount_fen
    return {key: (found[key, 0], found[key, 1]) for key, _ in found}


def require_exact():
    whole = Slice(
        scope=Scope(ScopeLevel.BUREAU, None), since=date(2026, 1, 1), until=date(2026, 12, 31)
    )
    for keys, chosen in product(QUESTIONS, SLICES):
        part = Slice(**{"scope": whole.scope, "since": whole.since, "until": whole.until} | chosen)
        assert intake_by(keys, part) == by_hand(keys, part), (keys, chosen)


@pytest.mark.usefixtures("orders")
def test_every_figure_equals_an_independent_recomputation_wherever_the_mark_stands(app, act):
    with app.app_context():
        require_exact()
        newest = db.session.scalar(select(func.max(SalesEntry.id)))
        db.session.rollback()
    act(roll_up, newest // 2, 3, at=BEGINNING)
    with app.app_context():
        require_exact()
        db.session.rollback()
        follow_ledger(BEGINNING)
        require_exact()
        rows = db.session.scalar(select(func.count()).select_from(IntakeSum))
        assert db.session.scalar(select(IntakeMark.through_id)) == newest
        db.session.rollback()
        rebuild(BEGINNING, at_once=2)
        require_exact()
        assert db.session.scalar(select(func.count()).select_from(IntakeSum)) == rows > 0
        assert list_broken() == []


@pytest.mark.usefixtures("orders")
@pytest.mark.parametrize("moment", Moment)
def test_sums_that_are_kept_wrongly_are_found(app, act, moment):
    with app.app_context():
        follow_ledger(BEGINNING)
    act(
        lambda: db.session.execute(
            update(IntakeSum)
            .where(IntakeSum.moment == moment, IntakeSum.daily == 1)
            .values(amount_fen=IntakeSum.amount_fen + 1)
        )
    )
    with app.app_context():
        assert any("ordered and paid for" in each for each in list_broken())
        db.session.rollback()
    act(lambda: db.session.execute(delete(IntakeSum)))
    with app.app_context():
        assert any("ordered and paid for" in each for each in list_broken())
