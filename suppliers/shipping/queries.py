"""Read sheets of tracking numbers, and what there is about the parcels that their rows name."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from catalog.batches.queries import list_covered, list_usable
from catalog.batches.rules import Lot
from orders.deliveries.models import Parcel, Shipment, ShipmentLine
from orders.pickups.models import Pickup
from orders.records.models import Order, SubOrder
from shop import clock
from shop.db import db
from shop.errors import NotFound
from shop.web.paging import Page, paginate
from suppliers.fulfilment.queries import suggest_batches
from suppliers.shipping.models import TrackingRow, TrackingSheet
from suppliers.shipping.rules.judging import (
    Facts,
    Goal,
    Part,
    PartLine,
    Row,
    Store,
    Verdict,
    judge,
)
from suppliers.shipping.rules.reading import Reading, is_tail, read_row

PER_PAGE = 50
# How many values one statement names.
AT_A_TIME = 400
# Carriers give a number out again after some time.
NUMBERS_RECUR_AFTER = timedelta(days=180)
LAST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """A row of a sheet, and what would become of it now."""

    row: TrackingRow
    verdict: Verdict


# ── Sheets ──────────────────────────────────────────────────────────────────────────────────────


def list_sheets(cooperative_id: int, number: int) -> Page[TrackingSheet]:
    """A cooperative's sheets, the newest first."""
    query = (
        select(TrackingSheet)
        .where(TrackingSheet.cooperative_id == cooperative_id)
        .options(joinedload(TrackingSheet.uploaded_by, innerjoin=True))
        .order_by(TrackingSheet.id.desc())
    )
    return paginate(query, number, PER_PAGE)


