"""Read places, and which towns are assisted on a day."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import contains_eager
from sqlalchemy.orm.attributes import set_committed_value

from shop.db import columns_of, db, objects_of, table_of
from shop.errors import NotFound
from shop.kept import kept
from shop.places.models import City, County, Town, TownDesignation
from shop.places.rules import ASSISTED_CITIES, ZHUHAI

_KEPT_SECONDS = 60
_ALL_TOWNS = select(*columns_of(Town, County, City)).select_from(
    table_of(Town).join(table_of(County)).join(table_of(City))
)


class CountyTowns(NamedTuple):
    """A county or district with its towns and streets."""

    county: County
    towns: list[Town]


def zhuhai_districts() -> list[CountyTowns]:
    """The districts of Zhuhai with their towns: where orders can go."""
    return counties_of(ZHUHAI)


def assistable_counties() -> list[CountyTowns]:
    """The counties of Maoming and Yangjiang with their towns."""
    return counties_of(*ASSISTED_CITIES)


def counties_of(*city_codes: str) -> list[CountyTowns]:
    """The counties of some cities with their towns, in the order of their codes."""
    towns = db.session.scalars(select_towns().where(County.city_code.in_(city_codes)))
    by_county = groupby(towns, key=lambda town: town.county)
    return [CountyTowns(county, list(group)) for county, group in by_county]


def list_towns_in(prefix: str) -> Sequence[Town]:
    """The towns whose codes begin so; four digits are a city's, six a county's."""
    return db.session.scalars(
        select_towns().where(Town.code.startswith(prefix, autoescape=True))
    ).all()


def find_town(code: str) -> Town | None:
    return db.session.get(Town, code)


def known_town(code: str) -> Town | None:
    """A town with its county and city as this process knows it, for reading; it belongs to no
    session. Divisions change with a release of the shop, not while it runs."""
    return kept("all towns", _all_towns, seconds=_KEPT_SECONDS).get(code)


def get_town(code: str) -> Town:
    """Raises NotFound."""
    town = find_town(code)
    if town is None:
        raise NotFound
    return town


def find_place(code: str) -> City | County | Town | None:
    """The city, county or town with this code."""
    return db.session.get(City, code) or db.session.get(County, code) or find_town(code)


def cities_and_counties() -> tuple[Sequence[City], Sequence[County]]:
    """The assisted cities and their counties: what an official's scope can be above a town."""
    counties = select(County).where(County.city_code.in_(ASSISTED_CITIES)).order_by(County.code)
    cities = select(City).where(City.code.in_(ASSISTED_CITIES)).order_by(City.code)
    return db.session.scalars(cities).all(), db.session.scalars(counties).all()


def list_assisted_towns(day: date) -> Sequence[Town]:
    """The towns that count as assisted on a day."""
    designated = select(TownDesignation.town_code).where(holds_on(day))
    return db.session.scalars(select_towns().where(Town.code.in_(designated))).all()


def is_assisted(town_code: str, day: date) -> bool:
    """Whether a town counts as assisted on a day."""
    query = select(TownDesignation.id).where(TownDesignation.town_code == town_code, holds_on(day))
    return db.session.scalar(query.limit(1)) is not None


def list_designations(prefix: str) -> Sequence[TownDesignation]:
    """All designations of the towns whose codes begin so, the latest of each town first."""
    query = (
        select(TownDesignation)
        .where(TownDesignation.town_code.startswith(prefix, autoescape=True))
        .order_by(TownDesignation.town_code, TownDesignation.since.desc())
    )
    return db.session.scalars(query).all()


def get_designation(designation_id: int, prefix: str) -> TownDesignation:
    """One designation of a town whose code begins so. Raises NotFound."""
    found = db.session.get(TownDesignation, designation_id)
    if found is None or not found.town_code.startswith(prefix):
        raise NotFound
    return found


def _all_towns() -> dict[str, Town]:
    towns: dict[str, Town] = {}
    for row in db.session.execute(_ALL_TOWNS):
        town, county, city = objects_of(row, Town, County, City)
        set_committed_value(county, "city", city)
        set_committed_value(town, "county", county)
        towns[town.code] = town
    return towns


def holds_on(day: date) -> ColumnElement[bool]:
    """The condition that a designation covers a day."""
    still = or_(TownDesignation.until.is_(None), TownDesignation.until >= day)
    return (TownDesignation.since <= day) & still


def select_towns() -> Select[Town]:
    """Towns with their county and city in the same statement, in the order of their codes."""
    return (
        select(Town)
        .join(Town.county)
        .join(County.city)
        .options(contains_eager(Town.county).contains_eager(County.city))
        .order_by(Town.code)
    )
