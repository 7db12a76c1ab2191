"""Ask for invoices, issue them, and take them back when money went back."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select, update

from orders.invoices.errors import (
    BadDay,
    BadNumber,
    InvoiceUnderWay,
    NoSuchRequest,
    NotAcceptedYet,
    NothingToInvoice,
    NotInThatState,
    NumberTaken,
)
from orders.invoices.events import (
    InvoiceIssued,
    InvoiceRejected,
    InvoiceRequested,
    InvoiceReversed,
    InvoiceTooHigh,
)
from orders.invoices.models import (
    DocumentKind,
    Invoice,
    InvoiceDocument,
    InvoiceItem,
    InvoiceTitle,
    TaxRate,
)
from orders.invoices.queries import Reader, find_latest_by_part, get_items
from orders.invoices.rules import (
    ImportResult,
    Row,
    Title,
    is_invoice_number,
    kept_fen,
    total_fen,
)
from orders.records.models import OrderLine, SubOrder
from shop import clock
from shop.accounts.audit.services import record
from shop.db import db, insert_once
from shop.errors import DomainError, NotFound
from shop.events import announce

ALL_REFUNDED = "款项已全部退回"


def request_invoices(
    part_ids: Sequence[int], title: Title, *, by: int, at: datetime
) -> list[Invoice]:
    """Ask for an invoice for each of these parts of one's own, all or none.

    Raises NotAcceptedYet, NothingToInvoice or InvoiceUnderWay.
    """
    invoices = [_request(part_id, title, by, None, at) for part_id in sorted(set(part_ids))]
    _remember(title, by, at)
    return invoices


def withdraw(invoice_id: int, *, by: int, at: datetime) -> None:
    """The buyer thinks better of it before it is issued. Raises NotInThatState."""
    invoice = lock_invoice(invoice_id)
    _require_requested(invoice)
    invoice.closed_at = at
    record("withdraw_invoice", "invoice", invoice.id, by=by, at=at)


def issue(
    invoice_id: int,
    number: str,
    issued_on: date,
    rates: Mapping[int, TaxRate] | None = None,
    *,
    by: int,
    at: datetime,
) -> Invoice:
    """Write down the invoice that the tax system issued, for what was kept until this moment.

    ``rates`` by order line replace those of the categories. Raises NotInThatState,
    NothingToInvoice, BadNumber, BadDay or NumberTaken.
    """
    invoice = lock_invoice(invoice_id)
    _require_requested(invoice)
    items = get_items(invoice.sub_order, rates)
    if not items:
        raise NothingToInvoice
    _add_document(invoice, DocumentKind.BLUE, number, issued_on, total_fen(items), by, at)
    for item in items:
        db.session.add(
            InvoiceItem(
                invoice_id=invoice.id,
                order_line_id=item.order_line_id,
                name=item.name,
                spec=item.spec,
                unit=item.unit,
                quantity=item.quantity,
                amount_fen=item.amount_fen,
                rate=item.rate,
            )
        )
    record("issue_invoice", "invoice", invoice.id, by=by, at=at, number=number)
    announce(InvoiceIssued(invoice.id, at))
    return invoice


def import_numbers(reader: Reader, rows: Sequence[Row], *, by: int, at: datetime) -> ImportResult:
    """Issue what a sheet says was issued, row by row. A number that its invoice has already is
    counted as known: the same sheet twice changes nothing the second time."""
    found = find_latest_by_part(reader, {row.part_number for row in rows})
    result = ImportResult()
    # Parts are locked by ascending id, as everywhere.
    for row in sorted(rows, key=lambda row: _place_of(found.get(row.part_number))):
        try:
            result.count(_import_row(found.get(row.part_number), row, by, at))
        except DomainError as error:
            result.refuse(row, str(error))
    return result


def _import_row(invoice: Invoice | None, row: Row, by: int, at: datetime) -> bool:
    """Whether something was written; a row that can't be used raises before anything is."""
    if invoice is None:
        raise NoSuchRequest
    if any(document.number == row.number for document in invoice.documents):
        return False
    if row.issued_on is None:
        raise BadDay
    issue(invoice.id, row.number, row.issued_on, by=by, at=at)
    return True


def _place_of(invoice: Invoice | None) -> int:
    return invoice.sub_order_id if invoice else 0


def mark_sent(invoice_id: int, *, by: int, at: datetime) -> None:
    """The buyer was sent the file. Raises NotInThatState."""
    invoice = lock_invoice(invoice_id)
    if invoice.closed_at is not None or invoice.blue is None:
        raise NotInThatState
    if invoice.sent_at is None:
        invoice.sent_at = at
        record("send_invoice", "invoice", invoice.id, by=by, at=at)


def reject(invoice_id: int, reason: str, *, by: int, at: datetime) -> None:
    """Say no, and why: the buyer can ask again. Raises NotInThatState."""
    invoice = lock_invoice(invoice_id)
    _require_requested(invoice)
    _close_as_rejected(invoice, reason, by, at)
    record("reject_invoice", "invoice", invoice.id, by=by, at=at, reason=reason)


