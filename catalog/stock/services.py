"""Move stock: one guarded update and one movement each, so that nothing is sold twice.

Whoever moves several variants in one act goes by ascending variant id, so that two acts can't
wait for each other. What was sold in advance has the first call on whatever comes in: it is taken
off what others can order from stock.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, bindparam, insert, select, text, update
from sqlalchemy.sql.dml import ReturningUpdate

from catalog.products.models import ChangeKind, Product, Variant, VariantChange
from catalog.products.services.locks import lock_own_variants, require_all
from catalog.products.services.searching import refresh_search
from catalog.products.services.versions import note_change, require_unchanged
from catalog.stock.errors import HarvestNotIn, OutOfStock, StockMismatch
from catalog.stock.models import MovementKind, StockMovement
from shop import clock
from shop.accounts.audit.services import record
from shop.db import db, forget, table_of

# What every movement has in common is put together once.
_MOVEMENT = insert(table_of(StockMovement))
COUNTS = ("on_hand", "held", "promised", "presale_cap")
_VARIANTS = table_of(Variant)
# What can be ordered from stock, and in advance; NULL where nothing is sold in advance.
_FREE = _VARIANTS.c.on_hand - _VARIANTS.c.held - _VARIANTS.c.promised
_CAP_LEFT = _VARIANTS.c.presale_cap - _VARIANTS.c.promised
_MOVED = (
    update(_VARIANTS)
    .where(_VARIANTS.c.id == bindparam("which"))
    .values(
        on_hand=_VARIANTS.c.on_hand + bindparam("more_on_hand"),
        held=_VARIANTS.c.held + bindparam("more_held"),
        promised=_VARIANTS.c.promised + bindparam("more_promised"),
    )
    .returning(
        _VARIANTS.c.product_id,
        _FREE,
        _CAP_LEFT,
    )
)
# Where nothing is sold in advance any more there is no cap, and NULL stays NULL.
_MOVED_WITH_CAP = _MOVED.values(presale_cap=_VARIANTS.c.presale_cap + bindparam("more_cap"))
# Read while others wait for these very units.
_LEFT = (
    select(
        table_of(Product).c.name,
        _VARIANTS.c.spec,
        _VARIANTS.c.unit,
        _FREE,
        _CAP_LEFT,
    )
    .join(table_of(Product), table_of(Product).c.id == _VARIANTS.c.product_id)
    .where(_VARIANTS.c.id == bindparam("which"))
)
# What must be so for units to be moved.
_QUANTITY = bindparam("quantity", type_=Integer)
_AVAILABLE = _FREE >= _QUANTITY
_UNHELD = _VARIANTS.c.on_hand - _VARIANTS.c.held >= _QUANTITY
_HELD = _VARIANTS.c.held >= _QUANTITY
_PROMISED = _VARIANTS.c.promised >= _QUANTITY
_STILL_TO_COME = (_VARIANTS.c.presale_ships_on == bindparam("ships_on", type_=Date)) & (
    _VARIANTS.c.promised + _QUANTITY <= _VARIANTS.c.presale_cap
)
_IN_AND_PROMISED = _UNHELD & _PROMISED
# Kept apart from other uses of the same numbers.
_QUEUES = 20_210_602
_QUEUED = text("SELECT pg_advisory_xact_lock(:queues, id) FROM unnest(:variant_ids) AS id")


def queue_for(variant_ids: Sequence[int]) -> None:
    """Wait for one's turn at variants that many want at once, given by ascending id; until the end
    of the act.

    PostgreSQL gives the lock of a row to whoever asks in the moment in which it is free, before
    those who were woken to take it. These locks go by order of arrival.
    SQLite's writers take turns anyway.
    """
    if db.engine.dialect.name != "sqlite":
        db.session.execute(_QUEUED, {"queues": _QUEUES, "variant_ids": variant_ids})


def receive(
    variant_id: int,
    quantity: int,
    *,
    by: int | None,
    at: datetime,
    reason: str = "",
    batch_id: int | None = None,
) -> None:
    """Add harvested units to what is on hand, and say of which batch they are if that is known."""
    _receive(variant_id, quantity, ChangeKind.STOCK, by, at, reason, batch_id)


def hold(variant_id: int, quantity: int, *, by: int | None, at: datetime, reference: str) -> None:
    """Set units aside for an order.

    Raises OutOfStock, naming what is left, when fewer are available.
    """
    if not _change(variant_id, at, held=quantity, guard=_AVAILABLE, quantity=quantity):
        raise _out_of_stock(variant_id)
    _note(MovementKind.HOLD, variant_id, quantity, by, at, reference=reference)


def hold_found(
    variant_id: int, quantity: int, *, by: int | None, at: datetime, reference: str, reason: str
) -> None:
    """Take units in that nobody had counted and that are somebody's already: pre-sales have no
    call on them, as they would on what merely comes in."""
    _change(variant_id, at, on_hand=quantity, held=quantity)
    _note(MovementKind.RECEIVE, variant_id, quantity, by, at, reference=reference, reason=reason)
    _note(MovementKind.HOLD, variant_id, quantity, by, at, reference=reference)
    note_change(variant_id, ChangeKind.STOCK, by=by, at=at)


def release(
    variant_id: int, quantity: int, *, by: int | None, at: datetime, reference: str
) -> None:
    """Give back units that an order held and won't take. Raises StockMismatch."""
    if not _change(variant_id, at, held=-quantity, guard=_HELD, quantity=quantity):
        raise StockMismatch
    _note(MovementKind.RELEASE, variant_id, quantity, by, at, reference=reference)


