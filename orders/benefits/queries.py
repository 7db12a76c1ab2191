"""Read benefit reports: a cooperative its own, officials the numbers of their scope."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Subquery,
    case,
    cast,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import contains_eager, joinedload

from orders.benefits.models import (
    BenefitReport,
    BenefitVersion,
    DraftLine,
    Evidence,
    Household,
    Standing,
    Tie,
    VersionEvidence,
    VersionLine,
)
from orders.benefits.rules import Quarter, Totals
from shop import clock
from shop.accounts.people.rules import Scope
from shop.db import db, total
from shop.errors import NotFound
from shop.organisations.models import Organisation, OrganisationKind
from shop.secrets import fingerprint
from shop.web.paging import Page, paginate

Thing = TypeVar("Thing")

PER_PAGE = 20
_INCOMPLETE = DraftLine.amount_fen.is_(None) | (DraftLine.months == 0)


class Filed(NamedTuple):
    """A quarter's report as far as it has come."""

    report: BenefitReport
    version: BenefitVersion | None


class TieSum(NamedTuple):
    """What one way of being carried along came to: households count once in each."""

    tie: Tie
    product_name: str
    households: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class CooperativeTotals:
    """A cooperative in a span of quarters: its sums, or None where it has handed in nothing."""

    cooperative: Organisation
    totals: Totals | None
    # How many of the quarters it has reported, and of the latest of these the version.
    quarters: int
    version_id: int | None
    submitted_at: datetime | None


# ── A cooperative's own ─────────────────────────────────────────────────────────────────────────


def get_household(cooperative_id: int, household_id: int) -> Household:
    """A household of one's own. Raises NotFound to others."""
    query = select(Household).where(
        Household.id == household_id, Household.cooperative_id == cooperative_id
    )
    return _found(db.session.scalar(query.execution_options(populate_existing=True)))


def find_household_by(cooperative_id: int, which: ColumnElement[bool]) -> Household | None:
    return db.session.scalar(
        select(Household).where(Household.cooperative_id == cooperative_id, which)
    )


def list_households(cooperative_id: int, words: str, number: int) -> Page[Household]:
    """Those whose code begins with the words, or whose head has that very number; all for none."""
    query = select(Household).where(Household.cooperative_id == cooperative_id)
    if words:
        print_ = fingerprint(words.upper())
        query = query.where(
            or_(
                Household.code.startswith(words, autoescape=True),
                Household.identity_fingerprint == print_,
                Household.phone_fingerprint == print_,
            )
        )
    return paginate(query.order_by(Household.id), number, PER_PAGE)


def count_households(cooperative_id: int) -> int:
    query = select(func.count(Household.id)).where(Household.cooperative_id == cooperative_id)
    return db.session.scalar(query) or 0


def find_report(cooperative_id: int, quarter: Quarter) -> BenefitReport | None:
    return db.session.scalar(select(BenefitReport).where(*_own(cooperative_id, quarter)))


def list_filed(cooperative_id: int, quarters: Collection[Quarter]) -> dict[Quarter, Filed]:
    """The reports of some quarters that were begun, each with its latest version."""
    query = (
        select(BenefitReport, BenefitVersion)
        .outerjoin(
            BenefitVersion,
            (BenefitVersion.report_id == BenefitReport.id) & BenefitVersion.id.in_(_latest()),
        )
        .where(
            BenefitReport.cooperative_id == cooperative_id,
            BenefitReport.year >= min(quarter.year for quarter in quarters),
        )
    )
    filed = [Filed(*row) for row in db.session.execute(query)]
    found = {Quarter(each.report.year, each.report.quarter): each for each in filed}
    return {quarter: found[quarter] for quarter in quarters if quarter in found}


def get_line(cooperative_id: int, quarter: Quarter, line_id: int) -> DraftLine:
    """A line of one's own draft. Raises NotFound to others."""
    query = (
        select(DraftLine)
        .join(BenefitReport, BenefitReport.id == DraftLine.report_id)
        .where(DraftLine.id == line_id, *_own(cooperative_id, quarter))
        .options(joinedload(DraftLine.household, innerjoin=True))
    )
    return _found(db.session.scalar(query))


def list_draft(report_id: int) -> Sequence[DraftLine]:
    """All lines of a draft, as the database has them now."""
    query = (
        select(DraftLine)
        .join(DraftLine.household)
        .where(DraftLine.report_id == report_id)
        .options(contains_eager(DraftLine.household), joinedload(DraftLine.product))
        .order_by(DraftLine.id)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).all()


