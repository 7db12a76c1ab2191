"""Move stock: one guarded update and one movement each, so that nothing is sold twice.

Whoever moves several variants in one act goes by ascending variant id, so that two acts can't
wait for each other.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, update

from catalog.products.models import Product, Variant
from catalog.products.services import refresh_search
from catalog.stock.errors import OutOfStock, StockMismatch
from catalog.stock.models import MovementKind, StockMovement
from shop.db import db


def receive(
    variant_id: int, quantity: int, *, by: int | None, at: datetime, reason: str = ""
) -> None:
    """Add harvested units to what is on hand."""
    _change(variant_id, at, on_hand=quantity)
    _note(MovementKind.RECEIVE, variant_id, quantity, by, at, reason=reason)


def hold(variant_id: int, quantity: int, *, by: int | None, at: datetime, reference: str) -> None:
    """Set units aside for an order.

    Raises OutOfStock, naming what is left, when fewer are available.
    """
    if not _change(variant_id, at, held=quantity, guard=Variant.on_hand - Variant.held >= quantity):
        raise _out_of_stock(variant_id)
    _note(MovementKind.HOLD, variant_id, quantity, by, at, reference=reference)


def release(
    variant_id: int, quantity: int, *, by: int | None, at: datetime, reference: str
) -> None:
    """Give back units that an order held and won't take. Raises StockMismatch."""
    if not _change(variant_id, at, held=-quantity, guard=Variant.held >= quantity):
        raise StockMismatch
    _note(MovementKind.RELEASE, variant_id, quantity, by, at, reference=reference)


def sell(variant_id: int, quantity: int, *, by: int | None, at: datetime, reference: str) -> None:
    """Take held units out of the store, at dispatch. Raises StockMismatch."""
    guard = Variant.held >= quantity
    if not _change(variant_id, at, on_hand=-quantity, held=-quantity, guard=guard):
        raise StockMismatch
    _note(MovementKind.SELL, variant_id, quantity, by, at, reference=reference)


def write_off(variant_id: int, quantity: int, *, by: int | None, at: datetime, reason: str) -> None:
    """Take spoiled or missing units off what is on hand and not held. Raises OutOfStock."""
    if not _change(
        variant_id, at, on_hand=-quantity, guard=Variant.on_hand - Variant.held >= quantity
    ):
        raise _out_of_stock(variant_id)
    _note(MovementKind.WRITE_OFF, variant_id, quantity, by, at, reason=reason)


def take_back(
    variant_id: int,
    quantity: int,
    *,
    by: int | None,
    at: datetime,
    reference: str,
    reason: str = "",
) -> None:
    """Put units that were sold and came back into the store again."""
    _change(variant_id, at, on_hand=quantity)
    _note(MovementKind.RETURN, variant_id, quantity, by, at, reference=reference, reason=reason)


def set_available(variant_id: int, available: int, *, by: int, at: datetime) -> None:
    """Make the count that the cooperative sees true: receive or write off the difference."""
    # The row is locked first (SQLite holds its write lock already), so the difference holds.
    variant = db.session.get_one(Variant, variant_id, with_for_update=True, populate_existing=True)
    difference = available - variant.available
    if difference > 0:
        receive(variant_id, difference, by=by, at=at, reason="count")
    elif difference < 0:
        write_off(variant_id, -difference, by=by, at=at, reason="count")


def _change(
    variant_id: int,
    at: datetime,
    *,
    on_hand: int = 0,
    held: int = 0,
    guard: ColumnElement[bool] | None = None,
) -> bool:
    """Move both columns in one statement; say whether the guard let it through.

    The search is told when the last unit goes or the first one comes.
    """
    statement = (
        update(Variant)
        .where(Variant.id == variant_id, *([] if guard is None else [guard]))
        .values(on_hand=Variant.on_hand + on_hand, held=Variant.held + held)
        .returning(Variant.product_id, Variant.on_hand - Variant.held)
        # Objects that were read before must not keep the old counts.
        .execution_options(synchronize_session="fetch")
    )
    moved = db.session.execute(statement).first()
    if moved is None:
        return False
    product_id, available = moved
    if (available > 0) != (available - on_hand + held > 0):
        refresh_search([product_id], at=at)
    return True


def _note(
    kind: MovementKind,
    variant_id: int,
    quantity: int,
    by: int | None,
    at: datetime,
    *,
    reference: str = "",
    reason: str = "",
) -> None:
    db.session.add(
        StockMovement(
            variant_id=variant_id,
            kind=kind,
            quantity=quantity,
            at=at,
            by_id=by,
            reference=reference,
            reason=reason,
        )
    )


def _out_of_stock(variant_id: int) -> OutOfStock:
    variant = db.session.get_one(Variant, variant_id, populate_existing=True)
    product = db.session.get_one(Product, variant.product_id)
    return OutOfStock(product.name, variant.spec, variant.available, variant.unit)