def sell(variant_id: int, quantity: int, *, by: int | None, at: datetime, reference: str) -> None:
    """Take held units out of the store, at dispatch. Raises StockMismatch."""
    if not _change(
        variant_id, at, on_hand=-quantity, held=-quantity, guard=_HELD, quantity=quantity
    ):
        raise StockMismatch
    _note(MovementKind.SELL, variant_id, quantity, by, at, reference=reference)


def promise(
    variant_id: int,
    quantity: int,
    ships_on: date,
    *,
    by: int | None,
    at: datetime,
    reference: str,
) -> None:
    """Sell units of the harvest that is to be sent from ``ships_on`` on.

    Raises OutOfStock when fewer are left of it, or the cooperative has named another day.
    """
    if not _change(
        variant_id,
        at,
        promised=quantity,
        guard=_STILL_TO_COME,
        quantity=quantity,
        ships_on=ships_on,
    ):
        raise _out_of_stock(variant_id, in_advance=True)
    _note(MovementKind.PROMISE, variant_id, quantity, by, at, reference=reference)


def withdraw(
    variant_id: int, quantity: int, *, by: int | None, at: datetime, reference: str
) -> None:
    """Take back a promise for units that an order won't take. Raises StockMismatch."""
    if not _change(variant_id, at, promised=-quantity, guard=_PROMISED, quantity=quantity):
        raise StockMismatch
    _note(MovementKind.WITHDRAW, variant_id, quantity, by, at, reference=reference)


def fulfil(variant_id: int, quantity: int, *, by: int | None, at: datetime, reference: str) -> None:
    """Hold units that were promised, now that they are in the store.

    They are off the harvest that can be sold in advance, too. Raises HarvestNotIn.
    """
    if not _change(
        variant_id,
        at,
        held=quantity,
        promised=-quantity,
        presale_cap=-quantity,
        guard=_IN_AND_PROMISED,
        quantity=quantity,
    ):
        raise _not_in(variant_id, quantity)
    _note(MovementKind.FULFIL, variant_id, quantity, by, at, reference=reference)


def give_up_line(
    variant_id: int,
    quantity: int,
    *,
    presold: bool,
    by: int | None,
    at: datetime,
    reference: str,
) -> None:
    """Give back what waits to be sent of an order's line, wherever it was sold from.

    ``presold`` says that the line has a day of its own (``OrderLine.ships_on``). Nothing to give
    back is no error. Raises StockMismatch.
    """
    if quantity:
        give_back = withdraw if presold else release
        give_back(variant_id, quantity, by=by, at=at, reference=reference)


def send_line(
    variant_id: int,
    quantity: int,
    *,
    presold: bool,
    by: int | None,
    at: datetime,
    reference: str,
) -> None:
    """Take so many units of an order's line out of the store, wherever it was sold from.

    What was sold in advance is held first. Raises HarvestNotIn or StockMismatch.
    """
    if quantity:
        if presold:
            fulfil(variant_id, quantity, by=by, at=at, reference=reference)
        sell(variant_id, quantity, by=by, at=at, reference=reference)


def write_off(
    variant_id: int,
    quantity: int,
    *,
    by: int | None,
    at: datetime,
    reason: str,
    batch_id: int | None = None,
) -> None:
    """Take spoiled, missing or recalled units off what is on hand and not held.

    Raises OutOfStock.
    """
    _write_off(variant_id, quantity, ChangeKind.STOCK, by, at, reason, batch_id)


