"""What an invoice may say, where it stands, and what a sheet of numbers says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from orders.invoices.models import Invoice, TaxRate, TitleKind
from orders.records.models import SubOrder
from shop.money import divide
from shop.organisations.rules import is_credit_code

NUMBER_DIGITS = 20
FREIGHT = "运费"
# Of the codes from before the unified ones, which some still have.
_OLD_CODE_LENGTHS = (15, 20)


@dataclass(frozen=True, slots=True)
class Title:
    """Whom an invoice is made out to, and where it is sent."""

    kind: TitleKind
    name: str
    tax_code: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class Item:
    """What was kept of a line, or (without a line) of the freight. Integer fen, with tax."""

    order_line_id: int | None
    name: str
    spec: str
    unit: str
    quantity: int
    amount_fen: int
    rate: TaxRate

    @property
    def tax_fen(self) -> int:
        """The tax inside the amount, rounded once."""
        return divide(self.amount_fen * self.rate.percent, 100 + self.rate.percent)


class InvoiceState(StrEnum):
    REQUESTED = "requested"
    ISSUED = "issued"
    SENT = "sent"
    TOO_HIGH = "too_high"
    REVERSED = "reversed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> LazyString:
        return _STATES[self]

    @property
    def mood(self) -> str:
        return _MOODS.get(self, "note")


_STATES = {
    InvoiceState.REQUESTED: _l("待开票"),
    InvoiceState.ISSUED: _l("已开票"),
    InvoiceState.SENT: _l("已发送"),
    InvoiceState.TOO_HIGH: _l("待冲红"),
    InvoiceState.REVERSED: _l("已冲红"),
    InvoiceState.REJECTED: _l("未开票"),
    InvoiceState.WITHDRAWN: _l("已撤回"),
}
_MOODS = {
    InvoiceState.REQUESTED: "wait",
    InvoiceState.ISSUED: "good",
    InvoiceState.SENT: "good",
    InvoiceState.TOO_HIGH: "bad",
    InvoiceState.REJECTED: "bad",
}


def state_of(invoice: Invoice) -> InvoiceState:
    if invoice.closed_at is not None:
        if invoice.red is not None:
            return InvoiceState.REVERSED
        rejected = invoice.rejected_at is not None
        return InvoiceState.REJECTED if rejected else InvoiceState.WITHDRAWN
    if invoice.blue is None:
        return InvoiceState.REQUESTED
    if invoice.too_high_since is not None:
        return InvoiceState.TOO_HIGH
    return InvoiceState.ISSUED if invoice.sent_at is None else InvoiceState.SENT


def kept_fen(part: SubOrder) -> int:
    """What was paid for a part and not promised back, goods and freight."""
    goods = sum(line.amount_fen - line.refunded_fen for line in part.lines)
    return goods + part.freight_fen - part.freight_refunded_fen


def items_of(
    part: SubOrder, given_back: Mapping[int, int], rates: Mapping[int, TaxRate]
) -> list[Item]:
    """The lines of an invoice for what was kept of a part; what was refunded in full is on none.

    ``given_back`` has the units that money was given back for, ``rates`` the rates, both by the
    line's id. Freight has the rate of the first line: it is part of the price of the goods.
    """
    items = [
        Item(
            order_line_id=line.id,
            name=line.product_name,
            spec=line.spec,
            unit=line.unit,
            quantity=max(line.quantity - given_back.get(line.id, 0), 1),
            amount_fen=line.amount_fen - line.refunded_fen,
            rate=rates[line.id],
        )
        for line in part.lines
        if line.amount_fen > line.refunded_fen
    ]
    freight_fen = part.freight_fen - part.freight_refunded_fen
    if freight_fen:
        rate = items[0].rate if items else TaxRate.NINE
        items.append(Item(None, FREIGHT, "", "", 1, freight_fen, rate))
    return items


def default_rate(certificate_covered: bool) -> TaxRate:
    """Fresh produce that a cooperative grew is free of value-added tax; what was processed is
    not. The cooperative knows better and corrects it."""
    return TaxRate.EXEMPT if certificate_covered else TaxRate.NINE


def is_tax_code(code: str) -> bool:
    """Whether a code in canonical form is a unified social credit code, or an older tax code of
    15 or 20 digits and capital letters."""
    if len(code) in _OLD_CODE_LENGTHS:
        return code.isascii() and code.isalnum() and code == code.upper()
    return is_credit_code(code)


def is_invoice_number(number: str) -> bool:
    return len(number) == NUMBER_DIGITS and number.isascii() and number.isdigit()


def unit_price(item: Item) -> str:
    """What one unit costs in yuan, as finely as an invoice writes it: ``12.3333``."""
    ten_thousandths = divide(item.amount_fen * 100, item.quantity)
    whole, part = divmod(ten_thousandths, 10_000)
    fraction = f"{part:04d}".rstrip("0").ljust(2, "0")
    return f"{whole:,}.{fraction}"


def total_fen(items: Sequence[Item]) -> int:
    return sum(item.amount_fen for item in items)


@dataclass(frozen=True, slots=True)
class Row:
    """One invoice of a sheet: its line there, and what could be read of it."""

    line: int
    part_number: str
    number: str
    issued_on: date | None


@dataclass(slots=True)
class ImportResult:
    """What became of the rows of a sheet."""

    issued: int = 0
    known: int = 0
    refused: list[tuple[Row, str]] = field(default_factory=list)

    def count(self, is_new: bool) -> None:
        self.issued += is_new
        self.known += not is_new

    def refuse(self, row: Row, reason: str) -> None:
        self.refused.append((row, reason))


# What stands above the columns of a sheet, each under the names that are in use.
_PART = {"订单号", "子订单号", "订单编号", "order number"}
_NUMBER = {"发票号码", "数电发票号码", "数电票号码", "invoice number"}
_DAY = {"开票日期", "开票时间", "invoice date"}
_HEAD_WITHIN = 10


def rows_of(cells: Sequence[Sequence[str]]) -> list[Row] | None:
    """The invoices of a sheet, by the names of its columns; None where those are missing."""
    for at, head in enumerate(cells[:_HEAD_WITHIN]):
        columns = [_column(head, names) for names in (_PART, _NUMBER, _DAY)]
        if None not in columns:
            part, number, day = (column or 0 for column in columns)
            return [
                _row(line, row, part, number, day)
                for line, row in enumerate(cells[at + 1 :], start=at + 2)
                if any(row)
            ]
    return None


def pasted_rows(text: str) -> list[Row]:
    """What somebody pasted: a line for each invoice, with part, number and day."""
    cells = [re.split(r"[\s,，;；]+", line) for line in text.splitlines()]
    return [_row(line, row, 0, 1, 2) for line, row in enumerate(cells, start=1) if any(row)]


def _column(head: Sequence[str], names: set[str]) -> int | None:
    return next((at for at, cell in enumerate(head) if cell.strip().lower() in names), None)


def _row(line: int, cells: Sequence[str], part: int, number: int, day: int) -> Row:
    def cell(at: int) -> str:
        # A sheet writes a text that looks like a number with a mark before it.
        return cells[at].strip().lstrip("'") if at < len(cells) else ""

    return Row(line, cell(part).upper()[:40], cell(number)[:40], day_in(cell(day)))


def day_in(text: str) -> date | None:
    """The day that a cell names, in one of the ways that sheets write days; None for none."""
    found = re.match(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T].*)?$", text, re.ASCII)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
