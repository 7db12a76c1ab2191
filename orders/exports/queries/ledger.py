"""Read the lines of the ledger that a file holds, as of a moment, a few thousand in memory."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy import cast as as_type
from sqlalchemy.engine import Connection

from catalog.batches.models import Batch
from orders.deliveries.models import PickAllocation, Shipment, ShipmentLine
from orders.exports.rules.detail import GROUPS_APART, SEPARATOR, Line
from orders.exports.rules.wanted import AsOf
from orders.invoices.models import DocumentKind, Invoice, InvoiceDocument
from orders.offline.models import EvidenceLink, OfflineSale
from orders.records.models import SubOrder
from orders.sales.models import Channel, SalesEntry
from orders.sales.queries import Slice, chosen, counted
from shop.accounts.people.models import Account
from shop.db import db, total

# Rows held in memory while a long file passes through.
BATCH = 2_000


def stream_lines(
    connection: Connection, part: Slice, as_of: AsOf, *, cleaned: bool = False
) -> Iterator[Sequence[Line]]:
    """The lines of a slice in the order of their days, on a connection of its own: whoever writes
    the file may note meanwhile how far it is. ``cleaned`` takes out of each text what separates
    texts; that takes its time, and hardly any ledger holds such a text."""
    # SQLite's cursor holds a row at a time anyway, and what buffers rows costs as much as they do.
    if connection.dialect.name != "sqlite":
        connection = connection.execution_options(yield_per=BATCH)
    for rows in connection.execute(_lines(part, as_of, cleaned)).partitions(BATCH):
        yield cast("Sequence[Line]", rows)


def sums_of(part: Slice, as_of: AsOf) -> tuple[int, int, int]:
    """How many lines a slice has as of a moment, their amounts and their refunds, in fen."""
    query = select(func.count(), total(SalesEntry.amount_fen), total(SalesEntry.refund_fen))
    lines, amount_fen, refund_fen = db.session.execute(query.where(*_within(part, as_of))).one()
    return lines, amount_fen, refund_fen


def _lines(part: Slice, as_of: AsOf, cleaned: bool) -> Select[*tuple[Any, ...]]:
    entry, invoices = SalesEntry, _valid_invoices(as_of)
    groups = (
        (
            *(entry.month, entry.city_name, entry.county_name, entry.town_name),
            *(entry.village, entry.cooperative_name, entry.credit_code),
        ),
        (entry.category_name, entry.product_name, entry.spec, entry.unit),
        (
            *(entry.channel, entry.activity_name, entry.mode, entry.buyer_type),
            *(entry.buyer_unit, entry.buyer_district),
        ),
        (entry.ordered_on, entry.accepted_on, entry.paid_on),
        (entry.kind, entry.note),
    )
    columns: dict[str, Any] = {
        "texts": _printed(groups, cleaned),
        "quantity_milli": entry.quantity_milli,
        "unit_price_fen": entry.unit_price_fen,
        "amount_fen": entry.amount_fen,
        "refund_fen": entry.refund_fen,
        "net_fen": entry.net_fen,
        "order_number": entry.order_number,
        "invoice": func.coalesce(invoices.c.number, OfflineSale.invoice_number),
        "batch": case((entry.order_line_id.is_not(None), _batches()), else_=OfflineSale.batch_code),
        "evidence": _evidence(as_of),
        "recorded_by": Account.name,
    }
    return (
        select(*(columns[name].label(name) for name in Line._fields))
        .outerjoin(invoices, invoices.c.part_number == entry.order_number)
        .outerjoin(OfflineSale, OfflineSale.entry_id == entry.id)
        .outerjoin(
            Account, and_(Account.id == entry.recorded_by_id, entry.channel != Channel.ONLINE)
        )
        .where(*_within(part, as_of))
        .order_by(entry.counted_on, entry.id)
    )


def _valid_invoices(as_of: AsOf) -> Any:
    """The numbers of the invoices that held at that moment, by the part that each is for; one that
    was taken back since, held then."""
    return (
        select(SubOrder.number.label("part_number"), InvoiceDocument.number)
        .join(Invoice, Invoice.sub_order_id == SubOrder.id)
        .join(InvoiceDocument, InvoiceDocument.invoice_id == Invoice.id)
        .where(
            InvoiceDocument.kind == DocumentKind.BLUE,
            InvoiceDocument.recorded_at <= as_of.at,
            Invoice.closed_at.is_(None) | (Invoice.closed_at > as_of.at),
        )
        .subquery("valid_invoice")
    )


def _batches() -> ColumnElement[str]:
    """The codes of the batches that the units of an online line were picked from, those of the
    oldest first; what was sent after the line was written is not in it."""
    entry = SalesEntry
    codes = (
        select(Batch.code)
        .join(PickAllocation, PickAllocation.batch_id == Batch.id)
        .join(ShipmentLine, ShipmentLine.id == PickAllocation.shipment_line_id)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .where(
            ShipmentLine.order_line_id == entry.order_line_id,
            Shipment.sent_at <= entry.recorded_at,
        )
        .group_by(Batch.id, Batch.code)
        .order_by(Batch.id)
        .correlate(entry)
        .subquery("picked")
    )
    return select(func.aggregate_strings(codes.c.code, "、")).scalar_subquery()


def _evidence(as_of: AsOf) -> ColumnElement[str]:
    """How many files proved an offline sale at that moment; 待补佐证 where none did."""
    files = (
        select(func.count(EvidenceLink.id))
        .where(
            or_(
                EvidenceLink.sale_id == OfflineSale.id,
                EvidenceLink.import_id == OfflineSale.import_id,
            ),
            EvidenceLink.at <= as_of.at,
        )
        .scalar_subquery()
    )
    said = case((files == 0, "待补佐证"), else_=as_type(files, String) + "份")
    return case((OfflineSale.id.is_not(None), said))


def _within(part: Slice, as_of: AsOf) -> list[ColumnElement[bool]]:
    up_to = SalesEntry.id <= as_of.entry_id
    return [*chosen(part), counted(part.since, part.until), up_to]


def _printed(groups: Sequence[Sequence[Any]], cleaned: bool) -> ColumnElement[str]:
    """Several texts as one, see rules.detail.Line; what is not there is an empty one."""
    write = func.printf if db.engine.dialect.name == "sqlite" else func.format
    texts: list[Any] = [type_coerce(column, String) for group in groups for column in group]
    if cleaned:
        texts = [_clean(as_type(text, String)) for text in texts]
    pattern = GROUPS_APART.join(SEPARATOR.join("%s" for _ in group) for group in groups)
    return write(literal(pattern, String), *texts, type_=String)


def _clean(column: Any) -> ColumnElement[str]:
    return func.replace(func.replace(column, SEPARATOR, ""), GROUPS_APART, "")
