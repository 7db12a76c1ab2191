"""Add files to issued invoices."""

from datetime import datetime

from sqlalchemy import update

from orders.invoices.events import InvoiceFileAdded
from orders.invoices.models import FileKind, InvoiceFile
from orders.invoices.services.invoices import lock_invoice
from shop.accounts.audit.services import record
from shop.db import db
from shop.errors import NotFound
from shop.events import announce


def add_file(
    invoice_id: int,
    document_id: int,
    kind: FileKind,
    sha256: str,
    size: int,
    *,
    by: int,
    at: datetime,
) -> InvoiceFile:
    """Note that a verified file of a document lies in the uploads, in place of the last of its
    kind. The same file again changes nothing. Raises NotFound."""
    invoice = lock_invoice(invoice_id)
    document = next((each for each in invoice.documents if each.id == document_id), None)
    if document is None:
        raise NotFound
    before = next((each for each in document.files if each.kind is kind), None)
    if before is not None and before.sha256 == sha256:
        return before
    db.session.execute(
        update(InvoiceFile)
        .where(
            InvoiceFile.document_id == document_id,
            InvoiceFile.kind == kind,
            InvoiceFile.replaced_at.is_(None),
        )
        .values(replaced_at=at)
    )
    file = InvoiceFile(
        document_id=document_id,
        kind=kind,
        sha256=sha256,
        size=size,
        uploaded_at=at,
        uploaded_by_id=by,
    )
    db.session.add(file)
    db.session.flush()
    db.session.expire(document, ["files"])
    record("add_invoice_file", "invoice", invoice_id, by=by, at=at, kind=kind.value, sha256=sha256)
    announce(InvoiceFileAdded(file.id, at))
    return file
