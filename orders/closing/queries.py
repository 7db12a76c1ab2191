"""Read how far the months have come. Whatever is listed lies inside an official's scope."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    cast,
    func,
    literal,
    or_,
    select,
    union,
)
from sqlalchemy.orm import aliased

from orders.benefits.models import BenefitReport, BenefitVersion
from orders.benefits.queries import list_latest, totals_by, totals_of_versions
from orders.benefits.rules import Totals
from orders.closing.events import EvidenceAsked
from orders.closing.models import (
    ActKind,
    CloseState,
    MonthAct,
    MonthClose,
    MonthPin,
    MonthSnapshot,
)
from orders.closing.rules import (
    Mark,
    Standing,
    first_day,
    last_day,
    mark_of,
    month_after,
    months_between,
    quarter_for,
    seal_of,
)
from orders.sales.models import Channel, Mode, SalesEntry
from shop import clock
from shop.accounts.notices.rules import Contact
from shop.accounts.people.models import Account, Appointment, Office, ScopeLevel
from shop.accounts.people.rules import Scope
from shop.clock import month_of
from shop.db import db, table_of, total
from shop.errors import NotFound
from shop.events import announce
from shop.organisations.models import Organisation
from shop.places.models import Town, TownDesignation
from shop.places.queries import select_towns
from shop.web.paging import Page

Thing = TypeVar("Thing")

PER_PAGE = 50
# Rows held in memory while a month's lines are hashed.
BATCH = 2000
_ENTRIES = table_of(SalesEntry)


class Sums(NamedTuple):
    """What some lines come to: fen, and grams where the weight is known."""

    entries: int = 0
    amount_fen: int = 0
    refund_fen: int = 0
    net_fen: int = 0
    weight_g: int = 0


class Part(NamedTuple):
    """The lines of a month that were sold through one channel in one way."""

    channel: Channel
    mode: Mode
    sums: Sums


@dataclass(frozen=True, slots=True)
class Figures:
    """What would be filed of a month now, and what is lacking."""

    parts: list[Part]
    # The ids of the versions of benefit reports that hold, and what they come to.
    pins: list[int]
    benefits: Totals
    # Cooperatives that have not reported the quarter.
    unreported: list[Organisation]
    # Lines that wait for their evidence.
    unevidenced: int

    @property
    def sums(self) -> Sums:
        columns = zip(Sums(), *(part.sums for part in self.parts), strict=True)
        return Sums(*(sum(column) for column in columns))


class Told(NamedTuple):
    """A step of a month file as it is told."""

    act: MonthAct
    name: str
    close: MonthClose
    town: Town


class Adjustment(NamedTuple):
    """A line that is about a month which was closed when it came."""

    entry: SalesEntry
    # The month that it is about, and the line that it corrects if it corrects one.
    about: str
    corrected: SalesEntry | None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which steps are asked for in the history."""

    scope: Scope
    month: str | None = None
    town_code: str | None = None
    kind: ActKind | None = None
    person: str = ""


# ── Whether a month takes lines ─────────────────────────────────────────────────────────────────


def is_open(town_code: str, month: str) -> bool:
    """Whether a month (``2026-11``) of a town takes lines. The answer can be old once it is given:
    whoever writes a line asks `orders.closing.services.claim_open_month`."""
    query = select(MonthClose.state).where(
        MonthClose.town_code == town_code, MonthClose.month == month
    )
    return db.session.scalar(query) in (None, CloseState.OPEN)


def open_month_for(town_code: str, day: date) -> str:
    """The month in which a line about a day counts: the day's own, or the first one after it that
    is open, as ``2026-11``."""
    month = month_of(day)
    query = select(MonthClose.month).where(
        MonthClose.town_code == town_code,
        MonthClose.month >= month,
        MonthClose.state != CloseState.OPEN,
    )
    closed = set(db.session.scalars(query))
    while month in closed:
        month = month_after(month)
    return month


# ── Many towns ──────────────────────────────────────────────────────────────────────────────────


