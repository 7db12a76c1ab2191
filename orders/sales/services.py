"""Write the sales ledger. Nothing in it is ever changed; a correction is another entry."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, insert, select

from catalog.categories.models import Category
from orders.records.models import BuyerType, Order, OrderLine, SubOrder
from orders.sales.errors import AlreadyReversed, NotReversible
from orders.sales.models import Channel, EntryKind, Mode, SalesEntry
from orders.sales.rules import MILLI, mode_of
from shop import clock
from shop.db import db
from shop.organisations.models import Organisation
from shop.places.models import Town

# What a correction says as the sale does that it corrects.
_KEPT = (
    "order_line_id city_code city_name county_code county_name town_code town_name village "
    "cooperative_id cooperative_name credit_code category_id category_name product_id product_name "
    "spec unit unit_price_fen channel activity_name activity_id mode buyer_type buyer_unit "
    "buyer_district order_number ordered_on accepted_on paid_on"
).split()


@dataclass(frozen=True, kw_only=True)
class SaleFacts:
    """A sale that was not made online, as somebody enters it.

    Quantities are thousandths of the unit, amounts fen, weights grams (None is unknown). Where it
    came from and what its category is called are frozen as they are when it is entered. A sale
    counts on its own day, or on a later ``counted_on`` where its month is closed.
    """

    sold_on: date
    cooperative_id: int
    category_id: int
    product_id: int | None
    product_name: str
    spec: str
    unit: str
    quantity_milli: int
    unit_price_fen: int
    amount_fen: int
    net_weight_g: int | None
    channel: Channel
    mode: Mode
    buyer_type: BuyerType
    buyer_unit: str
    buyer_district: str
    activity_name: str = ""
    activity_id: int | None = None
    # A contract's or the like, for what was not ordered in the shop.
    order_number: str = ""
    ordered_on: date | None = None
    paid_on: date | None = None
    counted_on: date | None = None
    note: str = ""
    # The reversed sale in whose stead it is entered.
    corrects_id: int | None = None


_FACTS = [each.name for each in fields(SaleFacts)]
_ORIGIN = (
    "city_code city_name county_code county_name town_code town_name village cooperative_name "
    "credit_code"
).split()


def recognise(sub_order: SubOrder, *, at: datetime) -> None:
    """Count every line of an accepted part of an order (counting rule 2).

    What was cancelled, sent back or paid back before never was a sale. The day and month are those
    of Asia/Shanghai at ``at``; freight is no sale. A unique index refuses to count a line twice.
    """
    for line in sub_order.lines:
        if line.amount_fen > line.refunded_fen:
            db.session.add(_entry(sub_order.order, line, at))
    db.session.flush()


def take_off(
    order_line_id: int, quantity: int, refund_fen: int, reason: str, *, by: int | None, at: datetime
) -> None:
    """Count a refund of an accepted line as a negative, on its own day and in its own month.

    ``quantity`` is how many units came back: only their weight is taken off. Amounts in fen.
    """
    is_sale = SalesEntry.kind == EntryKind.SALE
    query = select(SalesEntry).where(SalesEntry.order_line_id == order_line_id, is_sale)
    sale = db.session.scalars(query).one()
    day = clock.day_of(at)
    kept = {name: getattr(sale, name) for name in _KEPT}
    db.session.add(
        SalesEntry(
            **kept,
            kind=EntryKind.REFUND,
            recorded_at=at,
            counted_on=day,
            month=clock.month_of(day),
            sold_on=day,
            corrects_id=sale.id,
            quantity_milli=-quantity * MILLI,
            amount_fen=0,
            refund_fen=refund_fen,
            net_fen=-refund_fen,
            net_weight_g=-_unit_weight_g(order_line_id) * quantity,
            recorded_by_id=by,
            note=reason,
        )
    )
    db.session.flush()


def enter_sale(facts: SaleFacts, *, by: int | None, at: datetime) -> SalesEntry:
    """Count a sale that was not made online. Whoever calls looks whether its month is open.

    Raises LookupError for a cooperative or category that isn't there; the database refuses an
    amount or quantity of nothing, and a second sale in the stead of the same one.
    """
    entry = SalesEntry(**_entered(facts, _looked_up(facts), by, at))
    db.session.add(entry)
    db.session.flush()
    return entry


def enter_sales(facts: Sequence[SaleFacts], *, by: int | None, at: datetime) -> Sequence[int]:
    """The same for many at once; their ids, in their order."""
    statement = insert(SalesEntry).returning(SalesEntry.id, sort_by_parameter_order=True)
    # What many share is looked up once: thousands of one cooperative's sales are entered at once.
    shared: dict[Any, dict[str, Any]] = {}
    rows = []
    for each in facts:
        key = (each.cooperative_id, each.corrects_id, each.category_id)
        if key not in shared:
            shared[key] = _looked_up(each)
        rows.append(_entered(each, shared[key], by, at))
    return db.session.scalars(statement, rows).all()


def reverse_sale(
    entry_id: int, reason: str, *, by: int | None, at: datetime, counted_on: date | None = None
) -> SalesEntry:
    """Take a sale that was not made online back whole (冲销), with its quantity and weight.

    It counts on the day of the sale, so that the sum of the month is as if it had never been, or
    on a later ``counted_on`` where that month is closed. Raises NotReversible for what is no such
    sale or was partly refunded, AlreadyReversed for one that was taken back before.
    """
    sale = db.session.get(SalesEntry, entry_id)
    if sale is None or sale.kind is not EntryKind.SALE or sale.channel is Channel.ONLINE:
        raise NotReversible
    corrected = exists().where(SalesEntry.corrects_id == sale.id)
    if db.session.scalar(select(corrected.where(SalesEntry.kind == EntryKind.REVERSAL))):
        raise AlreadyReversed
    if db.session.scalar(select(corrected.where(SalesEntry.kind == EntryKind.REFUND))):
        raise NotReversible
    day = counted_on or sale.counted_on
    kept = {name: getattr(sale, name) for name in _KEPT}
    entry = SalesEntry(
        **kept,
        kind=EntryKind.REVERSAL,
        recorded_at=at,
        counted_on=day,
        month=clock.month_of(day),
        sold_on=sale.sold_on,
        corrects_id=sale.id,
        quantity_milli=-sale.quantity_milli,
        amount_fen=-sale.amount_fen,
        refund_fen=0,
        net_fen=-sale.net_fen,
        net_weight_g=None if sale.net_weight_g is None else -sale.net_weight_g,
        recorded_by_id=by,
        note=reason,
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def origin_of(facts: SaleFacts) -> dict[str, Any]:
    """Where a sale comes from: as its cooperative is now, or as was frozen of the sale in whose
    stead it is entered, for a cooperative that moved meanwhile sold from where it was."""
    if facts.corrects_id is not None:
        before = db.session.get_one(SalesEntry, facts.corrects_id)
        if before.cooperative_id == facts.cooperative_id:
            return {name: getattr(before, name) for name in _ORIGIN}
    cooperative = db.session.get_one(Organisation, facts.cooperative_id)
    town = db.session.get_one(Town, cooperative.town_code)
    return {
        "city_code": town.county.city_code,
        "city_name": town.county.city.name,
        "county_code": town.county_code,
        "county_name": town.county.name,
        "town_code": town.code,
        "town_name": town.name,
        "village": cooperative.village,
        "cooperative_name": cooperative.name,
        "credit_code": cooperative.credit_code,
    }


def _looked_up(facts: SaleFacts) -> dict[str, Any]:
    category = db.session.get_one(Category, facts.category_id)
    return origin_of(facts) | {"category_name": category.name}


def _entered(
    facts: SaleFacts, looked_up: dict[str, Any], by: int | None, at: datetime
) -> dict[str, Any]:
    counted_on = facts.counted_on or facts.sold_on
    return (
        {name: getattr(facts, name) for name in _FACTS}
        | looked_up
        | {
            "kind": EntryKind.SALE,
            "recorded_at": at,
            "counted_on": counted_on,
            "month": clock.month_of(counted_on),
            "refund_fen": 0,
            "net_fen": facts.amount_fen,
            "accepted_on": facts.sold_on,
            "recorded_by_id": by,
        }
    )


def _unit_weight_g(order_line_id: int) -> int:
    return db.session.get_one(OrderLine, order_line_id).net_weight_g


def _entry(order: Order, line: OrderLine, at: datetime) -> SalesEntry:
    day = clock.day_of(at)
    quantity = line.quantity - line.cancelled_quantity - line.returned_quantity
    amount_fen = line.amount_fen - line.refunded_fen
    return SalesEntry(
        kind=EntryKind.SALE,
        recorded_at=at,
        counted_on=day,
        month=clock.month_of(day),
        sold_on=day,
        order_line_id=line.id,
        city_code=line.city_code,
        city_name=line.city_name,
        county_code=line.county_code,
        county_name=line.county_name,
        town_code=line.town_code,
        town_name=line.town_name,
        village=line.village,
        cooperative_id=line.cooperative_id,
        cooperative_name=line.cooperative_name,
        credit_code=line.credit_code,
        category_id=line.category_id,
        category_name=line.category_name,
        product_id=line.product_id,
        product_name=line.product_name,
        spec=line.spec,
        unit=line.unit,
        quantity_milli=quantity * MILLI,
        unit_price_fen=line.unit_price_fen,
        amount_fen=amount_fen,
        refund_fen=0,
        net_fen=amount_fen,
        net_weight_g=line.net_weight_g * quantity,
        channel=Channel.ONLINE,
        mode=mode_of(order.buyer_type),
        buyer_type=order.buyer_type,
        buyer_unit=order.buyer_unit,
        buyer_district=order.county_name,
        order_number=line.sub_order.number,
        ordered_on=clock.day_of(order.placed_at),
        accepted_on=day,
        paid_on=clock.day_of(order.paid_at) if order.paid_at else None,
    )
