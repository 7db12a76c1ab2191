"""Which products have the words of a query, how well, and what a page of them shows.

Whoosh's own scorers weigh every hit one by one, which is what costs. Here the postings are read
whole and unscored, a field's weight is added per product, and all else that a page needs (filters,
facets, sorting) comes from columns held in memory, a segment at a time.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from whoosh.reading import SegmentReader, TermNotFound

from catalog.search.gateways.port import SearchPage, SearchQuery, Sort
from catalog.search.rules import Word

# A product is named for what it is; its description mentions much that it isn't.
CHINESE_WEIGHTS = {"name": 16, "category": 8, "place": 6, "cooperative": 4, "text": 1}
LATIN_WEIGHTS = {"name": 16, "pinyin": 8, "text": 1}
# On top of the name's own weight: the name ends with the word, so that is what the product is.
ENDING_WEIGHT = 6
# Among products that have only some of the words, more words outweigh better fields.
EACH_WORD = 40

NUMBERS = (
    "product_id",
    "category_id",
    "town_code",
    "season_mask",
    "in_stock",
    "lowest_price_fen",
    "unit_price",
    "listed_at",
    "name_length",
)
# Sorts behind every price; goods not sold by weight have no price per 500 g.
NO_UNIT_PRICE = 2**62

Scores = dict[int, int]
SortKey = Callable[["Columns", int, int], tuple[int, ...]]


class Columns:
    """The numbers of a segment's products by their place in it; segments never change."""

    __slots__ = NUMBERS

    product_id: Sequence[int]
    category_id: Sequence[int]
    town_code: Sequence[int]
    season_mask: Sequence[int]
    in_stock: Sequence[int]
    lowest_price_fen: Sequence[int]
    unit_price: Sequence[int]
    listed_at: Sequence[int]
    name_length: Sequence[int]

    def __init__(self, reader: SegmentReader) -> None:
        for name in NUMBERS:
            setattr(self, name, array("q", reader.column_reader(name, translate=False)))


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of the index: its postings on disk and its columns in memory."""

    reader: SegmentReader
    columns: Columns


def page_of(
    segments: Iterable[Segment],
    query: SearchQuery,
    words: tuple[Word, ...],
    fallbacks: Iterable[tuple[Word, ...]],
) -> SearchPage:
    """Answer a query: products with every word, else with some, else with parts of them."""
    segments = list(segments)
    if not query.text.strip():
        found = [dict.fromkeys(segment.reader.all_doc_ids(), 0) for segment in segments]
        return _page(segments, found, query, relaxed=False)
    found = [_with_every(segment, words) for segment in segments]
    if any(found) or not words:
        return _page(segments, found, query, relaxed=False)
    for any_of in (words, *fallbacks):
        found = [_with_some(segment, any_of) for segment in segments]
        if any(found):
            return _page(segments, found, query, relaxed=True)
    return _page(segments, found, query, relaxed=False)


def _with_every(segment: Segment, words: tuple[Word, ...]) -> Scores:
    scores: Scores | None = None
    for word in words:
        found = _with_word(segment.reader, word)
        if scores is None:
            scores = found
        else:
            scores = {doc: scores[doc] + found[doc] for doc in scores.keys() & found.keys()}
        if not scores:
            return {}
    return scores or {}


def _with_some(segment: Segment, words: tuple[Word, ...]) -> Scores:
    scores: Scores = {}
    for word in words:
        for doc, score in _with_word(segment.reader, word).items():
            scores[doc] = scores.get(doc, 0) + score + EACH_WORD
    return scores


def _with_word(reader: SegmentReader, word: Word) -> Scores:
    """The products that have this word in any field, and what its fields weigh together."""
    if word.ending:
        return dict.fromkeys(_postings(reader, "ending", word.text), ENDING_WEIGHT)
    scores: Scores = {}
    for field, weight in (LATIN_WEIGHTS if word.text.isascii() else CHINESE_WEIGHTS).items():
        docs: Iterable[int] = _postings(reader, field, word.terms[0])
        if len(word.terms) > 1:
            docs = set(docs)
            for term in word.terms[1:]:
                if docs:
                    docs.intersection_update(_postings(reader, field, term))
        for doc in docs:
            scores[doc] = scores.get(doc, 0) + weight
    if scores:
        for doc in _postings(reader, "ending", word.text):
            scores[doc] = scores.get(doc, 0) + ENDING_WEIGHT
    return scores


def _postings(reader: SegmentReader, field: str, term: str) -> Iterator[int]:
    try:
        docs: Iterator[int] = reader.postings(field, term).all_ids()
    except TermNotFound:
        return iter(())
    return docs


def _page(
    segments: list[Segment], found: list[Scores], query: SearchQuery, *, relaxed: bool
) -> SearchPage:
    by_category: Counter[int] = Counter()
    by_town: Counter[int] = Counter()
    hits: list[tuple[int, ...]] = []
    for segment, scores in zip(segments, found, strict=True):
        hits += _passing(segment.columns, scores, query, by_category, by_town)
    hits.sort()
    pages = max(1, -(-len(hits) // query.per_page))
    page = min(query.page, pages)
    shown = hits[(page - 1) * query.per_page : page * query.per_page]
    return SearchPage(
        product_ids=tuple(hit[-1] for hit in shown),
        total=len(hits),
        page=page,
        pages=pages,
        by_category=dict(by_category),
        by_town={str(code): count for code, count in by_town.items()},
        relaxed=relaxed,
    )


def _passing(
    columns: Columns,
    scores: Scores,
    query: SearchQuery,
    by_category: Counter[int],
    by_town: Counter[int],
) -> Iterator[tuple[int, ...]]:
    """The sort keys of the products that pass the filters, each ending with the product's id;
    counts the facets on the way."""
    month = 0 if query.in_season_month is None else 1 << (query.in_season_month - 1)
    category, town = query.category_id, town_number(query.town_code)
    key = SORT_KEYS[query.sort]
    for doc, score in scores.items():
        if month and not columns.season_mask[doc] & month:
            continue
        if query.in_stock_only and not columns.in_stock[doc]:
            continue
        right_category = category is None or columns.category_id[doc] == category
        right_town = town is None or columns.town_code[doc] == town
        if right_town:
            by_category[columns.category_id[doc]] += 1
        if right_category:
            by_town[columns.town_code[doc]] += 1
            if right_town:
                yield key(columns, doc, score)


def town_number(code: str | None) -> Any:
    """A town's code as the number it is kept as; one that isn't digits fits no town."""
    if code is None:
        return None
    return int(code) if code.isascii() and code.isdigit() and len(code) < 18 else -1


def _by_relevance(columns: Columns, doc: int, score: int) -> tuple[int, ...]:
    """Best match; then what can be bought; then the plainer name; then the newer listing."""
    return (
        -score,
        -columns.in_stock[doc],
        columns.name_length[doc],
        -columns.listed_at[doc],
        columns.product_id[doc],
    )


def _by_price(columns: Columns, doc: int, score: int) -> tuple[int, ...]:
    return columns.lowest_price_fen[doc], -score, columns.product_id[doc]


def _by_unit_price(columns: Columns, doc: int, score: int) -> tuple[int, ...]:
    price = columns.lowest_price_fen[doc]
    return columns.unit_price[doc], price, -score, columns.product_id[doc]


def _by_newest(columns: Columns, doc: int, score: int) -> tuple[int, ...]:
    return -columns.listed_at[doc], -score, columns.product_id[doc]


SORT_KEYS: dict[Sort, SortKey] = {
    Sort.RELEVANCE: _by_relevance,
    Sort.PRICE: _by_price,
    Sort.UNIT_PRICE: _by_unit_price,
    Sort.NEWEST: _by_newest,
}
