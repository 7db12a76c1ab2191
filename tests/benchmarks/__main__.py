"""``make bench``: prints every figure beside its floor and writes bench.json."""

import argparse
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic

from tests.benchmarks import (
    checkout,
    desk,
    exports,
    figures,
    lighthouse,
    pages,
    search,
    sheets,
    volume,
)
from tests.benchmarks.figures import Figure

PRODUCTS, ORDERS = 10_000, 100_000
SECONDS = 4


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; or all")
    parser.add_argument("--products", type=int, default=PRODUCTS)
    parser.add_argument("--orders", type=int, default=ORDERS)
    parser.add_argument("--seconds", type=int, default=SECONDS, help="how long each run lasts")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    found: list[Figure] = []
    began = monotonic()
    with tempfile.TemporaryDirectory(prefix="cailanzi-bench-") as name:
        folder = Path(name) / "shop"
        file = volume.copy_of(options.products, options.orders, folder)
        for part in options.parts or PARTS:
            print(f"{monotonic() - began:5.0f} s  measuring {part} …", flush=True)
            found += _measure(PARTS[part], folder, file, options.seconds, part)
    figures.write(found)
    print(f"\n{figures.table(found)}\n\n{monotonic() - began:.0f} s; {figures.BENCH_FILE.name}")
    return 1 if any(figure.value is None for figure in found) else 0


def _measure(
    part: Callable[[Path, Path, int], Sequence[Figure]],
    folder: Path,
    file: Path,
    seconds: int,
    name: str,
) -> Sequence[Figure]:
    try:
        return part(folder, file, seconds)
    except Exception as why:
        traceback.print_exc()
        return [figures.failed(name, why)]


def _search(folder: Path, file: Path, seconds: int) -> list[Figure]:
    """Over documents of its own."""
    return [Figure(**row) for row in search.measure()]


PARTS = {
    "pages": pages.measure,
    "desk": desk.measure,
    "lighthouse": lighthouse.measure,
    "checkout-sqlite": checkout.on_sqlite,
    "checkout-postgres": checkout.on_postgres,
    "exports": exports.measure,
    "sheets": sheets.measure,
    "search": _search,
}

if __name__ == "__main__":
    sys.exit(main())
