"""Pages per second beside the floor page, their statements and their weight."""

import random
import re
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import monotonic
from urllib.parse import quote, urljoin

from sqlalchemy import event

from shop.app import create_app
from shop.config import Settings
from shop.db import db
from tests.benchmarks import load
from tests.benchmarks.figures import Figure, Goal, failed, figure
from tests.benchmarks.load import Speed, press
from tests.benchmarks.search import QUERIES
from tests.benchmarks.visitor import Visitor
from tests.benchmarks.web import Web, seconds_to_first_page, serve_floor, serve_shop

RUNS = 3
WARM_UP_SECONDS = 1
WARM_UPS = 10
LONGEST_SECONDS = 15
PRODUCTS_ASKED = 500
BASKET_LINES = 3

ANONYMOUS, SIGNED_IN, SEARCH = (Goal(">=", share, of_ratio=True) for share in (1.0, 0.4, 0.25))
P99 = Goal("<=", 4, of_ratio=True)
STATEMENTS = Goal("<=", 6)
MOST_BYTES = {"page.home": 120_000, "page.desk": 50_000}
MEMORY, COLD_START = Goal("<=", 300), Goal("<=", 3)

_STYLE_OR_SCRIPT = re.compile(r'<(?:link rel="stylesheet" href|script[^>]* src)="(/[^"]+)"')
_NO_STATEMENTS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA")


@dataclass(frozen=True)
class Target:
    """A page to ask for: by which addresses, as whom."""

    name: str
    paths: Sequence[str]
    goal: Goal | None
    who: str = ""


def measure(folder: Path, file: Path, seconds: int) -> list[Figure]:
    """All figures about pages; ``file`` is the filled SQLite database, ``seconds`` one run's."""
    url = f"sqlite:///{file}"
    targets = _targets(file)
    figures = []
    with serve_floor(folder, url) as floor, serve_shop(folder, url) as shop:
        cookies = _sign_everybody_in(shop, file, targets)
        figures += _speeds(floor, shop, targets, cookies, seconds)
        figures += _weights(shop, cookies)
        memory = shop.memory / 1_000_000
        figures.append(
            figure("memory.web", memory, "MB", goal=MEMORY, note="RSS of both workers, summed")
        )
    figures += _statements(folder, url, targets, cookies)
    cold = median(seconds_to_first_page(folder, url) for _ in range(RUNS))
    figures.append(figure("start.cold", cold, "s", goal=COLD_START, note="until / answers 200"))
    return figures


def _targets(file: Path) -> list[Target]:
    lots = random.Random(1)
    with closing(sqlite3.connect(file)) as database:
        ids = [row[0] for row in database.execute("SELECT id FROM product ORDER BY id")]
        batches = [row[0] for row in database.execute("SELECT code FROM batch ORDER BY id")]
        towns = [row[0] for row in database.execute("SELECT DISTINCT town_code FROM product")]
    lists = ["/products", *(f"/products?page={page}" for page in range(2, 9))]
    products = [f"/products/{id_}" for id_ in lots.sample(ids, min(PRODUCTS_ASKED, len(ids)))]
    traces = [f"/trace/{code}" for code in lots.sample(batches, min(PRODUCTS_ASKED, len(batches)))]
    town_pages = [f"/towns/{code}" for code in sorted(towns)]
    searches = [f"/search?q={quote(text)}" for text in QUERIES]
    buyer, official = "resident@demo.example", "bureau@demo.example"
    return [
        Target("page.home", ["/"], ANONYMOUS),
        Target("page.list", lists, ANONYMOUS),
        Target("page.product", products, ANONYMOUS),
        Target("page.town", town_pages, ANONYMOUS),
        Target("page.trace", traces, ANONYMOUS),
        Target("page.search", searches, SEARCH),
        Target("page.home.signed_in", ["/"], SIGNED_IN, buyer),
        Target("page.list.signed_in", lists, SIGNED_IN, buyer),
        Target("page.product.signed_in", products, SIGNED_IN, buyer),
        Target("page.town.signed_in", town_pages, SIGNED_IN, buyer),
        Target("page.trace.signed_in", traces, SIGNED_IN, buyer),
        Target("page.basket.signed_in", ["/basket"], SIGNED_IN, buyer),
        Target("page.overview.signed_in", ["/statistics"], SIGNED_IN, official),
        Target("page.desk.signed_in", ["/cooperative"], None, "coop@demo.example"),
    ]


def _sign_everybody_in(shop: Web, file: Path, targets: Sequence[Target]) -> dict[str, str]:
    """Each person's cookie. Everybody has something in the basket."""
    with closing(sqlite3.connect(file)) as database:
        wanted = database.execute(
            "SELECT id FROM variant WHERE on_hand - held >= 5 ORDER BY id LIMIT ?", [BASKET_LINES]
        ).fetchall()
    cookies = {}
    for email in sorted({target.who for target in targets if target.who}):
        visitor = Visitor(shop.address)
        visitor.sign_in(email)
        for (variant_id,) in wanted:
            visitor.post("/basket/lines", {"variant_id": variant_id, "quantity": 2})
        visitor.get("/basket")
        cookies[email] = visitor.cookie
    return cookies


