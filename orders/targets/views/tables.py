"""Targets as a table of places from the whole down to the towns, and as the page of one place."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from flask_babel import gettext
from sqlalchemy import Row

from orders.records.models import BuyerType
from orders.records.rules import BUYER_TYPES
from orders.targets.models import WHOLE, AreaTarget, Target
from orders.targets.queries import (
    areas_in,
    get_area,
    list_area_versions,
    list_current,
    list_towns_of,
    list_versions,
)
from orders.targets.rules import Plan, months_of, year_is_sensible
from shop import clock
from shop.errors import NotFound
from shop.places.models import Town

TownVersion = Row[Target, str]


@dataclass(frozen=True)
class PlaceRow:
    """An area with the sum of its towns and what it says of itself, or a town; in fen."""

    code: str
    name: str
    level: str
    sum_fen: int | None
    own_fen: int | None = None
    # How many of the area's towns have no target yet.
    missing: int = 0
    current: TownVersion | None = None

    @property
    def difference_fen(self) -> int | None:
        """How far the area's own number lies above the sum of its towns."""
        if self.own_fen is None:
            return None
        return self.own_fen - (self.sum_fen or 0)


@dataclass(frozen=True)
class Part:
    """A town's target, or a part of it, with all its versions, the newest first."""

    category_id: int | None
    buyer_type: BuyerType | None
    label: str
    versions: Sequence[Row[Target, str, str]]

    @property
    def now(self) -> Target:
        newest: Target = self.versions[0].Target
        return newest

    @property
    def is_whole(self) -> bool:
        return self.category_id is None and self.buyer_type is None


@dataclass(frozen=True)
class AreaPage:
    """What the page of a county, a city or the whole shows."""

    row: PlaceRow
    towns: list[PlaceRow]
    months: list[int] | None
    versions: Sequence[Row[AreaTarget, str]]


def rows_of(year: int, prefix: str) -> list[PlaceRow]:
    """Every place inside a scope: each area above its towns."""
    current = list_current(year, prefix)
    towns = list_towns_of(year, prefix, list(current))
    own = areas_in(year)
    rows = [] if prefix else [_area_row(WHOLE, gettext("全部帮扶镇"), "whole", towns, current, own)]
    for city, of_city in groupby(towns, key=lambda town: town.county.city):
        inside = list(of_city)
        if len(prefix) <= 4:
            rows.append(_area_row(city.code, city.name, "city", inside, current, own))
        for county, of_county in groupby(inside, key=lambda town: town.county):
            few = list(of_county)
            if len(prefix) <= 6:
                rows.append(_area_row(county.code, county.name, "county", few, current, own))
            rows += [_town_row(town, current) for town in few]
    return rows


def area_page(code: str, year: int) -> AreaPage:
    """Raises NotFound."""
    area = get_area(code)
    prefix = prefix_of(code)
    current = list_current(year, prefix)
    towns = list_towns_of(year, prefix, list(current))
    level = "whole" if area is None else "city" if code.endswith("00") else "county"
    name = area.full_name if area else gettext("全部帮扶镇")
    plans = [
        Plan(row.Target.amount_fen, row.Target.months)
        for row in current.values()
        if row.Target.amount_fen is not None
    ]
    return AreaPage(
        row=_area_row(code, name, level, towns, current, areas_in(year)),
        towns=[_town_row(town, current) for town in towns],
        months=months_of(plans),
        versions=list_area_versions(code, year),
    )


def parts_of(town_code: str, year: int) -> list[Part]:
    """A town's target first, if it has one, and then its parts."""
    by_part = groupby(
        list_versions(town_code, year),
        key=lambda row: (row.Target.category_id, row.Target.buyer_type),
    )
    return [_part(category_id, buyer, list(found)) for (category_id, buyer), found in by_part]


def whole_of(parts: list[Part]) -> Part | None:
    return next((part for part in parts if part.is_whole), None)


def require_code(code: str) -> None:
    """Raises NotFound for what can be no code of a town."""
    if not (len(code) == 9 and code.isascii() and code.isdigit()):
        raise NotFound


def prefix_of(code: str) -> str:
    """What the codes of an area's towns begin with."""
    if code == WHOLE:
        return ""
    return code[:4] if len(code) == 6 and code.endswith("00") else code


def year_asked(text: str | None) -> int:
    """The year in the address; this year if it holds none."""
    if text and text.isascii() and text.isdigit() and len(text) == 4:
        year = int(text)
        if year_is_sensible(year):
            return year
    return clock.day_of(clock.now()).year


def years_around(shown: int) -> list[int]:
    now = clock.day_of(clock.now()).year
    return sorted({now - 1, now, now + 1, shown})


def _area_row(
    code: str,
    name: str,
    level: str,
    towns: Sequence[Town],
    current: dict[str, TownVersion],
    own: dict[str, int],
) -> PlaceRow:
    held = [fen for town in towns if (fen := _amount(town, current)) is not None]
    return PlaceRow(
        code=code,
        name=name,
        level=level,
        sum_fen=sum(held) if held else None,
        own_fen=own.get(code),
        missing=len(towns) - len(held),
    )


def _town_row(town: Town, current: dict[str, TownVersion]) -> PlaceRow:
    return PlaceRow(
        town.code, town.name, "town", _amount(town, current), current=current.get(town.code)
    )


def _amount(town: Town, current: dict[str, TownVersion]) -> int | None:
    found = current.get(town.code)
    return found.Target.amount_fen if found else None


def _part(
    category_id: int | None,
    buyer_type: BuyerType | None,
    versions: list[Row[Target, str, str]],
) -> Part:
    names = [versions[0].category] if category_id else []
    names += [str(BUYER_TYPES[buyer_type])] if buyer_type else []
    label = " · ".join(names) or gettext("全镇")
    return Part(category_id, buyer_type, label, versions)
