"""A person's choice among the products, as the address says it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from shop.storefront.catalogue.queries import Sort
from shop.web.fields import clean_line
from shop.web.paging import page_number

LONGEST_TEXT = 80
LONGEST_NAME = 40
CHOSEN = "yes"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What is in the address; whatever can't be understood there counts as not chosen."""

    text: str = ""
    category: str = ""
    town: str = ""
    in_season: bool = False
    in_stock: bool = False
    sort: str = ""
    page: int = 1

    @classmethod
    def from_address(cls, arguments: Mapping[str, str]) -> "Choice":
        sort = arguments.get("sort", "")
        return cls(
            text=clean_line(arguments.get("q", "")[:LONGEST_TEXT]),
            category=clean_line(arguments.get("category", "")[:LONGEST_NAME]),
            town=clean_line(arguments.get("town", "")[:LONGEST_NAME]),
            in_season=arguments.get("season") == CHOSEN,
            in_stock=arguments.get("stock") == CHOSEN,
            sort=sort if sort in set(Sort) else "",
            page=page_number(arguments.get("page")),
        )

    def but(self, **changes: Any) -> "Choice":
        """The same choice with something changed; that begins at the first page again."""
        return replace(self, **{"page": 1, **changes})

    @property
    def arguments(self) -> dict[str, str | int]:
        """What belongs into an address; nothing that is as usual."""
        said = {
            "q": self.text,
            "category": self.category,
            "town": self.town,
            "season": CHOSEN if self.in_season else "",
            "stock": CHOSEN if self.in_stock else "",
            "sort": self.sort,
            "page": self.page if self.page > 1 else "",
        }
        return {name: value for name, value in said.items() if value}
