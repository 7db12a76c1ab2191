"""What of the ledger is told in the open: totals, months, towns, and never one buyer's purchases.

A month or a town in which a single buyer bought is not told apart: its amount stands in a sum with
others, so that it can't be had by taking the rest from the whole either. Months join the months
after them, towns the other towns. Amounts are integer fen and grams; they sum to the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """What one month or one town brought."""

    key: str
    label: str
    net_fen: int
    weight_g: int
    # Whether a second buyer bought too.
    many: bool
    locked: bool
    # Whether anything was sold at all: where nothing was, there is nothing to hide.
    sold: bool = True


@dataclass(frozen=True)
class Told:
    """A line of the page: a cell, or several that are not told apart."""

    cells: tuple[Cell, ...]

    @property
    def net_fen(self) -> int:
        return sum(cell.net_fen for cell in self.cells)

    @property
    def weight_g(self) -> int:
        return sum(cell.weight_g for cell in self.cells)

    @property
    def locked(self) -> bool:
        return all(cell.locked for cell in self.cells)


def tell_months(cells: Sequence[Cell]) -> list[Told]:
    """The months in their order; a month of one buyer together with those after it until there is
    a second buyer, the last ones with those before."""
    told: list[Told] = []
    waiting: list[Cell] = []
    for cell in cells:
        if not waiting and not cell.sold:
            told.append(Told((cell,)))
            continue
        waiting.append(cell)
        if cell.many:
            told.append(Told(tuple(waiting)))
            waiting = []
    while waiting and told:
        before = told.pop()
        waiting = [*before.cells, *waiting]
        if any(cell.many for cell in before.cells):
            break
    return [*told, Told(tuple(waiting))] if waiting else told


def tell_towns(cells: Sequence[Cell]) -> list[Told]:
    """The towns, the most sold first; those of one buyer together, with the smallest of the others
    among them."""
    many = sorted((cell for cell in cells if cell.many), key=lambda cell: (-cell.net_fen, cell.key))
    alone = [cell for cell in cells if cell.sold and not cell.many]
    if alone and many:
        alone.insert(0, many.pop())
    told = [Told((cell,)) for cell in many]
    return [*told, Told(tuple(alone))] if alone else told
