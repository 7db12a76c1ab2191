"""Read invoices, whose they are, and what they may say."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from catalog.categories.models import Category
from orders.invoices.models import (
    DocumentKind,
    Invoice,
    InvoiceDocument,
    InvoiceFile,
    InvoiceTitle,
    TaxRate,
)
from orders.invoices.rules import InvoiceState, Item, default_rate, items_of
from orders.records.models import Order, SubOrder
from orders.refunds.models import RefundItem
from shop.db import db, total
from shop.errors import NotFound
from shop.web.paging import Page, paginate

Columns = TypeVarTuple("Columns")

PER_PAGE = 20

_IS_BLUE = (
    select(InvoiceDocument.id)
    .where(InvoiceDocument.invoice_id == Invoice.id, InvoiceDocument.kind == DocumentKind.BLUE)
    .exists()
)
_OPEN = Invoice.closed_at.is_(None)
# The heaps of a desk: what a cooperative has to do, and what is done.
HEAPS: dict[InvoiceState, ColumnElement[bool]] = {
    InvoiceState.REQUESTED: _OPEN & ~_IS_BLUE,
    InvoiceState.TOO_HIGH: _OPEN & Invoice.too_high_since.is_not(None),
    InvoiceState.ISSUED: _OPEN & _IS_BLUE & Invoice.too_high_since.is_(None),
    InvoiceState.REVERSED: Invoice.closed_at.is_not(None),
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the desk: a cooperative sees its own, finance (without one) all."""

    cooperative_id: int | None


def list_invoices(reader: Reader, heap: InvoiceState, number: int) -> Page[Invoice]:
    """Invoices of one heap; what is to be done by age, what is done the newest first."""
    to_do = heap in (InvoiceState.REQUESTED, InvoiceState.TOO_HIGH)
    query = _of(reader, _with_all(select(Invoice))).where(HEAPS[heap])
    return paginate(query.order_by(Invoice.id if to_do else Invoice.id.desc()), number, PER_PAGE)


def count_heaps(reader: Reader) -> dict[InvoiceState, int]:
    """How many invoices wait to be issued, and to be reversed."""
    to_do = (InvoiceState.REQUESTED, InvoiceState.TOO_HIGH)
    requested, too_high = (func.count(Invoice.id).filter(HEAPS[heap]) for heap in to_do)
    sums = select(requested, too_high).join(Invoice.sub_order)
    counts = db.session.execute(_of(reader, sums).where(_OPEN)).one()
    return dict(zip(to_do, tuple(counts), strict=True))


def get_invoice(reader: Reader, invoice_id: int) -> Invoice:
    """Raises NotFound to strangers."""
    query = _of(reader, _with_all(select(Invoice))).where(Invoice.id == invoice_id)
    invoice = db.session.scalars(query).one_or_none()
    if invoice is None:
        raise NotFound
    return invoice


def get_told_invoice(invoice_id: int) -> Invoice:
    """An invoice with its part, order and documents, for those who are told of it."""
    return db.session.scalars(_with_all(select(Invoice)).where(Invoice.id == invoice_id)).one()


def get_file(
    file_id: int, account_id: int, cooperative_id: int | None, *, sees_all: bool
) -> InvoiceFile:
    """The file of an invoice for its buyer, its cooperative or finance. Raises NotFound to
    everybody else, and where another took its place."""
    query = (
        select(InvoiceFile)
        .join(InvoiceFile.document)
        .join(InvoiceDocument.invoice)
        .join(Invoice.sub_order)
        .join(SubOrder.order)
        .where(InvoiceFile.id == file_id, InvoiceFile.replaced_at.is_(None))
        .options(contains_eager(InvoiceFile.document).contains_eager(InvoiceDocument.invoice))
    )
    if not sees_all:
        own = Order.account_id == account_id
        query = query.where(or_(own, SubOrder.cooperative_id == cooperative_id))
    file = db.session.scalars(query).one_or_none()
    if file is None:
        raise NotFound
    return file


