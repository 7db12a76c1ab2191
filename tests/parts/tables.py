"""Spreadsheets read back: rows by the titles that stand in their head."""

import csv
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from python_calamine import CalamineWorkbook

TOTAL = "合计"


class Table:
    """The rows under a head, and the row of totals at the end."""

    def __init__(self, lines: Sequence[Sequence[Any]], head: str) -> None:
        """``head`` is one of the titles, by which the head is found."""
        lines = [[_plain(cell) for cell in line] for line in lines]
        at = next(number for number, line in enumerate(lines) if head in line)
        self.titles = [title for title in lines[at] if title]
        self.rows: list[dict[str, str]] = []
        self.totals: dict[str, str] = {}
        for line in lines[at + 1 :]:
            row = dict(zip(lines[at], line, strict=False))
            if line and line[0] == TOTAL:
                self.totals = row
                break
            self.rows.append(row)

    def sum_of(self, title: str) -> Decimal:
        """What the rows of a column add up to; nothing counts as nothing."""
        return sum((Decimal(row[title] or 0) for row in self.rows), Decimal(0))

    def total_of(self, title: str) -> Decimal:
        return Decimal(self.totals[title])


def read_csv(content: bytes, head: str) -> Table:
    """A CSV file as the shop writes it: UTF-8 with a mark, so that Excel reads it too."""
    assert content.startswith(b"\xef\xbb\xbf")
    return Table(list(csv.reader(io.StringIO(content.decode("utf-8-sig")))), head)


def read_xlsx(content: bytes, head: str) -> Table:
    """The first sheet of a workbook."""
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return Table(workbook.get_sheet_by_index(0).to_python(), head)


def _plain(cell: Any) -> str:
    """A cell as text. Numbers come from workbooks as floats, exact to far below a fen here."""
    if isinstance(cell, float):
        return f"{round(Decimal(cell), 4).normalize():f}"
    return str(cell)
