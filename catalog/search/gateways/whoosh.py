"""The search index in files on this machine, kept by Whoosh."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from whoosh import index
from whoosh.columns import NumericColumn
from whoosh.fields import COLUMN, ID, FieldType, Schema
from whoosh.formats import Existence

from catalog.search.errors import SearchUnavailable
from catalog.search.gateways.folder import IndexFolder
from catalog.search.gateways.matching import (
    NO_UNIT_PRICE,
    NUMBERS,
    Columns,
    Segment,
    page_of,
    town_number,
)
from catalog.search.gateways.port import SearchDocument, SearchPage, SearchQuery
from catalog.search.rules import (
    Cutter,
    endings_of_name,
    loosened,
    names_of_place,
    normalise,
    pinyin_of_name,
    terms_of_document,
    words_of_name,
    words_of_query,
)

SECONDS_TO_WAIT_FOR_A_TURN = 10.0
MEGABYTES_FOR_A_REBUILD = 128


class Terms(FieldType):
    """A field whose terms are made by our own rules; only their presence is kept."""

    def __init__(self) -> None:
        # Nothing is scored by it, but without the lengths that this keeps, Whoosh looks for their
        # file again at each posting that it writes.
        super().__init__(format=Existence(), analyzer=None, scorable=True)

    def index(self, value: Iterable[str], **_: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        return ((term.encode(), 1, 1.0, b"") for term in value)


TEXTS = ("name", "ending", "category", "place", "cooperative", "text", "pinyin", "words")
SCHEMA = Schema(
    id=ID(unique=True),
    **{name: Terms() for name in TEXTS},
    **{name: COLUMN(NumericColumn("q")) for name in NUMBERS},
)


class WhooshIndex:
    """A SearchIndex in a folder. Threads may share one; processes each have their own."""

    def __init__(
        self, folder: Path, *, seconds_to_wait: float = SECONDS_TO_WAIT_FOR_A_TURN
    ) -> None:
        self._folder = IndexFolder(folder, seconds_to_wait)
        self._cutter = Cutter()
        self._reading = threading.Lock()
        self._seen: tuple[Path, int] | None = None
        self._index: index.FileIndex | None = None
        self._reader: Any = None
        self._segments: dict[str, Segment] = {}

    def search(self, query: SearchQuery) -> SearchPage:
        with self._fresh() as segments:
            words = words_of_query(query.text, self._cutter)
            return page_of(segments, query, words, loosened(words))

    def count(self) -> int:
        with self._fresh() as segments:
            return sum(segment.reader.doc_count() for segment in segments)

    def ready(self) -> bool:
        try:
            self.count()
        except SearchUnavailable:
            return False
        return True

    def replace(
        self, documents: Iterable[SearchDocument], *, product_ids: Iterable[int] = ()
    ) -> None:
        with self._folder.writing():
            changed = {document.product_id: self._fields_of(document) for document in documents}
            with self._writer() as writer:
                for product_id in {*product_ids, *changed}:
                    writer.delete_by_term("id", str(product_id))
                for fields in changed.values():
                    writer.add_document(**fields)

    def remove(self, product_ids: Iterable[int]) -> None:
        with self._folder.writing(), self._writer() as writer:
            for product_id in product_ids:
                writer.delete_by_term("id", str(product_id))

    def rebuild(self, documents: Iterable[SearchDocument]) -> None:
        with self._folder.writing(), self._folder.new_build() as build:
            writer = index.create_in(str(build), SCHEMA).writer(limitmb=MEGABYTES_FOR_A_REBUILD)
            try:
                for document in documents:
                    writer.add_document(**self._fields_of(document))
            except BaseException:
                writer.cancel()
                raise
            writer.commit()

    @contextmanager
    def _writer(self) -> Iterator[Any]:
        """Write what the block says: all of it shows at once, or nothing does."""
        with _unavailable_if_unreadable():
            writer = index.open_dir(str(self._folder.current())).writer()
            try:
                yield writer
            except BaseException:
                writer.cancel()
                raise
            writer.commit()

    @contextmanager
    def _fresh(self) -> Iterator[list[Segment]]:
        """The segments as they are now; one thread at a time, for their files have one position."""
        with self._reading, _unavailable_if_unreadable():
            build = self._folder.current()
            if self._index is None or self._seen is None or self._seen[0] != build:
                self._index = index.open_dir(str(build))
            generation = self._index.latest_generation()
            if self._seen != (build, generation):
                self._open()
                self._seen = (build, generation)
            yield list(self._segments.values())

    def _open(self) -> None:
        """Open what changed. A new part is small; the columns of the others are kept."""
        self._seen = None
        assert self._index is not None
        reader = self._index.reader()
        segments = {}
        for part, _ in reader.leaf_readers() if reader.doc_count_all() else ():
            name = part.segment().segment_id()
            if name in self._segments:
                columns = self._segments[name].columns
            else:
                columns = Columns(part)
                self._cutter.learn(word.decode() for word in part.lexicon("words"))
            segments[name] = Segment(part, columns)
        if self._reader is not None:
            self._reader.close()
        self._reader, self._segments = reader, segments

    def _fields_of(self, document: SearchDocument) -> dict[str, Any]:
        unit_price = document.unit_price_millifen_per_500g
        places = (document.town_name, document.county_name, document.city_name)
        spoken = (document.name, document.category_name, document.town_name)
        pinyin = set[str]().union(*map(pinyin_of_name, spoken))
        words = set[str]().union(*map(names_of_place, places))
        self._cutter.learn(words)
        for name in (document.name, document.category_name, document.cooperative_name):
            words |= words_of_name(name, self._cutter)
        return {
            "id": str(document.product_id),
            "name": terms_of_document(document.name),
            "ending": endings_of_name(document.name),
            "category": terms_of_document(document.category_name),
            "place": terms_of_document(" ".join(places)),
            "cooperative": terms_of_document(document.cooperative_name),
            "text": terms_of_document(f"{document.specs} {document.description}"),
            "pinyin": pinyin,
            "words": words,
            "product_id": document.product_id,
            "category_id": document.category_id,
            "town_code": town_number(document.town_code),
            "season_mask": document.season_mask,
            "in_stock": int(document.in_stock),
            "lowest_price_fen": document.lowest_price_fen,
            "unit_price": NO_UNIT_PRICE if unit_price is None else unit_price,
            "listed_at": int(document.listed_at.timestamp()),
            "name_length": len(normalise(document.name)),
        }


@contextmanager
def _unavailable_if_unreadable() -> Iterator[None]:
    """Whoosh meets a damaged file with whatever its parser trips over, so everything is caught."""
    try:
        yield
    except SearchUnavailable:
        raise
    except Exception as error:
        raise SearchUnavailable from error
