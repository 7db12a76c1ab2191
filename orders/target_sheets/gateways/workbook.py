"""The workbook that an administrator fills in: the towns of a year with what holds now."""

from collections.abc import Sequence
from decimal import Decimal
from typing import IO

from orders.target_sheets.rules.columns import HEADS, Column
from shop.sheets.gateways.writing import harmless, new_workbook

_EXPLANATIONS = (
    ("绿色的列", "一定要填。镇写全名或代码；同名的镇要写明县(市、区)。"),
    ("目标(万元)", "最多六位小数；写成 1205000元 也行。不能是零或负数。"),
    ("产品类别、采购方类型", "空着是全镇的目标；填了是其中的一部分，两项可以都填。"),
    ("分月方式", "平均、按产季，或空着沿用原来的。原来逐月填写的，按原来各月的比例。"),
    ("理由", "改动已有目标要有理由：写在这里，或在确认导入时统一写。"),
    ("没有变化的行", "不会留新版本。有一行有误，整份都不导入。"),
)
FEN_PER_WAN = 1_000_000
_NEEDED = {Column.TOWN, Column.YEAR, Column.AMOUNT}


def write_template(rows: Sequence[dict[Column, str | int]], file: IO[bytes]) -> None:
    """The columns in their order, a line for each town (amounts in fen), and how they are filled
    in."""
    with new_workbook(file) as book:
        needed = book.add_format({"bold": True, "border": 1, "bg_color": "#DDEFE3"})
        other = book.add_format({"bold": True, "border": 1, "bg_color": "#F1EFE7"})
        text = book.add_format({"num_format": "@"})
        wan = book.add_format({"num_format": "#,##0.00####"})
        page = book.add_worksheet("年度目标")
        page.freeze_panes(1, 0)
        page.set_column(0, len(HEADS) - 1, 14)
        for place, (column, head) in enumerate(HEADS.items()):
            page.write_string(0, place, head, needed if column in _NEEDED else other)
        for number, row in enumerate(rows, start=1):
            for place, column in enumerate(HEADS):
                value = row.get(column, "")
                if isinstance(value, str):
                    page.write_string(number, place, harmless(value), text)
                elif column is Column.AMOUNT:
                    page.write_number(number, place, Decimal(value) / FEN_PER_WAN, wan)
                else:
                    page.write_number(number, place, value)
        notes = book.add_worksheet("填写说明")
        notes.set_column(0, 0, 24)
        notes.set_column(1, 1, 90)
        for number, (title, words) in enumerate(_EXPLANATIONS):
            notes.write_string(number, 0, title)
            notes.write_string(number, 1, words)
