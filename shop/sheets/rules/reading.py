"""Rows of a sheet, cell by cell, whatever the sheet is about. Pure."""

from collections.abc import Callable, Collection, Sequence
from enum import StrEnum
from typing import Any, Generic, NamedTuple, TypeVar

from shop.sheets.rules.cells import NOTHING
from shop.sheets.rules.heads import Head

F = TypeVar("F")


class Reading(NamedTuple, Generic[F]):
    """What a row says, by column, and what is wrong with it; both fit JSON."""

    values: dict[str, Any]
    faults: list[F]


class Refused(Exception):
    """A cell that can't be read. Each kind of sheet has its own kinds of faults and their words."""

    def __init__(self, kind: StrEnum, **details: Any) -> None:
        self.kind, self.details = kind, details


def read_cells(
    cells: Sequence[str],
    heads: Sequence[Head],
    read: Callable[[str, str, str], Any],
    fault: Callable[[str, str, dict[str, Any]], F],
    unread: Collection[str] = (),
) -> Reading[F]:
    """Read the cells of the columns that mean something and are not ``unread``; an empty cell says
    nothing.

    ``read`` says what a column's cell below its head means or raises Refused, which becomes a
    ``fault`` of column, kind and details.
    """
    values: dict[str, Any] = {}
    faults: list[F] = []
    for head, cell in zip(heads, cells, strict=False):
        if not head.column or head.column in unread or cell.strip() in NOTHING:
            continue
        try:
            values[head.column] = read(head.column, cell, head.text)
        except Refused as refused:
            faults.append(fault(head.column, refused.kind, refused.details))
    return Reading(values, faults)


def first_cell(cells: Sequence[str]) -> str:
    """The first that says something: by it one knows the lines that stand below the rows."""
    return next((cell.strip() for cell in cells if cell.strip()), "")


def plain(text: str) -> str:
    """Without the mark by which spreadsheets keep a text that begins like a formula."""
    return text[1:] if text.startswith(("'=", "'+", "'-", "'@")) else text
