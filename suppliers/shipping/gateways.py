"""The workbooks that a cooperative takes home: what waits to be shipped, or the rows that could not
be, with the reasons beside them."""

from collections.abc import Iterable, Sequence
from typing import IO

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from shop.sheets.gateways.writing import harmless, new_workbook
from shop.sheets.rules.heads import REASONS
from suppliers.fulfilment.rules import CARRIERS
from suppliers.shipping.rules.columns import HEADS, Column

# What is filled in comes behind what is only read.
TO_SEND = (
    HEADS[Column.PART],
    "截单",
    "送到",
    "收货",
    "商品",
    "待发件数",
    HEADS[Column.BATCH],
    HEADS[Column.CARRIER],
    HEADS[Column.NUMBER],
    HEADS[Column.UNITS],
)
_WIDTHS = (22, 16, 12, 30, 44, 12, 26, 14, 24, 16)
_FILLED = {HEADS[Column.CARRIER], HEADS[Column.NUMBER], HEADS[Column.UNITS]}
EXPLANATIONS = (
    ("怎么填", "一行是一单（一个包裹）。填快递公司和快递单号，存好，再到“批量发货”上传。"),
    ("不发的", "单号空着的行不发，下次再来。"),
    ("快递单号", "这一列已设成“文本”。从别处贴过来时请只贴数值，别让软件把它变成数字。"),
    (
        "这次发几件",
        "空着就全发。只发一部分、或一单分几个包裹的，填件数；分几个包裹就写几行，每行都填。"
        "一单有几样商品的，按“商品”里的顺序写，例如 2、1。",
    ),
    ("批次", "和装箱单一致。换了别的批次请改这一格；清空则从最早采收的批次发。"),
    ("合在一起发", "同一位买家、或发往同一个自提点的几单，可以填同一个单号。"),
)


def write_to_send(rows: Iterable[Sequence[str]], file: IO[bytes]) -> None:
    """Rows of cells below the heads of TO_SEND, all of it text: spreadsheets make numbers of
    codes."""
    with new_workbook(file) as book:
        head = book.add_format({"bold": True, "border": 1, "bg_color": "#F1EFE7"})
        filled = book.add_format({"bold": True, "border": 1, "bg_color": "#DDEFE3"})
        text = book.add_format({"num_format": "@", "valign": "vcenter", "text_wrap": True})
        page = book.add_worksheet("待发货")
        page.freeze_panes(1, 1)
        for place, (name, width) in enumerate(zip(TO_SEND, _WIDTHS, strict=True)):
            page.set_column(place, place, width, text)
            page.write_string(0, place, name, filled if name in _FILLED else head)
        for number, cells in enumerate(rows, start=1):
            _write_row(page, number, cells, text)
        place = TO_SEND.index(HEADS[Column.CARRIER])
        offered = {"validate": "list", "source": list(CARRIERS), "error_type": "information"}
        page.data_validation(1, place, 2_000, place, offered)
        _explain(book.add_worksheet("填写说明"), book.add_format({"bold": True}), text)


def write_rejected(
    rows: Iterable[tuple[dict[str, str], str]], columns: Sequence[Column], file: IO[bytes]
) -> None:
    """Rows as they were brought, and behind them why they were left out."""
    with new_workbook(file) as book:
        head = book.add_format({"bold": True, "border": 1, "bg_color": "#F1EFE7"})
        text = book.add_format({"num_format": "@", "valign": "vcenter", "text_wrap": True})
        page = book.add_worksheet("没有发的行")
        page.freeze_panes(1, 0)
        page.set_column(0, len(columns) - 1, 22, text)
        page.set_column(len(columns), len(columns), 60, text)
        _write_row(page, 0, [*(HEADS[column] for column in columns), REASONS], head)
        for number, (cells, reasons) in enumerate(rows, start=1):
            _write_row(page, number, [*(cells.get(each, "") for each in columns), reasons], text)


def _write_row(page: Worksheet, row: int, cells: Sequence[str], style: Format) -> None:
    for place, cell in enumerate(cells):
        if cell:
            page.write_string(row, place, harmless(cell), style)


def _explain(page: Worksheet, bold: Format, text: Format) -> None:
    page.set_column(0, 0, 16)
    page.set_column(1, 1, 90)
    for row, (title, words) in enumerate(EXPLANATIONS):
        page.write_string(row, 0, title, bold)
        page.write_string(row, 1, words, text)
