"""What a batch means to the person who holds its QR code."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from orders.deliveries.models import PickAllocation, ShipmentLine
from orders.records.models import Order, OrderLine, SubOrder
from shop.db import db

MOST = 5


class OwnPick(NamedTuple):
    """Units of a batch that came with an order of one's own."""

    number: str
    product_name: str
    spec: str
    unit: str
    quantity: int


def list_own_picks(account_id: int, batch_id: int) -> Sequence[OwnPick]:
    """What of a batch went to a buyer's own orders, the latest first; nobody else's."""
    query = (
        select(
            Order.number,
            OrderLine.product_name,
            OrderLine.spec,
            OrderLine.unit,
            PickAllocation.quantity,
        )
        .join(PickAllocation.shipment_line)
        .join(ShipmentLine.order_line)
        .join(OrderLine.sub_order)
        .join(SubOrder.order)
        .where(PickAllocation.batch_id == batch_id, Order.account_id == account_id)
        .order_by(PickAllocation.id.desc())
        .limit(MOST)
    )
    return [OwnPick(*row) for row in db.session.execute(query)]
