"""Call off what was not sent, and grant back what was paid for it."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select, update

from catalog.stock.services import give_up_line
from orders.records.events import (
    OrderCancelled,
    UnitsCancelled,
)
from orders.records.models import Order, OrderLine, SubOrder
from orders.records.services import settle_part
from orders.refunds.errors import AlreadySent, NothingChosen, NotWaiting
from orders.refunds.models import (
    Cancellation,
    CancellationItem,
    Refund,
    Side,
)
from orders.refunds.queries import (
    list_sub_orders,
)
from orders.refunds.rules import freight_of_cancellation_fen, waiting_units
from orders.refunds.services.grants import Item, grant_items
from shop.accounts.audit.services import record
from shop.db import db
from shop.events import announce


def cancel_order(order_id: int, *, reason: str, by: int | None, at: datetime) -> Refund:
    """Call a paid order off before anything of it was sent; grant all of its money back.

    Parts that were called off before stay as they are. Raises AlreadySent when something was sent,
    nothing is left, or it was never paid.
    """
    parts = _lock_parts(order_id)
    lines = [line for part in parts for line in part.lines]
    units = waiting_units(lines)
    if not units or any(line.dispatched_quantity for line in lines):
        raise AlreadySent
    return _cancel(order_id, parts, units, Side.BUYER, reason, by, at)


def cancel_units(
    part: SubOrder,
    units: Mapping[int, int] | None,
    *,
    side: Side,
    reason: str,
    by: int | None,
    at: datetime,
    is_told: bool = False,
) -> Refund:
    """Call units of one cooperative's part off before they were sent: ``units`` says how many of
    which line; None means whatever waits. Other parts of the order stay as they are. ``is_told``
    says that the caller tells the other side about it.

    Grants what was paid for them, with the freight when nothing of the part will come. Raises
    NothingChosen, or NotWaiting when fewer wait (a dispatch was faster), and then cancels nothing.
    """
    part_id, order_id = part.id, part.order_id
    parts = [each for each in _lock_parts(order_id) if each.id == part_id]
    waiting = waiting_units(line for each in parts for line in each.lines)
    chosen = waiting if units is None else {id_: n for id_, n in units.items() if n > 0}
    if not chosen:
        raise NotWaiting if units is None else NothingChosen
    if any(quantity > waiting.get(id_, 0) for id_, quantity in chosen.items()):
        raise NotWaiting
    return _cancel(order_id, parts, chosen, side, reason, by, at, is_told=is_told)


def lock_orders(order_ids: Collection[int]) -> None:
    """Lock several orders and their parts before any stock is touched, each by ascending id:
    whoever acts on one of them holds its stock last, so nobody waits in a circle."""
    for column, of in ((Order.id, Order.id), (SubOrder.id, SubOrder.order_id)):
        lock = select(column).where(of.in_(order_ids)).order_by(column)
        db.session.execute(lock.with_for_update())


def _lock_parts(order_id: int) -> list[SubOrder]:
    """The parts of a paid order as they are now, with their lines; nobody else can send, cancel or
    accept anything of it until this act ends. Raises AlreadySent when it was never paid."""
    order = db.session.get_one(Order, order_id, with_for_update=True)
    if order.paid_at is None:
        raise AlreadySent
    lock = select(SubOrder.id).where(SubOrder.order_id == order_id).order_by(SubOrder.id)
    db.session.execute(lock.with_for_update())
    return list_sub_orders(order_id)


def _cancel(
    order_id: int,
    parts: list[SubOrder],
    units: Mapping[int, int],
    side: Side,
    reason: str,
    by: int | None,
    at: datetime,
    *,
    is_told: bool = False,
) -> Refund:
    """Call these units of locked parts off, free their stock and grant their money, in one."""
    lines = [line for part in parts for line in part.lines if line.id in units]
    for line in sorted(lines, key=lambda line: line.variant_id):
        _call_off(line, units[line.id])
        give_up_line(
            line.variant_id,
            units[line.id],
            presold=line.is_presold,
            by=by,
            at=at,
            reference=_number_of(parts, line),
        )
    concerned = [part for part in parts if any(line.id in units for line in part.lines)]
    for part in concerned:
        settle_part(part, at=at)
    items = [item for part in concerned for item in _items_of(part, units)]
    refund = grant_items(order_id, items, reason, by=by, at=at)
    cancellations = [_note(part, units, side, reason, refund, by, at) for part in concerned]
    db.session.add_all(cancellations)
    db.session.flush()
    for cancellation, part in zip(cancellations, concerned, strict=True):
        record("cancel_units", "sub_order", part.number, by=by, at=at, side=side, reason=reason)
        announce(UnitsCancelled(cancellation.id, at, is_told))
    if all(part.cancelled_at for part in list_sub_orders(order_id)):
        announce(OrderCancelled(order_id, at))
    return refund


def _call_off(line: OrderLine, quantity: int) -> None:
    """Cancel units of a line unless they were sent a moment before."""
    is_waiting = (
        OrderLine.quantity - OrderLine.cancelled_quantity - OrderLine.dispatched_quantity
        >= quantity
    )
    statement = (
        update(OrderLine)
        .where(OrderLine.id == line.id, is_waiting)
        .values(cancelled_quantity=OrderLine.cancelled_quantity + quantity)
        .returning(OrderLine.id)
        .execution_options(synchronize_session="fetch")
    )
    if db.session.execute(statement).first() is None:
        raise NotWaiting


def _number_of(parts: list[SubOrder], line: OrderLine) -> str:
    return next(part.number for part in parts if part.id == line.sub_order_id)


def _items_of(part: SubOrder, units: Mapping[int, int]) -> list[Item]:
    """The money for the units that were just called off, and the freight if it goes with them."""
    items = [
        Item(part.id, line.id, units[line.id], units[line.id] * line.unit_price_fen)
        for line in part.lines
        if line.id in units
    ]
    freight_fen = freight_of_cancellation_fen(part)
    return [*items, Item(part.id, None, 0, freight_fen)] if freight_fen else items


def _note(
    part: SubOrder,
    units: Mapping[int, int],
    side: Side,
    reason: str,
    refund: Refund,
    by: int | None,
    at: datetime,
) -> Cancellation:
    return Cancellation(
        sub_order_id=part.id,
        side=side,
        by_id=by,
        at=at,
        reason=reason,
        refund_id=refund.id,
        items=[
            CancellationItem(order_line_id=line.id, quantity=units[line.id])
            for line in part.lines
            if line.id in units
        ],
    )
