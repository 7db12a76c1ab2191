"""Closes the demo's months: all up to the one before the last, and the last as far as each town is.

Comes after everything that writes lines of the ledger: closed months take no more.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from orders.closing.handlers import remind_of_months
from orders.closing.rules import is_over, last_day, month_before, months_between
from orders.closing.services import file_month, lock_months, return_month, review_months
from shop import clock
from shop.accounts.people.models import Account, Appointment, Body, Office, ScopeLevel
from shop.accounts.people.rules import Scope
from shop.accounts.people.services import Newcomer, appoint, hash_password, join
from shop.db import db, transaction
from shop.demo import accounts
from shop.places.models import Town
from shop.places.queries import list_assisted_towns

# How far the last month has come, town by town; the town whose sign-in is shown has work to do.
LAST = ("filed", "open", "reviewed", "filed", "locked")
SHOWN_TOWN = "440902101"

# The ids of the officials of each place, by its level and code.
Officials = dict[tuple[ScopeLevel, str], list[int]]


def close(at: datetime, began: datetime) -> None:
    """Months from before the shop began are filed as soon as it has officials."""
    today = clock.day_of(at)
    last = month_before(clock.month_of(today))
    towns = list_assisted_towns(today)
    officials = _staff(towns, began)
    for month in months_between(f"{today.year - 1}-01", month_before(last)):
        with transaction():
            _file(month, towns, officials, at, began)
            _review(month, towns, officials, at, began)
            _lock(month, towns, officials, at, began)
    if is_over(last, at):
        with transaction():
            _leave(last, towns, officials, at, began)
        remind_of_months(at)


def _staff(towns: Sequence[Town], began: datetime) -> Officials:
    """Every town, county and city has somebody: whoever has a sign-in, or else somebody else."""
    password_hash = hash_password(accounts.PASSWORD)
    with transaction():
        found: Officials = defaultdict(list)
        query = db.select(Appointment).where(
            Appointment.office == Office.OFFICIAL, Appointment.scope_code.is_not(None)
        )
        for held in db.session.scalars(query.order_by(Appointment.id)):
            found[held.scope_level, held.scope_code].append(held.account_id)
        for place, town in enumerate(towns):
            body = (Body.TOWN_GOVERNMENT, Body.TOWN_TEAM)[place % 2]
            needed = (
                (ScopeLevel.TOWN, town.code, body, f"演示{town.name}干部"),
                (
                    ScopeLevel.COUNTY,
                    town.county_code,
                    Body.WORKING_GROUP,
                    f"演示{town.county.name}工作组干部",
                ),
            )
            for level, code, own_body, name in needed:
                if not found[level, code]:
                    account = _join(name, code, password_hash, began)
                    scope = Scope(level, code)
                    appoint(account, Office.OFFICIAL, scope=scope, body=own_body, at=began)
                    found[level, code].append(account.id)
    return found


def _join(name: str, code: str, password_hash: str, at: datetime) -> Account:
    email = f"official{code}@demo.example"
    newcomer = Newcomer(name=name, identifier=email, password_hash=password_hash)
    account = join(newcomer, None, at=at)
    db.session.flush()
    return account


def _leave(
    month: str, towns: Sequence[Town], officials: Officials, at: datetime, began: datetime
) -> None:
    """Some have filed, one is to mend something, some are further, and some are late."""
    states = {town.code: LAST[place % len(LAST)] for place, town in enumerate(towns)}
    states[SHOWN_TOWN] = "returned"
    _file(month, [t for t in towns if states[t.code] != "open"], officials, at, began)
    further = [town for town in towns if states[town.code] in ("reviewed", "locked")]
    _review(month, further, officials, at, began)
    done = [town for town in towns if states[town.code] == "locked"]
    _lock(month, done, officials, at, began)
    if SHOWN_TOWN in {town.code for town in towns}:
        (by, *_) = officials[ScopeLevel.COUNTY, SHOWN_TOWN[:6]]
        reason = "展销会那一场还没有补录，请补录以后再报。"
        return_month(SHOWN_TOWN, month, 2, reason, by=by, at=_moment(month, 4, at, began))


def _file(
    month: str, towns: Sequence[Town], officials: Officials, at: datetime, began: datetime
) -> None:
    before = clock.month_of(clock.day_of(began)) > month
    note = "平台启用前的月份，补报。" if before else ""
    for place, town in enumerate(towns):
        # Where both bodies have somebody, they take turns.
        own = officials[ScopeLevel.TOWN, town.code]
        by = own[int(month[5:]) % len(own)]
        then = _moment(month, 1 + place % 4, at, began)
        file_month(town.code, month, 1, note, by=by, at=then)


def _review(
    month: str, towns: Sequence[Town], officials: Officials, at: datetime, began: datetime
) -> None:
    for county in sorted({town.county_code for town in towns}):
        seen = {town.code: 2 for town in towns if town.county_code == county}
        by = officials[ScopeLevel.COUNTY, county][0]
        review_months(month, seen, "已核对", by=by, at=_moment(month, 5, at, began))


def _lock(
    month: str, towns: Sequence[Town], officials: Officials, at: datetime, began: datetime
) -> None:
    for city in sorted({town.county.city_code for town in towns}):
        seen = {town.code: 3 for town in towns if town.county.city_code == city}
        by = officials[ScopeLevel.CITY, city][0]
        lock_months(month, seen, "", by=by, at=_moment(month, 7, at, began))


def _moment(month: str, days: int, at: datetime, began: datetime) -> datetime:
    """In the morning, so many days after the month, or after the shop began."""
    begins = max(last_day(month), clock.day_of(began))
    return min(clock.start_of(begins + timedelta(days=days)) + timedelta(hours=10), at)
