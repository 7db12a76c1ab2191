"""Writes many rows at once, table by table, with keys that are known before they are written."""

from collections import defaultdict
from itertools import count
from typing import Any

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.orm import Session

from shop.db import Base


class Bulk:
    """Rows that wait to be written in the current transaction. Nobody else may be writing."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._ids: dict[Table, count[int]] = {}
        self._rows: dict[Table, list[dict[str, Any]]] = defaultdict(list)

    def add(self, model: type[Base], **values: Any) -> int:
        """Put a row on the pile and return its id. Rows of one table name the same columns."""
        table: Any = model.__table__
        if table not in self._ids:
            last = self.session.scalar(select(func.max(table.c.id)))
            self._ids[table] = count((last or 0) + 1)
        row_id = next(self._ids[table])
        self._rows[table].append({"id": row_id, **values})
        return row_id

    def write(self) -> None:
        """Write the pile, tables that others refer to first."""
        for table in Base.metadata.sorted_tables:
            rows = self._rows.pop(table, None)
            if rows:
                self.session.execute(insert(table), rows)

    def finish(self) -> None:
        """Write what is left; let PostgreSQL go on counting where the given keys end."""
        self.write()
        if self.session.get_bind().dialect.name == "postgresql":
            for table in self._ids:
                last = select(func.max(table.c.id)).scalar_subquery()
                sequence = func.pg_get_serial_sequence(table.name, "id")
                self.session.execute(select(func.setval(sequence, last)))
            self.session.execute(text("ANALYZE"))
