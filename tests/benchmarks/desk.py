"""The cooperative's today: what a first visit brings and asks, how fast it and its queue are."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import median
from time import monotonic
from uuid import uuid4

from tests.benchmarks import load
from tests.benchmarks.figures import Figure, Goal, figure
from tests.benchmarks.load import press
from tests.benchmarks.pages import count_statements, weigh
from tests.benchmarks.visitor import Visitor
from tests.benchmarks.web import Web, serve_floor, serve_shop

RUNS = 3
TODAY, WHO = "/cooperative", "coop@demo.example"
# What the service worker fetches besides, so that the desk can be read without a network.
FOR_LATER = ("/cooperative/worker.js", "/cooperative/offline", TODAY, "/cooperative/pick-list")
FIRST_VISIT, STATEMENTS = Goal("<=", 50_000), Goal("<=", 10)
P99 = Goal("<=", 4, of_ratio=True)
ACTS = 50


def measure(folder: Path, file: Path, seconds: int) -> list[Figure]:
    """``file`` is the filled SQLite database, ``seconds`` one run's."""
    url = f"sqlite:///{file}"
    with serve_floor(folder, url) as floor, serve_shop(folder, url) as shop:
        visitor = Visitor(shop.address)
        visitor.sign_in(WHO)
        figures = [_first_visit(visitor)]
        figures += _speed(floor, shop, visitor.cookie, seconds)
        figures.append(_replay(visitor, file))
    statements = count_statements(folder, url, TODAY, visitor.cookie)
    figures.append(figure("today.queries", statements, "", goal=STATEMENTS))
    return figures


def _first_visit(visitor: Visitor) -> Figure:
    page, _ = weigh(visitor, TODAY)
    later = sum(visitor.get(path).size for path in FOR_LATER)
    note = f"with {later:,} for the time without a network; the page itself {page:,}"
    return figure("today.bytes", page + later, "B", goal=FIRST_VISIT, note=note)


def _speed(floor: Web, shop: Web, cookie: str, seconds: int) -> list[Figure]:
    press(shop.address, [TODAY], [cookie], seconds=1)
    at_floor, at_shop = [], []
    for _ in range(RUNS):
        at_floor.append(press(floor.address, ["/"], seconds=seconds))
        at_shop.append(press(shop.address, [TODAY], [cookie], seconds=seconds))
    rps, p99 = (_middle(at_floor, name) for name in ("per_second", "p99"))
    own_rps, own_p99 = (_middle(at_shop, name) for name in ("per_second", "p99"))
    note = f"by {load.TOOL}, {load.CONNECTIONS} connections, {RUNS} runs of {seconds} s"
    return [
        figure("today", own_rps, "1/s", floor=rps, note=note),
        figure("today.p99", own_p99, "ms", floor=p99, goal=P99),
    ]


def _middle(speeds: Sequence[load.Speed], name: str) -> float:
    return median(getattr(speed, name) for speed in speeds)


def _replay(visitor: Visitor, file: Path) -> Figure:
    """A whole queue at once: fifty steps of stock, each an act of its own."""
    account_id, variants = _own(file)
    times = []
    for _ in range(RUNS):
        acts = [
            {
                "key": str(uuid4()),
                "kind": "stock",
                "variant": variants[number % len(variants)],
                "value": 1,
                "seen": 1,
                "waited": 60,
            }
            for number in range(ACTS)
        ]
        body = json.dumps({"account": account_id, "acts": acts}).encode()
        headers = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}
        began = monotonic()
        answer = visitor.send("/cooperative/acts", body, headers)
        times.append((monotonic() - began) * 1000)
        refused = [each for each in json.loads(answer.body)["results"] if not each["applied"]]
        assert not refused, refused[0]
    return figure("today.replay", median(times), "ms", note=f"{ACTS} acts that waited, in one go")


def _own(file: Path) -> tuple[int, list[int]]:
    with closing(sqlite3.connect(file)) as database:
        (account_id,) = database.execute("SELECT id FROM account WHERE email = ?", [WHO]).fetchone()
        rows = database.execute(
            "SELECT variant.id FROM variant JOIN product ON product.id = product_id"
            " JOIN membership ON organisation_id = cooperative_id"
            " WHERE account_id = ? AND withdrawn_at IS NULL AND delisted_at IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM variant_change WHERE variant_id = variant.id"
            " AND kind IN ('count', 'edit')) ORDER BY variant.id LIMIT ?",
            [account_id, ACTS],
        ).fetchall()
    return account_id, [id_ for (id_,) in rows]