def list_standings(scope: Scope, first: str, last: str) -> dict[tuple[str, str], Standing]:
    """By town and month, how far the months between two (both count) have come, of every town that
    was assisted in them or has a file of them. One statement."""
    designations = select(
        TownDesignation.town_code.label("town_code"),
        TownDesignation.since.label("since"),
        TownDesignation.until.label("until"),
    ).where(scope.contains(TownDesignation.town_code))
    towns = designations.subquery()
    files = _files().where(MonthClose.month.between(first, last)).subquery()
    query = select(towns, files).outerjoin(files, files.c.of == towns.c.town_code)
    found: dict[tuple[str, str], Standing] = {}
    spans: dict[tuple[str, date], date | None] = {}
    for row in db.session.execute(query):
        spans[row.town_code, row.since] = row.until
        if row.of is not None:
            found[row.of, row.month] = _standing(row)
    for (town_code, since), until in spans.items():
        for month in months_between(first, last):
            if since <= last_day(month) and (until is None or until >= first_day(month)):
                found.setdefault((town_code, month), Standing(town_code, month))
    return found


def list_towns(codes: Collection[str]) -> Sequence[Town]:
    """In the order of their codes, with county and city."""
    return db.session.scalars(select_towns().where(Town.code.in_(codes))).all()


def sums_by_town(scope: Scope, month: str) -> dict[str, Sums]:
    """What the lines of a month come to, by the codes of the towns that have any."""
    query = (
        select(SalesEntry.town_code, *_sums())
        .where(SalesEntry.month == month, scope.contains(SalesEntry.town_code))
        .group_by(SalesEntry.town_code)
    )
    return {row[0]: Sums(*row[1:]) for row in db.session.execute(query)}


def marks_of(scope: Scope, first: str, last: str, at: datetime) -> dict[str, Mark]:
    """What is to be said of each month between two (both count) beside its figures. One
    statement."""
    states: dict[str, list[CloseState]] = defaultdict(list)
    for (_, month), standing in list_standings(scope, first, last).items():
        states[month].append(standing.state)
    return {month: mark_of(states[month], month, at) for month in months_between(first, last)}


# ── One town's month ────────────────────────────────────────────────────────────────────────────


def get_standing(town_code: str, month: str) -> Standing:
    """How far one month has come. Raises NotFound where there is nothing to file: the town was not
    assisted in it, and no line of the ledger is from it."""
    of_town = (MonthClose.town_code == town_code) & (MonthClose.month == month)
    row = db.session.execute(_files().where(of_town)).one_or_none()
    if row is not None:
        return _standing(row)
    assisted = select(TownDesignation.id).where(
        TownDesignation.town_code == town_code,
        TownDesignation.since <= last_day(month),
        or_(TownDesignation.until.is_(None), TownDesignation.until >= first_day(month)),
    )
    lines = select(SalesEntry.id).where(_of_month(town_code, month))
    if db.session.scalar(select(or_(assisted.exists(), lines.exists()))):
        return Standing(town_code, month)
    raise NotFound


def figures_of(town_code: str, month: str) -> Figures:
    """What the ledger and the benefit reports say of a month at this moment."""
    evidence = EvidenceAsked(town_code, month)
    announce(evidence)
    reports = list_latest(town_code, quarter_for(month))
    pins = [version_id for _, version_id in reports if version_id is not None]
    return Figures(
        parts=sums_by_part(town_code, month),
        pins=pins,
        benefits=totals_of_versions(pins),
        unreported=[cooperative for cooperative, version_id in reports if version_id is None],
        unevidenced=evidence.lacking,
    )


def sums_by_part(town_code: str, month: str) -> list[Part]:
    """A month's lines by channel and way of assistance."""
    query = (
        select(SalesEntry.channel, SalesEntry.mode, *_sums())
        .where(_of_month(town_code, month))
        .group_by(SalesEntry.channel, SalesEntry.mode)
        .order_by(SalesEntry.channel, SalesEntry.mode)
    )
    return [Part(row[0], row[1], Sums(*row[2:])) for row in db.session.execute(query)]


def seal_lines(town_code: str, month: str) -> str:
    """The hash over a month's lines (`orders.closing.rules.seal_of`), a few thousand in memory."""
    return seal_of(_stream(town_code, month))


def list_altered() -> list[int]:
    """The ids of the closed months whose lines are not those that were filed: each is read."""
    query = (
        select(MonthClose.id, MonthClose.town_code, MonthClose.month, MonthSnapshot.sha256)
        .join(
            MonthSnapshot,
            (MonthSnapshot.close_id == MonthClose.id) & (MonthSnapshot.round == MonthClose.round),
        )
        .where(MonthClose.state != CloseState.OPEN)
        .order_by(MonthClose.id)
    )
    files = db.session.execute(query).all()
    return [file.id for file in files if seal_lines(file.town_code, file.month) != file.sha256]


