"""Money that goes back makes an issued invoice too high."""

from sqlalchemy import select

from orders.invoices.services import follow_refund
from orders.records.events import RefundGranted
from orders.refunds.models import RefundItem
from shop.db import db
from shop.events import on


@on(RefundGranted)
def follow(event: RefundGranted) -> None:
    parts = select(RefundItem.sub_order_id).where(RefundItem.refund_id == event.refund_id)
    for part_id in db.session.scalars(parts.distinct().order_by(RefundItem.sub_order_id)).all():
        follow_refund(part_id, at=event.at)
