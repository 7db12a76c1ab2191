"""Write the sales ledger. Nothing in it is ever changed; a correction is another entry."""

from datetime import datetime

from sqlalchemy import select

from orders.records.models import Order, OrderLine, SubOrder
from orders.sales.models import Channel, EntryKind, SalesEntry
from orders.sales.rules import mode_of
from shop import clock
from shop.db import db

# What a correction says as the sale does that it corrects.
_KEPT = (
    "order_line_id city_code city_name county_code county_name town_code town_name village "
    "cooperative_id cooperative_name credit_code category_id category_name product_id product_name "
    "spec unit unit_price_fen channel activity_name mode buyer_type buyer_unit buyer_district "
    "order_number ordered_on accepted_on paid_on"
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
            corrects_id=sale.id,
            quantity=-quantity,
            amount_fen=0,
            refund_fen=refund_fen,
            net_fen=-refund_fen,
            net_weight_g=-_unit_weight_g(order_line_id) * quantity,
            recorded_by_id=by,
            note=reason,
        )
    )
    db.session.flush()


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
        quantity=quantity,
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
