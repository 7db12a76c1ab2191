"""How fast the embedded search answers at 10,000 products, with facets, beside what others do.

In the same run, over the same products and queries: SQLite's FTS5 with our terms, bm25 and the
same facets (the floor), and Whoosh as it comes (its default analyzer and scorer, no facets).
"""

import json
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice, product
from pathlib import Path
from typing import Any

from whoosh import index
from whoosh.fields import ID, TEXT, Schema
from whoosh.qparser import MultifieldParser

from catalog.search.gateways.port import SearchDocument, SearchQuery
from catalog.search.gateways.whoosh import WhooshIndex
from catalog.search.rules import Cutter, pinyin_of_name, terms_of_document, words_of_query

PRODUCTS = 10_000
RUNS = 3
QUERIES_PER_RUN = 300
GOAL_P50_MS = 8.0
GOAL_VISIBLE_S = 2.0

GOODS = (
    ("水果", "白糖罂荔枝 妃子笑荔枝 桂味荔枝 储良龙眼 三华李 圣女果 奶油草莓 马水桔"),
    ("蔬菜", "水东芥菜 冰淇淋番薯 紫心番薯 空心菜"),
    ("水产", "罗非鱼 程村蚝 鲜活海鲈鱼"),
    ("禽畜", "稻花鸡 怀乡鸡 三黄鸡蛋"),
    ("粮油", "花生油 丝苗米"),
    ("加工食品", "罗非鱼片 阳江豆豉 荔枝干 番薯干"),
)
TOWNS = (
    ("440904127", "电城镇", "电白区"),
    ("440902101", "公馆镇", "茂南区"),
    ("440981103", "分界镇", "高州市"),
    ("440981127", "石鼓镇", "高州市"),
    ("440904116", "观珠镇", "电白区"),
    ("440983106", "池洞镇", "信宜市"),
)
ADJECTIVES = ("", "新鲜", "农家", "有机", "当季", "精选", "现摘", "礼盒装")
SPECS = ("5斤装/箱", "10斤装/箱", "500克/袋", "2.5公斤/盒")
HOUSES = ("甲山", "乙水", "丙田", "丁园", "戊岭")
QUERIES = (
    "荔枝 番薯 罗非鱼 罗非鱼片 芥菜 龙眼 鸡 鸡蛋 草莓 花生油 水果 公馆镇 高州荔枝 电白水东芥菜 "
    "观珠番薯 lizhi fanshu 新鲜荔枝 公馆罗非鱼 豆豉 荔枝5斤装 石鼓镇加工食品 丙田合作社 三华李 "
    "信宜三华李 海鲈鱼 丝苗米 有机空心菜 礼盒装荔枝 榴莲 电城镇稻花鸡 luofeiyu 马水桔 储良 桂味"
).split()


def measure() -> list[dict[str, Any]]:
    """The rows of bench.json for the embedded search; times in milliseconds."""
    documents = list(islice(_documents(), PRODUCTS))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours = WhooshIndex(folder / "ours")
        began = time.perf_counter()
        ours.rebuild(documents)
        rebuilt = time.perf_counter() - began
        bare = _timed(_fts5(documents))
        plain = _timed(_plain_whoosh(folder / "plain", documents))
        timed = _timed(lambda text: ours.search(SearchQuery(text=text)))
        visible = _seconds_until_visible(folder / "ours", ours, documents[0])
        hits = sorted(ours.search(SearchQuery(text=text)).total for text in QUERIES)
    note = f"{PRODUCTS} products, facets, {hits[len(hits) // 2]} hits in the median query"
    return [
        _row("search.whoosh.p50", timed[0], "ms", bare[0], GOAL_P50_MS, f"{note}; floor: FTS5"),
        _row("search.whoosh.p99", timed[1], "ms", bare[1], None, "floor: FTS5"),
        _row(
            "search.plain_whoosh.p50",
            plain[0],
            "ms",
            bare[0],
            None,
            "as it comes; finds little Chinese",
        ),
        _row(
            "search.plain_whoosh.p99",
            plain[1],
            "ms",
            bare[1],
            None,
            "as it comes; finds little Chinese",
        ),
        _row(
            "search.visible", visible, "s", None, GOAL_VISIBLE_S, "a change, seen by another reader"
        ),
        _row("search.rebuild", rebuilt, "s", None, None, f"{PRODUCTS} products from memory"),
    ]


