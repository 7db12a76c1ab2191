"""What Lighthouse thinks of the pages, on the slow phone that it pretends to be."""

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import median

from shop.config import ROOT
from tests.benchmarks.figures import Figure, Goal, figure
from tests.benchmarks.visitor import Visitor
from tests.benchmarks.web import serve_shop
from tests.parts.machine import find_chromium

RUNS = 3
SECONDS = 120
PROGRAM = ROOT / "node_modules" / "lighthouse" / "cli" / "index.js"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
GOAL = Goal(">=", 95)
FLAGS = ["--headless=new", "--disable-gpu", "--no-first-run"]
BUYER, SELLER, OFFICIAL = "resident@demo.example", "coop@demo.example", "bureau@demo.example"

Scores = dict[str, float]


class NoLighthouse(RuntimeError):
    """It is not installed, or there is no Node to run it."""


def measure(folder: Path, file: Path, seconds: int) -> list[Figure]:
    """The least of each page's scores; ``file`` is the filled SQLite database."""
    node = _find_node()
    figures = []
    with serve_shop(folder, f"sqlite:///{file}") as shop:
        cookies = {"": ""}
        for who in (BUYER, SELLER, OFFICIAL):
            visitor = Visitor(shop.address)
            visitor.sign_in(who)
            if who == BUYER:
                _fill_basket(visitor, file)
            cookies[who] = visitor.cookie
        for name, path, who in _pages(file):
            runs = [_run(node, f"{shop.address}{path}", cookies[who]) for _ in range(RUNS)]
            scores = {each: median(run[each] for run in runs) for each in runs[0]}
            figures.append(_figure(name, scores))
    return figures


def _find_node() -> str:
    own = str(ROOT / ".venv" / "bin")
    node = shutil.which("node", path=os.pathsep.join([os.environ["PATH"], own]))
    if node is None or not PROGRAM.is_file():
        raise NoLighthouse("make bench fetches it by npm; that did not work here")
    return node


def _pages(file: Path) -> Sequence[tuple[str, str, str]]:
    """By name: the address, and who asks for it."""
    with closing(sqlite3.connect(file)) as database:
        (product,) = database.execute("SELECT min(id) FROM product").fetchone()
        (order,) = database.execute(
            "SELECT number FROM purchase_order JOIN account ON account.id = account_id"
            " WHERE email = ? ORDER BY purchase_order.id DESC LIMIT 1",
            [BUYER],
        ).fetchone()
    return [
        ("home", "/", ""),
        ("list", "/products", ""),
        ("product", f"/products/{product}", ""),
        ("basket", "/basket", BUYER),
        ("order", f"/orders/{order}", BUYER),
        ("today", "/cooperative", SELLER),
        ("overview", "/statistics", OFFICIAL),
    ]


def _fill_basket(visitor: Visitor, file: Path) -> None:
    with closing(sqlite3.connect(file)) as database:
        query = "SELECT id FROM variant WHERE on_hand - held >= 5 ORDER BY id LIMIT 3"
        for (variant_id,) in database.execute(query).fetchall():
            visitor.post("/basket/lines", {"variant_id": variant_id, "quantity": 2})


def _run(node: str, address: str, cookie: str) -> Scores:
    """Each category's score of 100, of one visit by somebody who was never there before."""
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with tempfile.TemporaryDirectory(prefix="cailanzi-lighthouse-") as name:
        report = Path(name) / "report.json"
        command = [
            node,
            str(PROGRAM),
            address,
            "--quiet",
            "--no-enable-error-reporting",
            f"--chrome-flags={' '.join(flags)}",
            f"--only-categories={','.join(CATEGORIES)}",
            "--output=json",
            f"--output-path={report}",
        ]
        if cookie:
            headers = Path(name) / "headers.json"
            headers.write_text(json.dumps({"Cookie": cookie}))
            command.append(f"--extra-headers={headers}")
        environment = {**os.environ, "CHROME_PATH": find_chromium()}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        if done.returncode:
            raise NoLighthouse(done.stderr[-1000:])
        found = json.loads(report.read_text(encoding="utf-8"))
    assert found["finalDisplayedUrl"] == address, found["finalDisplayedUrl"]
    return {each: (found["categories"][each]["score"] or 0) * 100 for each in CATEGORIES}


def _figure(name: str, scores: Scores) -> Figure:
    note = ", ".join(f"{each} {score:.0f}" for each, score in scores.items())
    return figure(f"lighthouse.{name}", min(scores.values()), "", goal=GOAL, note=note)
