"""Two pick-up points with their keepers, what lies there, an island, and a part sent in two."""

from datetime import datetime, time, timedelta

from sqlalchemy import select

from orders.cart.queries import Owner, get_quote
from orders.cart.services import add
from orders.checkout.services import Consent, place_order
from orders.deliveries.queries import find_destination
from orders.deliveries.services import dispatch
from orders.pickups.models import PickupPoint
from orders.pickups.queries import destination_of, find_pickups
from orders.pickups.services import PointDraft, arrive, assign_keeper, hand_over, open_point
from orders.records.models import SubOrder
from shop.accounts.people.models import Account
from shop.accounts.people.services import Delivery
from shop.db import db, transaction
from shop.demo import accounts
from shop.demo.history import pay
from shop.demo.market import Ware, fill_up
from shop.demo.people import Buyer, People

ISLAND = ("440402105", "演示码头路 6 号")
POINTS = (
    PointDraft("拱北演示便利店", "440402005", "演示街 20 号", "每天 8:00–22:00", time(20), 0, 200),
    PointDraft("桂山演示码头", "440402105", "演示码头候船室", "每天 9:00–17:00", time(16), 2, 600),
)
# How long ago each part at the first point was ordered; what became of it, step by step.
LYING = (
    (timedelta(hours=3), ()),
    (timedelta(days=1, hours=4), ("send",)),
    (timedelta(days=1, hours=8), ("send",)),
    (timedelta(days=2), ("send", "arrive")),
    (timedelta(days=2, hours=5), ("send", "arrive")),
    (timedelta(days=5), ("send", "arrive")),
    (timedelta(days=3), ("send", "arrive", "hand over")),
)


def open_points(everybody: People, at: datetime) -> None:
    """Each point has a keeper, who can sign in."""
    with transaction():
        for draft, keeper in zip(POINTS, accounts.KEEPERS, strict=True):
            point = open_point(draft, by=everybody.administrator_id, at=at)
            account_id = _account_of(keeper.email)
            assign_keeper(point.id, account_id, by=everybody.administrator_id, at=at)


def leave_goods(everybody: People, wares: list[Ware], at: datetime) -> None:
    """Parts on every heap of the first point. Needs the payment sandbox."""
    buyer, ware = everybody.buyers[0], wares[0]
    managers = {each.cooperative_id: each.manager_id for each in everybody.sellers}
    keeper_id = _account_of(accounts.KEEPERS[0].email)
    query = select(PickupPoint).where(PickupPoint.name == POINTS[0].name)
    point = db.session.scalars(query).one()
    for number, (ago, steps) in enumerate(LYING):
        placed_at = at - ago
        order_id = _order(buyer, ware, f"demo-point-{number}", placed_at, point)
        for step, name in enumerate(steps, start=1):
            _take(name, order_id, managers, keeper_id, placed_at + ago * step / 4)
    _order(buyer, ware, "demo-island", at - timedelta(hours=2), None, ISLAND)
    _send_a_part_in_two(buyer, ware, managers, at - timedelta(days=1))


def _order(
    buyer: Buyer,
    ware: Ware,
    key: str,
    at: datetime,
    point: PickupPoint | None,
    home: tuple[str, str] = ISLAND,
) -> int:
    fill_up(ware, 3, at)
    owner = Owner(account_id=buyer.account_id)
    with transaction():
        add(owner, ware.variant_id, 3, at=at)
    to = destination_of(point) if point else find_destination(home[0])
    delivery = Delivery(
        recipient="演示市民甲", phone="13800000001", town_code=home[0], street=home[1]
    )
    with transaction():
        consent = Consent(get_quote(owner, to=to, at=at).fingerprint, perishables=True)
        order = place_order(
            buyer.account_id,
            key,
            delivery,
            consent,
            point_id=point.id if point else None,
            at=at,
        )
        order_id = order.id
    pay(order_id, at + timedelta(minutes=5))
    return order_id


def _take(name: str, order_id: int, managers: dict[int, int], keeper_id: int, at: datetime) -> None:
    for part in _parts(order_id):
        pickup = find_pickups([part.id])[part.id]
        with transaction():
            if name == "send":
                _send(part, managers, None, at)
            elif name == "arrive":
                arrive(pickup.id, by=keeper_id, at=at)
            else:
                hand_over(pickup.point_id, pickup.code or "", by=keeper_id, at=at)


def _send_a_part_in_two(buyer: Buyer, ware: Ware, managers: dict[int, int], at: datetime) -> None:
    """One unit went, two follow."""
    order_id = _order(buyer, ware, "demo-in-two", at, None, ("440402005", "演示街 8 号"))
    part = next(
        part
        for part in _parts(order_id)
        if any(line.variant_id == ware.variant_id for line in part.lines)
    )
    line_ids = [line.id for line in part.lines if line.variant_id == ware.variant_id]
    with transaction():
        _send(part, managers, {line_ids[0]: 1}, at + timedelta(hours=16))


def _send(
    part: SubOrder, managers: dict[int, int], quantities: dict[int, int] | None, at: datetime
) -> None:
    seller = part.cooperative_id
    parcels = [("演示快递", f"DEMO{part.id:08d}")]
    dispatch(part.id, seller, parcels, quantities, by=managers[seller], at=at)


def _parts(order_id: int) -> list[SubOrder]:
    query = select(SubOrder).where(SubOrder.order_id == order_id).order_by(SubOrder.id)
    return list(db.session.scalars(query))


def _account_of(email: str) -> int:
    return db.session.scalars(select(Account.id).where(Account.email == email)).one()
