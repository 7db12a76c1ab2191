"""Look the ledger over, raise what looks odd once, and clear it with a note."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import insert

from orders.closing.rules import last_day, month_after
from orders.flags.errors import AlreadyCleared, TownMayNotClear
from orders.flags.models import Flag, FlagClearance, FlagLine, FlagLook
from orders.flags.queries import (
    MOST_LINES,
    daily_sums,
    get_flag,
    ids_between,
    list_crops,
    list_shared_photos,
    list_sold,
    months_of,
    prices_by_unit,
    product_lines,
    refunded_sales,
    related_lines,
)
from orders.flags.rules.findings import (
    Finding,
    Limits,
    above_harvest,
    large_refunds,
    odd_prices,
    related_sales,
    shared_photos,
    spike,
)
from shop import clock
from shop.accounts.audit.services import record
from shop.accounts.people.models import Account, Body, ScopeLevel
from shop.accounts.people.rules import scope_of
from shop.db import db, insert_once


def look_at_lines(
    after: int,
    through: int,
    usual: Mapping[tuple[str, str], Mapping[int, int]],
    limits: Limits,
    today: date,
) -> list[Finding]:
    """What is odd about the lines after one and up to another. Reads only.

    ``usual`` are the prices by weight, which take long to gather.
    """
    sold = list_sold(after, through)
    found = odd_prices(sold, {**usual, **prices_by_unit(sold, today)}, limits)
    found += large_refunds(refunded_sales(after, through), limits)
    found += related_sales(related_lines(after, through))
    lines = product_lines(after, through)
    for crop in list_crops(lines.keys()):
        first = clock.month_of(crop.since)
        by_town: dict[str, dict[str, list[int]]] = {}
        for (town_code, month), entry_ids in lines[crop.product_id].items():
            if month >= first:  # What was sold before the first batch is not compared with it.
                by_town.setdefault(town_code, {})[month] = entry_ids
        for town_code, months in by_town.items():
            # The figures are of all months, so one finding has the lines of all, the latest first.
            ids = [each for month in sorted(months, reverse=True) for each in months[month]]
            odd = above_harvest(crop, town_code, max(months), ids[:MOST_LINES], limits)
            found += [odd] if odd else []
    return found


def look_at_months(
    after: int, through: int, looked_on: date | None, limits: Limits, today: date
) -> list[Finding]:
    """What is odd about the end of the months that are over since the last look, and of those that
    were over before and got lines since. Reads only."""
    months = months_of(after, through)
    if looked_on is not None:
        month = clock.month_of(looked_on)
        while last_day(month) < today:
            months.add(month)
            month = month_after(month)
    found = []
    for end in sorted(last_day(month) for month in months):
        if end >= today:
            continue
        for town_code, days in sorted(daily_sums(end, limits.spike_days).items()):
            odd = spike(town_code, end, days, limits)
            if odd:
                since = end - timedelta(days=limits.spike_days - 1)
                found.append(replace(odd, entry_ids=ids_between(town_code, since, end)))
    return found


def look_at_photos() -> list[Finding]:
    """Every photo that proves more than one sale. Reads only."""
    return shared_photos(list_shared_photos())


def raise_flags(findings: Iterable[Finding], *, at: datetime) -> int:
    """Raise what was not raised before, with its lines; return how many that were."""
    raised = 0
    for found in findings:
        flag_id = insert_once(
            Flag,
            "kind",
            "subject",
            kind=found.kind,
            subject=found.subject,
            town_code=found.town_code,
            facts=dict(found.facts),
            raised_at=at,
        )
        if flag_id is not None:
            lines = [{"flag_id": flag_id, "entry_id": each} for each in set(found.entry_ids)]
            db.session.execute(insert(FlagLine), lines)
            raised += 1
    return raised


def note_look(through: int, raised: int, *, at: datetime) -> None:
    """Keep how far the ledger was looked over: the next look begins there."""
    db.session.add(FlagLook(through_id=through, raised=raised, at=at))
    db.session.flush()


def clear_flag(flag_id: int, note: str, *, by: Account, at: datetime) -> None:
    """Write down what somebody found out about a flag of their scope; it stays visible.

    Raises NotFound, TownMayNotClear, or AlreadyCleared.
    """
    scope = scope_of(by)
    flag = get_flag(scope, flag_id).flag
    if scope.level is ScopeLevel.TOWN:
        raise TownMayNotClear
    appointment = by.official_appointment
    written = insert_once(
        FlagClearance,
        "flag_id",
        flag_id=flag.id,
        at=at,
        by_id=by.id,
        level=scope.level,
        body=appointment.body if appointment and appointment.body else Body.BUREAU,
        note=note,
    )
    if written is None:
        raise AlreadyCleared
    record("clear_flag", "flag", flag.id, by=by.id, at=at, kind=flag.kind, note=note)
