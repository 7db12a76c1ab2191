"""Every night whoever is late with a month is told."""

from collections import defaultdict
from datetime import datetime

from flask import current_app

from orders.closing.queries.standings import list_standings
from orders.closing.rules import TURNS, Allowance, Standing, code_of, is_late, watched_months
from orders.closing.services import remind
from shop import clock
from shop.accounts.people.models import ScopeLevel
from shop.accounts.people.rules import scope_of_place
from shop.config import Settings
from shop.db import db, transaction
from shop.jobs import nightly


@nightly
def remind_of_months(at: datetime) -> int:
    """Tell each place that is late with a month which towns' files wait for it, in a transaction of
    its own; return how many letters that made. A night that is run again makes none."""
    allowance, months = allowance_of(current_app.config["SETTINGS"]), watched_months(at)
    if not months:
        return 0
    late: dict[tuple[str, ScopeLevel, str], list[Standing]] = defaultdict(list)
    for standing in list_standings(scope_of_place(""), months[0], months[-1]).values():
        if standing.month in months and is_late(standing, allowance, clock.day_of(at)):
            level = TURNS[standing.state]
            late[standing.month, level, code_of(level, standing.town_code)].append(standing)
    db.session.rollback()
    told = 0
    for (_, level, code), standings in sorted(late.items(), key=lambda item: item[0]):
        with transaction():
            told += remind(standings, level, code, allowance, at=at)
    return told


def allowance_of(settings: Settings) -> Allowance:
    return Allowance(
        town=settings.closing_town_days,
        county=settings.closing_county_days,
        city=settings.closing_city_days,
    )