def get_told_file(file_id: int) -> InvoiceFile:
    """A file with its invoice, part and order, for those who are told of it."""
    query = (
        select(InvoiceFile)
        .where(InvoiceFile.id == file_id)
        .options(joinedload(InvoiceFile.document).joinedload(InvoiceDocument.invoice))
    )
    return db.session.scalars(query).one()


def list_file_hashes(among: Collection[str]) -> Sequence[str]:
    """Of these hashes, those of files that are kept; replaced ones are, too."""
    query = select(InvoiceFile.sha256).where(InvoiceFile.sha256.in_(among)).distinct()
    return db.session.scalars(query).all()


def get_own_order(account_id: int, number: str) -> Order:
    """A buyer's paid order with its parts and lines. Raises NotFound to strangers."""
    query = (
        select(Order)
        .where(Order.number == number, Order.account_id == account_id, Order.paid_at.is_not(None))
        .options(selectinload(Order.sub_orders).selectinload(SubOrder.lines))
    )
    order = db.session.scalars(query).one_or_none()
    if order is None:
        raise NotFound
    return order


def list_invoices_of(order_id: int) -> Sequence[Invoice]:
    """All invoices that were ever asked for in an order, the oldest first."""
    query = _with_all(select(Invoice)).where(SubOrder.order_id == order_id)
    return db.session.scalars(query.order_by(Invoice.id)).all()


def list_titles(account_id: int) -> Sequence[InvoiceTitle]:
    """The titles that a person used, the last one first."""
    query = select(InvoiceTitle).where(InvoiceTitle.account_id == account_id)
    order = query.order_by(InvoiceTitle.used_at.desc(), InvoiceTitle.id.desc())
    return db.session.scalars(order.limit(6)).all()


def get_items(part: SubOrder, rates: Mapping[int, TaxRate] | None = None) -> list[Item]:
    """What an invoice for a part would say now; ``rates`` by line replace the categories' own."""
    known = _default_rates(part) | dict(rates or {})
    return items_of(part, _given_back(part.id), known)


def find_issued_numbers(numbers: Collection[str]) -> dict[str, int]:
    """Which of these numbers are known, and whose invoices they are."""
    query = select(InvoiceDocument.number, InvoiceDocument.invoice_id).where(
        InvoiceDocument.number.in_(numbers)
    )
    return dict(db.session.execute(query).all())


def find_latest_by_part(reader: Reader, part_numbers: Collection[str]) -> dict[str, Invoice]:
    """The invoice that was asked for last of each of these parts, by the part's number."""
    query = _of(reader, _with_all(select(Invoice))).where(SubOrder.number.in_(part_numbers))
    found = db.session.scalars(query.order_by(Invoice.id))
    return {invoice.sub_order.number: invoice for invoice in found}


def _with_all(query: Select[Invoice]) -> Select[Invoice]:
    return query.join(Invoice.sub_order).options(
        contains_eager(Invoice.sub_order).options(
            joinedload(SubOrder.order, innerjoin=True), selectinload(SubOrder.lines)
        ),
        selectinload(Invoice.documents).selectinload(InvoiceDocument.files),
        selectinload(Invoice.items),
    )


def _of(reader: Reader, query: Select[*Columns]) -> Select[*Columns]:
    if reader.cooperative_id is None:
        return query
    return query.where(SubOrder.cooperative_id == reader.cooperative_id)


def _default_rates(part: SubOrder) -> dict[int, TaxRate]:
    ids = {line.category_id for line in part.lines}
    query = select(Category.id, Category.certificate_covered).where(Category.id.in_(ids))
    covered = dict(db.session.execute(query).all())
    return {line.id: default_rate(covered.get(line.category_id, False)) for line in part.lines}


def _given_back(sub_order_id: int) -> dict[int, int]:
    """Units that money was given back for, by line."""
    query = (
        select(RefundItem.order_line_id, total(RefundItem.quantity))
        .where(RefundItem.sub_order_id == sub_order_id, RefundItem.order_line_id.is_not(None))
        .group_by(RefundItem.order_line_id)
    )
    return {line_id: units for line_id, units in db.session.execute(query) if line_id is not None}
