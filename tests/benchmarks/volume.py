"""The shop that is measured: filled once, kept between runs, copied for each."""

import hashlib
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
from psycopg import sql

from catalog.search.handlers import current_index
from catalog.search.services import rebuild
from orders.intake import handlers as intake
from orders.rollups import handlers as rollups
from shop import clock
from shop.app import create_app
from shop.basics import load_basics
from shop.config import ROOT, Settings
from shop.db import Base, db
from shop.demo import volume as demo
from tests.parts.databases import migrate

KEPT = ROOT / "instance" / "bench"
NAME = "shop.sqlite3"
LINES_AT_ONCE = 100_000
FILLED_BY = ("bulk", "crowd", "offers", "rows", "stalls", "trade", "volume")


def copy_of(products: int, orders: int, folder: Path, *, searchable: bool = True) -> Path:
    """Put a filled data folder there; the first run on a schema fills one to copy from. Making it
    searchable takes most of that time."""
    amount = f"{products}-{orders}" if searchable else f"unsearched-{products}-{orders}"
    kept = KEPT / f"{amount}-{_version()}"
    if not kept.is_dir():
        print(f"Filling a shop with {amount} products and orders, once …", flush=True)
        for old in KEPT.glob(f"{amount}-*"):
            shutil.rmtree(old)
        _fill(kept, products, orders, searchable)
    shutil.copytree(kept, folder)
    return folder / NAME


def pour_into_postgres(file: Path, address: str) -> None:
    """Fill a migrated PostgreSQL database with the rows of an SQLite one, by COPY."""
    with closing(sqlite3.connect(file)) as source, psycopg.connect(address) as target:
        target.execute("SET session_replication_role = replica")
        for table in Base.metadata.sorted_tables:
            name = sql.Identifier(table.name)
            columns = [column.name for column in table.columns]
            listed = sql.SQL(", ").join(map(sql.Identifier, columns))
            target.execute(sql.SQL("DELETE FROM {}").format(name))
            listed_here = ", ".join(f'"{column}"' for column in columns)
            rows = source.execute(f"SELECT {listed_here} FROM {table.name}")
            into = sql.SQL("COPY {} ({}) FROM STDIN").format(name, listed)
            with target.cursor().copy(into) as copy:
                for row in rows:
                    copy.write_row(row)
            if columns[0] == "id":
                target.execute(
                    sql.SQL(
                        "SELECT setval(pg_get_serial_sequence({}, 'id'), max(id)) FROM {}"
                    ).format(sql.Literal(table.name), name)
                )
        target.commit()
        target.execute("ANALYZE")


def _version() -> str:
    """Another schema, other rules of filling or another month ask for another shop."""
    made_by = sorted((ROOT / "migrations" / "versions").glob("*.py"))
    made_by += [ROOT / "shop" / "demo" / f"{name}.py" for name in FILLED_BY]
    texts = b"".join(path.read_bytes() for path in made_by)
    month = clock.month_of(clock.day_of(clock.now()))
    return f"{month}-{hashlib.sha256(texts).hexdigest()[:12]}"


def _fill(kept: Path, products: int, orders: int, searchable: bool) -> None:
    making = KEPT / f"making-{os.getpid()}"
    making.mkdir(parents=True)
    url = f"sqlite:///{making / NAME}"
    migrate(url, making)
    environment = Settings.for_demo(making, port=9, sandbox_port=9) | {"DATABASE_URL": url}
    app = create_app(Settings.from_environment(environment))
    now = clock.now()
    with app.app_context():
        load_basics(demo.beginning(now))
        demo.fill(products, orders, now)
        if searchable:
            rebuild(db.session(), current_index())
        # As the job does it every minute.
        rollups.rebuild(now, LINES_AT_ONCE)
        intake.rebuild(now, LINES_AT_ONCE)
        db.engine.dispose()
    with closing(sqlite3.connect(making / NAME)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    making.rename(kept)
