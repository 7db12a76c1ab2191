"""The floor of checkout: what the database itself needs for an order, without any shop.

One transaction: an order, its part, three lines, two guarded updates of stock, a ledger entry.
``python -m tests.benchmarks.raw ADDRESS SECONDS`` writes them one after the other and prints how
many it wrote; several of them at once are several clients.
"""

import random
import sqlite3
import subprocess
import sys
from time import monotonic
from typing import Any

import psycopg

from shop.config import ROOT

VARIANTS = 10_000
TEXT = "一箱五斤的示例农产品"
TABLES = (
    "CREATE TABLE raw_order (id {key}, number TEXT UNIQUE, who TEXT, total BIGINT)",
    "CREATE TABLE raw_part (id {key}, order_id BIGINT, seller TEXT, goods BIGINT)",
    "CREATE TABLE raw_line (id {key}, part_id BIGINT, variant_id BIGINT, name TEXT, price BIGINT)",
    "CREATE TABLE raw_stock (id BIGINT PRIMARY KEY, on_hand BIGINT, held BIGINT)",
    "CREATE TABLE raw_ledger (id {key}, order_id BIGINT, town TEXT, net BIGINT)",
)
ORDER = "INSERT INTO raw_order (number, who, total) VALUES (?, ?, ?) RETURNING id"
PART = "INSERT INTO raw_part (order_id, seller, goods) VALUES (?, ?, ?) RETURNING id"
LINE = "INSERT INTO raw_line (part_id, variant_id, name, price) VALUES (?, ?, ?, ?)"
HOLD = "UPDATE raw_stock SET held = held + 1 WHERE id = ? AND on_hand - held >= 1"
LEDGER = "INSERT INTO raw_ledger (order_id, town, net) VALUES (?, ?, ?)"


class WrongSum(RuntimeError):
    """What was held is not what was ordered."""


def orders_per_second(address: str, clients: int, seconds: int) -> float:
    """Raises WrongSum."""
    _prepare(address)
    command = [sys.executable, "-m", "tests.benchmarks.raw", address, str(seconds)]
    writers = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(clients)
    ]
    written = sum(int(writer.communicate(timeout=seconds + 60)[0]) for writer in writers)
    with _connect(address) as connection:
        held = connection.execute("SELECT sum(held) FROM raw_stock").fetchone()[0]
    if held != 2 * written:
        raise WrongSum(f"{held} held for {written} orders of two")
    return written / seconds


def main(address: str, seconds: int) -> None:
    lots = random.Random()
    written = 0
    with _connect(address) as connection:
        until = monotonic() + seconds
        while monotonic() < until:
            _write_order(connection, lots)
            written += 1
    print(written)


def _prepare(address: str) -> None:
    key = "INTEGER PRIMARY KEY" if _is_sqlite(address) else "BIGSERIAL PRIMARY KEY"
    with _connect(address) as connection:
        for table in TABLES:
            connection.execute(table.format(key=key))
        connection.execute(
            "WITH RECURSIVE ids(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids"
            f" WHERE id < {VARIANTS}) INSERT INTO raw_stock SELECT id, 1000000, 0 FROM ids"
        )


def _write_order(connection: Any, lots: random.Random) -> None:
    """Stock in the order of ids, as the shop does, so that two orders can't wait in a ring."""
    say = _in_dialect_of(connection)
    connection.execute(say("BEGIN IMMEDIATE"))
    number = f"{lots.getrandbits(64):x}"
    (order_id,) = connection.execute(say(ORDER), (number, TEXT, 15000)).fetchone()
    (part_id,) = connection.execute(say(PART), (order_id, TEXT, 14000)).fetchone()
    variants = sorted(lots.sample(range(1, VARIANTS + 1), 3))
    for variant in variants:
        connection.execute(say(LINE), (part_id, variant, TEXT, 5000))
    for variant in variants[:2]:
        connection.execute(say(HOLD), (variant,))
    connection.execute(say(LEDGER), (order_id, TEXT, 14000))
    connection.execute("COMMIT")


def _in_dialect_of(connection: Any) -> Any:
    if isinstance(connection, sqlite3.Connection):
        return str
    return lambda text: text.replace("?", "%s").replace(" IMMEDIATE", "")


def _is_sqlite(address: str) -> bool:
    return address.startswith("sqlite:///")


def _connect(address: str) -> Any:
    """As durable as the shop's own connections: WAL and NORMAL on SQLite."""
    if not _is_sqlite(address):
        return psycopg.connect(address, autocommit=True)
    connection = sqlite3.connect(address.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA busy_timeout=10000")
    return connection


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
