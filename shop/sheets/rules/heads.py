"""What the heads of a sheet's columns mean: as we and others write them, and as somebody told."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shop.web.fields import clean_line

# Titles and remarks that may stand above the heads.
LINES_ABOVE = 30
MOST_COLUMNS = 60
LONGEST_HEAD = 40
# What we wrote beside the rows that could not be taken over.
REASONS = "有误的原因"
# Grams in one of them.
WEIGHT_UNITS = {
    **dict.fromkeys(("斤", "市斤"), 500),
    **dict.fromkeys(("公斤", "千克", "kg", "kilogram"), 1000),
    **dict.fromkeys(("克", "g", "gram"), 1),
    **dict.fromkeys(("吨", "t"), 1_000_000),
}
_IN_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]|【[^】]*】")


@dataclass(frozen=True, slots=True)
class Head:
    """A column of somebody's sheet. ``column`` says what it holds, None that nobody has said yet,
    and the empty text that it is to be ignored."""

    text: str
    column: str | None


@dataclass(frozen=True, slots=True)
class Brought:
    """What a file holds: its columns, and its rows with their numbers, from 1."""

    heads: list[Head]
    rows: list[tuple[int, list[str]]]
    # The hash of the file.
    sha256: str


class Vocabulary:
    """How people call the columns of one sort of sheet: of each column its names, without spaces
    and without brackets and what stands in them. ``remembered`` is what somebody told of their own
    heads, and goes before it."""

    def __init__(self, synonyms: Mapping[str, str]) -> None:
        self._meanings: dict[str, str] = {
            head.lower(): column for column, heads in synonyms.items() for head in heads.split()
        }

    def find_heads(
        self, rows: Sequence[Sequence[str]], remembered: Mapping[str, str]
    ) -> int | None:
        """Which row heads the columns: the one that names most of them, else the first with several
        texts. None if there is no such row."""
        best, most = None, 0
        for place, cells in enumerate(rows[:LINES_ABOVE]):
            known = {meaning for cell in cells if (meaning := self._meaning(cell, remembered))}
            if len(known) > most:
                best, most = place, len(known)
        if most > 1:
            return best
        several = (place for place, cells in enumerate(rows[:LINES_ABOVE]) if _filled(cells) > 1)
        return next(several, None)

    def read_heads(self, cells: Sequence[str], remembered: Mapping[str, str]) -> list[Head]:
        """What each column holds. A second column of the same meaning has to be looked at by a
        person; one without a head is ignored."""
        heads: list[Head] = []
        taken: set[str] = set()
        for cell in cells[:MOST_COLUMNS]:
            text = clean_line(cell)[:LONGEST_HEAD]
            meaning = self._meaning(cell, remembered) if text else ""
            if meaning in taken:
                meaning = None
            if meaning:
                taken.add(meaning)
            heads.append(Head(text, meaning))
        return heads

    def _meaning(self, head: str, remembered: Mapping[str, str]) -> str | None:
        key = head_key(head)
        if key == REASONS:
            return ""
        return remembered[key] if key in remembered else self._meanings.get(key)


def head_key(text: str) -> str:
    """What makes two heads the same head."""
    plain = _IN_BRACKETS.sub("", unicodedata.normalize("NFKC", text))
    key = "".join(clean_line(plain).split()).strip(":*").lower()
    return (key or "".join(clean_line(text).split()).lower())[:LONGEST_HEAD]


def unit_in(head: str) -> int | None:
    """How many grams the unit has that a head names in brackets: 净重（斤）."""
    for found in _IN_BRACKETS.findall(unicodedata.normalize("NFKC", head)):
        unit = WEIGHT_UNITS.get(found[1:-1].strip().lower())
        if unit is not None:
            return unit
    return None


def learned_from(heads: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    """What to remember of heads that somebody named. Of several columns under one head the first
    that means something is what it is known for."""
    said: dict[str, str] = {}
    for text, column in zip(heads, columns, strict=True):
        if text and not said.get(head_key(text)):
            said[head_key(text)] = column
    return said


def _filled(cells: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)
