"""The detail ledger as a file, beside a plain loop of the writer over tuples in memory."""

import csv
import io
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from threading import Event, Thread

from xlsxwriter import Workbook

from tests.benchmarks.figures import Figure, Goal, failed, figure
from tests.benchmarks.visitor import BadAnswer, Visitor
from tests.benchmarks.web import Web, serve_shop

XLSX_LINES = 100_000
SHARE, MEMORY = Goal(">=", 0.5, of_ratio=True), Goal("<=", 150)
SAMPLED_EVERY_SECONDS = 0.02
PATIENCE_SECONDS = 180
MONTH_COLUMN = 1

Rows = Sequence[Sequence[object]]


@dataclass(frozen=True)
class Download:
    """A file, how long it took, and what the workers needed above what they hold idle."""

    body: bytes
    seconds: float
    megabytes: float


def measure(folder: Path, file: Path, seconds: int) -> list[Figure]:
    """Both files over HTTP, as an official downloads them. ``seconds`` does not matter here."""
    first, since, last = _months(file)
    with serve_shop(folder, f"sqlite:///{file}") as shop:
        official = Visitor(shop.address, patience=PATIENCE_SECONDS)
        official.sign_in("bureau@demo.example")
        official.get("/statistics")
        text = _download(shop, official, "csv", first, last)
        rows = _cells_of(text.body)
        figures = _figures("csv", rows, text, _plain_csv)
        recent = [row for row in rows if str(row[MONTH_COLUMN]) >= since]
        try:
            book = _download(shop, official, "xlsx", since, last)
            figures += _figures("xlsx", recent, book, _plain_xlsx)
        except (OSError, HTTPException, BadAnswer) as why:
            figures.append(failed("export.xlsx", why))
    return figures


def _months(file: Path) -> tuple[str, str, str]:
    """The first month of the ledger, the one from which on there are enough lines, the last."""
    with closing(sqlite3.connect(file)) as database:
        months = database.execute(
            "SELECT month, count(*) FROM sales_entry GROUP BY month ORDER BY month DESC"
        ).fetchall()
    lines, since = 0, months[0][0]
    for month, count in months:
        if lines + count > XLSX_LINES:
            break
        lines, since = lines + count, month
    return months[-1][0], since, months[0][0]


def _download(shop: Web, official: Visitor, kind: str, since: str, until: str) -> Download:
    idle = shop.memory
    began = time.perf_counter()
    with _peak_of(shop) as peak:
        page = official.get(f"/statistics/exports/detail.{kind}?from={since}&to={until}")
    taken = time.perf_counter() - began
    return Download(page.body, taken, max(0, peak[0] - idle) / 1_000_000)


def _cells_of(body: bytes) -> Rows:
    """The lines as Python values (what is not quoted is a number), without head and total."""
    text = io.StringIO(body.decode("utf-8-sig"), newline="")
    return [tuple(row) for row in csv.reader(text, quoting=csv.QUOTE_NONNUMERIC)][1:-1]


def _figures(
    kind: str, rows: Rows, download: Download, plain: Callable[[Rows], None]
) -> list[Figure]:
    began = time.perf_counter()
    plain(rows)
    bare = time.perf_counter() - began
    note = f"{len(rows):,} lines over HTTP; floor: the writer's loop over tuples in memory"
    speed, floor = len(rows) / download.seconds, len(rows) / bare
    return [
        figure(f"export.{kind}", speed, "lines/s", floor=floor, goal=SHARE, note=note),
        figure(f"export.{kind}.memory", download.megabytes, "MB", goal=MEMORY, note="above idle"),
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