def get_own_sheet(cooperative_id: int, sheet_id: int) -> TrackingSheet:
    """Raises NotFound for a stranger's."""
    query = select(TrackingSheet).where(
        TrackingSheet.id == sheet_id, TrackingSheet.cooperative_id == cooperative_id
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def count_waiting(cooperative_id: int) -> int:
    """How many sheets nobody has decided about."""
    query = select(func.count(TrackingSheet.id)).where(
        TrackingSheet.cooperative_id == cooperative_id,
        TrackingSheet.confirmed_at.is_(None),
        TrackingSheet.discarded_at.is_(None),
    )
    return db.session.scalar(query) or 0


def list_shipping() -> Sequence[int]:
    """Sheets whose rows wait for the worker, the oldest first."""
    query = select(TrackingSheet.id).where(
        TrackingSheet.confirmed_at.is_not(None), TrackingSheet.finished_at.is_(None)
    )
    return db.session.scalars(query.order_by(TrackingSheet.id)).all()


def count_shipped(sheet_id: int) -> int:
    """How many of a sheet's rows were shipped with it."""
    query = select(func.count(TrackingRow.id)).where(
        TrackingRow.sheet_id == sheet_id, TrackingRow.shipment_id.is_not(None)
    )
    return db.session.scalar(query) or 0


def judge_sheet(sheet: TrackingSheet, *, at: datetime) -> list[JudgedRow]:
    """Each row of a sheet, in its order, with what would become of it now."""
    query = select(TrackingRow).where(TrackingRow.sheet_id == sheet.id)
    kept = db.session.scalars(query.order_by(TrackingRow.number)).all()
    rows = [
        Row(
            each.number,
            read_row(each.cells, sheet.carrier),
            each.shipment_id is not None,
            each.refusal,
        )
        for each in kept
    ]
    facts = find_facts(sheet.cooperative_id, [row.reading for row in rows], at=at)
    verdicts = judge(rows, facts, clock.day_of(at))
    return [JudgedRow(row, verdict) for row, verdict in zip(kept, verdicts, strict=True)]


# ── What rows are about ─────────────────────────────────────────────────────────────────────────


def find_facts(cooperative_id: int, readings: Iterable[Reading], *, at: datetime) -> Facts:
    """The cooperative's own paid parts that are named, by their own number and their order's; where
    the tracking numbers stand already; and what can be picked of all that waits."""
    filled = [reading for reading in readings if not reading.is_blank]
    parts = _find_parts(cooperative_id, {reading.part for reading in filled if reading.part})
    numbers = {reading.number for reading in filled if reading.number}
    standing = _find_standing(cooperative_id, numbers, since=at - NUMBERS_RECUR_AFTER)
    lines = [line for part in parts.values() for line in part.waiting]
    products = {line.product_id for line in lines}
    return Facts(parts, standing, _look_into_store(cooperative_id, products, clock.day_of(at)))


def find_code(cooperative_id: int, code: str) -> SubOrder | None:
    """The cooperative's own paid part that a slip's code names, with its order and lines. Of what
    waits the end of the number is enough, where it is the end of one only."""
    named = _own_parts(cooperative_id).where((SubOrder.number == code) | (Order.number == code))
    part = db.session.scalars(named.limit(1)).one_or_none()
    if part is not None or not is_tail(code):
        return part
    tail = SubOrder.number.endswith(f"-{code}", autoescape=True) | Order.number.endswith(
        f"-{code}", autoescape=True
    )
    waits = SubOrder.dispatched_at.is_(None) & SubOrder.cancelled_at.is_(None)
    found = db.session.scalars(_own_parts(cooperative_id).where(waits, tail).limit(2)).all()
    return found[0] if len(found) == 1 else None


def find_last_carrier(account_id: int) -> str:
    """The carrier of the last parcel that somebody sent; empty for nobody's first."""
    query = (
        select(Parcel.carrier)
        .join(Shipment, Shipment.id == Parcel.shipment_id)
        .where(Shipment.sent_by_id == account_id)
        .order_by(Shipment.sent_at.desc(), Parcel.id.desc())
        .limit(1)
    )
    return db.session.scalar(query) or ""


def list_sent_by(
    account_id: int, cooperative_id: int, *, since: datetime
) -> tuple[Sequence[Shipment], int]:
    """The last shipments that somebody made of a cooperative's parts since a moment, the newest
    first, and how many there are."""
    query = (
        select(Shipment)
        .join(Shipment.sub_order)
        .where(
            Shipment.sent_by_id == account_id,
            Shipment.sent_at >= since,
            SubOrder.cooperative_id == cooperative_id,
        )
        .options(
            contains_eager(Shipment.sub_order),
            selectinload(Shipment.parcels),
            selectinload(Shipment.lines).joinedload(ShipmentLine.order_line, innerjoin=True),
        )
        .order_by(Shipment.id.desc())
    )
    page = paginate(query, 1, LAST_SHOWN)
    return page.items, page.total


def find_standing(cooperative_id: int, number: str, *, at: datetime) -> Sequence[Goal]:
    """The cooperative's parts on which a tracking number stands."""
    since = at - NUMBERS_RECUR_AFTER
    return _find_standing(cooperative_id, [number], since=since).get(number, ())


def _own_parts(cooperative_id: int) -> Select[SubOrder]:
    return (
        select(SubOrder)
        .join(SubOrder.order)
        .where(SubOrder.cooperative_id == cooperative_id, Order.paid_at.is_not(None))
        .options(contains_eager(SubOrder.order), selectinload(SubOrder.lines))
    )


def _find_parts(cooperative_id: int, codes: Collection[str]) -> dict[str, Part]:
    found: dict[str, Part] = {}
    for few in _few(codes):
        named = _own_parts(cooperative_id).where(SubOrder.number.in_(few) | Order.number.in_(few))
        parts = db.session.scalars(named).all()
        ids = [part.id for part in parts]
        numbers, points = _numbers_of(ids), _points_of(ids)
        for part in parts:
            facts = part_facts(part, points.get(part.id, 0), numbers.get(part.id, frozenset()))
            found |= {part.number: facts, part.order.number: facts}
    return found


def part_facts(part: SubOrder, point_id: int, numbers: frozenset[str]) -> Part:
    """A part as the rules see it."""
    return Part(
        Goal(part.id, part.number, part.order.account_id, point_id),
        part.cancelled_at is not None,
        tuple(
            PartLine(
                line.id,
                line.product_id,
                line.product_name,
                line.unit,
                line.waiting_quantity,
                line.net_weight_g,
                line.ships_on,
            )
            for line in part.lines
            if line.quantity > line.cancelled_quantity
        ),
        numbers,
    )


def _numbers_of(part_ids: Collection[int]) -> dict[int, frozenset[str]]:
    query = (
        select(Shipment.sub_order_id, Parcel.tracking_number)
        .join(Parcel, Parcel.shipment_id == Shipment.id)
        .where(Shipment.sub_order_id.in_(part_ids))
    )
    numbers: dict[int, set[str]] = defaultdict(set)
    for part_id, number in db.session.execute(query):
        numbers[part_id].add(number)
    return {part_id: frozenset(some) for part_id, some in numbers.items()}


def _points_of(part_ids: Collection[int]) -> dict[int, int]:
    query = select(Pickup.sub_order_id, Pickup.point_id).where(Pickup.sub_order_id.in_(part_ids))
    return dict(iter(db.session.execute(query)))


def _find_standing(
    cooperative_id: int, numbers: Collection[str], *, since: datetime
) -> Mapping[str, Sequence[Goal]]:
    standing: dict[str, list[Goal]] = defaultdict(list)
    for few in _few(numbers):
        query = (
            select(
                Parcel.tracking_number,
                SubOrder.id,
                SubOrder.number,
                Order.account_id,
                func.coalesce(Pickup.point_id, 0),
            )
            .join(Shipment, Shipment.id == Parcel.shipment_id)
            .join(SubOrder, SubOrder.id == Shipment.sub_order_id)
            .join(Order, Order.id == SubOrder.order_id)
            .outerjoin(Pickup, Pickup.sub_order_id == SubOrder.id)
            .where(
                Parcel.tracking_number.in_(few),
                SubOrder.cooperative_id == cooperative_id,
                Shipment.sent_at >= since,
            )
            .order_by(Parcel.id)
        )
        for tracking_number, part_id, part, account_id, point_id in db.session.execute(query):
            standing[tracking_number].append(Goal(part_id, part, account_id, point_id))
    return standing


def _look_into_store(cooperative_id: int, products: Collection[int], today: date) -> Store:
    if not products:
        return Store({}, {}, {}, frozenset())
    usable = list_usable(products)
    lots: dict[int, list[Lot]] = defaultdict(list)
    for batch in usable:
        lots[batch.product_id].append(Lot(batch.id, batch.left_g))
    suggested = {
        line.line_id: {each.batch.id: each.units for each in some}
        for line, some in suggest_batches(cooperative_id, products, today=today)
    }
    codes = {batch.code: batch.id for batch in usable}
    return Store(lots, codes, suggested, frozenset(list_covered(products)))


def _few(values: Collection[str]) -> Iterator[list[str]]:
    """Some at a time."""
    ordered = sorted(values)
    for start in range(0, len(ordered), AT_A_TIME):
        yield ordered[start : start + AT_A_TIME]
