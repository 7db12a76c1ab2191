"""Rules of invoices."""

from typing import Any

from sqlalchemy import (
    Select,
    func,
    select,
)

from orders.invoices.models import Invoice, InvoiceDocument, InvoiceItem
from orders.records.models import OrderLine, SubOrder
from shop.breaches.comparing import summed
from shop.db import total


def wrong_invoices() -> Select[Any]:
    items = summed(
        select(InvoiceItem.invoice_id.label("of"), total(InvoiceItem.amount_fen).label("fen")),
        InvoiceItem.invoice_id,
    )
    return (
        select(InvoiceDocument.invoice_id)
        .outerjoin(items, items.c.of == InvoiceDocument.invoice_id)
        .where(func.coalesce(items.c.fen, 0) != InvoiceDocument.amount_fen)
        .order_by(InvoiceDocument.invoice_id)
    )


def too_high() -> Select[Any]:
    kept = summed(
        select(
            OrderLine.sub_order_id.label("of"),
            total(OrderLine.amount_fen - OrderLine.refunded_fen).label("fen"),
        ),
        OrderLine.sub_order_id,
    )
    freight = SubOrder.freight_fen - SubOrder.freight_refunded_fen
    return (
        select(Invoice.id)
        .join(Invoice.sub_order)
        .join(Invoice.documents)
        .join(kept, kept.c.of == SubOrder.id)
        .where(
            Invoice.closed_at.is_(None),
            Invoice.too_high_since.is_(None),
            InvoiceDocument.amount_fen > kept.c.fen + freight,
        )
        .order_by(Invoice.id)
    )