def find_close(town_code: str, month: str) -> MonthClose | None:
    """As it is now."""
    query = select(MonthClose).where(MonthClose.town_code == town_code, MonthClose.month == month)
    return db.session.scalar(query.execution_options(populate_existing=True))


def find_snapshot(close_id: int, number: int) -> MonthSnapshot | None:
    """What was filed in a round."""
    query = select(MonthSnapshot).where(
        MonthSnapshot.close_id == close_id, MonthSnapshot.round == number
    )
    return db.session.scalar(query)


def list_pinned(snapshot_id: int) -> Sequence[BenefitVersion]:
    """The versions of benefit reports that a snapshot's figures are from."""
    query = (
        select(BenefitVersion)
        .join(MonthPin, MonthPin.version_id == BenefitVersion.id)
        .where(MonthPin.snapshot_id == snapshot_id)
        .order_by(BenefitVersion.id)
    )
    return db.session.scalars(query).all()


def pinned_benefits(
    by: str,
    scope: Scope,
    months: tuple[str, str],
    *,
    county_code: str | None = None,
    town_code: str | None = None,
    cooperative_id: int | None = None,
) -> dict[str, Totals]:
    """What the locked months of a span (both count) say of households and jobs, by ``town``,
    ``county`` or ``cooperative``, and under no key (``""``) of all of them.

    From the versions that the locks pinned, and no others. A household counts once over products,
    months and cooperatives (counting rule 5). What no locked month knows has no key. One statement.
    """
    keys: dict[str, Any] = {
        "town": MonthClose.town_code,
        "county": func.substr(MonthClose.town_code, 1, 6),
        "cooperative": cast(BenefitReport.cooperative_id, String),
    }
    wanted = [
        MonthClose.state == CloseState.LOCKED,
        MonthClose.month.between(*months),
        scope.contains(MonthClose.town_code),
    ]
    if county_code is not None:
        wanted.append(MonthClose.town_code.startswith(county_code))
    if town_code is not None:
        wanted.append(MonthClose.town_code == town_code)
    if cooperative_id is not None:
        wanted.append(BenefitReport.cooperative_id == cooperative_id)

    def pins(key: Any) -> Select[Any]:
        return (
            select(MonthPin.version_id.label("version_id"), key.label("key"))
            .join(MonthSnapshot, MonthSnapshot.id == MonthPin.snapshot_id)
            .join(
                MonthClose,
                (MonthClose.id == MonthSnapshot.close_id)
                & (MonthClose.round == MonthSnapshot.round),
            )
            .join(BenefitVersion, BenefitVersion.id == MonthPin.version_id)
            .join(BenefitReport, BenefitReport.id == BenefitVersion.report_id)
            .where(*wanted)
        )

    asked = [pins(literal("", String))]
    if by in keys:
        asked.append(pins(keys[by]))
    return totals_by(union(*asked).subquery())


def list_story(close_id: int) -> list[tuple[MonthAct, str]]:
    """Every step of a file with the name of who took it, the first first."""
    query = (
        select(MonthAct, Account.name)
        .join(Account, Account.id == MonthAct.by_id)
        .where(MonthAct.close_id == close_id)
        .order_by(MonthAct.version)
    )
    return [(act, name) for act, name in db.session.execute(query)]


def levels_of(account_id: int, close_ids: Collection[int]) -> list[tuple[int, ScopeLevel, ActKind]]:
    """What one person has done in some files."""
    query = select(MonthAct.close_id, MonthAct.level, MonthAct.kind).where(
        MonthAct.by_id == account_id, MonthAct.close_id.in_(close_ids)
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(query)]


# ── What was done, and what came later ──────────────────────────────────────────────────────────


def list_acts(wanted: Wanted, number: int) -> Page[Told]:
    """The steps that are asked for, the latest first."""
    columns: Any = (MonthAct, Account.name, MonthClose, Town)
    query = (
        select(*columns)
        .join(MonthClose, MonthClose.id == MonthAct.close_id)
        .join(Account, Account.id == MonthAct.by_id)
        .join(Town, Town.code == MonthClose.town_code)
        .where(wanted.scope.contains(MonthClose.town_code))
        .order_by(MonthAct.id.desc())
    )
    if wanted.month:
        query = query.where(MonthClose.month == wanted.month)
    if wanted.town_code:
        query = query.where(MonthClose.town_code == wanted.town_code)
    if wanted.kind:
        query = query.where(MonthAct.kind == wanted.kind)
    if wanted.person:
        query = query.where(Account.name.contains(wanted.person, autoescape=True))
    return _page_of(query, number, Told)


