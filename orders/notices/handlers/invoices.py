"""An invoice from the request to its reversal."""

from typing import Any

from orders.invoices.events import (
    InvoiceFileAdded,
    InvoiceIssued,
    InvoiceRejected,
    InvoiceRequested,
    InvoiceReversed,
    InvoiceTooHigh,
)
from orders.invoices.models import Invoice
from orders.invoices.queries import get_told_file, get_told_invoice
from orders.notices import queries
from orders.notices.handlers.letters import write_to_buyer, write_to_managers
from shop import mail
from shop.events import on


@on(InvoiceRequested)
def tell_invoice_requested(event: InvoiceRequested) -> None:
    invoice = get_told_invoice(event.invoice_id)
    step, path = f"invoice_requested:{invoice.id}", f"/invoices/{invoice.id}"
    write_to_managers(invoice.sub_order, step, event.at, path=path, title=invoice.title_name)


@on(InvoiceIssued)
def tell_invoice_issued(event: InvoiceIssued) -> None:
    """The buyer, and whoever they named to have it."""
    invoice = get_told_invoice(event.invoice_id)
    step, told = f"invoice_issued:{invoice.id}", _of_invoice(invoice)
    order = invoice.sub_order.order
    write_to_buyer(order, step, event.at, **told)
    buyer = queries.find_buyer(order)
    if invoice.email and (buyer is None or invoice.email != buyer.email):
        key = f"{order.number}:{step}:title"
        mail.post(
            invoice.email,
            "orders/invoice_issued",
            {"name": invoice.title_name, "number": order.number, **told},
            key=key,
            at=event.at,
        )


@on(InvoiceFileAdded)
def tell_invoice_file(event: InvoiceFileAdded) -> None:
    """Once for each invoice, however many forms of it there are."""
    document = get_told_file(event.file_id).document
    told = _of_invoice(document.invoice) | {"invoice": document.number}
    order = document.invoice.sub_order.order
    write_to_buyer(order, f"invoice_file:{document.id}", event.at, **told)


@on(InvoiceRejected)
def tell_invoice_rejected(event: InvoiceRejected) -> None:
    invoice = get_told_invoice(event.invoice_id)
    step, reason = f"invoice_rejected:{invoice.id}", invoice.rejection
    write_to_buyer(invoice.sub_order.order, step, event.at, **_of_invoice(invoice), reason=reason)


@on(InvoiceTooHigh)
def tell_invoice_too_high(event: InvoiceTooHigh) -> None:
    invoice = get_told_invoice(event.invoice_id)
    told = _of_invoice(invoice) | {"path": f"/invoices/{invoice.id}"}
    write_to_managers(invoice.sub_order, f"invoice_too_high:{invoice.id}", event.at, **told)


@on(InvoiceReversed)
def tell_invoice_reversed(event: InvoiceReversed) -> None:
    invoice = get_told_invoice(event.invoice_id)
    step = f"invoice_reversed:{invoice.id}"
    write_to_buyer(invoice.sub_order.order, step, event.at, **_of_invoice(invoice))


def _of_invoice(invoice: Invoice) -> dict[str, Any]:
    blue = invoice.blue
    return {
        "path": f"/orders/{invoice.sub_order.order.number}/invoices",
        "cooperative": invoice.sub_order.cooperative_name,
        "title": invoice.title_name,
        "invoice": blue.number if blue else "",
        "amount_fen": blue.amount_fen if blue else 0,
    }
