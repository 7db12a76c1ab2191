"""What the shop asks of a search index, whichever engine stands behind it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

LARGEST_PAGE = 60


class Sort(StrEnum):
    RELEVANCE = "relevance"
    PRICE = "price"
    UNIT_PRICE = "unit_price"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchDocument:
    """A product on sale, as the index sees it.

    ``season_mask`` has bit 0 set for January. ``unit_price_millifen_per_500g`` is None for goods
    that are not sold by weight. Codes of towns are digits.
    """

    product_id: int
    name: str
    specs: str
    description: str
    category_id: int
    category_name: str
    town_code: str
    town_name: str
    county_name: str
    city_name: str
    cooperative_id: int
    cooperative_name: str
    season_mask: int
    lowest_price_fen: int
    unit_price_millifen_per_500g: int | None
    in_stock: bool
    listed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """What a person looks for. A blank text means every product that passes the filters."""

    text: str = ""
    category_id: int | None = None
    town_code: str | None = None
    in_season_month: int | None = None
    in_stock_only: bool = False
    sort: Sort = Sort.RELEVANCE
    page: int = 1
    per_page: int = 24

    def __post_init__(self) -> None:
        if not 1 <= self.per_page <= LARGEST_PAGE:
            raise ValueError(f"per_page is 1 to {LARGEST_PAGE}")
        if self.page < 1:
            raise ValueError("pages are counted from 1")
        if self.in_season_month is not None and not 1 <= self.in_season_month <= 12:
            raise ValueError("a month is 1 to 12")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """One page of what was found.

    ``by_category`` and ``by_town`` count what a click on that category or town would show: they
    obey the text and every filter, except that categories ignore the chosen category and towns the
    chosen town. ``relaxed`` says that no product has all the words, so these have some of them.
    A page behind the last one is the last one; ``pages`` is at least 1.
    """

    product_ids: tuple[int, ...]
    total: int
    page: int
    pages: int
    by_category: Mapping[int, int] = field(default_factory=dict)
    by_town: Mapping[str, int] = field(default_factory=dict)
    relaxed: bool = False


class SearchIndex(Protocol):
    """Raises SearchUnavailable where it can't read or write; ``ready`` never raises."""

    def replace(
        self, documents: Iterable[SearchDocument], *, product_ids: Iterable[int] = ()
    ) -> None:
        """In one change, forget ``product_ids`` and put the documents in place of what is known.

        Documents are drawn only when it is this writer's turn: a generator that reads the
        database then never brings anything older than what another writer has just written.
        """

    def remove(self, product_ids: Iterable[int]) -> None:
        """Forget these products; unknown ones do no harm."""

    def rebuild(self, documents: Iterable[SearchDocument]) -> None:
        """Make a new index of exactly these; until it is whole the old one answers."""

    def search(self, query: SearchQuery) -> SearchPage: ...

    def count(self) -> int:
        """How many products can be found."""

    def ready(self) -> bool:
        """Whether there is an index that can be read."""
