"""Pick-up points and zones, made by the real services. Call them inside an act."""

from datetime import datetime, time
from itertools import count

from orders.deliveries.models import DeliveryZone
from orders.deliveries.services import ZoneDraft, create_zone
from orders.pickups.models import PickupPoint
from orders.pickups.services import PointDraft, assign_keeper, open_point
from shop.accounts.people.models import Account
from tests.factories.orders import NOW, TOWN_CODE
from tests.factories.people import make_administrator, make_places

# 桂山镇, an island
ISLAND = "440402105"
_numbers = count(1)


def make_point(
    keeper: Account | None = None,
    *,
    by: Account | None = None,
    at: datetime = NOW,
    **changes: object,
) -> PickupPoint:
    """A point in 拱北 that takes 2.00 元, with a cut-off at 20:00."""
    make_places()
    administrator = by or make_administrator()
    given = {
        "name": f"示例{next(_numbers)}号自提点",
        "town_code": TOWN_CODE,
        "address": "港一路 8 号便利店",
        "opening_hours": "每天 8:00–21:00",
        "cut_off": time(20),
        "lead_days": 0,
        "fee_fen": 200,
    }
    point = open_point(PointDraft(**(given | changes)), by=administrator.id, at=at)
    if keeper is not None:
        assign_keeper(point.id, keeper.id, by=administrator.id, at=at)
    return point


def make_zone(*town_codes: str, by: Account | None = None, **changes: object) -> DeliveryZone:
    """An island that costs 15.00 元 and two days more, and is never free."""
    make_places()
    given = {
        "name": f"示例{next(_numbers)}号海岛",
        "surcharge_fen": 1500,
        "extra_days": 2,
        "free_from_fen": None,
        "town_codes": town_codes or (ISLAND,),
    }
    administrator = by or make_administrator()
    return create_zone(ZoneDraft(**(given | changes)), by=administrator.id, at=NOW)
