"""What somebody wants as a file, and as of when."""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from orders.exports.models import FileKind, Table
from orders.statistics.rules.periods import Period
from orders.statistics.rules.summary import By

if TYPE_CHECKING:
    from orders.sales.queries import Slice

# So many rows are written while somebody waits; more are written by the worker.
MOST_AT_ONCE = 5_000


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
    by: By | None
    part: "Slice"
    filters: dict[str, str]
    about: tuple[str, ...]

    @property
    def period(self) -> Period:
        return Period(self.part.since, self.part.until)

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
            *(self.table, self.by, scope.level, scope.code),
            *(self.part.since.isoformat(), self.part.until.isoformat()),
            sorted(self.filters.items()),
        ]
        return sha256(json.dumps(asked).encode()).hexdigest()
