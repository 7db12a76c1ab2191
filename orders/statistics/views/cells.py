"""A table's cells as its page writes them: made here once, because a page has hundreds."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from orders.statistics.rules.sheets import Column, Kind, Value, shown


class Cell(NamedTuple):
    """What a cell says, where it leads, and whether it is a number, and one below nothing."""

    text: str
    url: str | None
    is_number: bool
    is_loss: bool


def cells_of(
    columns: Sequence[Column], values: Sequence[Value], link: Callable[[str], str | None]
) -> list[Cell]:
    """The cells of a row in the order of its columns; ``link`` says where a column's number
    leads."""
    cells = []
    for column, value in zip(columns, values, strict=True):
        text = shown(column.kind, value)
        cells.append(
            Cell(
                text,
                link(column.name) if text else None,
                column.kind is not Kind.TEXT,
                isinstance(value, int) and value < 0,
            )
        )
    return cells
