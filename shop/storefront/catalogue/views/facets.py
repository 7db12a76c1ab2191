"""Facets, chosen chips and sorts: every one of them an address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from catalog.categories.models import Category
from shop.storefront.catalogue.forms import Choice


@dataclass(frozen=True)
class Option:
    """One facet's choice: its address is the list with it or, if it is chosen, without it."""

    label: str
    url: str
    # None where it is not known.
    count: int | None
    chosen: bool


@dataclass(frozen=True)
class Group:
    title: str
    choices: list[Option]


@dataclass(frozen=True)
class SortLink:
    label: str
    url: str
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class Page:
    """Where a list stands, for the pager."""

    endpoint: str
    choice: Choice
    pages: int

    @property
    def number(self) -> int:
        return self.choice.page

    def url(self, number: int) -> str:
        return url_for(self.endpoint, **self.choice.but(page=number).arguments)


def category_group(
    endpoint: str, choice: Choice, categories: Sequence[Category], counts: Mapping[int, int]
) -> Group:
    options = []
    for category in categories:
        chosen = category.slug == choice.category
        count = counts.get(category.id, 0)
        if count or chosen:
            url = _url(endpoint, choice.but(category="" if chosen else category.slug))
            options.append(Option(category.name, url, count, chosen))
    return Group(_("类别"), options)


def town_group(endpoint: str, choice: Choice, towns: Mapping[str, tuple[str, int]]) -> Group:
    """``towns`` has the name and count of each code."""
    options = []
    for code, (name, count) in towns.items():
        chosen = code == choice.town
        url = _url(endpoint, choice.but(town="" if chosen else code))
        options.append(Option(name, url, count, chosen))
    return Group(_("产地"), options)


def supply_group(
    endpoint: str, choice: Choice, in_season: int | None = None, in_stock: int | None = None
) -> Group:
    season = _url(endpoint, choice.but(in_season=not choice.in_season))
    stock = _url(endpoint, choice.but(in_stock=not choice.in_stock))
    return Group(
        _("供应"),
        [
            Option(_("当季"), season, in_season, choice.in_season),
            Option(_("有货"), stock, in_stock, choice.in_stock),
        ],
    )


def chosen_in(groups: Sequence[Group]) -> list[Option]:
    """What is chosen, as chips that take it back."""
    return [option for group in groups for option in group.choices if option.chosen]


def sort_links(endpoint: str, choice: Choice, labels: Mapping[str, str]) -> list[SortLink]:
    """``labels`` by sort; the empty one is the usual sort."""
    return [
        SortLink(label, _url(endpoint, choice.but(sort=sort)), sort == choice.sort)
        for sort, label in labels.items()
    ]


def _url(endpoint: str, choice: Choice) -> str:
    return url_for(endpoint, **choice.arguments)
