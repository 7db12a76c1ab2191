"""The detail ledger as a long file, as the worker makes it, beside a plain loop of the writer over
tuples in memory."""

import csv
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook

from shop.config import ROOT, Settings
from tests.benchmarks.figures import Figure, Goal, failed, figure

CSV_LINES, XLSX_LINES = 1_000_000, 100_000
# So many tuples the floor is measured over: a million would fill the memory that is measured.
FLOOR_LINES = 100_000
SHARE, MEMORY = Goal(">=", 0.5, of_ratio=True), Goal("<=", 150)
PATIENCE_SECONDS = 900

Rows = Sequence[Sequence[object]]


def measure(folder: Path, file: Path, seconds: int) -> list[Figure]:
    """Both files, each by a worker of its own. ``seconds`` does not matter here."""
    _fill_up(file, CSV_LINES)
    first, since, last = _days(file)
    figures: list[Figure] = []
    rows: Rows = []
    for kind, begin, plain in (("csv", first, _plain_csv), ("xlsx", since, _plain_xlsx)):
        try:
            made = _make(folder, file, kind, begin, last)
            rows = rows or _rows_of(folder / "exports" / f"{made['sha256']}.csv")
            figures += _figures(kind, made, rows, plain)
        except (OSError, ValueError, subprocess.SubprocessError) as why:
            figures.append(failed(f"export.{kind}", why))
    return figures


def _fill_up(file: Path, lines: int) -> None:
    """Copy the ledger's lines, as sales at fairs, until there are so many."""
    with closing(sqlite3.connect(file)) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(sales_entry)")]
        changed = {"channel": "'fair'", "order_line_id": "NULL", "corrects_id": "NULL"}
        names = [name for name in columns if name != "id"]
        values = ", ".join(changed.get(name, name) for name in names)
        copied = f"SELECT {values} FROM sales_entry WHERE kind = 'sale' ORDER BY id LIMIT ?"
        into = f"INSERT INTO sales_entry ({', '.join(names)}) {copied}"
        while (missing := lines - _count(database)) > 0:
            database.execute(into, (missing,))
            database.commit()
        database.execute("ANALYZE")


def _count(database: sqlite3.Connection) -> int:
    count: int = database.execute("SELECT count(*) FROM sales_entry").fetchone()[0]
    return count


def _days(file: Path) -> tuple[str, str, str]:
    """The first day of the ledger, the one from which on there are few enough lines for a
    workbook, and the last."""
    with closing(sqlite3.connect(file)) as database:
        days = database.execute(
            "SELECT counted_on, count(*) FROM sales_entry GROUP BY counted_on ORDER BY 1 DESC"
        ).fetchall()
    lines, since = 0, days[0][0]
    for day, count in days:
        if lines and lines + count > XLSX_LINES:
            break
        lines, since = lines + count, day
    return days[-1][0], since, days[0][0]


def _make(folder: Path, file: Path, kind: str, since: str, until: str) -> dict[str, Any]:
    environment = Settings.for_demo(folder, 9, 9) | {"DATABASE_URL": f"sqlite:///{file}"}
    worker = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.making", kind, since, until],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.PIPE,
        timeout=PATIENCE_SECONDS,
    )
    made: dict[str, Any] = json.loads(worker.stdout.splitlines()[-1])
    return made


def _rows_of(file: Path) -> Rows:
    """The first lines as Python values (what is not quoted is a number), without the head."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        lines = csv.reader(text, quoting=csv.QUOTE_NONNUMERIC)
        return [tuple(row) for row in islice(lines, 1, FLOOR_LINES + 1)]


def _figures(
    kind: str, made: dict[str, Any], rows: Rows, plain: Callable[[Rows], None]
) -> list[Figure]:
    began = time.perf_counter()
    plain(rows)
    bare = time.perf_counter() - began
    note = f"{made['rows']:,} lines by the worker; floor: the writer over {len(rows):,} tuples"
    speed, floor = made["rows"] / made["seconds"], len(rows) / bare
    return [
        figure(f"export.{kind}", speed, "lines/s", floor=floor, goal=SHARE, note=note),
        figure(f"export.{kind}.memory", made["megabytes"], "MB", goal=MEMORY, note="above idle"),
    ]


def _plain_csv(rows: Rows) -> None:
    with tempfile.TemporaryFile("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def _plain_xlsx(rows: Rows) -> None:
    with tempfile.TemporaryFile() as file, Workbook(file, {"constant_memory": True}) as book:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
