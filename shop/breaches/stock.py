"""Rules of stock: what variants hold, promise and have, and how lines moved it."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    func,
    or_,
    select,
)

from catalog.products.models import PriceTier, Variant, VariantChange
from catalog.stock.models import StockMovement
from catalog.stock.queries import sums_by
from orders.fairs.models import Allotment
from orders.records.models import Order, OrderLine, SubOrder
from shop.breaches.comparing import compared, summed
from shop.db import total

WAITING = OrderLine.quantity - OrderLine.cancelled_quantity - OrderLine.dispatched_quantity


def wrong_holds() -> Select[Any]:
    """Orders hold what waits to be sent, and fairs what is put aside for them."""
    waiting = _waiting_units(OrderLine.ships_on.is_(None))
    left = Allotment.allotted - Allotment.sold - Allotment.released
    aside = summed(
        select(Allotment.variant_id.label("of"), total(left).label("units")), Allotment.variant_id
    )
    held = func.coalesce(waiting.c.units, 0) + func.coalesce(aside.c.units, 0)
    return compared(Variant, waiting, Variant.held != held).outerjoin(
        aside, aside.c.of == Variant.id
    )


def wrong_versions() -> Select[Any]:
    changes = select(1 + func.count()).where(VariantChange.variant_id == Variant.id)
    return select(Variant.id).where(Variant.version != changes.scalar_subquery())


def wrong_tiers() -> Select[Any]:
    """Variants that say otherwise than their tiers whether they have some, or whose first tier
    costs no less than a single unit."""
    tiers = select(PriceTier.variant_id).where(PriceTier.variant_id == Variant.id)
    too_dear = tiers.where(PriceTier.unit_price_fen >= Variant.price_fen).exists()
    return (
        select(Variant.id)
        .where(or_(Variant.has_tiers != tiers.exists(), too_dear))
        .order_by(Variant.id)
    )


def wrong_promises() -> Select[Any]:
    waiting = _waiting_units(OrderLine.ships_on.is_not(None))
    return compared(Variant, waiting, Variant.promised != func.coalesce(waiting.c.units, 0))


def _waiting_units(these_lines: ColumnElement[bool]) -> Subquery:
    """What waits to be sent of each variant, in orders that are not closed."""
    return summed(
        select(OrderLine.variant_id.label("of"), total(WAITING).label("units"))
        .join(OrderLine.sub_order)
        .join(SubOrder.order)
        .where(these_lines, Order.closed_at.is_(None)),
        OrderLine.variant_id,
    )


def wrong_line_movements() -> Select[Any]:
    """Of each line: held or promised is what waits while the order is not closed, sold is what was
    sent, returned is what was taken back."""
    moved = sums_by(StockMovement.variant_id, StockMovement.reference)
    waits = case((Order.closed_at.is_(None), WAITING), else_=0)
    is_presold = OrderLine.ships_on.is_not(None)
    expected = {
        "held": case((is_presold, 0), else_=waits),
        "promised": case((is_presold, waits), else_=0),
        "sold": OrderLine.dispatched_quantity,
        "returned": OrderLine.returned_quantity,
    }
    differs = [func.coalesce(moved.c[name], 0) != value for name, value in expected.items()]
    return (
        select(OrderLine.id)
        .join(OrderLine.sub_order)
        .join(SubOrder.order)
        .outerjoin(
            moved,
            and_(moved.c.variant_id == OrderLine.variant_id, moved.c.reference == SubOrder.number),
        )
        .where(or_(*differs))
        .order_by(OrderLine.id)
    )
