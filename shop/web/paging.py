"""One page of a long list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import request, url_for
from sqlalchemy import Select, func, select

from shop.db import db

Item = TypeVar("Item")
MAX_PAGE = 10_000


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some items of a list, and where they stand in it. Pages count from 1."""

    items: Sequence[Item]
    number: int
    per_page: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))

    def url(self, number: int) -> str:
        """This page's address with another page number; everything else in it stays."""
        arguments: dict[str, Any] = {**request.args.to_dict(flat=False), "page": number}
        return url_for(request.endpoint or "", **{**(request.view_args or {}), **arguments})


def page_number(value: str | None) -> int:
    """A page number from an address; anything that is none is page 1."""
    if value and value.isascii() and value.isdigit():
        return min(max(int(value[:6]), 1), MAX_PAGE)
    return 1


def paginate(
    query: Select[Any],
    number: int,
    per_page: int,
    shape: Callable[[Any], Item] | None = None,
) -> Page[Any]:
    """Run a select for one page of its scalars, and one count."""
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery()))
    rows: Sequence[Any] = db.session.scalars(
        query.limit(per_page).offset((number - 1) * per_page)
    ).all()
    items = [shape(row) for row in rows] if shape else rows
    return Page(items, number, per_page, total or 0)


def page_of(items: Sequence[Item], number: int, per_page: int) -> Page[Item]:
    """One page of a list that is at hand as a whole."""
    first = (number - 1) * per_page
    return Page(items[first : first + per_page], number, per_page, len(items))
