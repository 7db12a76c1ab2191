"""Whom a recall reaches: every buyer of a batch, and what became of the news."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVarTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, joinedload

from catalog.batches.models import Batch, BatchRecall
from catalog.products.models import Product
from orders.claims.models import Claim
from orders.deliveries.models import PickAllocation, Shipment, ShipmentLine
from orders.recalls.rules import step_of
from orders.records.models import Order, OrderLine, SubOrder
from shop.accounts.notices.models import Notice
from shop.accounts.people.models import Account
from shop.db import db, total
from shop.web.paging import Page, paginate

Columns = TypeVarTuple("Columns")

PER_PAGE = 20


@dataclass(frozen=True, slots=True)
class Reached:
    """Units of a recalled batch in somebody's order, and how far the news came."""

    order_number: str
    part_number: str
    buyer_name: str
    buyer_unit: str
    recipient: str
    phone: str
    spec: str
    unit: str
    quantity: int
    sent_at: datetime
    arrived_at: datetime | None
    told_at: datetime | None
    read_at: datetime | None
    # When the buyer made a claim after the recall.
    claimed_at: datetime | None


def list_reached(batch: Batch, number: int) -> Page[Reached]:
    """A page of them, in the order in which the goods left."""
    ids = (
        select(PickAllocation.id)
        .where(PickAllocation.batch_id == batch.id)
        .order_by(PickAllocation.id)
    )
    page = paginate(ids, number, PER_PAGE)
    rows = db.session.execute(_reached(batch).where(PickAllocation.id.in_(page.items)))
    return replace(page, items=[Reached(*row) for row in rows])


def stream_reached(batch: Batch) -> Iterator[Reached]:
    """All of them, for a file."""
    for row in db.session.execute(_reached(batch)).yield_per(500):
        yield Reached(*row)


def count_orders(batch_id: int) -> int:
    """In how many orders a batch is."""
    query = _picks(select(func.count(SubOrder.order_id.distinct())))
    return db.session.scalar(query.where(PickAllocation.batch_id == batch_id)) or 0


def list_order_ids(batch_id: int) -> Sequence[int]:
    """The orders of which something was picked from a batch."""
    query = _picks(select(SubOrder.order_id).distinct()).where(PickAllocation.batch_id == batch_id)
    return sorted(db.session.scalars(query))


def list_units(batch_id: int, order_ids: Collection[int]) -> dict[int, list[tuple[OrderLine, int]]]:
    """What of a batch is in which order: its lines with so many units each."""
    query = (
        _picks(select(SubOrder.order_id, OrderLine, total(PickAllocation.quantity)))
        .where(PickAllocation.batch_id == batch_id, SubOrder.order_id.in_(order_ids))
        .group_by(SubOrder.order_id, OrderLine.id)
        .order_by(OrderLine.id)
    )
    units: dict[int, list[tuple[OrderLine, int]]] = {}
    for order_id, line, quantity in db.session.execute(query):
        units.setdefault(order_id, []).append((line, quantity))
    return units


def get_called_back(batch_id: int) -> Batch:
    """A batch with its recall, its product and who sells it."""
    options = (
        joinedload(Batch.recall),
        joinedload(Batch.product, innerjoin=True).joinedload(Product.cooperative, innerjoin=True),
    )
    return db.session.get_one(Batch, batch_id, options=options)


def list_recalls(number: int) -> Page[BatchRecall]:
    """Every recall, the newest first."""
    query = (
        select(BatchRecall)
        .join(BatchRecall.batch)
        .join(Batch.product)
        .options(
            contains_eager(BatchRecall.batch)
            .contains_eager(Batch.product)
            .joinedload(Product.cooperative, innerjoin=True)
        )
        .order_by(BatchRecall.id.desc())
    )
    return paginate(query, number, PER_PAGE)


def _reached(batch: Batch) -> Select[Any]:
    since = select(BatchRecall.at).where(BatchRecall.batch_id == batch.id).scalar_subquery()
    claimed = (
        select(func.max(Claim.opened_at))
        .where(Claim.sub_order_id == SubOrder.id, Claim.opened_at >= since)
        .correlate(SubOrder)
        .scalar_subquery()
    )
    columns: tuple[Any, ...] = (
        Order.number,
        SubOrder.number,
        Account.name,
        Order.buyer_unit,
        Order.recipient,
        Order.phone,
        OrderLine.spec,
        OrderLine.unit,
        PickAllocation.quantity,
        Shipment.sent_at,
        SubOrder.arrived_at,
        Notice.created_at,
        Notice.read_at,
        claimed,
    )
    return (
        _picks(select(*columns))
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .join(Order, Order.id == SubOrder.order_id)
        .join(Account, Account.id == Order.account_id)
        .outerjoin(Notice, Notice.key == Order.number + f":{step_of(batch.code)}")
        .where(PickAllocation.batch_id == batch.id)
        .order_by(PickAllocation.id)
    )


def _picks(query: Select[*Columns]) -> Select[*Columns]:
    return (
        query.select_from(PickAllocation)
        .join(PickAllocation.shipment_line)
        .join(ShipmentLine.order_line)
        .join(OrderLine.sub_order)
    )
