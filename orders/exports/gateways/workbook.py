"""Write a sheet as an Excel workbook, row by row, in constant memory.

XlsxWriter prints each number with 16 significant digits; given a Decimal it prints the decimal
itself, so an amount is in the file exactly as it was counted and never becomes a binary fraction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from orders.statistics.rules.sheets import Column, Kind, Sheet, Value, written
from shop.sheets.gateways.writing import harmless, new_workbook

# Excel holds a little more; the head, the total and the foot need some.
MOST_ROWS = 1_000_000
_NUMBERS = {
    Kind.TEXT: "@",
    Kind.DAY: "yyyy-mm-dd",
    Kind.COUNT: "#,##0",
    Kind.QUANTITY: "#,##0.###",
    Kind.YUAN: "#,##0.00",
    Kind.WAN: "#,##0.00",
    Kind.KILOGRAMS: "#,##0.000",
    Kind.TONNES: "#,##0.00",
    Kind.PERCENT: "0.0",
}
_WIDTHS = {
    Kind.TEXT: 10,
    Kind.DAY: 11,
    Kind.COUNT: 7,
    Kind.QUANTITY: 8,
    Kind.YUAN: 12,
    Kind.WAN: 10,
    Kind.KILOGRAMS: 12,
    Kind.TONNES: 10,
    Kind.PERCENT: 8,
}
_A4 = 9
_TITLE_ROW, _UNIT_ROW, _HEAD_ROW = 0, 1, 2


@dataclass(frozen=True)
class _Look:
    title: Format
    unit: Format
    head: Format
    foot: Format
    note: Format
    body: dict[Kind, Format]
    total: dict[Kind, Format]


def write_workbook(sheet: Sheet, file: IO[bytes], *, made_at: datetime | None = None) -> None:
    """Write the sheet, and a second one with the counting rules, into an open file.

    With ``made_at`` no clock is in it: the same sheet becomes the same bytes, as the parts of the
    archive bear no time either.
    """
    with new_workbook(file) as book:
        if made_at is not None:
            book.set_properties({"created": made_at})
        look = _look(book)
        _write_table(book.add_worksheet(sheet.name), sheet, look)
        seal = [f"{name}:{text}" for name, text in sheet.seal()]
        _write_notes(book.add_worksheet("口径说明"), sheet.notes, seal, look)


def _write_table(page: Worksheet, sheet: Sheet, look: _Look) -> None:
    _lay_out(page, sheet.columns)
    last = len(sheet.columns) - 1
    page.merge_range(_TITLE_ROW, 0, _TITLE_ROW, last, sheet.title, look.title)
    page.set_row(_TITLE_ROW, 28)
    page.set_row(_HEAD_ROW, 42)
    page.write_string(_UNIT_ROW, last, sheet.unit, look.unit)
    for index, column in enumerate(sheet.columns):
        page.write_string(_HEAD_ROW, index, str(column.title), look.head)
    kinds = [column.kind for column in sheet.columns]
    row_number = _HEAD_ROW
    for row in sheet.rows:
        row_number += 1
        _write_row(page, row_number, kinds, row, look.body)
    row_number += 1
    _write_row(page, row_number, kinds, sheet.total(), look.total)
    seal = [f"{name}:{text}" for name, text in sheet.seal()]
    for line in [*sheet.foot, *map(harmless, seal)]:
        row_number += 1
        page.write_string(row_number, 0, line, look.foot)


def _write_row(
    page: Worksheet,
    row_number: int,
    kinds: Sequence[Kind],
    row: Sequence[Value],
    formats: dict[Kind, Format],
) -> None:
    for index, (kind, value) in enumerate(zip(kinds, row, strict=True)):
        cell, look = written(kind, value), formats[kind]
        if kind is Kind.QUANTITY and isinstance(cell, int):
            # The pattern for decimals would leave a point behind a whole number.
            look = formats[Kind.COUNT]
        if cell is None:
            page.write_blank(row_number, index, None, look)
        elif isinstance(cell, str):
            page.write_string(row_number, index, harmless(cell), look)
        elif isinstance(cell, date):
            page.write_datetime(row_number, index, cell, look)
        else:
            page.write_number(row_number, index, Decimal(cell), look)


def _write_notes(page: Worksheet, notes: Sequence[str], seal: Sequence[str], look: _Look) -> None:
    page.set_column(0, 0, 100)
    page.write_string(0, 0, "口径说明", look.title)
    for number, note in enumerate(notes, 1):
        page.write_string(number, 0, f"{number}. {note}", look.note)
    for number, line in enumerate(seal, len(notes) + 2):
        page.write_string(number, 0, harmless(line), look.note)


def _lay_out(page: Worksheet, columns: Sequence[Column]) -> None:
    """For paper: A4 across, one page wide, the head on every page."""
    page.set_landscape()
    page.set_paper(_A4)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.fit_to_pages(1, 0)
    page.repeat_rows(_TITLE_ROW, _HEAD_ROW)
    page.set_footer("&C第 &P 页，共 &N 页")
    page.freeze_panes(_HEAD_ROW + 1, 1)
    for index, column in enumerate(columns):
        page.set_column(index, index, column.width or _WIDTHS[column.kind])


def _look(book: Workbook) -> _Look:
    def style(**properties: Any) -> Format:
        return book.add_format({"font_size": 10, "valign": "vcenter", **properties})

    def by_kind(make: Callable[[str, str], Format]) -> dict[Kind, Format]:
        sides = {kind: "left" if kind in (Kind.TEXT, Kind.DAY) else "right" for kind in Kind}
        return {kind: make(_NUMBERS[kind], side) for kind, side in sides.items()}

    return _Look(
        title=style(bold=True, font_size=14, align="center"),
        unit=style(align="right"),
        head=style(bold=True, border=1, align="center", text_wrap=True, bg_color="#F1EFE7"),
        foot=style(),
        note=style(text_wrap=True),
        body=by_kind(lambda number, side: style(border=1, num_format=number, align=side)),
        total=by_kind(
            lambda number, side: style(border=1, num_format=number, align=side, bold=True)
        ),
    )
