"""The canonical form of a row, over which an export is hashed: the row as the CSV file writes it.

The cells in the order of the columns, joined by commas, and CR LF at the end, in UTF-8. Text and
days (as 2026-11-23) stand in double quotes, a quote in it twice; what a spreadsheet would take for
a formula has an apostrophe before it. Numbers stand bare, in the unit of their column and with its
decimals. What is not there is nothing at all. So the hash of a CSV file can be checked with no more
than a program that counts lines and one that hashes, and no row is written twice to be hashed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache, partial
from hashlib import sha256

from orders.statistics.rules.sheets import Column, Kind, Value, written

END = "\r\n"
# A spreadsheet would take a text that begins so for a formula.
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


class Seal:
    """The hash over canonical rows, while they pass, and their number."""

    def __init__(self) -> None:
        self.rows = 0
        self._hash = sha256()

    def add(self, lines: str, count: int) -> bytes:
        """Whole lines in the canonical form; the answer is how they stand in the file."""
        data = lines.encode()
        self._hash.update(data)
        self.rows += count
        return data

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class TableBody:
    """The rows of a table that is at hand as a whole."""

    def __init__(
        self, columns: Sequence[Column], rows: Sequence[Sequence[Value]], total: Sequence[Value]
    ) -> None:
        self.seal = Seal()
        self._cells = cells_of(columns)
        self._rows, self._total = rows, total

    def pieces(self) -> Iterator[bytes]:
        """The rows as they stand in a CSV file."""
        for row in self._rows:
            yield self.seal.add(line_of(self._cells, row), 1)

    def rows(self) -> Iterator[Sequence[Value]]:
        """The rows as values."""
        for row, _ in zip(self._rows, self.pieces(), strict=True):
            yield row

    def total(self) -> Sequence[Value]:
        return self._total


def cells_of(columns: Iterable[Column]) -> list[Callable[[Value], str]]:
    """What writes the cells of each column."""
    return [_CELLS[column.kind] for column in columns]


def line_of(cells: Sequence[Callable[[Value], str]], row: Sequence[Value]) -> str:
    return ",".join([cell(value) for cell, value in zip(cells, row, strict=True)]) + END


def quoted(text: str | None) -> str:
    """Text as the canonical form writes it; nothing for nothing."""
    if not text:
        return ""
    harmless = f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text
    return '"' + harmless.replace('"', '""') + '"'


def _cell(kind: Kind, value: Value) -> str:
    plain = written(kind, value)
    if plain is None:
        return ""
    if isinstance(plain, date):
        return quoted(plain.isoformat())
    return quoted(plain) if isinstance(plain, str) else str(plain)


# Names, specs and days come again and again in a table: writing them once saves most of the time.
_CELLS: dict[Kind, Callable[[Value], str]] = {
    kind: lru_cache(maxsize=4096)(partial(_cell, kind)) for kind in Kind
}
