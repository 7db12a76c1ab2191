"""Write the ledger of what the shop owes each cooperative. Nothing in it is ever changed.

Whoever writes about a part has locked its row, as acceptance and refunds do.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from orders.commissions.rules import commission_fen
from orders.records.models import OrderLine, SubOrder
from orders.refunds.models import RefundItem
from shop.db import db, table_of, total
from suppliers.settlements.models import EntryKind, PayableEntry

_COLUMNS = (
    "cooperative_id kind amount_fen at cause sub_order_id order_line_id refund_item_id"
    " payout_row_id"
).split()
_OF_COMMISSION = (EntryKind.COMMISSION, EntryKind.COMMISSION_BACK)


def owe_for(sub_order_id: int, *, at: datetime) -> None:
    """Owe a cooperative its accepted part: goods and freight as they were kept until now, less the
    commission at the rate of the day on which it was ordered. Repeating it writes nothing."""
    part = db.session.get_one(SubOrder, sub_order_id)
    entries = []
    freight_fen = part.freight_fen - part.freight_refunded_fen
    if freight_fen:
        entries.append(_entry(part, EntryKind.FREIGHT, freight_fen, at))
    for line in part.lines:
        kept_fen = line.amount_fen - line.refunded_fen
        if kept_fen:
            entries.append(_entry(part, EntryKind.GOODS, kept_fen, at, line_id=line.id))
        if fee_fen := commission_fen(kept_fen, part.commission_bp):
            entries.append(_entry(part, EntryKind.COMMISSION, -fee_fen, at, line_id=line.id))
    write(entries)


def take_back(refund_id: int, *, at: datetime) -> None:
    """Take a refund of accepted lines or freight off what is owed, and give the commission on it
    back. A refund before acceptance never was owed. Repeating it writes nothing."""
    items = _items_of_accepted(refund_id)
    charged = _commission_by_line([item.order_line_id for item, *_ in items])
    entries = []
    for item, part, line in items:
        if line is None:
            entries.append(_entry(part, EntryKind.FREIGHT_REFUND, -item.amount_fen, at, item=item))
            continue
        entries.append(_entry(part, EntryKind.GOODS_REFUND, -item.amount_fen, at, item=item))
        due_fen = commission_fen(line.amount_fen - line.refunded_fen, part.commission_bp)
        if back_fen := -charged.get(line.id, 0) - due_fen:
            entries.append(_entry(part, EntryKind.COMMISSION_BACK, back_fen, at, item=item))
            charged[line.id] = -due_fen
    write(entries)


def write(entries: Iterable[Mapping[str, Any]]) -> None:
    """Add entries whose causes have not been written before."""
    rows = [dict.fromkeys(_COLUMNS) | dict(entry) for entry in entries]
    if not rows:
        return
    insert = sqlite.insert if db.engine.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table_of(PayableEntry))
    db.session.execute(statement.on_conflict_do_nothing(index_elements=["cause"]), rows)


def _entry(
    part: SubOrder,
    kind: EntryKind,
    amount_fen: int,
    at: datetime,
    *,
    line_id: int | None = None,
    item: RefundItem | None = None,
) -> dict[str, Any]:
    """An entry about a part: its cause is the refund's item, else the line, else the part."""
    cause = part.id
    if item is not None:
        cause, line_id = item.id, item.order_line_id
    elif line_id is not None:
        cause = line_id
    return {
        "cooperative_id": part.cooperative_id,
        "kind": kind,
        "amount_fen": amount_fen,
        "at": at,
        "cause": f"{kind}:{cause}",
        "sub_order_id": part.id,
        "order_line_id": line_id,
        "refund_item_id": None if item is None else item.id,
    }


def _items_of_accepted(refund_id: int) -> list[tuple[RefundItem, SubOrder, OrderLine | None]]:
    """What a refund gives back of parts that were accepted, as the database has them now."""
    query = (
        select(RefundItem, SubOrder, OrderLine)
        .join(SubOrder, SubOrder.id == RefundItem.sub_order_id)
        .outerjoin(OrderLine, OrderLine.id == RefundItem.order_line_id)
        .where(RefundItem.refund_id == refund_id, SubOrder.accepted_at.is_not(None))
        .order_by(RefundItem.id)
        .execution_options(populate_existing=True)
    )
    return [(item, part, line) for item, part, line in db.session.execute(query)]


def _commission_by_line(line_ids: Iterable[int | None]) -> dict[int, int]:
    """What was charged for each of these lines in all; below zero."""
    query = (
        select(PayableEntry.order_line_id, total(PayableEntry.amount_fen))
        .where(
            PayableEntry.order_line_id.in_([id_ for id_ in line_ids if id_ is not None]),
            PayableEntry.kind.in_(_OF_COMMISSION),
        )
        .group_by(PayableEntry.order_line_id)
    )
    return {int(line_id or 0): fen for line_id, fen in db.session.execute(query)}
