"""What stands behind a line of the ledger beside its order: its proof, its batches, its receipt."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from catalog.batches.models import Batch
from orders.deliveries.models import PickAllocation, ShipmentLine
from orders.fairs.models import TillSale
from orders.fairs.queries.tills import find_receipt
from orders.offline.models import EvidenceLink, OfflineSale
from orders.offline.queries.sales import list_evidence
from orders.sales.models import Channel, EntryKind, SalesEntry
from shop.accounts.people.rules import Scope
from shop.db import db


class Source(NamedTuple):
    """An online line has batches; another one what an official entered, or a till's receipt."""

    batches: Sequence[Batch] = ()
    sale: OfflineSale | None = None
    evidence: Sequence[EvidenceLink] = ()
    receipt: TillSale | None = None


def source_of(entry: SalesEntry, scope: Scope) -> Source:
    """Of a line that lies in the scope. What takes a sale back is proven as the sale was."""
    if entry.channel is Channel.ONLINE:
        return Source(batches=_list_batches(entry.order_line_id))
    sold_id = entry.corrects_id if entry.kind is EntryKind.REVERSAL else entry.id
    sale = db.session.scalars(select(OfflineSale).filter_by(entry_id=sold_id)).one_or_none()
    if sale is not None:
        return Source(sale=sale, evidence=list_evidence(sale))
    return Source(receipt=find_receipt(sold_id, scope) if sold_id else None)


def _list_batches(order_line_id: int | None) -> Sequence[Batch]:
    """The batches that a line was picked from, the oldest first, with their certificates."""
    query = (
        select(Batch)
        .where(
            Batch.id.in_(
                select(PickAllocation.batch_id)
                .join(PickAllocation.shipment_line)
                .where(ShipmentLine.order_line_id == order_line_id)
            )
        )
        .options(selectinload(Batch.certificates))
        .order_by(Batch.id)
    )
    return db.session.scalars(query).all()