def list_lines(report_id: int, number: int) -> Page[DraftLine]:
    """A draft's lines household by household, those that lack something before all."""
    query = (
        select(DraftLine)
        .join(DraftLine.household)
        .where(DraftLine.report_id == report_id)
        .options(contains_eager(DraftLine.household), joinedload(DraftLine.product))
        .order_by(case((_INCOMPLETE, 0), else_=1), DraftLine.household_id, DraftLine.id)
    )
    return paginate(query, number, PER_PAGE)


def find_incomplete(report_id: int) -> int | None:
    """The id of the next line that lacks its amount or its months."""
    query = select(DraftLine.id).where(DraftLine.report_id == report_id, _INCOMPLETE)
    return db.session.scalar(query.order_by(DraftLine.household_id, DraftLine.id).limit(1))


def sums_of_draft(report_id: int) -> tuple[Totals, int]:
    """What a draft comes to (`rules.totals_of` in SQL), and how many lines lack something."""
    per_household = (
        select(*_per_household(DraftLine, Household.standing), func.sum(_as_number(_INCOMPLETE)))
        .join(Household, Household.id == DraftLine.household_id)
        .where(DraftLine.report_id == report_id)
        .group_by(DraftLine.household_id)
        .subquery()
    )
    *_, incomplete = per_household.c
    row = db.session.execute(select(*_sums(per_household), total(incomplete))).one()
    return Totals(*row[:-1]), row[-1]


def list_evidence(report_id: int) -> Sequence[Evidence]:
    """What was brought for a draft and not taken out."""
    query = select(Evidence).where(Evidence.report_id == report_id, Evidence.removed_at.is_(None))
    return db.session.scalars(query.order_by(Evidence.id)).all()


def count_evidence(report_id: int) -> int:
    return len(list_evidence(report_id))


def get_own_evidence(cooperative_id: int, quarter: Quarter, evidence_id: int) -> Evidence:
    """A file of one's own that is in the draft, or in a version. Raises NotFound to others."""
    pinned = exists().where(VersionEvidence.evidence_id == Evidence.id)
    query = (
        select(Evidence)
        .join(BenefitReport, BenefitReport.id == Evidence.report_id)
        .where(
            Evidence.id == evidence_id,
            *_own(cooperative_id, quarter),
            Evidence.removed_at.is_(None) | pinned,
        )
    )
    return _found(db.session.scalar(query))


def list_evidence_hashes(among: Collection[str]) -> Sequence[str]:
    """Of these hashes, those of files that rows speak of."""
    query = select(Evidence.sha256).where(Evidence.sha256.in_(among)).distinct()
    return db.session.scalars(query).all()


def list_versions(report_id: int) -> Sequence[BenefitVersion]:
    """The newest first."""
    query = select(BenefitVersion).where(BenefitVersion.report_id == report_id)
    return db.session.scalars(query.order_by(BenefitVersion.number.desc())).all()


def find_latest_version(report_id: int) -> BenefitVersion | None:
    query = select(BenefitVersion).where(BenefitVersion.report_id == report_id)
    return db.session.scalar(query.order_by(BenefitVersion.number.desc()).limit(1))


def get_own_version(cooperative_id: int, quarter: Quarter, version_id: int) -> BenefitVersion:
    """Raises NotFound to others."""
    query = (
        select(BenefitVersion)
        .join(BenefitVersion.report)
        .where(BenefitVersion.id == version_id, *_own(cooperative_id, quarter))
        .options(contains_eager(BenefitVersion.report))
    )
    return _found(db.session.scalar(query))


def list_version_lines(version_id: int) -> Sequence[VersionLine]:
    query = select(VersionLine).where(VersionLine.version_id == version_id)
    return db.session.scalars(query.order_by(VersionLine.id)).all()


def page_of_version(version_id: int, number: int) -> Page[VersionLine]:
    query = select(VersionLine).where(VersionLine.version_id == version_id)
    return paginate(query.order_by(VersionLine.household_code, VersionLine.id), number, PER_PAGE)


def list_pinned(version_id: int) -> Sequence[Evidence]:
    """The files that a version was handed in with."""
    query = (
        select(Evidence)
        .join(VersionEvidence, VersionEvidence.evidence_id == Evidence.id)
        .where(VersionEvidence.version_id == version_id)
        .order_by(Evidence.id)
    )
    return db.session.scalars(query).all()


def sums_by_tie(version_id: int) -> list[TieSum]:
    """A version by what ties its households, the largest first."""
    fen = total(VersionLine.amount_fen)
    columns: Any = (
        VersionLine.tie,
        VersionLine.product_name,
        func.count(VersionLine.household_id.distinct()),
        fen,
    )
    query = (
        select(*columns)
        .where(VersionLine.version_id == version_id)
        .group_by(VersionLine.tie, VersionLine.product_name)
        .order_by(fen.desc(), VersionLine.tie, VersionLine.product_name)
    )
    return [TieSum(*row) for row in db.session.execute(query)]