def _documents() -> Iterable[SearchDocument]:
    goods = [(category, name) for category, names in GOODS for name in names.split()]
    categories = [category for category, _ in GOODS]
    listed = datetime(2026, 1, 1, tzinfo=UTC)
    kinds = cycle(product(ADJECTIVES, HOUSES, TOWNS, goods, SPECS))
    for number, (adjective, house, (code, town, county), (category, name), spec) in enumerate(
        islice(kinds, 0, None, 7), start=1
    ):
        yield SearchDocument(
            product_id=number,
            name=f"{adjective}{name}",
            specs=spec,
            description=f"产自{county}{town}的{name},下单后采摘,冷链送到珠海,坏果包赔。",
            category_id=categories.index(category) + 1,
            category_name=category,
            town_code=code,
            town_name=town,
            county_name=county,
            city_name="茂名市",
            cooperative_id=HOUSES.index(house) + 1,
            cooperative_name=f"{town}{house}种养专业合作社",
            season_mask=1 << number % 12,
            lowest_price_fen=1000 + number * 37 % 9000,
            unit_price_millifen_per_500g=None
            if number % 5 == 0
            else 100_000 + number * 31 % 70_000,
            in_stock=number % 9 != 0,
            listed_at=listed + timedelta(minutes=number),
        )


def _fts5(documents: Iterable[SearchDocument]) -> Callable[[str], object]:
    """FTS5 over our own terms: 24 best by bm25, and the counts by category and town."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE texts USING fts5(name, category, place, house, body)")
    database.execute("CREATE TABLE goods (id INTEGER PRIMARY KEY, category INTEGER, town TEXT)")
    for document in documents:
        number = document.product_id
        place = f"{document.town_name} {document.county_name} {document.city_name}"
        texts = (
            " ".join(terms_of_document(document.name) | pinyin_of_name(document.name)),
            " ".join(terms_of_document(document.category_name)),
            " ".join(terms_of_document(place)),
            " ".join(terms_of_document(document.cooperative_name)),
            " ".join(terms_of_document(f"{document.specs} {document.description}")),
        )
        database.execute(
            "INSERT INTO texts (rowid, name, category, place, house, body) VALUES (?,?,?,?,?,?)",
            (number, *texts),
        )
        database.execute(
            "INSERT INTO goods VALUES (?,?,?)", (number, document.category_id, document.town_code)
        )
    cutter = Cutter()

    def search(text: str) -> object:
        terms = (term for word in words_of_query(text, cutter) for term in word.terms)
        match = " AND ".join(f'"{term}"' for term in terms)
        best = database.execute(
            "SELECT rowid FROM texts WHERE texts MATCH ?"
            " ORDER BY bm25(texts, 16, 8, 6, 4, 1) LIMIT 24",
            (match,),
        ).fetchall()
        counts = database.execute(
            "SELECT goods.category, goods.town, count(*) FROM texts"
            " JOIN goods ON goods.id = texts.rowid WHERE texts MATCH ?"
            " GROUP BY goods.category, goods.town",
            (match,),
        ).fetchall()
        return best, counts

    return search


def _plain_whoosh(folder: Path, documents: Iterable[SearchDocument]) -> Callable[[str], object]:
    folder.mkdir()
    plain = index.create_in(
        str(folder), Schema(id=ID(stored=True), name=TEXT, category=TEXT, place=TEXT, body=TEXT)
    )
    writer = plain.writer(limitmb=128)
    for document in documents:
        writer.add_document(
            id=str(document.product_id),
            name=document.name,
            category=document.category_name,
            place=f"{document.town_name} {document.county_name} {document.city_name}",
            body=f"{document.specs} {document.cooperative_name} {document.description}",
        )
    writer.commit()
    searcher = plain.searcher()
    parser = MultifieldParser(["name", "category", "place", "body"], plain.schema)
    return lambda text: [hit["id"] for hit in searcher.search(parser.parse(text), limit=24)]


def _timed(search: Callable[[str], object]) -> tuple[float, float]:
    """p50 and p99 in milliseconds, each the median of three runs."""
    for text in QUERIES:
        search(text)
    runs = []
    for _ in range(RUNS):
        taken = []
        for text in islice(cycle(QUERIES), QUERIES_PER_RUN):
            began = time.perf_counter()
            search(text)
            taken.append((time.perf_counter() - began) * 1000)
        taken.sort()
        runs.append((taken[len(taken) // 2], taken[len(taken) * 99 // 100]))
    middle = RUNS // 2
    return sorted(p50 for p50, _ in runs)[middle], sorted(p99 for _, p99 in runs)[middle]


def _seconds_until_visible(folder: Path, writer: WhooshIndex, document: SearchDocument) -> float:
    reader = WhooshIndex(folder)
    before = reader.count()
    began = time.perf_counter()
    writer.remove([document.product_id])
    while reader.count() == before:
        time.sleep(0.001)
    return time.perf_counter() - began


def _row(
    name: str, value: float, unit: str, floor: float | None, goal: float | None, note: str
) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "floor": None if floor is None else round(floor, 3),
        "ratio": None if floor is None else round(value / floor, 2),
        "goal": None if goal is None else f"<= {goal:g} {unit}",
        "ok": None if goal is None else value <= goal,
        "note": note,
    }


if __name__ == "__main__":
    for row in measure():
        print(json.dumps(row, ensure_ascii=False))