def reverse(
    invoice_id: int, number: str, issued_on: date, *, by: int, at: datetime
) -> Invoice | None:
    """Write down the red invoice that takes an issued one back; ask anew for what was kept.

    The answer is that new request, None where all money went back. Raises NotInThatState,
    BadNumber, BadDay or NumberTaken.
    """
    invoice = lock_invoice(invoice_id)
    blue = invoice.blue
    if invoice.closed_at is not None or blue is None or invoice.too_high_since is None:
        raise NotInThatState
    _add_document(invoice, DocumentKind.RED, number, issued_on, blue.amount_fen, by, at)
    invoice.closed_at = at
    db.session.flush()
    record("reverse_invoice", "invoice", invoice.id, by=by, at=at, number=number)
    announce(InvoiceReversed(invoice.id, at))
    if kept_fen(invoice.sub_order) == 0:
        return None
    return _request(invoice.sub_order_id, title_of(invoice), None, invoice.id, at)


def follow_refund(sub_order_id: int, *, at: datetime) -> None:
    """Money for a part was promised back: what was issued is too high from now on, and what was
    only asked for is closed if nothing is left to invoice."""
    open_ = select(Invoice.id).where(
        Invoice.sub_order_id == sub_order_id, Invoice.closed_at.is_(None)
    )
    invoice_id = db.session.scalar(open_)
    if invoice_id is None:
        return
    invoice = lock_invoice(invoice_id)
    blue, kept = invoice.blue, kept_fen(invoice.sub_order)
    if blue is None:
        if kept == 0:
            _close_as_rejected(invoice, ALL_REFUNDED, None, at)
    elif blue.amount_fen > kept and invoice.too_high_since is None:
        invoice.too_high_since = at
        announce(InvoiceTooHigh(invoice.id, at))


def lock_invoice(invoice_id: int) -> Invoice:
    """The invoice, with its part locked and read afresh: refunds lock the same row first."""
    part_id = db.session.scalar(select(Invoice.sub_order_id).where(Invoice.id == invoice_id))
    if part_id is None:
        raise NotFound
    _lock_part(part_id)
    query = select(Invoice).where(Invoice.id == invoice_id)
    invoice = db.session.scalars(query.execution_options(populate_existing=True)).one()
    db.session.expire(invoice, ["documents", "items"])
    return invoice


def title_of(invoice: Invoice) -> Title:
    return Title(
        invoice.title_kind, invoice.title_name, invoice.tax_code, invoice.email, invoice.phone
    )


def _request(
    part_id: int, title: Title, by: int | None, replaces_id: int | None, at: datetime
) -> Invoice:
    part = _lock_part(part_id)
    if part.accepted_at is None:
        raise NotAcceptedYet
    if kept_fen(part) == 0:
        raise NothingToInvoice
    open_ = select(Invoice.id).where(Invoice.sub_order_id == part_id, Invoice.closed_at.is_(None))
    if db.session.scalar(open_) is not None:
        raise InvoiceUnderWay
    invoice = Invoice(
        sub_order_id=part_id,
        title_kind=title.kind,
        title_name=title.name,
        tax_code=title.tax_code,
        email=title.email,
        phone=title.phone,
        requested_at=at,
        requested_by_id=by,
        replaces_id=replaces_id,
    )
    db.session.add(invoice)
    db.session.flush()
    announce(InvoiceRequested(invoice.id, at))
    return invoice


def _remember(title: Title, account_id: int, at: datetime) -> None:
    """Keep a title for the next time."""
    ways = {"kind": title.kind, "email": title.email, "phone": title.phone, "used_at": at}
    whose = {"account_id": account_id, "name": title.name, "tax_code": title.tax_code}
    if insert_once(InvoiceTitle, *whose, **whose, **ways) is None:
        db.session.execute(update(InvoiceTitle).filter_by(**whose).values(**ways))


def _add_document(
    invoice: Invoice,
    kind: DocumentKind,
    number: str,
    issued_on: date,
    amount_fen: int,
    by: int,
    at: datetime,
) -> None:
    """Nothing is written before all of it is known to fit."""
    if not is_invoice_number(number):
        raise BadNumber
    accepted_at = invoice.sub_order.accepted_at
    earliest = clock.day_of(accepted_at) if accepted_at else issued_on
    if not earliest <= issued_on <= clock.day_of(at):
        raise BadDay
    document_id = insert_once(
        InvoiceDocument,
        "number",
        invoice_id=invoice.id,
        kind=kind,
        number=number,
        issued_on=issued_on,
        amount_fen=amount_fen,
        recorded_at=at,
        recorded_by_id=by,
    )
    if document_id is None:
        raise NumberTaken
    db.session.expire(invoice, ["documents"])


def _close_as_rejected(invoice: Invoice, reason: str, by: int | None, at: datetime) -> None:
    invoice.closed_at = invoice.rejected_at = at
    invoice.rejected_by_id, invoice.rejection = by, reason
    db.session.flush()
    announce(InvoiceRejected(invoice.id, at))


def _require_requested(invoice: Invoice) -> None:
    if invoice.closed_at is not None or invoice.blue is not None:
        raise NotInThatState


def _lock_part(part_id: int) -> SubOrder:
    part = db.session.get_one(SubOrder, part_id, with_for_update=True, populate_existing=True)
    lines = select(OrderLine).where(OrderLine.sub_order_id == part_id)
    db.session.scalars(lines.execution_options(populate_existing=True)).all()
    return part
