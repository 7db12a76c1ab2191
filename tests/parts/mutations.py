"""Sheets as they come: with cells that nobody meant, bytes that are wrong, or cut off."""

import csv
from io import StringIO
from typing import Any

from hypothesis import strategies as st

from tests.factories.transfers import as_xlsx

NASTY = [
    *("", " ", "=1+1", "-1", "1e9", "NaN", "9" * 20, "#REF!", "2026-03-05", "\x00\x1b"),
    *("是", "否", "0", "1", "2", "😀" * 30, "长" * 3000, "'=x", "５．５", "1,000", "-"),
    *("\u202e", "<r>", "%(x)s"),
]
KINDS = ["cells", "csv", "bytes", "cut"]
encodings = st.sampled_from(["utf-8", "utf-8-sig", "gb18030"])


def changes_of(cells: st.SearchStrategy[str]) -> st.SearchStrategy[list[tuple[int, int, str]]]:
    """Some cells to be replaced, by their row and place."""
    return st.lists(st.tuples(st.integers(0, 5), st.integers(0, 10), cells), max_size=8)


def mutated(table: list[list[Any]], some: list[tuple[int, int, str]]) -> list[list[Any]]:
    """The table with some cells replaced; beyond its edge a cell makes the row longer, beyond the
    last row a row is repeated."""
    rows = [row[:] for row in table]
    for row, place, cell in some:
        if row >= len(rows):
            rows.append(rows[-1][:])
        elif place >= len(rows[row]):
            rows[row].append(cell)
        else:
            rows[row][place] = cell
    return rows


def file_of(
    rows: list[list[Any]], kind: str, encoding: str, data: st.DataObject
) -> tuple[str, bytes]:
    """The rows as a file, its name ending and its content: a workbook, a CSV, one of which bytes
    were changed, or one that was cut off."""
    if kind == "cells":
        return "xlsx", as_xlsx([[str(cell).replace("\x00", "") for cell in row] for row in rows])
    text = StringIO()
    csv.writer(text).writerows(rows)
    content = text.getvalue().encode(encoding, "replace")
    if kind == "bytes":
        places = st.tuples(st.integers(0, len(content) - 1), st.binary(max_size=3))
        for place, byte in data.draw(st.lists(places, max_size=4)):
            content = content[:place] + byte + content[place + len(byte) :]
    if kind == "cut":
        content = content[: data.draw(st.integers(0, len(content)))]
    return "csv", content
