"""Open pick-up points, appoint their keepers, and hand goods over."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time

from sqlalchemy import bindparam, delete, select
from sqlalchemy.exc import IntegrityError

from orders.pickups.errors import (
    CodeUnknown,
    NotAKeeper,
    NotArrivedYet,
    NotOnItsWay,
    PointNameTaken,
    TooManyWrongCodes,
)
from orders.pickups.events import PickupArrived
from orders.pickups.models import Pickup, PickupKeeper, PickupPoint, WrongCode
from orders.pickups.queries import count_wrong_codes, find_waiting, get_point, holds_office
from orders.pickups.rules import CODE_LENGTH, MOST_WRONG_CODES, code_of, is_code
from orders.records.models import SubOrder
from orders.records.services import lock_part
from shop.accounts.audit.services import record
from shop.db import db, table_of
from shop.errors import NotFound
from shop.events import announce

_PICKUPS, _PARTS = table_of(Pickup), table_of(SubOrder)
# Asked by every order that is paid, and answered without objects: most have none.
_WITHOUT_CODE = (
    select(_PICKUPS.c.id)
    .select_from(_PICKUPS.join(_PARTS))
    .where(_PARTS.c.order_id == bindparam("order_id"), _PICKUPS.c.code.is_(None))
    .order_by(_PICKUPS.c.id)
)


@dataclass(frozen=True, slots=True)
class PointDraft:
    """What an administrator says about a point. Amounts in fen; times on a clock in Zhuhai."""

    name: str
    town_code: str
    address: str
    opening_hours: str
    cut_off: time
    lead_days: int
    fee_fen: int


def open_point(draft: PointDraft, *, by: int, at: datetime) -> PickupPoint:
    """Let buyers fetch their goods at one more place. Raises PointNameTaken."""
    point = _write_point(PickupPoint(), draft)
    record("open_pickup_point", "pickup_point", point.id, by=by, at=at, **_detail(draft))
    return point


def change_point(point_id: int, draft: PointDraft, *, by: int, at: datetime) -> None:
    """What was ordered before keeps its price and its day. Raises NotFound or PointNameTaken."""
    _write_point(get_point(point_id), draft)
    record("change_pickup_point", "pickup_point", point_id, by=by, at=at, **_detail(draft))


def close_point(point_id: int, *, by: int, at: datetime) -> None:
    """Offer a point no more; what was ordered to it is still fetched there. Raises NotFound."""
    point = get_point(point_id)
    if point.closed_at is None:
        point.closed_at = at
        record("close_pickup_point", "pickup_point", point_id, by=by, at=at)


def reopen_point(point_id: int, *, by: int, at: datetime) -> None:
    """Raises NotFound."""
    point = get_point(point_id)
    if point.closed_at is not None:
        point.closed_at = None
        record("reopen_pickup_point", "pickup_point", point_id, by=by, at=at)


def assign_keeper(point_id: int, account_id: int, *, by: int, at: datetime) -> None:
    """Have a keeper look after this point and no other. Raises NotFound or NotAKeeper."""
    get_point(point_id)
    if not holds_office(account_id):
        raise NotAKeeper
    db.session.merge(PickupKeeper(account_id=account_id, point_id=point_id, since=at))
    db.session.flush()
    record("assign_keeper", "pickup_point", point_id, by=by, at=at, account=account_id)


def dismiss_keeper(point_id: int, account_id: int, *, by: int, at: datetime) -> None:
    """Have a keeper look after this point no more. Raises NotFound."""
    statement = (
        delete(PickupKeeper)
        .where(PickupKeeper.point_id == point_id, PickupKeeper.account_id == account_id)
        .returning(PickupKeeper.account_id)
    )
    if db.session.scalar(statement) is None:
        raise NotFound
    record("dismiss_keeper", "pickup_point", point_id, by=by, at=at, account=account_id)


def expect(sub_order_ids: Sequence[int], point_id: int) -> None:
    """Write down that the parts of a new order will be fetched at a point."""
    for sub_order_id in sub_order_ids:
        db.session.add(Pickup(sub_order_id=sub_order_id, point_id=point_id))
    db.session.flush()


def give_codes(order_id: int) -> None:
    """Give each part of a paid order that is fetched the code it is handed over for."""
    for pickup_id in db.session.scalars(_WITHOUT_CODE, {"order_id": order_id}).all():
        _give_code(db.session.get_one(Pickup, pickup_id))


def arrive(pickup_id: int, *, by: int, at: datetime) -> Pickup:
    """All of a part lies at its point: the buyer is told, with the code. Raises NotOnItsWay."""
    pickup = _lock(pickup_id)
    if pickup.sub_order.dispatched_at is None or pickup.arrived_at is not None:
        raise NotOnItsWay
    pickup.arrived_at, pickup.arrived_by_id = at, by
    db.session.flush()
    record("arrive", "sub_order", pickup.sub_order.number, by=by, at=at)
    announce(PickupArrived(pickup.id, at))
    return pickup


def hand_over(point_id: int, code: str, *, by: int, at: datetime) -> Pickup:
    """Give a part to whoever says its code: from here on the buyer has it.

    Raises CodeUnknown, NotArrivedYet or TooManyWrongCodes; the caller notes a wrong code, in an
    act of its own, with `note_wrong_code`.
    """
    if count_wrong_codes(by, at=at) >= MOST_WRONG_CODES:
        raise TooManyWrongCodes
    waiting = find_waiting(point_id, code) if is_code(code) else None
    if waiting is None:
        raise CodeUnknown
    pickup = _lock(waiting.id)
    if pickup.handed_over_at is not None:
        raise CodeUnknown  # A colleague was faster.
    if pickup.arrived_at is None:
        raise NotArrivedYet
    pickup.handed_over_at, pickup.handed_over_by_id = at, by
    pickup.sub_order.arrived_at = pickup.sub_order.arrived_at or at
    db.session.flush()
    record("hand_over", "sub_order", pickup.sub_order.number, by=by, at=at)
    return pickup


def note_wrong_code(account_id: int, *, at: datetime) -> None:
    """Remember that a keeper typed a code that means nothing."""
    db.session.add(WrongCode(account_id=account_id, at=at))


def forget_wrong_codes(*, before: datetime) -> None:
    db.session.execute(delete(WrongCode).where(WrongCode.at < before))


def _write_point(point: PickupPoint, draft: PointDraft) -> PickupPoint:
    for name, value in asdict(draft).items():
        setattr(point, name, value)
    try:
        with db.session.begin_nested():
            db.session.add(point)
    except IntegrityError as taken:
        raise PointNameTaken from taken
    return point


def _detail(draft: PointDraft) -> dict[str, str | int]:
    return asdict(draft) | {"cut_off": f"{draft.cut_off:%H:%M}"}


def _give_code(pickup: Pickup) -> None:
    """A code that means nothing else at the point; two acts that draw the same one collide."""
    while True:
        code = code_of(secrets.randbelow(10**CODE_LENGTH))
        if find_waiting(pickup.point_id, code) is not None:
            continue
        try:
            with db.session.begin_nested():
                pickup.code = code
            return
        except IntegrityError:
            pickup.code = None


def _lock(pickup_id: int) -> Pickup:
    """A pick-up, read anew once its part is locked: whoever sends, cancels or accepts waits."""
    pickup = db.session.get_one(Pickup, pickup_id)
    part = lock_part(pickup.sub_order_id)
    if part is None:
        raise NotFound
    db.session.refresh(pickup)
    return pickup
