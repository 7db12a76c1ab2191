"""The detail ledger as a file, beside a plain loop of the writer over tuples in memory."""

import csv
import io
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread

from xlsxwriter import Workbook

from tests.benchmarks.figures import Figure, Goal, failed, figure
from tests.benchmarks.visitor import Visitor
from tests.benchmarks.web import Web, serve_shop

XLSX_LINES = 100_000
SHARE, MEMORY = Goal(">=", 0.5, of_ratio=True), Goal("<=", 150)
SAMPLED_EVERY_SECONDS = 0.02

Rows = Sequence[Sequence[object]]


def measure(folder: Path, file: Path, seconds: int) -> list[Figure]:
    """Both files over HTTP, as an official downloads them. ``seconds`` does not matter here."""
    whole, recent = _periods(file)
    figures = []
    with serve_shop(folder, f"sqlite:///{file}") as shop:
        official = Visitor(shop.address)
        official.sign_in("bureau@demo.example")
        official.get("/statistics")
        for kind, period, plain in (("csv", whole, _plain_csv), ("xlsx", recent, _plain_xlsx)):
            try:
                rows = _rows_of(official, period)
                figures += _compare(shop, official, kind, period, rows, plain)
            except Exception as why:
                figures.append(failed(f"export.{kind}", why))
    return figures


def _periods(file: Path) -> tuple[str, str]:
    """From the first month on, and from the month from which on there are enough lines."""
    with closing(sqlite3.connect(file)) as database:
        months = database.execute(
            "SELECT month, count(*) FROM sales_entry GROUP BY month ORDER BY month DESC"
        ).fetchall()
    lines, since = 0, months[0][0]
    for month, count in months:
        if lines + count > XLSX_LINES:
            break
        lines, since = lines + count, month
    return tuple(f"from={first}&to={months[0][0]}" for first in (months[-1][0], since))


def _rows_of(official: Visitor, period: str) -> Rows:
    """The cells of the file as Python values: what is not quoted is a number."""
    text = official.get(f"/statistics/exports/detail.csv?{period}").body.decode("utf-8-sig")
    # The head is quoted too; the last row is the total.
    reader = csv.reader(io.StringIO(text, newline=""), quoting=csv.QUOTE_NONNUMERIC)
    return [tuple(row) for row in reader][1:-1]


def _compare(
    shop: Web,
    official: Visitor,
    kind: str,
    period: str,
    rows: Rows,
    plain: Callable[[Rows], None],
) -> list[Figure]:
    idle = shop.memory
    began = time.perf_counter()
    with _peak_of(shop) as peak:
        official.get(f"/statistics/exports/detail.{kind}?{period}")
    taken = time.perf_counter() - began
    began = time.perf_counter()
    plain(rows)
    bare = time.perf_counter() - began
    note = f"{len(rows):,} lines over HTTP; floor: the writer's loop over tuples in memory"
    return [
        figure(
            f"export.{kind}",
            len(rows) / taken,
            "lines/s",
            floor=len(rows) / bare,
            goal=SHARE,
            note=note,
        ),
        figure(f"export.{kind}.memory", max(0, peak[0] - idle) / 1_000_000, "MB", goal=MEMORY),
    ]


def _plain_csv(rows: Rows) -> None:
    with tempfile.TemporaryFile("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def _plain_xlsx(rows: Rows) -> None:
    with tempfile.TemporaryFile() as file, Workbook(file, {"constant_memory": True}) as book:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)


@contextmanager
def _peak_of(shop: Web) -> Iterator[list[int]]:
    """The most that the workers held while the block ran, in bytes."""
    peak, done = [0], Event()

    def watch() -> None:
        while not done.wait(SAMPLED_EVERY_SECONDS):
            peak[0] = max(peak[0], shop.memory)

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()
