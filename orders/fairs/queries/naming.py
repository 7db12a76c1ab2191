"""Activities that a sale which is entered by hand can name: announced, and not called off."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import select

from orders.fairs.models import Activity, ActivityTown
from orders.fairs.queries.activities import is_held
from orders.fairs.rules import Named
from shop.db import db

MOST_OFFERED = 20
# How many values one statement names.
AT_A_TIME = 400


def list_begun(town_code: str, today: date) -> Sequence[Activity]:
    """Those that a town takes part in and that have begun, the latest first."""
    query = (
        select(Activity)
        .join(ActivityTown, ActivityTown.activity_id == Activity.id)
        .where(
            ActivityTown.town_code == town_code,
            Activity.from_on <= today,
            is_held(),
        )
        .order_by(Activity.from_on.desc(), Activity.id.desc())
        .limit(MOST_OFFERED)
    )
    return db.session.scalars(query).all()


def list_named(names: Collection[str]) -> Sequence[Named]:
    """All that have one of these names, with their days and towns."""
    ordered = sorted(names)
    return [
        each
        for start in range(0, len(ordered), AT_A_TIME)
        for each in _named(ordered[start : start + AT_A_TIME])
    ]


def _named(names: Sequence[str]) -> Sequence[Named]:
    query = (
        select(
            Activity.id,
            Activity.name,
            Activity.from_on,
            Activity.until_on,
            ActivityTown.town_code,
        )
        .join(ActivityTown, ActivityTown.activity_id == Activity.id)
        .where(
            Activity.name.in_(names),
            is_held(),
        )
    )
    towns: dict[tuple[int, str, date, date], set[str]] = {}
    for id_, name, from_on, until_on, town_code in db.session.execute(query):
        towns.setdefault((id_, name, from_on, until_on), set()).add(town_code)
    return [Named(*key, frozenset(codes)) for key, codes in towns.items()]