# ── All cooperatives ────────────────────────────────────────────────────────────────────────────


def list_unreported(quarter: Quarter) -> Sequence[int]:
    """The cooperatives that were admitted by the end of a quarter and have not reported it."""
    reported = (
        select(BenefitReport.cooperative_id)
        .join(BenefitVersion, BenefitVersion.report_id == BenefitReport.id)
        .where(BenefitReport.year == quarter.year, BenefitReport.quarter == quarter.number)
    )
    query = select(Organisation.id).where(
        *_admitted(quarter.until), Organisation.id.not_in(reported)
    )
    return db.session.scalars(query.order_by(Organisation.id)).all()


def list_totals(scope: Scope, quarters: Sequence[Quarter], number: int) -> Page[CooperativeTotals]:
    """The cooperatives of a scope with what they reported, those that reported least last.

    Over several quarters a household counts once for its cooperative, whatever it was reported for.
    """
    households = _of_latest(quarters).subquery()
    sums = (
        select(households.c.of, *(each.label(f"s{i}") for i, each in enumerate(_sums(households))))
        .group_by(households.c.of)
        .subquery()
    )
    versions: Any = (
        select(
            BenefitReport.cooperative_id.label("of"),
            func.count().label("quarters"),
            func.max(BenefitVersion.id).label("version_id"),
            func.max(BenefitVersion.submitted_at).label("submitted_at"),
        )
        .join(BenefitVersion, BenefitVersion.report_id == BenefitReport.id)
        .where(BenefitVersion.id.in_(_latest()), _within(quarters))
        .group_by(BenefitReport.cooperative_id)
        .subquery()
    )
    inside = (*_admitted(quarters[-1].until), scope.contains(Organisation.town_code))
    query = (
        select(
            Organisation,
            versions.c.quarters,
            versions.c.version_id,
            versions.c.submitted_at,
            *list(sums.c)[1:],
        )
        .outerjoin(versions, versions.c.of == Organisation.id)
        .outerjoin(sums, sums.c.of == Organisation.id)
        .options(joinedload(Organisation.town))
        .where(*inside)
        .order_by(
            versions.c.quarters.is_(None), sums.c.s0.is_(None), sums.c.s0.desc(), Organisation.id
        )
    )
    rows = db.session.execute(query.limit(PER_PAGE).offset((number - 1) * PER_PAGE))
    items = [_cooperative_totals(*row) for row in rows]
    there = db.session.scalar(select(func.count(Organisation.id)).where(*inside))
    return Page(items, number, PER_PAGE, there or 0)


def totals_of_scope(scope: Scope, quarters: Sequence[Quarter]) -> tuple[Totals, int]:
    """The sums of a scope, and how many cooperatives they are from.

    A household that several cooperatives know by the same identity number, or by the same phone
    number where no identity number is known, counts once.
    """
    households = (
        _of_latest(quarters, _person())
        .join(Organisation, Organisation.id == BenefitReport.cooperative_id)
        .where(scope.contains(Organisation.town_code))
        .subquery()
    )
    sums: Any = _sums(households)
    row = db.session.execute(select(*sums)).one()
    reported = (
        select(func.count(BenefitReport.cooperative_id.distinct()))
        .join(BenefitVersion, BenefitVersion.report_id == BenefitReport.id)
        .join(Organisation, Organisation.id == BenefitReport.cooperative_id)
        .where(_within(quarters), scope.contains(Organisation.town_code))
    )
    return Totals(*row), db.session.scalar(reported) or 0


def totals_of_versions(version_ids: Collection[int]) -> Totals:
    """The sums of some versions: a household of several of them counts once, as in a scope."""
    lines = _per_household_of(_person())
    households = lines.where(BenefitVersion.id.in_(version_ids)).subquery()
    sums: Any = _sums(households)
    return Totals(*db.session.execute(select(*sums)).one())


def totals_by(pinned: Subquery) -> dict[str, Totals]:
    """The sums of versions by a key: ``pinned`` has a ``version_id`` and a ``key`` for each. Within
    a key a household of several versions counts once; keys that share it each count it."""
    person = _person()
    households = (
        select(pinned.c.key, person.label("of"), *_per_household(VersionLine, VersionLine.standing))
        .join(pinned, pinned.c.version_id == VersionLine.version_id)
        .join(Household, Household.id == VersionLine.household_id)
        .group_by(pinned.c.key, person)
        .subquery()
    )
    sums: Any = _sums(households)
    query = select(households.c.key, *sums).group_by(households.c.key)
    return {row[0]: Totals(*row[1:]) for row in db.session.execute(query)}


