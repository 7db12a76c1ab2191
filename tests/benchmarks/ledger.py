"""A ledger of any size over three years, written past the shop: ten million lines in minutes."""

import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from time import strftime

from shop import clock

YEARS = 3
TOWNS = 31
REFUND_EVERY = 20
AT_ONCE = 500_000
# By the number of a line alone.
_DRAWN = "((:seed + i) * 2654435761 >> 7)"
# What is computed of a line is computed once: a limit keeps SQLite from folding the steps together.
_INSERT = f"""
WITH RECURSIVE numbers(i) AS (
    SELECT :first UNION ALL SELECT i + 1 FROM numbers WHERE i < :last
), drawn AS (
    SELECT i, i % {REFUND_EVERY} = 0 AS is_refund, {_DRAWN} % 1000003 AS r,
        -- The days go by with the numbers; near the end of the year some more come.
        date(:began, '+' || CAST((i - 1) % :lines * {YEARS * 365 - 1} / :lines AS text) || ' days')
            AS day
    FROM numbers LIMIT -1 OFFSET 0
), facts AS (
    SELECT i, day, is_refund, 100 + r % 50000 AS fen, r % :sellers AS seller,
        r / 7 % 3 AS kind_of_goods, r / 31 % 5 AS buyer, r / 131 % 8 AS way
    FROM drawn LIMIT -1 OFFSET 0
)
INSERT INTO sales_entry (
    id, kind, recorded_at, counted_on, month, sold_on, corrects_id, order_line_id, city_code,
    city_name, county_code, county_name, town_code, town_name, village, cooperative_id,
    cooperative_name, credit_code, category_id, category_name, product_name, spec, unit,
    quantity_milli, unit_price_fen, amount_fen, refund_fen, net_fen, net_weight_g, channel,
    activity_name, activity_id, mode, buyer_type, buyer_unit, buyer_district, order_number,
    accepted_on, note
)
SELECT :before + i, CASE WHEN is_refund THEN 'refund' ELSE 'sale' END,
    day || ' 04:00:00.000000', day, substr(day, 1, 7), day,
    CASE WHEN is_refund THEN :before + i - 1 END,
    CASE WHEN way < 5 THEN 1000000 + :before + i END,
    s.city_code, s.city_name, s.county_code, s.county_name, s.town_code, s.town_name, s.village,
    s.id, s.name, s.credit_code, c.id, c.name, '示例产品', '5斤装', '箱',
    CASE WHEN is_refund THEN -1000 ELSE 1000 END, fen,
    CASE WHEN is_refund THEN 0 ELSE fen END, CASE WHEN is_refund THEN fen ELSE 0 END,
    CASE WHEN is_refund THEN -fen ELSE fen END,
    CASE WHEN is_refund THEN -2500 ELSE 2500 END,
    CASE WHEN way < 5 THEN 'online' WHEN way = 5 THEN 'offline' WHEN way = 6 THEN 'fair'
        ELSE 'agreement' END,
    CASE WHEN way = 6 THEN '示例展销会' ELSE '' END,
    -- A fair a week.
    CASE WHEN way = 6 THEN CAST(julianday(day) / 7 AS integer) END,
    CASE WHEN buyer = 4 OR way = 7 THEN 'helped' ELSE 'direct' END,
    CASE buyer WHEN 0 THEN 'resident' WHEN 1 THEN 'budget_unit' WHEN 2 THEN 'union'
        WHEN 3 THEN 'state_owned' ELSE 'private' END,
    CASE buyer WHEN 0 THEN '' ELSE '示例单位' END, '香洲区',
    CASE WHEN way < 5 THEN 'B' || i ELSE '' END, day, ''
FROM facts
CROSS JOIN temp.seller AS s ON s.number = seller
CROSS JOIN temp.category_drawn AS c ON c.number = (seller + kind_of_goods) % :categories
"""


def add_lines(file: Path, number: int, lines: int, today: date) -> None:
    """Write so many lines whose days are those of a ledger of ``lines`` lines that ends today; its
    indexes are made anew where there are many. Foreign keys are not looked at: there are no orders
    behind these lines."""
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        for setting in (
            "foreign_keys=OFF",
            "ignore_check_constraints=ON",
            # Nobody else reads it, and a run that breaks off begins anew.
            "journal_mode=OFF",
            "synchronous=OFF",
            "cache_size=-400000",
            "threads=2",
        ):
            database.execute(f"PRAGMA {setting}")
        database.execute("BEGIN IMMEDIATE")
        _gather(database)
        left_out = _take_what_slows(database) if number > AT_ONCE else []
        (before,) = database.execute("SELECT coalesce(max(id), 0) FROM sales_entry").fetchone()
        (sellers,) = database.execute("SELECT count(*) FROM temp.seller").fetchone()
        (categories,) = database.execute("SELECT count(*) FROM temp.category_drawn").fetchone()
        for done in range(0, number, AT_ONCE):
            first = lines - number + 1 + done
            database.execute(
                _INSERT,
                {
                    "first": first,
                    "last": min(first + AT_ONCE - 1, lines),
                    "lines": lines,
                    "before": before - (lines - number),
                    "seed": before,
                    "began": (today - timedelta(days=YEARS * 365)).isoformat(),
                    "sellers": sellers,
                    "categories": categories,
                },
            )
            if left_out:
                tell(f"{min(done + AT_ONCE, number):,} of {number:,} lines written")
        for statement in left_out:
            database.execute(statement)
        database.execute("COMMIT")
        database.execute("PRAGMA journal_mode=WAL")
        if left_out:
            tell(f"{len(left_out)} indexes and triggers made again")


def tell(what: str) -> None:
    """Say how far a long run is."""
    print(f"{strftime('%H:%M:%S')} {what}", flush=True)


def _gather(database: sqlite3.Connection) -> None:
    """Who sells, each from one of so many towns, and what."""
    database.execute(
        f"""
        CREATE TEMP TABLE seller AS
        WITH places AS (
            SELECT row_number() OVER (ORDER BY town.code) - 1 AS number,
                town.code AS town_code, town.name AS town_name, county.code AS county_code,
                county.name AS county_name, city.code AS city_code, city.name AS city_name
            FROM town JOIN county ON county.code = town.county_code
            JOIN city ON city.code = county.city_code
            WHERE town.code BETWEEN '440900000' AND '441799999'
        ), sellers AS (
            SELECT id, name, credit_code, village, row_number() OVER (ORDER BY id) - 1 AS number
            FROM organisation WHERE kind = 'cooperative'
        )
        SELECT sellers.*, places.town_code, town_name, county_code, county_name, city_code,
            city_name
        FROM sellers JOIN places ON places.number = sellers.number % {TOWNS}
        """
    )
    database.execute(
        "CREATE TEMP TABLE category_drawn AS"
        " SELECT id, name, row_number() OVER (ORDER BY id) - 1 AS number FROM category"
    )
    for table in ("seller", "category_drawn"):
        database.execute(f"CREATE UNIQUE INDEX temp.{table}_number ON {table} (number)")


def _take_what_slows(database: sqlite3.Connection) -> list[str]:
    """Drop the ledger's indexes and what looks at each new line; return the statements that make
    them again."""
    made = database.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = 'sales_entry'"
        " AND sql IS NOT NULL AND type IN ('index', 'trigger')"
    ).fetchall()
    for kind, name, _ in made:
        database.execute(f"DROP {kind} {name}")
    return [statement for _, _, statement in made]


def today() -> date:
    return clock.day_of(clock.now())
