"""A sheet of five thousand listings: how long it takes to look at it and to take it over, and what
memory that needs."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from shop.app import create_app
from shop.config import ROOT, Settings
from shop.db import db, transaction
from tests.benchmarks.figures import Figure, Goal, figure

ROWS = 5_000
SPEED, MEMORY = Goal("<=", 20), Goal("<=", 150)
SAMPLED_EVERY_SECONDS = 0.01
_PAGE = os.sysconf("SC_PAGE_SIZE")


def measure(folder: Path, file: Path, seconds: int) -> list[Figure]:
    """In a process and a database of its own: what is measured before must not be in memory."""
    program = "from tests.benchmarks.sheets import main; main()"
    with tempfile.TemporaryDirectory(prefix="cailanzi-sheets-") as name:
        environment = os.environ | Settings.for_demo(Path(name), 9, 9)
        upgrade = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
        subprocess.run(upgrade, cwd=ROOT, env=environment, check=True, capture_output=True)
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
    return [_read(line) for line in done.stdout.splitlines() if line.startswith("figure ")]


def main() -> None:
    """New products first, then the same ones with another price and stock each."""
    from catalog.categories.services import load_categories
    from tests.factories.people import make_cooperative_member
    from tests.factories.sheets import HEAD, new_row

    app = create_app(Settings.from_environment())
    with app.app_context():
        with transaction():
            load_categories()
            account = make_cooperative_member()
            own = account.cooperative
            assert own is not None
            own_id, by = own.id, account.id
        rows = [
            HEAD,
            *(new_row(f"番薯{number // 2}", f"{number % 2 + 1}斤装") for number in range(ROWS)),
        ]
        _try("new", own_id, by, rows)
        changed = [[*row] for row in rows]
        for row in changed[1:]:
            row[5], row[6] = "41.50", "35"
        _try("changed", own_id, by, changed)
        _require_all_there()


def _try(name: str, own_id: int, by: int, rows: list[list[Any]]) -> None:
    """Bring a sheet of these rows, check it and take it over."""
    from shop import clock
    from suppliers.sheets import services
    from suppliers.sheets.handlers import check_imports, stage_file
    from tests.factories.transfers import as_xlsx

    content, now = as_xlsx(rows), clock.now()
    kept: list[int] = []

    def stage() -> None:
        kept.append(stage_file(own_id, "商品.xlsx", content, by=by, at=now))
        check_imports(now)

    def apply() -> None:
        with transaction():
            assert services.apply(own_id, kept[0], by=by, at=now, review_above=30).rows == ROWS

    for act in (stage, apply):
        spent = time.process_time()
        taken, megabytes = _measured(act)
        spent = time.process_time() - spent
        db.session.remove()
        print(f"figure sheet.{act.__name__}.{name} {taken} s {spent:.1f}")
        print(f"figure sheet.{act.__name__}.{name}.memory {megabytes} MB 0")


def _measured(act: Callable[[], None]) -> tuple[float, float]:
    """Seconds, and the most memory above what was held before, in megabytes."""
    idle, peak, done = _resident(), [0], threading.Event()

    def watch() -> None:
        while not done.wait(SAMPLED_EVERY_SECONDS):
            peak[0] = max(peak[0], _resident())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    began = time.perf_counter()
    act()
    taken = time.perf_counter() - began
    done.set()
    watcher.join()
    return taken, max(0, peak[0] - idle) / 1_000_000


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


def _require_all_there() -> None:
    from catalog.products.models import Variant
    from catalog.stock.queries import list_mismatches

    right = (Variant.price_fen == 4150) & (Variant.on_hand == 35)
    assert db.session.scalar(select(func.count(Variant.id)).where(right)) == ROWS
    assert list_mismatches() == []


def _read(line: str) -> Figure:
    _, name, value, unit, spent = line.split()
    note = f"{ROWS:,} rows; {spent} s of one processor" if unit == "s" else "above idle"
    return figure(name, float(value), unit, goal=SPEED if unit == "s" else MEMORY, note=note)
