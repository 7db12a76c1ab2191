"""Complete journeys per second: basket, order, paid by a signed webhook; on both databases."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from shop.app import create_app
from shop.config import Settings
from shop.db import db
from shop.invariants import list_broken
from tests.benchmarks import raw, shoppers, volume
from tests.benchmarks.figures import Figure, Goal, figure
from tests.benchmarks.load import press
from tests.benchmarks.shoppers import LINES, Provider
from tests.benchmarks.web import serve_floor, serve_shop
from tests.parts.databases import TEMPLATE, fresh_postgres, postgres_server
from tests.parts.servers import free_port, running, status_of

CLIENTS = 8
# A run is longer than one of a page: journeys are slower.
RUNS_LONGER = 3
PER_SECOND, P99 = Goal(">=", 70), Goal("<=", 250)
# The same goal on a machine of another speed: it was set where the floor page was answered 1,600
# times a second.
REQUESTS = LINES + 4
OF_FLOOR = Goal(">=", round(PER_SECOND.bound * REQUESTS / 1600, 2), of_ratio=True)
PAGES_KEY = "pk_test_so_that_the_payment_page_names_its_intent"


class Unsound(RuntimeError):
    """The journeys left something behind that must never be."""


def on_sqlite(folder: Path, file: Path, seconds: int) -> list[Figure]:
    scratch = f"sqlite:///{folder / 'raw.sqlite3'}"
    # SQLite has one writer at a time; more of them only wait for each other.
    floor = raw.orders_per_second(scratch, 1, seconds)
    return _measure("checkout.sqlite", folder, f"sqlite:///{file}", file, floor, seconds)


def on_postgres(folder: Path, file: Path, seconds: int) -> list[Figure]:
    """On a server with every safety on, filled with the same rows."""
    with postgres_server(folder, f"bench{free_port()}") as server:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM RESET ALL")
            connection.execute("SELECT pg_reload_conf()")
        with fresh_postgres(server) as empty:
            floor = raw.orders_per_second(_plain(empty), CLIENTS, seconds)
        with fresh_postgres(server, TEMPLATE) as url:
            volume.pour_into_postgres(file, _plain(url))
            return _measure("checkout.postgres", folder, url, file, floor, seconds)


def _measure(
    name: str, folder: Path, url: str, file: Path, floor: float, seconds: int
) -> list[Figure]:
    lasting = seconds * RUNS_LONGER
    with serve_floor(folder, f"sqlite:///{file}") as floor_page:
        press(floor_page.address, ["/"], seconds=1)
        pages_per_second = press(floor_page.address, ["/"], seconds=seconds).per_second
    with (
        _provider(folder) as port,
        serve_shop(folder, url, sandbox_port=port, publishable_key=PAGES_KEY) as shop,
    ):
        provider = Provider(
            f"http://127.0.0.1:{port}",
            shop.environment["STRIPE_SECRET_KEY"],
            shop.environment["STRIPE_WEBHOOK_SECRET"],
        )
        shoppers.send(shop.address, provider, file, CLIENTS, seconds=2)
        busy_before = shop.busy
        people = shoppers.send(shop.address, provider, file, CLIENTS, lasting)
        busy = shop.busy - busy_before
        _require_sound(shop.environment)
    took = sorted(time for person in people for time in person.took)
    note = (
        f"{CLIENTS} clients, {REQUESTS} requests each journey ({LINES} lines), {len(took)} "
        "journeys, every rule checked after; a provider that only answers, no job worker; "
        "floor: raw transactions"
    )
    p99 = took[len(took) * 99 // 100] * 1000
    per_second = len(took) / lasting
    return [
        figure(name, per_second, "1/s", floor=floor, goal=PER_SECOND, note=note),
        figure(
            f"{name}.requests",
            per_second * REQUESTS,
            "1/s",
            floor=pages_per_second,
            goal=OF_FLOOR,
            note="floor: the floor page, which was answered 1,600 times where the goals were set",
        ),
        figure(f"{name}.p99", p99, "ms", goal=P99, note="of whole journeys"),
        figure(f"{name}.cpu", busy / len(took) * 1000, "ms", note="of the web workers, a journey"),
    ]


@contextmanager
def _provider(folder: Path) -> Iterator[int]:
    port = free_port()
    with running(
        [sys.executable, "-m", "tests.benchmarks.provider", str(port)],
        ready=lambda: status_of(f"http://127.0.0.1:{port}/") == 200,
        log=folder / f"provider-{port}.log",
    ):
        yield port


def _require_sound(environment: dict[str, str]) -> None:
    """Raises Unsound."""
    app = create_app(Settings.from_environment(environment))
    with app.app_context():
        broken = list_broken()
        db.session.remove()
        db.engine.dispose()
    if broken:
        raise Unsound("; ".join(broken))


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)
