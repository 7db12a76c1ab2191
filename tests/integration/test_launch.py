"""``make run`` without make: it opens the demo, says who can sign in, and leaves nothing behind."""

import os
import signal
import socket
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from orders.flags.models import FlagKind
from shop import launch
from shop.demo.months import SHOWN_TOWN
from tests.parts.servers import free_port, running, status_of, wait_until

# Of each kind; the demo's past depends on the day on which it is filled.
MOST_FLAGS = 8
# Each of them is to be seen: where a cooperative may stand.
STANDINGS = {
    "applying": "SELECT id FROM application WHERE submitted_at IS NULL",
    "half-signed": """
        SELECT a.id FROM application a JOIN sign_off s
            ON s.application_id = a.id AND s.version = a.version
        WHERE a.submitted_at IS NOT NULL AND a.admitted_at IS NULL
        GROUP BY a.id HAVING count(*) = 1""",
    "live": """
        SELECT id FROM organisation WHERE kind = 'cooperative' AND admitted_at IS NOT NULL
            AND coalesce(suspended_at, licence_lapsed_at, recheck_lapsed_at, leaving_at) IS NULL""",
    "expiring licence": """
        SELECT o.id FROM organisation o JOIN document d ON d.organisation_id = o.id
        WHERE o.suspended_at IS NULL AND d.replaced_at IS NULL
            AND d.expires_on BETWEEN date('now') AND date('now', '+30 days')""",
    "suspended": "SELECT id FROM organisation WHERE suspended_at IS NOT NULL",
}
# Towns whose month came back to be mended.
RETURNED = "SELECT DISTINCT town_code FROM month_close WHERE state = 'open' AND round > 0"
# Officials who can pass the second factor, and their places.
WITH_CODES = """
    SELECT account.email, appointment.scope_code FROM account
    JOIN appointment ON appointment.account_id = account.id
    JOIN second_factor ON second_factor.account_id = account.id
    WHERE appointment.scope_code IS NOT NULL AND appointment.ended_at IS NULL"""
LAUNCH = [sys.executable, "-m", "shop.launch"]


def test_the_demo_opens_closes_without_a_trace_and_keeps_its_data(tmp_path):
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    said, seeded = _open_and_close(tmp_path, port)
    assert address in said
    assert said.count("@") >= 6, "a sign-in for each role"
    assert seeded["account"] > 0
    flags = _flags(tmp_path / "data" / "shop.sqlite3")
    assert set(flags) == set(FlagKind), "an example of each kind on the officials' desk"
    assert max(flags.values()) <= MOST_FLAGS, f"nobody can look at them: {flags}"
    assert [each for each in STANDINGS if not _ask(tmp_path, STANDINGS[each])] == []
    held = {code for email, code in _ask(tmp_path, WITH_CODES) if email in said}
    assert held >= {SHOWN_TOWN, SHOWN_TOWN[:6], f"{SHOWN_TOWN[:4]}00"}, "its month goes its way"
    # In the first days of a month, the last one was not returned yet.
    assert {town for (town,) in _ask(tmp_path, RETURNED)} <= {SHOWN_TOWN}
    _, kept = _open_and_close(tmp_path, port)
    assert kept == seeded


def test_a_busy_port_is_named_and_the_way_out_told(monkeypatch, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        assert launch.main() == 1
    said = capsys.readouterr().err
    assert f"Port {port} is in use" in said
    assert "make run PORT=" in said


@pytest.mark.parametrize("port", ["shop", "-1", "0", "65536", "８０００"])
def test_a_port_that_is_no_port_is_refused(monkeypatch, capsys, port):
    monkeypatch.setenv("PORT", port)
    assert launch.main() == 1
    assert "use a number from 1 to 65535" in capsys.readouterr().err


def _open_and_close(folder: Path, port: int) -> tuple[str, dict[str, int]]:
    """What it said, and how many rows its tables held; closed as Ctrl-C in a terminal does."""
    log = folder / "launch.log"
    with running(
        LAUNCH,
        ready=lambda: "Ctrl-C closes it" in log.read_text(encoding="utf-8"),
        log=log,
        environment=os.environ | {"PORT": str(port), "SHOP_DATA": str(folder / "data")},
        seconds=150,
    ) as shop:
        assert status_of(f"http://127.0.0.1:{port}/") == 200
        programs = psutil.Process(shop.pid).children(recursive=True)
        assert len(programs) >= 6, "two gunicorn workers and their master, worker, sandbox"
        rows = _rows(folder / "data" / "shop.sqlite3")
        os.killpg(shop.pid, signal.SIGINT)
        assert shop.wait(15) == 0
    wait_until(lambda: not any(map(_runs, programs)), "every program to end", 5)
    return log.read_text(encoding="utf-8"), rows


def _runs(program: psutil.Process) -> bool:
    try:
        return program.is_running() and program.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _rows(file: Path) -> dict[str, int]:
    with closing(sqlite3.connect(file)) as database:
        count = "SELECT count(*) FROM {}"
        return {
            table: database.execute(count.format(table)).fetchone()[0]
            for table in ("account", "product", "purchase_order")
        }


def _ask(folder: Path, query: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(folder / "data" / "shop.sqlite3")) as database:
        return database.execute(query).fetchall()


def _flags(file: Path) -> dict[str, int]:
    with closing(sqlite3.connect(file)) as database:
        return dict(database.execute("SELECT kind, count(*) FROM flag GROUP BY kind").fetchall())
