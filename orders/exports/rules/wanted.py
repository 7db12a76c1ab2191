"""What somebody wants as a file, and as of when."""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, TypeAlias

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l

from orders.exports.models import FileKind, Table
from orders.rollups.rules import Dimension
from orders.statistics.rules.periods import Period
from orders.statistics.rules.pivot import DIMENSIONS
from orders.statistics.rules.summary import By

if TYPE_CHECKING:
    from orders.sales.queries import Slice

# So many rows are written while somebody waits; more are written by the worker.
MOST_AT_ONCE = 5_000
_WITH_ORDERS = "+orders"


@dataclass(frozen=True)
class Turn:
    """How a pivot is turned: its levels in their order, and whether what was ordered and paid for
    stands beside. As a text: ``month,town`` or ``month,town+orders``."""

    levels: tuple[Dimension, ...]
    with_orders: bool = False

    def __str__(self) -> str:
        return ",".join(self.levels) + (_WITH_ORDERS if self.with_orders else "")

    @property
    def words(self) -> str:
        """In the language of this moment."""
        levels = gettext("、").join(str(DIMENSIONS[level]) for level in self.levels)
        if self.with_orders:
            return str(gettext("按%(levels)s，并列下单、付款", levels=levels))
        return str(gettext("按%(levels)s", levels=levels))


class Laid(StrEnum):
    """How the table of supply is laid out."""

    CATEGORY_AND_WEEK = "category,week"

    @property
    def label(self) -> LazyString:
        return _l("产品类别、周")


# What the rows of a table are; those of the detail are lines of the ledger.
Rows: TypeAlias = By | Turn | Laid | None


def rows_of(table: Table, text: str | None) -> Rows:
    """What the register says of the rows of a table."""
    if text is None:
        return None
    if table is Table.SUMMARY:
        return By(text)
    if table is Table.SUPPLY:
        return Laid(text)
    levels = text.removesuffix(_WITH_ORDERS)
    return Turn(tuple(map(Dimension, levels.split(","))), levels != text)


@dataclass(frozen=True)
class AsOf:
    """The lines of the ledger up to one, as they were at a moment: of a locked period, when the
    last of its months was locked."""

    at: datetime
    entry_id: int
    is_locked: bool = False


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A table of a part of the ledger. ``about`` names its place and filters in words."""

    table: Table
    kind: FileKind
    by: Rows
    part: "Slice"
    filters: dict[str, str]
    about: tuple[str, ...]

    @property
    def period(self) -> Period:
        return Period(self.part.since, self.part.until)

    @property
    def rows_by(self) -> str | None:
        """What its rows are, as the register keeps it."""
        return None if self.by is None else str(self.by)

    @property
    def place(self) -> str:
        """The narrowest place that it is about, as nine digits."""
        part = self.part
        narrowest = max((part.scope.prefix, part.county_code or "", part.town_code or ""), key=len)
        return narrowest.ljust(9, "0")

    @property
    def key(self) -> str:
        """The hash of what is asked for, whichever kind of file it becomes."""
        scope = self.part.scope
        asked = [
            *(self.table, self.rows_by, scope.level, scope.code),
            *(self.part.since.isoformat(), self.part.until.isoformat()),
            sorted(self.filters.items()),
        ]
        return sha256(json.dumps(asked).encode()).hexdigest()