def list_adjustments(scope: Scope, month: str | None, number: int) -> Page[Adjustment]:
    """The lines of later months that are about a locked one, or about that locked month alone, the
    latest first: late entries by the day of their sale, and whatever corrects a line of it."""
    corrected = aliased(SalesEntry)
    sold_in = func.substr(cast(SalesEntry.sold_on, String), 1, 7)
    about = func.coalesce(corrected.month, sold_in)
    columns: Any = (SalesEntry, about.label("about"), corrected)
    query = (
        select(*columns)
        .outerjoin(corrected, corrected.id == SalesEntry.corrects_id)
        .join(
            MonthClose,
            (MonthClose.town_code == SalesEntry.town_code) & (MonthClose.month == about),
        )
        .where(
            scope.contains(SalesEntry.town_code),
            _adjusts(),
            about < SalesEntry.month,
            MonthClose.state == CloseState.LOCKED,
        )
        .order_by(SalesEntry.id.desc())
    )
    if month:
        query = query.where(MonthClose.month == month)
    return _page_of(query, number, Adjustment)


# ── Whom to tell, and who may ───────────────────────────────────────────────────────────────────


def list_contacts(level: ScopeLevel, code: str | None) -> list[Contact]:
    """The officials who answer for a place."""
    query = (
        select(Account.id, Account.name, Account.email, Account.phone, Account.language)
        .join(Appointment, Appointment.account_id == Account.id)
        .where(_officials(level, code))
        .order_by(Account.id)
    )
    return [Contact(*row) for row in db.session.execute(query)]


def list_staffed(level: ScopeLevel) -> set[str]:
    """The codes of the places of a level that have officials of their own."""
    query = (
        select(Appointment.scope_code)
        .join(Account, Account.id == Appointment.account_id)
        .where(_of_level(level))
    )
    return {code for code in db.session.scalars(query) if code}


def _officials(level: ScopeLevel, code: str | None) -> ColumnElement[bool]:
    place = Appointment.scope_code == code if code is not None else Appointment.scope_code.is_(None)
    return _of_level(level) & place


def _of_level(level: ScopeLevel) -> ColumnElement[bool]:
    return (
        (Appointment.office == Office.OFFICIAL)
        & (Appointment.scope_level == level)
        & Appointment.ended_at.is_(None)
        & Account.closed_at.is_(None)
    )


def _adjusts() -> ColumnElement[bool]:
    """A line that can be about an earlier month; an index of its own finds these."""
    return or_(SalesEntry.corrects_id.is_not(None), SalesEntry.sold_on < SalesEntry.counted_on)


def _files() -> Select[Any]:
    """Every file with the moment of its last step."""
    columns: Any = (
        MonthClose.town_code.label("of"),
        MonthClose.month,
        MonthClose.state,
        MonthClose.version,
        MonthClose.round,
        MonthAct.at,
    )
    return select(*columns).outerjoin(
        MonthAct, (MonthAct.close_id == MonthClose.id) & (MonthAct.version == MonthClose.version)
    )


def _standing(row: Row[Any]) -> Standing:
    return Standing(
        row.of,
        row.month,
        row.state,
        row.version,
        row.round,
        clock.day_of(row.at) if row.at else None,
    )


def _page_of(query: Select[Any], number: int, shape: Callable[..., Thing]) -> Page[Thing]:
    """One page of rows of several columns, and one count."""
    rows = db.session.execute(query.limit(PER_PAGE).offset((number - 1) * PER_PAGE))
    items = [shape(*row) for row in rows]
    there = db.session.scalar(query.order_by(None).with_only_columns(func.count()))
    return Page(items, number, PER_PAGE, there or 0)


def _stream(town_code: str, month: str) -> Iterator[Sequence[Any]]:
    query = select(*_ENTRIES.columns).where(_of_month(town_code, month)).order_by(_ENTRIES.c.id)
    yield from db.session.execute(query, execution_options={"yield_per": BATCH})


def _sums() -> tuple[Any, ...]:
    return (
        func.count(),
        total(SalesEntry.amount_fen),
        total(SalesEntry.refund_fen),
        total(SalesEntry.net_fen),
        total(SalesEntry.net_weight_g),
    )


def _of_month(town_code: str, month: str) -> ColumnElement[bool]:
    """The days say it once more, because an index serves them."""
    return (
        (SalesEntry.town_code == town_code)
        & (SalesEntry.month == month)
        & SalesEntry.counted_on.between(first_day(month), last_day(month))
    )