def list_latest(town_code: str, quarter: Quarter) -> list[tuple[Organisation, int | None]]:
    """The cooperatives of a town that were admitted by the end of a quarter, each with the id of
    the version of its report that holds; None where it has handed in nothing."""
    versions = (
        select(BenefitReport.cooperative_id.label("of"), func.max(BenefitVersion.id).label("id"))
        .join(BenefitVersion, BenefitVersion.report_id == BenefitReport.id)
        .where(_within([quarter]))
        .group_by(BenefitReport.cooperative_id)
        .subquery()
    )
    query = (
        select(Organisation, versions.c.id)
        .outerjoin(versions, versions.c.of == Organisation.id)
        .where(*_admitted(quarter.until), Organisation.town_code == town_code)
        .order_by(Organisation.id)
    )
    return [(cooperative, version_id) for cooperative, version_id in db.session.execute(query)]


def get_version(version_id: int, scope: Scope) -> BenefitVersion:
    """A version of a cooperative in a scope. Raises NotFound outside of it."""
    query = (
        select(BenefitVersion)
        .join(BenefitVersion.report)
        .join(Organisation, Organisation.id == BenefitReport.cooperative_id)
        .where(BenefitVersion.id == version_id, scope.contains(Organisation.town_code))
        .options(contains_eager(BenefitVersion.report))
    )
    return _found(db.session.scalar(query))


def _latest() -> Select[Any]:
    """Of each report the version that was handed in last: ids only grow."""
    return select(func.max(BenefitVersion.id)).group_by(BenefitVersion.report_id)


def _of_latest(quarters: Sequence[Quarter], by: ColumnElement[Any] | None = None) -> Select[Any]:
    """What the latest versions say of each household of each cooperative, or by something else."""
    return _per_household_of(by).where(BenefitVersion.id.in_(_latest()), _within(quarters))


def _per_household_of(by: ColumnElement[Any] | None) -> Select[Any]:
    keys: Any = (
        (BenefitReport.cooperative_id.label("of"), VersionLine.household_id.label("household"))
        if by is None
        else (by.label("of"),)
    )
    return (
        select(*keys, *_per_household(VersionLine, VersionLine.standing))
        .join(BenefitVersion, BenefitVersion.id == VersionLine.version_id)
        .join(BenefitReport, BenefitReport.id == BenefitVersion.report_id)
        .join(Household, Household.id == VersionLine.household_id)
        .group_by(*(keys if by is None else (by,)))
    )


def _person() -> ColumnElement[str]:
    """By what a household is told from others, whichever cooperative lists it."""
    return func.coalesce(
        Household.identity_fingerprint,
        Household.phone_fingerprint,
        "household:" + cast(Household.id, String),
    )


def _per_household(lines: Any, standing: Any) -> tuple[ColumnElement[int], ...]:
    """Whether it is monitored, how many of it work, and its fen by tie."""
    by_tie = [
        total(case((lines.tie == tie, lines.amount_fen), else_=0)).label(f"{tie.value}_fen")
        for tie in Tie
    ]
    return (
        func.max(_as_number(standing != Standing.ORDINARY)).label("monitored"),
        func.max(lines.workers).label("jobs"),
        *by_tie,
    )


def _sums(households: Any) -> tuple[ColumnElement[int], ...]:
    """The columns of `Totals` over what is known of each household."""
    columns: Any = (households.c.monitored, households.c.jobs)
    fen = (households.c[f"{tie.value}_fen"] for tie in Tie)
    return (func.count(households.c.jobs), *(total(column) for column in (*columns, *fen)))


def _as_number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def _within(quarters: Sequence[Quarter]) -> ColumnElement[bool]:
    """In these quarters of one year."""
    numbers = [quarter.number for quarter in quarters]
    return (BenefitReport.year == quarters[0].year) & BenefitReport.quarter.in_(numbers)


def _admitted(until: date) -> tuple[ColumnElement[bool], ...]:
    return (
        Organisation.kind == OrganisationKind.COOPERATIVE,
        Organisation.admitted_at < clock.end_of(until),
    )


def _own(cooperative_id: int, quarter: Quarter) -> tuple[ColumnElement[bool], ...]:
    return (
        BenefitReport.cooperative_id == cooperative_id,
        BenefitReport.year == quarter.year,
        BenefitReport.quarter == quarter.number,
    )


def _cooperative_totals(
    cooperative: Organisation,
    quarters: int | None,
    version_id: int | None,
    submitted_at: datetime | None,
    *sums: int | None,
) -> CooperativeTotals:
    # A report without a line has no household to sum up.
    totals = Totals(*(each or 0 for each in sums)) if quarters else None
    return CooperativeTotals(cooperative, totals, quarters or 0, version_id, submitted_at)


def _found(thing: Thing | None) -> Thing:
    if thing is None:
        raise NotFound
    return thing