def _speeds(
    floor: Web, shop: Web, targets: Sequence[Target], cookies: dict[str, str], seconds: int
) -> list[Figure]:
    """The runs take turns, so that a neighbour who wakes up disturbs all of them alike."""
    at_floor: list[Speed] = []
    speeds: dict[str, list[Speed]] = {target.name: [] for target in targets}
    faults: dict[str, Exception] = {}
    press(floor.address, ["/"], seconds=WARM_UP_SECONDS)
    lengths = {t.name: _length(shop, t, cookies.get(t.who, ""), seconds) for t in targets}
    for _ in range(RUNS):
        at_floor.append(press(floor.address, ["/"], seconds=seconds))
        for target in targets:
            whose = [cookies[target.who]] if target.who else []
            length = lengths[target.name]
            try:
                speeds[target.name].append(press(shop.address, target.paths, whose, seconds=length))
            except (load.BadAnswers, OSError) as fault:
                faults[target.name] = fault
    rps, p99 = _middle(at_floor)
    note = f"by {load.TOOL}, {load.CONNECTIONS} connections, {RUNS} runs of {seconds} s"
    figures = [
        figure("floor.page", rps, "1/s", note=note),
        figure("floor.page.p99", p99, "ms"),
    ]
    for target in targets:
        if target.name in faults:
            figures.append(failed(target.name, faults[target.name]))
            continue
        own_rps, own_p99 = _middle(speeds[target.name])
        figures.append(figure(target.name, own_rps, "1/s", floor=rps, goal=target.goal))
        figures.append(figure(f"{target.name}.p99", own_p99, "ms", floor=p99, goal=P99))
    return figures


def _length(shop: Web, target: Target, cookie: str, seconds: int) -> int:
    """How long a run must be for a slow page to be answered several times. Warms it up."""
    visitor = Visitor(shop.address)
    visitor.come_back(cookie)
    for path in target.paths[:WARM_UPS]:
        visitor.get(path)
    began = monotonic()
    visitor.get(target.paths[0])
    several = (monotonic() - began) * load.CONNECTIONS
    return round(min(max(seconds, several), LONGEST_SECONDS))


def _middle(speeds: Sequence[Speed]) -> tuple[float, float]:
    return median(s.per_second for s in speeds), median(s.p99 for s in speeds)


def _weights(shop: Web, cookies: dict[str, str]) -> list[Figure]:
    desk = cookies["coop@demo.example"]
    visits = [("page.home", "/", ""), ("page.list", "/products", "")]
    figures = []
    for name, path, cookie in [*visits, ("page.desk", "/cooperative", desk)]:
        visitor = Visitor(shop.address)
        visitor.come_back(cookie)
        sent, packed = weigh(visitor, path)
        most = MOST_BYTES.get(name)
        figures.append(
            figure(
                f"{name}.bytes",
                sent,
                "B",
                goal=Goal("<=", most) if most else None,
                note=f"HTML, styles and scripts with their heads; {packed:,} were they gzipped",
            )
        )
    return figures


def weigh(visitor: Visitor, path: str) -> tuple[int, int]:
    """What a first visit brings over the wire without pictures, as sent and as it could be."""
    page = visitor.get(path)
    parts = [visitor.get(urljoin(path, part)) for part in _STYLE_OR_SCRIPT.findall(page.text)]
    answers = [page, *parts]
    packed = sum(len(zlib.compress(answer.body)) for answer in answers)
    return sum(answer.size for answer in answers), packed


def _statements(
    folder: Path, url: str, targets: Sequence[Target], cookies: dict[str, str]
) -> list[Figure]:
    """SQL statements of each page's first answer in a process that has kept nothing yet."""
    figures = []
    for target in targets:
        count = count_statements(folder, url, target.paths[0], cookies.get(target.who, ""))
        figures.append(figure(f"{target.name}.queries", count, "", goal=STATEMENTS))
    return figures


def count_statements(folder: Path, url: str, path: str, cookie: str) -> int:
    """How many SQL statements a page asks in a process that has kept nothing yet."""
    environment = Settings.for_demo(folder, port=9, sandbox_port=9) | {"DATABASE_URL": url}
    app = create_app(Settings.from_environment(environment))
    with app.app_context(), _counting() as seen:
        answer = app.test_client(use_cookies=False).get(path, headers={"Cookie": cookie})
        assert answer.status_code == 200, f"{path}: {answer.status}"
        db.session.remove()
        db.engine.dispose()
        return len(seen)


@contextmanager
def _counting() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if not statement.lstrip().upper().startswith(_NO_STATEMENTS):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)