def write_off_missing(
    variant_id: int, quantity: int, *, by: int | None, at: datetime, reason: str
) -> None:
    """Take units off that somebody looked for and that aren't there. It is a count: who decided
    on the sight of an earlier one has perhaps counted these very units. Raises OutOfStock."""
    _write_off(variant_id, quantity, ChangeKind.COUNT, by, at, reason)


def cut_presale(variant_id: int, quantity: int, *, by: int | None, at: datetime) -> None:
    """Sell so many units fewer of the coming harvest. Never below what is promised: that is for
    whoever calls promises off. Raises StockMismatch."""
    statement = (
        update(Variant)
        .where(Variant.id == variant_id, Variant.presale_cap - Variant.promised >= quantity)
        .values(presale_cap=Variant.presale_cap - quantity)
        .returning(Variant.product_id, Variant.presale_cap - Variant.promised)
        .execution_options(synchronize_session=False)
    )
    cut = db.session.execute(statement).first()
    if cut is None:
        raise StockMismatch
    forget(Variant, variant_id, *COUNTS)
    note_change(variant_id, ChangeKind.EDIT, by=by, at=at)
    product_id, left = cut
    record("presale.cut", "variant", variant_id, by=by, at=at, fewer=quantity)
    if not left:
        refresh_search([product_id], at=at)


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


def adjust(variant_id: int, difference: int, *, seen: int, by: int, at: datetime) -> None:
    """Add so many units, or take them off: decided on the sight of that version.

    What was sold, came in or went since does no harm, as the difference comes on top of it; but a
    count since has perhaps counted these very units, and a new spec means other units.
    Raises Changed or OutOfStock.
    """
    variant = db.session.get_one(Variant, variant_id, with_for_update=True, populate_existing=True)
    require_unchanged(variant, seen, ChangeKind.COUNT, ChangeKind.EDIT)
    if difference > 0:
        receive(variant_id, difference, by=by, at=at, reason="step")
    elif difference < 0:
        write_off(variant_id, -difference, by=by, at=at, reason="step")


def set_available(
    variant_id: int, available: int, *, by: int, at: datetime, seen: int | None = None
) -> None:
    """Make the count that the cooperative sees true: receive or write off the difference.

    It counts what is held for nobody's order, be it sold in advance or not. ``seen`` is the
    version on whose sight it was counted; None doesn't ask. Raises Changed.
    """
    # The row is locked first (SQLite holds its write lock already), so the difference holds.
    variant = db.session.get_one(Variant, variant_id, with_for_update=True, populate_existing=True)
    if seen is not None:
        require_unchanged(variant, seen, ChangeKind.COUNT, ChangeKind.EDIT, ChangeKind.STOCK)
    difference = available - variant.unheld
    if difference > 0:
        _receive(variant_id, difference, ChangeKind.COUNT, by, at, "count")
    elif difference < 0:
        _write_off(variant_id, -difference, ChangeKind.COUNT, by, at, "count")


def count_many(cooperative_id: int, available: Mapping[int, int], *, by: int, at: datetime) -> None:
    """Make many counts true at once, by the ids of a cooperative's variants, as ``set_available``
    does one. Raises NotFound."""
    moved, changed = [], []
    refreshed: set[int] = set()
    variants = lock_own_variants(cooperative_id, available)
    require_all(variants, available)
    for variant_id, variant in variants.items():
        difference = available[variant_id] - variant.unheld
        if difference:
            # The row is locked, so nothing can come between; the table's CHECK stands behind.
            variant.on_hand += difference
            variant.version += 1
            kind = MovementKind.RECEIVE if difference > 0 else MovementKind.WRITE_OFF
            moved.append(_movement(kind, variant_id, abs(difference), by, at, reason="count"))
            changed.append(
                VariantChange(
                    variant_id=variant_id,
                    version=variant.version,
                    kind=ChangeKind.COUNT,
                    by_id=by,
                    at=at,
                )
            )
            refreshed.add(variant.product_id)
    db.session.add_all(changed)
    db.session.flush()
    if moved:
        db.session.execute(_MOVEMENT, moved)
    refresh_search(refreshed, at=at)


