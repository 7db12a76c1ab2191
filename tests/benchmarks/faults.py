"""``make bench-faults``: storms, kills and a long walk on both databases; writes bench.json."""

import argparse
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from time import monotonic

from shop.config import Settings
from tests.benchmarks import figures, kill, storm
from tests.benchmarks.figures import Figure, Goal, figure
from tests.parts.databases import (
    Database,
    Engine,
    PostgresDatabase,
    postgres_server,
    sqlite_database,
)
from tests.walk.run import choose_seed, walk
from tests.walk.stage import open_stage

# Three times what `make test` walks.
STEPS = {Engine.SQLITE: 30_000, Engine.POSTGRES: 6_000}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.faults", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; or all")
    options = parser.parse_args()
    found: list[Figure] = []
    began = monotonic()
    with tempfile.TemporaryDirectory(prefix="cailanzi-faults-") as name:
        for part in options.parts or PARTS:
            print(f"{monotonic() - began:5.0f} s  {part} …", flush=True)
            folder = Path(name) / part
            folder.mkdir()
            found += _measure(part, folder)
    figures.write(found)
    print(f"\n{figures.table(found)}\n\n{monotonic() - began:.0f} s; {figures.BENCH_FILE.name}")
    return 0 if all(figure.ok for figure in found if figure.goal) else 1


def _measure(part: str, folder: Path) -> Sequence[Figure]:
    try:
        return PARTS[part](folder)
    except Exception as why:
        traceback.print_exc()
        return [figures.failed(part, why)]


def walk_on_sqlite(folder: Path) -> list[Figure]:
    return _walk(Engine.SQLITE, sqlite_database(folder, folder / "walk.sqlite3"), folder)


def walk_on_postgres(folder: Path) -> list[Figure]:
    with (
        postgres_server(folder, f"walk{folder.name}{id(folder)}"[-12:]) as server,
        closing(PostgresDatabase(server, "walk")) as database,
    ):
        return _walk(Engine.POSTGRES, database, folder)


def _walk(engine: Engine, database: Database, folder: Path) -> list[Figure]:
    seed = choose_seed(f"faults-{engine}")
    environment = Settings.for_demo(folder, 9, 9) | {"DATABASE_URL": database.url}
    broken = ""
    with open_stage(database, environment) as stage:
        try:
            walk(stage, STEPS[engine], seed)
        except Exception as why:
            traceback.print_exc()
            broken = f"; {type(why).__name__}"
        steps = stage.tally["steps"]
    note = f"WALK_SEED={seed}{broken}"
    goal = Goal(">=", STEPS[engine])
    return [
        figure(f"walk.{engine}.steps", steps, "steps", goal=goal, note=note),
        figure(f"walk.{engine}.broken", int(bool(broken)), "", goal=Goal("<=", 0)),
    ]


PARTS: dict[str, Callable[[Path], Sequence[Figure]]] = {
    "storm-sqlite": storm.on_sqlite,
    "storm-postgres": storm.on_postgres,
    "kill-sqlite": kill.on_sqlite,
    "kill-postgres": kill.on_postgres,
    "walk-sqlite": walk_on_sqlite,
    "walk-postgres": walk_on_postgres,
}

if __name__ == "__main__":
    sys.exit(main())
