"""Close months, step by step; what is filed takes no more lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select

from orders.closing import errors
from orders.closing.models import (
    CloseState,
    MonthAct,
    MonthClose,
    MonthPin,
    MonthReminder,
    MonthSnapshot,
)
from orders.closing.queries.acts import levels_of
from orders.closing.queries.figures import figures_of
from orders.closing.queries.officials import list_contacts, list_staffed
from orders.closing.queries.open_months import open_month_for
from orders.closing.queries.snapshots import find_snapshot, seal_lines
from orders.closing.queries.standings import get_standing, list_towns
from orders.closing.rules import (
    STEPS,
    Allowance,
    Standing,
    Step,
    code_of,
    due_on,
    is_over,
)
from shop.accounts.audit.services import record
from shop.accounts.notices.services import tell
from shop.accounts.people.models import Body, ScopeLevel
from shop.accounts.people.queries import find_account, get_town_in
from shop.accounts.people.rules import Scope, scope_of
from shop.db import db, insert_once
from shop.errors import NotAllowed, NotFound


@dataclass(frozen=True, slots=True)
class Actor:
    """An official as they are at this moment."""

    account_id: int
    scope: Scope
    body: Body


def claim_open_month(town_code: str, day: date) -> str:
    """The month in which a line about a day counts, as ``2026-11``: nobody files it before this
    act is over. The trigger on the ledger would refuse the line otherwise; this asks in time."""
    while True:
        month = open_month_for(town_code, day)
        _share(town_code, month)
        # Somebody may have filed it while this act waited.
        if open_month_for(town_code, day) == month:
            return month


def file_month(
    town_code: str, month: str, seen: int, note: str, *, by: int, at: datetime
) -> MonthClose:
    """Hand in a town's month and keep a snapshot of it: from now on it takes no more lines.

    ``seen`` is the version that was looked at. Raises NotFound where there is nothing to file,
    NotYourTurn for anybody but an official of the town, MonthNotOver, MovedMeanwhile, SamePerson.
    """
    actor, step = _actor(by), STEPS["file"]
    get_town_in(actor.scope, town_code)
    if actor.scope.level is not ScopeLevel.TOWN:
        raise errors.NotYourTurn
    get_standing(town_code, month)
    if not is_over(month, at):
        raise errors.MonthNotOver
    insert_once(
        MonthClose,
        "town_code",
        "month",
        town_code=town_code,
        month=month,
        state=CloseState.OPEN,
        version=1,
        round=0,
    )
    (close,) = _lock_files(month, {town_code: seen}, step)
    _require_others(actor, [close])
    _shut_out(town_code, month)
    close.round += 1
    _take_snapshot(close, at)
    _move(close, step, note, actor, at)
    return close


def review_months(
    month: str, seen: Mapping[str, int], note: str, *, by: int, at: datetime
) -> list[MonthClose]:
    """Find the filed months of some towns of a county in order: all of them or, if one can't be,
    none. ``seen`` holds the version of each that was looked at, by the towns' codes.

    Raises NotFound, NotYourTurn, MovedMeanwhile, SamePerson.
    """
    actor = _actor(by)
    _require_level(actor, ScopeLevel.COUNTY, seen)
    return _move_all(month, seen, STEPS["review"], note, actor, at)


def lock_months(
    month: str, seen: Mapping[str, int], note: str, *, by: int, at: datetime
) -> list[MonthClose]:
    """Confirm the reviewed months of some towns of a city: they never change again. All of them
    or, if one can't be, none.

    Raises NotFound, NotYourTurn, CityHasItsOwn, MovedMeanwhile, SamePerson, or LinesDiffer when
    the ledger is not what was filed.
    """
    actor, step = _actor(by), STEPS["lock"]
    _require_level(actor, ScopeLevel.CITY, seen)
    closes = _lock_files(month, seen, step)
    _require_others(actor, closes)
    changed = [close.town_code for close in closes if not _is_as_filed(close)]
    if changed:
        raise errors.LinesDiffer(_names(changed))
    for close in closes:
        _move(close, step, note, actor, at)
    return closes


def return_month(
    town_code: str, month: str, seen: int, reason: str, *, by: int, at: datetime
) -> MonthClose:
    """Give a month back to its town, which is told why: a county what was filed, a city what was
    reviewed. It takes lines again.

    Raises NotFound, NotYourTurn, CityHasItsOwn, MovedMeanwhile, SamePerson.
    """
    actor = _actor(by)
    is_countys = actor.scope.level is ScopeLevel.COUNTY
    step = STEPS["return_filed" if is_countys else "return_reviewed"]
    _require_level(actor, step.level, {town_code: seen})
    (close,) = _move_all(month, {town_code: seen}, step, reason, actor, at)
    (town,) = list_towns([town_code])
    told = {
        "town": town.full_name,
        "month": month,
        "reason": reason,
        "level": step.level.value,
    }
    for official in list_contacts(ScopeLevel.TOWN, town_code):
        tell(
            official,
            "orders/month_returned",
            told,
            key=f"month_returned:{close.id}:{close.version}:{official.account_id}",
            path=f"/official/months/{month}/{town_code}",
            at=at,
        )
    return close


def remind(
    late: list[Standing], level: ScopeLevel, code: str, allowance: Allowance, *, at: datetime
) -> int:
    """Tell the officials of a town, county or city which files of one month wait for them past
    their time, each lateness once; where there are none, the bureau is told. Returns how many
    letters that made."""
    new = [
        standing
        for standing in late
        if insert_once(
            MonthReminder,
            "town_code",
            "month",
            "state",
            "round",
            town_code=standing.town_code,
            month=standing.month,
            state=standing.state,
            round=standing.round,
            told_at=at,
        )
    ]
    if not new:
        return 0
    month = new[0].month
    towns = {town.code: town.full_name for town in list_towns([s.town_code for s in new])}
    told = {
        "month": month,
        "level": level.value,
        "files": [
            {
                "town": towns[standing.town_code],
                "due_on": str(due_on(standing, allowance)),
                "returned": standing.is_returned,
            }
            for standing in new
        ],
    }
    own = list_contacts(level, code)
    page = f"/official/months/{month}"
    path = f"{page}/{code}" if own and level is ScopeLevel.TOWN else page
    which = f"{level.value}:{code}:{month}:{at:%Y%m%d%H%M%S}"
    return sum(
        tell(
            official,
            "orders/month_late",
            told | {"nobody": not own},
            key=f"month_late:{which}:{official.account_id}",
            path=path,
            at=at,
        )
        for official in own or list_contacts(ScopeLevel.BUREAU, None)
    )


def _actor(by: int) -> Actor:
    """Raises NotAllowed for anybody who is no official at this moment."""
    account = find_account(by)
    if account is None or account.official_appointment is None:
        raise NotAllowed
    body = account.official_appointment.body
    assert body is not None, "officials have a body"
    return Actor(account.id, scope_of(account), body)


def _require_level(actor: Actor, level: ScopeLevel, seen: Mapping[str, int]) -> None:
    """Somebody of the level that has the turn; the bureau for a city that has nobody."""
    if not seen:
        raise errors.NothingChosen
    if not all(actor.scope.covers(town_code) for town_code in seen):
        raise NotFound
    if actor.scope.level is level:
        return
    if actor.scope.level is not ScopeLevel.BUREAU or level is not ScopeLevel.CITY:
        raise errors.NotYourTurn
    staffed = list_staffed(level)
    if any(code_of(level, town_code) in staffed for town_code in seen):
        raise errors.CityHasItsOwn


def _move_all(
    month: str, seen: Mapping[str, int], step: Step, note: str, actor: Actor, at: datetime
) -> list[MonthClose]:
    closes = _lock_files(month, seen, step)
    _require_others(actor, closes)
    for close in closes:
        _move(close, step, note, actor, at)
    return closes


def _lock_files(month: str, seen: Mapping[str, int], step: Step) -> list[MonthClose]:
    """The files as they are now, in the order of their towns; nobody else moves them before this
    act is over. Raises NotFound, or MovedMeanwhile for those that are not as they were seen."""
    query = (
        select(MonthClose)
        .where(MonthClose.month == month, MonthClose.town_code.in_(seen))
        .order_by(MonthClose.town_code)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    closes = list(db.session.scalars(query))
    if len(closes) != len(seen):
        raise NotFound
    moved = [
        close.town_code
        for close in closes
        if close.state is not step.before or close.version != seen[close.town_code]
    ]
    if moved:
        raise errors.MovedMeanwhile(_names(moved))
    return closes


def _require_others(actor: Actor, closes: list[MonthClose]) -> None:
    """What one level did is looked at by somebody else: who acted for another level of the same
    file takes no step for this one."""
    done = levels_of(actor.account_id, [close.id for close in closes])
    twice = {close_id for close_id, level, _ in done if level is not actor.scope.level}
    if twice:
        raise errors.SamePerson(_names([c.town_code for c in closes if c.id in twice]))


def _move(close: MonthClose, step: Step, note: str, actor: Actor, at: datetime) -> None:
    close.state = step.after
    close.version += 1
    db.session.add(
        MonthAct(
            close_id=close.id,
            version=close.version,
            round=close.round,
            kind=step.kind,
            at=at,
            by_id=actor.account_id,
            level=actor.scope.level,
            body=actor.body,
            note=note,
        )
    )
    db.session.flush()
    record(
        f"month_{step.kind.value}",
        "month",
        f"{close.town_code}:{close.month}",
        by=actor.account_id,
        at=at,
        version=close.version,
        note=note,
    )


def _take_snapshot(close: MonthClose, at: datetime) -> None:
    figures = figures_of(close.town_code, close.month)
    snapshot = MonthSnapshot(
        close_id=close.id,
        round=close.round,
        taken_at=at,
        **figures.sums._asdict(),
        sha256=seal_lines(close.town_code, close.month),
        households=figures.benefits.households,
        monitored=figures.benefits.monitored,
        jobs=figures.benefits.jobs,
        unevidenced=figures.unevidenced,
        unreported=len(figures.unreported),
    )
    db.session.add(snapshot)
    db.session.flush()
    db.session.add_all(
        MonthPin(snapshot_id=snapshot.id, version_id=version_id) for version_id in figures.pins
    )
    db.session.flush()


def _is_as_filed(close: MonthClose) -> bool:
    snapshot = find_snapshot(close.id, close.round)
    return snapshot is not None and snapshot.sha256 == seal_lines(close.town_code, close.month)


def _names(town_codes: list[str]) -> str:
    return "、".join(town.name for town in list_towns(town_codes))


def _share(town_code: str, month: str) -> None:
    """SQLite has one writer at a time."""
    if db.engine.dialect.name == "postgresql":
        lock = func.pg_advisory_xact_lock_shared(_key(town_code, month))
        db.session.execute(select(lock))


def _shut_out(town_code: str, month: str) -> None:
    """Wait for whoever is writing a line of the month; whoever comes now is refused."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(_key(town_code, month))))


def _key(town_code: str, month: str) -> ColumnElement[int]:
    """The same that the trigger on the ledger takes."""
    return func.hashtextextended(f"month_close:{town_code}:{month}", 0)
