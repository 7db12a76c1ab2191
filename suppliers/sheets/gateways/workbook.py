"""The workbooks that a cooperative takes home: its listings, an empty template, or what could not
be taken over with the reasons beside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from shop.sheets.gateways.writing import harmless, new_workbook
from shop.sheets.rules.heads import REASONS
from suppliers.sheets.rules.columns import HEADS, Column
from suppliers.sheets.rules.writing import EXPLANATIONS, MEASURES, UNITS

COLUMNS = tuple(HEADS)
# What a person must not touch: in the sheet, but out of sight.
_HIDDEN = {Column.PRODUCT, Column.VARIANT, Column.BASE}
_WIDTHS = {
    Column.NAME: 20,
    Column.SPEC: 16,
    Column.TIERS: 24,
    Column.MONTHS: 16,
    Column.DESCRIPTION: 40,
    Column.WEIGHT: 12,
    Column.AMOUNT: 12,
}
_NUMBERS = {Column.PRICE: "0.00", Column.STOCK: "0", Column.WEIGHT: "0.###", Column.AMOUNT: "0.###"}
# Rows of the template that offer the lists; more can be filled in without them.
_OFFERED_ROWS = 5_000
_LISTS = "选项"
_NEEDED = {
    Column.NAME,
    Column.CATEGORY,
    Column.SPEC,
    Column.UNIT,
    Column.WEIGHT,
    Column.PRICE,
    Column.MONTHS,
    Column.PERISHABLE,
}


@dataclass(frozen=True)
class _Look:
    head: Format
    needed: Format
    grey: Format
    text: Format
    bold: Format
    numbers: dict[Column, Format]


def write_listings(
    rows: Iterable[dict[Column, Any]], categories: Sequence[str], file: IO[bytes]
) -> None:
    """Rows of cells by column below the heads, with lists to choose from; without rows it is the
    template. A Decimal is a number, all else is text."""
    with new_workbook(file) as book:
        look = _look(book)
        page = book.add_worksheet("商品")
        _lay_out(page, look)
        for place, column in enumerate(COLUMNS):
            style = look.needed if column in _NEEDED else look.head
            page.write_string(0, place, HEADS[column], look.grey if column in _HIDDEN else style)
        for number, cells in enumerate(rows, start=1):
            for place, column in enumerate(COLUMNS):
                _write_cell(page, number, place, cells.get(column), _style(look, column))
        _offer_lists(page, categories)
        _explain(book.add_worksheet("填写说明"), look)
        _write_lists(book.add_worksheet(_LISTS), categories, look)


def write_rejected(
    heads: Sequence[str], rows: Iterable[tuple[list[str], str]], file: IO[bytes]
) -> None:
    """Rows as they were brought, all of it text, and behind them why they were left out."""
    with new_workbook(file) as book:
        look = _look(book)
        page = book.add_worksheet("有误的行")
        page.freeze_panes(1, 0)
        page.set_column(0, len(heads) - 1, 14, look.text)
        page.set_column(len(heads), len(heads), 60)
        for place, head in enumerate([*heads, REASONS]):
            page.write_string(0, place, harmless(head), look.head)
        for number, (cells, reasons) in enumerate(rows, start=1):
            for place, cell in enumerate(cells[: len(heads)]):
                _write_cell(page, number, place, cell, look.text)
            _write_cell(page, number, len(heads), reasons, look.text)


def _write_cell(page: Worksheet, row: int, place: int, value: Any, style: Format) -> None:
    if value is None or value == "":
        return
    if isinstance(value, Decimal):
        page.write_number(row, place, value, style)
    else:
        page.write_string(row, place, harmless(str(value)), style)


def _lay_out(page: Worksheet, look: _Look) -> None:
    page.freeze_panes(1, COLUMNS.index(Column.NAME) + 1)
    page.set_row(0, 24)
    for place, column in enumerate(COLUMNS):
        hidden = {"hidden": column in _HIDDEN}
        page.set_column(place, place, _WIDTHS.get(column, 10), _style(look, column), hidden)


def _offer_lists(page: Worksheet, categories: Sequence[str]) -> None:
    """Cells in which to choose. Another unit may be typed; a category or an answer may not."""
    yes_no = {"validate": "list", "source": ["是", "否"]}
    for column, options in {
        Column.CATEGORY: _list_of(0, len(categories)),
        Column.UNIT: _list_of(1, len(UNITS)) | {"error_type": "information"},
        Column.MEASURE: {"validate": "list", "source": list(MEASURES.values())},
        Column.PERISHABLE: yes_no,
        Column.DELIST: yes_no,
    }.items():
        place = COLUMNS.index(column)
        page.data_validation(
            *(1, place, _OFFERED_ROWS, place),
            {"error_title": "请从列表里选", "error_message": "不在列表里。", **options},
        )


def _list_of(place: int, count: int) -> dict[str, Any]:
    letter = "AB"[place]
    source = f"='{_LISTS}'!${letter}$1:${letter}${max(count, 1)}"
    return {"validate": "list", "source": source}


def _write_lists(page: Worksheet, categories: Sequence[str], look: _Look) -> None:
    page.hide()
    for row in range(max(len(categories), len(UNITS))):
        for place, values in enumerate((categories, UNITS)):
            if row < len(values):
                _write_cell(page, row, place, values[row], look.text)


def _explain(page: Worksheet, look: _Look) -> None:
    page.set_column(0, 0, 16)
    page.set_column(1, 1, 90)
    for row, (title, words) in enumerate(EXPLANATIONS):
        page.write_string(row, 0, title, look.bold)
        page.write_string(row, 1, words, look.text)


def _style(look: _Look, column: Column) -> Format:
    if column in _HIDDEN:
        return look.grey
    return look.numbers.get(column, look.text)


def _look(book: Workbook) -> _Look:
    def style(**properties: Any) -> Format:
        return book.add_format({"font_size": 11, "valign": "vcenter", **properties})

    return _Look(
        head=style(bold=True, border=1, bg_color="#F1EFE7"),
        needed=style(bold=True, border=1, bg_color="#DDEFE3"),
        grey=style(num_format="@", font_color="#767676", bg_color="#EEEEEE"),
        text=style(num_format="@"),
        bold=style(bold=True),
        numbers={column: style(num_format=form) for column, form in _NUMBERS.items()},
    )
