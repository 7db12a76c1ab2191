"""What every room does to an order's parts in the same way."""

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import selectinload

from orders.records.models import SubOrder
from shop.db import db


def lock_part(sub_order_id: int, *conditions: ColumnElement[bool]) -> SubOrder | None:
    """A part if the conditions hold, with its order and lines; others who lock it wait.

    The lines are read once the lock is held, so that they can't be out of date.
    """
    locked = (
        select(SubOrder.id)
        .where(SubOrder.id == sub_order_id, *conditions)
        .with_for_update(of=SubOrder)
    )
    if db.session.scalar(locked) is None:
        return None
    query = (
        select(SubOrder)
        .where(SubOrder.id == sub_order_id)
        .options(selectinload(SubOrder.lines), selectinload(SubOrder.order))
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).one()


def settle_part(part: SubOrder, *, at: datetime) -> None:
    """Write down that a part has come to its end, once none of its units waits any more: sent if
    anything of it was, else cancelled. Does nothing while something waits, or the second time.

    The caller has locked the part's row, and has read or changed its lines since.
    """
    if part.dispatched_at or part.cancelled_at or any(line.waiting_quantity for line in part.lines):
        return
    if any(line.dispatched_quantity for line in part.lines):
        part.dispatched_at = at
    else:
        part.cancelled_at = at
