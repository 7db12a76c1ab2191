"""Load places, and record which towns are assisted."""

import csv
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select

from shop.db import db
from shop.places.errors import AlreadyDesignated, AlreadyEnded, EndsBeforeItBegins, NotAssistable
from shop.places.models import City, County, Town, TownDesignation
from shop.places.rules import may_be_assisted, overlap

HERE = Path(__file__).parent
# The pairing of Zhuhai with these towns began in June 2021.
PAIRED_SINCE = date(2021, 6, 1)


def load_divisions() -> None:
    """Add the cities, counties and towns of divisions.csv that are missing."""
    known = {
        code for model in (City, County, Town) for code in db.session.scalars(select(model.code))
    }
    missing = (row for row in _rows("divisions.csv") if row["code"] not in known)
    db.session.add_all([_place(**row) for row in missing])
    db.session.flush()


def load_confirmed_towns(*, at: datetime) -> None:
    """Designate the towns of assisted_towns.csv that never were designated."""
    known = set(db.session.scalars(select(TownDesignation.town_code)))
    for row in _rows("assisted_towns.csv"):
        if row["town_code"] not in known:
            designate(
                row["town_code"],
                since=PAIRED_SINCE,
                until=None,
                confirmed=True,
                evidence=row["evidence"],
                at=at,
            )


def designate(
    town_code: str,
    *,
    since: date,
    until: date | None,
    confirmed: bool,
    evidence: str,
    at: datetime,
) -> TownDesignation:
    """Make a town count as assisted over a span of days; ``until`` is the last one, None is open.

    Raises NotAssistable, EndsBeforeItBegins or AlreadyDesignated.
    """
    if not may_be_assisted(town_code):
        raise NotAssistable
    if until is not None and until < since:
        raise EndsBeforeItBegins
    # Whoever else designates this town now waits here, so that both can't miss each other.
    db.session.execute(select(Town.code).where(Town.code == town_code).with_for_update())
    others = select(TownDesignation).where(TownDesignation.town_code == town_code)
    for other in db.session.scalars(others):
        if overlap(since, until, other.since, other.until):
            raise AlreadyDesignated
    designation = TownDesignation(
        town_code=town_code,
        since=since,
        until=until,
        confirmed=confirmed,
        evidence=evidence,
        recorded_at=at,
    )
    db.session.add(designation)
    db.session.flush()
    return designation


def end_designation(designation: TownDesignation, *, until: date) -> None:
    """Let a designation end with a day, the last one that counts.

    Raises AlreadyEnded or EndsBeforeItBegins.
    """
    if designation.until is not None:
        raise AlreadyEnded
    if until < designation.since:
        raise EndsBeforeItBegins
    designation.until = until


def _place(code: str, name: str, level: str, parent_code: str) -> City | County | Town:
    match level:
        case "city":
            return City(code=code, name=name)
        case "county":
            return County(code=code, name=name, city_code=parent_code)
        case _:
            return Town(code=code, name=name, county_code=parent_code)


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(line for line in file if not line.startswith("#"))
