"""A sheet on its way in: its heads found, its rows counted as a spreadsheet counts them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256

from shop.sheets.errors import EmptyFile, FileRefused
from shop.sheets.gateways.reading import Limits, read_table
from shop.sheets.rules.heads import MOST_COLUMNS, Brought, Vocabulary


def read_lines(name: str, content: bytes, limits: Limits, longest_cell: int) -> list[list[str]]:
    """A file's cells, as long as somebody means them to be. Raises FileRefused."""
    return [
        [cell[:longest_cell].replace("\x00", "") for cell in cells[:MOST_COLUMNS]]
        for cells in read_table(name, content, limits)
    ]


def read_sheet(
    name: str,
    content: bytes,
    limits: Limits,
    vocabulary: Vocabulary,
    remembered: Mapping[str, str],
    *,
    longest_cell: int,
    no_heads: type[FileRefused],
    is_foot: Callable[[Sequence[str]], bool] = lambda cells: False,
) -> Brought:
    """Read a file whose rows are kept to be checked. Raises FileRefused: ``no_heads`` where nothing
    could head its columns."""
    lines = read_lines(name, content, limits, longest_cell)
    place = vocabulary.find_heads(lines, remembered)
    if place is None:
        raise no_heads if any(map(says_something, lines)) else EmptyFile
    rows = [
        (number, cells)
        for number, cells in enumerate(lines[place + 1 :], start=place + 2)
        if says_something(cells) and not is_foot(cells)
    ]
    if not rows:
        raise EmptyFile
    heads = vocabulary.read_heads(lines[place], remembered)
    return Brought(heads, rows, sha256(content).hexdigest())


def says_something(cells: Iterable[str]) -> bool:
    return any(cell.strip() for cell in cells)
