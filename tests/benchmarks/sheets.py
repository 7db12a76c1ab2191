"""Sheets as long as they may be: how long it takes to look at them and to take them over, and what
memory that needs. Five thousand listings; fifty thousand sales, three hundred of them wrong; five
hundred targets."""

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

ROWS, SALES, WRONG_SALES, TARGETS = 5_000, 50_000, 300, 500
SPEED, SPEED_OF_SALES, MEMORY = Goal("<=", 20), Goal("<=", 60), Goal("<=", 150)
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
        _try_listings("new", own_id, by, rows)
        changed = [[*row] for row in rows]
        for row in changed[1:]:
            row[5], row[6] = "41.50", "35"
        _try_listings("changed", own_id, by, changed)
        _require_all_there()
        _try_sales()
        _try_targets()


def _try_listings(name: str, own_id: int, by: int, rows: list[list[Any]]) -> None:
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

    _tell(f"stage.{name}", ROWS, stage)
    _tell(f"apply.{name}", ROWS, apply)


def _try_sales() -> None:
    """Sales of most of a year, one in so many with a quantity that is no number."""
    from datetime import timedelta

    from orders.offline.handlers import stage_file, work_on_imports
    from orders.offline.models import OfflineImport, OfflineImportRow
    from orders.offline.rules.columns import RowState
    from orders.offline.services.imports import confirm
    from orders.sales.models import SalesEntry
    from shop import clock
    from shop.accounts.people.models import ScopeLevel
    from tests.factories.offline import HEAD, sale_row
    from tests.factories.people import TOWN, make_cooperative, make_official
    from tests.factories.transfers import as_xlsx

    now = clock.now()
    today = clock.day_of(now)
    with transaction():
        make_cooperative(name="示例合作社")
        by = make_official(ScopeLevel.TOWN, TOWN).id
    rows, wrong = [HEAD], 0
    for number in range(SALES):
        on = today - timedelta(days=number % 300)
        changes = {
            "product": f"荔枝干{number % 500}",
            "buyer_unit": f"示例单位{number // 500}",
            "accepted_on": on.isoformat(),
        }
        if number % (SALES // WRONG_SALES) == 0 and wrong < WRONG_SALES:
            changes["quantity"], wrong = "约十二斤", wrong + 1
        rows.append(sale_row("示例合作社", **changes))
    content = as_xlsx(rows)
    kept: list[int] = []

    def stage() -> None:
        kept.append(stage_file(TOWN, "台账.xlsx", content, by=by, at=now))
        work_on_imports(now)

    def apply() -> None:
        with transaction():
            confirm(db.session.get_one(OfflineImport, kept[0]), "", by=by, at=now)
        work_on_imports(now)

    _tell("stage.sales", SALES, stage)
    found = db.session.get_one(OfflineImport, kept[0])
    counts = {state: count for state, count in found.counts.items() if count}
    assert counts == {RowState.GOOD: SALES - WRONG_SALES, RowState.WRONG: WRONG_SALES}, counts
    wrong = select(OfflineImportRow.faults).where(OfflineImportRow.state == RowState.WRONG)
    assert all(faults for faults in db.session.scalars(wrong))
    db.session.rollback()
    _tell("apply.sales", SALES - WRONG_SALES, apply)
    counted = db.session.scalar(select(func.count(SalesEntry.id)))
    assert counted == SALES - WRONG_SALES, counted
    db.session.rollback()


def _try_targets() -> None:
    """A year's targets of the towns, whole and by category and type of buyer."""
    from catalog.categories.models import Category
    from orders.target_sheets import services
    from orders.target_sheets.handlers import stage_file
    from orders.target_sheets.models import TargetImport
    from orders.targets.models import Target
    from shop import clock
    from shop.places.models import Town, TownDesignation
    from tests.factories.people import make_administrator, make_places
    from tests.factories.transfers import as_xlsx

    now = clock.now()
    with transaction():
        make_places()
        by = make_administrator().id
        towns = [
            (town.county.name, town.name)
            for town in db.session.scalars(
                select(Town).join(TownDesignation, TownDesignation.town_code == Town.code)
            ).unique()
        ]
        categories = db.session.scalars(select(Category.name).where(~Category.closed)).all()
    year = str(clock.day_of(now).year)
    rows = [
        ["县(市、区)", "镇", "年度", "目标(万元)", "产品类别", "采购方类型", "分月方式", "理由"]
    ]
    rows += _parts(towns, year, ["", *categories])
    content, kept = as_xlsx(rows), list[int]()

    def stage() -> None:
        kept.append(stage_file("目标.xlsx", content, by=by, at=now))

    def apply() -> None:
        with transaction():
            found = db.session.get_one(TargetImport, kept[0])
            assert services.apply(found, "年初下达", by=by, at=now) == 0

    _tell("stage.targets", TARGETS, stage)
    _tell("apply.targets", TARGETS, apply)
    count = db.session.scalar(select(func.count(Target.id)))
    assert count == len(rows) - 1, count


def _parts(towns: list[tuple[str, str]], year: str, categories: list[str]) -> list[list[str]]:
    """The whole of each town, then parts of it, until there are as many as a sheet may have."""
    buyers = ("", "居民", "预算单位", "工会", "国有企业", "民营企业")
    of_a_town = [(category, buyer) for category in categories for buyer in buyers]
    return [
        [
            county,
            town,
            year,
            "150" if (category, buyer) == ("", "") else "5",
            category,
            buyer,
            "",
            "",
        ]
        for category, buyer in of_a_town
        for county, town in towns
    ][:TARGETS]


def _tell(name: str, rows: int, act: Callable[[], None]) -> None:
    spent = time.process_time()
    taken, megabytes = _measured(act)
    spent = time.process_time() - spent
    db.session.remove()
    print(f"figure sheet.{name} {taken} s {spent:.1f} {rows}")
    print(f"figure sheet.{name}.memory {megabytes} MB 0 {rows}")


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
    _, name, value, unit, spent, rows = line.split()
    note = f"{int(rows):,} rows; {spent} s of one processor" if unit == "s" else "above idle"
    speed = SPEED_OF_SALES if int(rows) > ROWS else SPEED
    return figure(name, float(value), unit, goal=speed if unit == "s" else MEMORY, note=note)
