"""The workbooks that an office takes home: an empty template, or what could not be taken over with
the reasons beside it."""

from collections.abc import Iterable, Sequence
from typing import IO

from orders.offline.rules.columns import HEADS, UNREAD, Column
from shop.sheets.gateways.writing import harmless, new_workbook
from shop.sheets.rules.heads import REASONS

_NEEDED = {
    Column.COOPERATIVE,
    Column.PRODUCT,
    Column.CATEGORY,
    Column.UNIT,
    Column.QUANTITY,
    Column.AMOUNT,
    Column.CHANNEL,
    Column.BUYER_TYPE,
    Column.ACCEPTED_ON,
}
_EXPLANATIONS = (
    ("绿色的列", "一定要填。供货主体写名称或信用代码；单价和金额填一个就行。"),
    ("灰色的列", "不用填，平台自己知道：户数和就业来自联农带农报告，填报人是登录的人。"),
    ("日期", "写成 2026-11-23。验收日期没有的，用付款日期或下单日期。"),
    ("渠道", "线下、展销会、协议直采。线上订单自动计入，不用导入。展销会要写活动名称。"),
    ("采购方类型", "市民、预算单位、工会、国企、民企。不是市民的要写采购单位。"),
    ("退款", "不能从表格导入。要退回来的，在平台上到那一笔冲销或更正。"),
    ("佐证材料", "写文件名。导入后把文件传上来，会按文件名对到行；也可以一份材料证明整份表格。"),
    ("备注", "月份已经上报的，在备注写明为什么迟报，会计入之后的月份。"),
)


def write_template(file: IO[bytes]) -> None:
    """The columns of the detail ledger in their order, and how they are filled in."""
    with new_workbook(file) as book:
        looks = {
            "needed": book.add_format({"bold": True, "border": 1, "bg_color": "#DDEFE3"}),
            "unread": book.add_format({"border": 1, "bg_color": "#EEEEEE"}),
            "other": book.add_format({"bold": True, "border": 1, "bg_color": "#F1EFE7"}),
        }
        text = book.add_format({"num_format": "@"})
        page = book.add_worksheet("线下销售")
        page.freeze_panes(1, 0)
        page.set_column(0, len(HEADS) - 1, 12, text)
        for place, (column, head) in enumerate(HEADS.items()):
            kind = "needed" if column in _NEEDED else "unread" if column in UNREAD else "other"
            page.write_string(0, place, head, looks[kind])
        notes = book.add_worksheet("填写说明")
        notes.set_column(0, 0, 14)
        notes.set_column(1, 1, 90)
        for row, (title, words) in enumerate(_EXPLANATIONS):
            notes.write_string(row, 0, title)
            notes.write_string(row, 1, words)


def write_rejected(
    heads: Sequence[str], rows: Iterable[tuple[list[str], str]], file: IO[bytes]
) -> None:
    """Rows as they were brought, all of it text, and behind them why they were left out."""
    with new_workbook(file) as book:
        bold = book.add_format({"bold": True, "border": 1, "bg_color": "#F1EFE7"})
        text = book.add_format({"num_format": "@"})
        page = book.add_worksheet("有误的行")
        page.freeze_panes(1, 0)
        page.set_column(0, len(heads) - 1, 14, text)
        page.set_column(len(heads), len(heads), 60)
        for place, head in enumerate([*heads, REASONS]):
            page.write_string(0, place, harmless(head), bold)
        for number, (cells, reasons) in enumerate(rows, start=1):
            for place, cell in enumerate([*cells[: len(heads)]]):
                if cell:
                    page.write_string(number, place, harmless(cell), text)
            page.write_string(number, len(heads), harmless(reasons), text)