def end_presales(*, at: datetime) -> int:
    """Sell nothing more in advance where the day of sending has come; return how many ended. What
    was promised stays promised."""
    over = (
        select(Variant)
        .where(Variant.presale_ships_on <= clock.day_of(at))
        .order_by(Variant.id)
        .with_for_update()
    )
    ended = db.session.scalars(over.execution_options(populate_existing=True)).all()
    for variant in ended:
        day, cap = variant.presale_ships_on, variant.presale_cap
        variant.presale_ships_on = variant.presale_cap = None
        record("presale.end", "variant", variant.id, by=None, at=at, ships_on=str(day), cap=cap)
    refresh_search({variant.product_id for variant in ended}, at=at)
    return len(ended)


def _receive(
    variant_id: int,
    quantity: int,
    kind: ChangeKind,
    by: int | None,
    at: datetime,
    reason: str,
    batch_id: int | None = None,
) -> None:
    _change(variant_id, at, on_hand=quantity)
    _note(MovementKind.RECEIVE, variant_id, quantity, by, at, reason=reason, batch_id=batch_id)
    note_change(variant_id, kind, by=by, at=at)


def _write_off(
    variant_id: int,
    quantity: int,
    kind: ChangeKind,
    by: int | None,
    at: datetime,
    reason: str,
    batch_id: int | None = None,
) -> None:
    if not _change(variant_id, at, on_hand=-quantity, guard=_UNHELD, quantity=quantity):
        raise _out_of_stock(variant_id)
    _note(MovementKind.WRITE_OFF, variant_id, quantity, by, at, reason=reason, batch_id=batch_id)
    note_change(variant_id, kind, by=by, at=at)


def _change(
    variant_id: int,
    at: datetime,
    *,
    on_hand: int = 0,
    held: int = 0,
    promised: int = 0,
    presale_cap: int = 0,
    guard: ColumnElement[bool] | None = None,
    **guarded: Any,
) -> bool:
    """Move the columns in one statement; say whether the guard let it through. ``guarded`` are the
    values that the guard compares with.

    The search is told when the last unit goes or the first one comes.
    """
    values = {
        "which": variant_id,
        "more_on_hand": on_hand,
        "more_held": held,
        "more_promised": promised,
        **({"more_cap": presale_cap} if presale_cap else {}),
        **guarded,
    }
    # The statement knows nothing of objects that wait to be written.
    db.session.flush()
    moved = db.session.execute(_moving(guard, bool(presale_cap)), values).first()
    if moved is None:
        return False
    forget(Variant, variant_id, *COUNTS)
    product_id, available, presale_left = moved
    before = available - on_hand + held + promised
    left_before = (presale_left or 0) - presale_cap + promised
    if (available > 0 or (presale_left or 0) > 0) != (before > 0 or left_before > 0):
        refresh_search([product_id], at=at)
    return True


@cache
def _moving(
    guard: ColumnElement[bool] | None, with_cap: bool
) -> ReturningUpdate[int, int, int | None]:
    """Put together once for each guard."""
    statement = _MOVED_WITH_CAP if with_cap else _MOVED
    return statement if guard is None else statement.where(guard)


def _note(
    kind: MovementKind,
    variant_id: int,
    quantity: int,
    by: int | None,
    at: datetime,
    *,
    reference: str = "",
    reason: str = "",
    batch_id: int | None = None,
) -> None:
    movement = _movement(
        kind,
        variant_id,
        quantity,
        by,
        at,
        reference=reference,
        reason=reason,
        batch_id=batch_id,
    )
    db.session.execute(_MOVEMENT, movement)


def _movement(
    kind: MovementKind,
    variant_id: int,
    quantity: int,
    by: int | None,
    at: datetime,
    *,
    reference: str = "",
    reason: str = "",
    batch_id: int | None = None,
) -> dict[str, Any]:
    return {
        "variant_id": variant_id,
        "kind": kind,
        "quantity": quantity,
        "at": at,
        "by_id": by,
        "reference": reference,
        "reason": reason,
        "batch_id": batch_id,
    }


def _out_of_stock(variant_id: int, *, in_advance: bool = False) -> OutOfStock:
    name, spec, unit, in_store, to_come = db.session.execute(_LEFT, {"which": variant_id}).one()
    return OutOfStock(name, spec, (to_come if in_advance else max(0, in_store)) or 0, unit)


def _not_in(variant_id: int, quantity: int) -> HarvestNotIn:
    variant = db.session.get_one(Variant, variant_id, populate_existing=True)
    product = db.session.get_one(Product, variant.product_id)
    return HarvestNotIn(product.name, variant.spec, quantity - variant.unheld, variant.unit)
