"""Rules of batches: what was picked from them, and whether it may be."""

from typing import Any

from sqlalchemy import (
    Select,
    func,
    select,
)

from catalog.batches.models import Batch, BatchRecall, ConformityCertificate
from orders.deliveries.models import PickAllocation, Shipment, ShipmentLine
from orders.records.models import OrderLine
from shop.breaches.comparing import compared, summed
from shop.db import total


def wrong_batches() -> Select[Any]:
    picked = summed(
        select(
            PickAllocation.batch_id.label("of"),
            total(PickAllocation.quantity * OrderLine.net_weight_g).label("grams"),
        )
        .join(PickAllocation.shipment_line)
        .join(ShipmentLine.order_line),
        PickAllocation.batch_id,
    )
    return compared(Batch, picked, func.coalesce(picked.c.grams, 0) != Batch.allocated_g)


def wrong_picks() -> Select[Any]:
    """Of covered goods each unit has its batch; of others it may be fewer, never more."""
    picked = summed(
        select(
            PickAllocation.shipment_line_id.label("of"),
            total(PickAllocation.quantity).label("units"),
        ),
        PickAllocation.shipment_line_id,
    )
    units = func.coalesce(picked.c.units, 0)
    too_few = ShipmentLine.certificate_covered & (units < ShipmentLine.quantity)
    return compared(ShipmentLine, picked, too_few | (units > ShipmentLine.quantity))


def picks_of_others() -> Select[Any]:
    return (
        _picks()
        .join(PickAllocation.batch)
        .where(Batch.product_id != OrderLine.product_id)
        .order_by(PickAllocation.id)
    )


def uncertified_picks() -> Select[Any]:
    certified = select(ConformityCertificate.batch_id)
    return (
        _picks()
        .where(
            ShipmentLine.certificate_covered,
            PickAllocation.batch_id.not_in(certified),
        )
        .order_by(PickAllocation.id)
    )


def recalled_picks() -> Select[Any]:
    return (
        _picks()
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .join(BatchRecall, BatchRecall.batch_id == PickAllocation.batch_id)
        .where(Shipment.sent_at > BatchRecall.at)
        .order_by(PickAllocation.id)
    )


def _picks() -> Select[Any]:
    return (
        select(PickAllocation.id).join(PickAllocation.shipment_line).join(ShipmentLine.order_line)
    )
