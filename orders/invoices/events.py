"""What happens to an invoice, told to whoever listens."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class InvoiceRequested:
    invoice_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class InvoiceIssued:
    invoice_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class InvoiceRejected:
    invoice_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class InvoiceTooHigh:
    """Money went back after the invoice was issued: it has to be reversed."""

    invoice_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class InvoiceReversed:
    invoice_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class InvoiceFileAdded:
    """The buyer can fetch the file of an invoice."""

    file_id: int
    at: datetime
