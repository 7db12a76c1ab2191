"""Write down households, fill in a quarter's report, hand it in.

Whoever changes a report locks it first: of two who act at once, the second sees what the first
has done. No name or number of a person goes into the audit log, only the household's code.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select, update

from catalog.batches.gateways import StoredReport
from catalog.products.queries import get_own_product
from orders.benefits import errors
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
from orders.benefits.queries import (
    count_evidence,
    count_households,
    find_household_by,
    find_latest_version,
    find_report,
    get_household,
    get_line,
    list_draft,
    list_evidence,
    list_version_lines,
)
from orders.benefits.rules import (
    MOST_EVIDENCE,
    MOST_HOUSEHOLDS,
    Quarter,
    is_over,
    open_quarters,
    totals_of,
)
from shop import clock
from shop.accounts.audit.services import record
from shop.db import db, insert_once
from shop.errors import NotFound
from shop.organisations.models import Organisation
from shop.secrets import fingerprint, open_sealed, seal


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a household's head is, and when they agreed that it is kept. One number at least."""

    name: str
    identity: str
    phone: str
    consented_on: date


@dataclass(frozen=True, slots=True)
class HouseholdEntry:
    """What is written down of a household; without an identity what is known stays."""

    code: str
    standing: Standing
    identity: Identity | None


@dataclass(frozen=True, slots=True)
class LineEntry:
    """A tie of a household; amount in fen, or None while it is not known."""

    household_id: int
    tie: Tie
    product_id: int | None
    months: int
    amount_fen: int | None
    workers: int


def add_household(
    cooperative_id: int, entry: HouseholdEntry, *, by: int, at: datetime
) -> Household:
    """Write a household down. Raises CodeTaken, AlreadyListed or TooManyHouseholds."""
    _lock_cooperative(cooperative_id)
    if count_households(cooperative_id) >= MOST_HOUSEHOLDS:
        raise errors.TooManyHouseholds
    household = Household(
        cooperative_id=cooperative_id, recorded_at=at, recorded_by_id=by, code=entry.code
    )
    _write(household, entry, by, at)
    db.session.add(household)
    db.session.flush()
    record("record_household", "household", household.id, by=by, at=at, code=entry.code)
    return household


def revise_household(
    cooperative_id: int, household_id: int, entry: HouseholdEntry, *, by: int, at: datetime
) -> None:
    """Change what is known of a household. Raises NotFound, CodeTaken or AlreadyListed.

    What was handed in keeps the code and the standing that it had.
    """
    _lock_cooperative(cooperative_id)
    household = get_household(cooperative_id, household_id)
    if household.standing is not entry.standing:
        _touch_drafts_with(household_id)
    _write(household, entry, by, at)
    db.session.flush()
    record("revise_household", "household", household_id, by=by, at=at, code=entry.code)


def withdraw_consent(cooperative_id: int, household_id: int, *, by: int, at: datetime) -> None:
    """Forget who a household's head is: from now on it counts by its code alone.

    Raises NotFound. Doing it twice changes nothing.
    """
    _lock_cooperative(cooperative_id)
    household = get_household(cooperative_id, household_id)
    if not household.is_named:
        return
    household.sealed_name = household.sealed_identity = household.sealed_phone = None
    household.identity_fingerprint = household.phone_fingerprint = None
    household.consented_on = household.consent_recorded_at = None
    household.consent_recorded_by_id = None
    household.withdrawn_at = at
    db.session.flush()
    record(
        "withdraw_household_consent", "household", household_id, by=by, at=at, code=household.code
    )


def disclose(cooperative_id: int, household_id: int, *, by: int, at: datetime) -> Identity:
    """Unseal who a household's head is, and write down who looked. Raises NotFound."""
    household = get_household(cooperative_id, household_id)
    if household.sealed_name is None or household.consented_on is None:
        raise NotFound
    record("view_household", "household", household_id, by=by, at=at, code=household.code)
    return Identity(
        name=open_sealed(household.sealed_name),
        identity=_opened(household.sealed_identity),
        phone=_opened(household.sealed_phone),
        consented_on=household.consented_on,
    )


def save_line(
    cooperative_id: int,
    quarter: Quarter,
    line_id: int | None,
    entry: LineEntry,
    *,
    by: int,
    at: datetime,
) -> int:
    """Keep a line of the draft, a new one or with its id one that is there; return its id.

    Raises NotFound or LineTaken.
    """
    report = _lock_or_begin(cooperative_id, quarter, by, at)
    get_household(cooperative_id, entry.household_id)
    if entry.product_id is not None:
        get_own_product(cooperative_id, entry.product_id)
    line = DraftLine(report_id=report.id)
    if line_id is not None:
        line = get_line(cooperative_id, quarter, line_id)
    same = _find_same(report.id, entry)
    if same is not None and same != line_id:
        raise errors.LineTaken
    line.household_id, line.tie, line.product_id = entry.household_id, entry.tie, entry.product_id
    line.months, line.amount_fen = entry.months, entry.amount_fen
    line.workers = entry.workers if entry.tie is Tie.WAGES else 0
    db.session.add(line)
    report.draft_number += 1
    db.session.flush()
    return line.id


def remove_line(
    cooperative_id: int, quarter: Quarter, line_id: int, *, by: int, at: datetime
) -> None:
    """Take a line out of the draft. Raises NotFound."""
    report = _lock(cooperative_id, quarter)
    db.session.delete(get_line(cooperative_id, quarter, line_id))
    report.draft_number += 1
    db.session.flush()


def copy_last(cooperative_id: int, quarter: Quarter, *, by: int, at: datetime) -> int:
    """Take over the households of the quarter before, with what ties them; return how many lines.

    Amounts and months are new each quarter and stay open. What is in the draft stays as it is.
    Raises NothingToCopy.
    """
    report = _lock_or_begin(cooperative_id, quarter, by, at)
    earlier = find_report(cooperative_id, quarter.before)
    version = find_latest_version(earlier.id) if earlier else None
    lines = list_version_lines(version.id) if version else []
    there = {(each.household_id, each.tie, each.product_id) for each in list_draft(report.id)}
    missing = [
        each for each in lines if (each.household_id, each.tie, each.product_id) not in there
    ]
    if not missing:
        raise errors.NothingToCopy
    for each in missing:
        db.session.add(
            DraftLine(
                report_id=report.id,
                household_id=each.household_id,
                tie=each.tie,
                product_id=each.product_id,
                months=0,
                amount_fen=None,
                workers=each.workers,
            )
        )
    report.draft_number += 1
    db.session.flush()
    return len(missing)


def add_evidence(
    cooperative_id: int, quarter: Quarter, stored: StoredReport, *, by: int, at: datetime
) -> int:
    """Note a file that lies in the uploads; return its id. Raises TooMuchEvidence."""
    report = _lock_or_begin(cooperative_id, quarter, by, at)
    if count_evidence(report.id) >= MOST_EVIDENCE:
        raise errors.TooMuchEvidence
    evidence = Evidence(
        report_id=report.id,
        form=stored.form,
        sha256=stored.sha256,
        size=stored.size,
        uploaded_at=at,
        uploaded_by_id=by,
    )
    db.session.add(evidence)
    report.draft_number += 1
    db.session.flush()
    return evidence.id


def remove_evidence(
    cooperative_id: int, quarter: Quarter, evidence_id: int, *, by: int, at: datetime
) -> None:
    """Take a file out of the draft; what was handed in with it keeps it. Raises NotFound."""
    report = _lock(cooperative_id, quarter)
    statement = (
        update(Evidence)
        .where(
            Evidence.id == evidence_id,
            Evidence.report_id == report.id,
            Evidence.removed_at.is_(None),
        )
        .values(removed_at=at)
        .returning(Evidence.id)
    )
    if db.session.execute(statement).first() is None:
        raise NotFound
    report.draft_number += 1
    db.session.flush()


def forget_removed(*, before: datetime) -> None:
    """Forget the files that were taken out of a draft and that no version was handed in with."""
    pinned = select(VersionEvidence.evidence_id)
    db.session.execute(
        delete(Evidence).where(Evidence.removed_at < before, Evidence.id.not_in(pinned))
    )


def submit(
    cooperative_id: int, quarter: Quarter, seen: int, reason: str, *, by: int, at: datetime
) -> BenefitVersion:
    """Hand in the draft that was read, as a version that nothing changes any more.

    A draft without lines says that the cooperative carried nobody along. Raises NotOver,
    NothingChanged, ChangedMeanwhile, NotComplete, NoEvidence or NoReason.
    """
    if not is_over(quarter, clock.day_of(at)):
        raise errors.NotOver
    report = _lock_or_begin(cooperative_id, quarter, by, at)
    latest = find_latest_version(report.id)
    if latest is not None and latest.draft_number == report.draft_number:
        raise errors.NothingChanged
    if report.draft_number != seen:
        raise errors.ChangedMeanwhile
    lines, evidence = list_draft(report.id), list_evidence(report.id)
    incomplete = sum(not line.is_complete for line in lines)
    if incomplete:
        raise errors.NotComplete(incomplete)
    if lines and not evidence:
        raise errors.NoEvidence
    if latest is not None and not reason:
        raise errors.NoReason
    totals = totals_of(lines)
    version = BenefitVersion(
        report_id=report.id,
        number=latest.number + 1 if latest else 1,
        draft_number=report.draft_number,
        submitted_at=at,
        submitted_by_id=by,
        reason=reason if latest else "",
        cooperative_name=db.session.get_one(Organisation, cooperative_id).name,
        households=totals.households,
        monitored=totals.monitored,
        jobs=totals.jobs,
        sold_fen=totals.sold_fen,
        wages_fen=totals.wages_fen,
        rent_fen=totals.rent_fen,
    )
    db.session.add(version)
    db.session.flush()
    db.session.add_all(_as_handed_in(version.id, line) for line in lines)
    db.session.add_all(
        VersionEvidence(version_id=version.id, evidence_id=each.id) for each in evidence
    )
    db.session.flush()
    record(
        "submit_benefit_report",
        "benefit_report",
        report.id,
        by=by,
        at=at,
        quarter=quarter.code,
        version=version.number,
        reason=version.reason,
    )
    return version


def _as_handed_in(version_id: int, line: DraftLine) -> VersionLine:
    return VersionLine(
        version_id=version_id,
        household_id=line.household_id,
        household_code=line.household.code,
        standing=line.household.standing,
        tie=line.tie,
        product_id=line.product_id,
        product_name=line.product.name if line.product else "",
        months=line.months,
        amount_fen=line.amount_fen,
        workers=line.workers,
    )


def _write(household: Household, entry: HouseholdEntry, by: int, at: datetime) -> None:
    """Raises CodeTaken or AlreadyListed."""
    own = household.cooperative_id
    same = find_household_by(own, Household.code == entry.code)
    if same is not None and same.id != household.id:
        raise errors.CodeTaken
    household.code, household.standing = entry.code, entry.standing
    if entry.identity is None:
        return
    given = entry.identity
    for column, number in (
        (Household.identity_fingerprint, given.identity),
        (Household.phone_fingerprint, given.phone),
    ):
        other = find_household_by(own, column == fingerprint(number)) if number else None
        if other is not None and other.id != household.id:
            raise errors.AlreadyListed(other.code)
    household.sealed_name = seal(given.name)
    household.sealed_identity = seal(given.identity) if given.identity else None
    household.sealed_phone = seal(given.phone) if given.phone else None
    household.identity_fingerprint = fingerprint(given.identity) if given.identity else None
    household.phone_fingerprint = fingerprint(given.phone) if given.phone else None
    household.consented_on, household.consent_recorded_at = given.consented_on, at
    household.consent_recorded_by_id, household.withdrawn_at = by, None


def _touch_drafts_with(household_id: int) -> None:
    """What a household is counts in every draft that it is in."""
    in_drafts = select(DraftLine.report_id).where(DraftLine.household_id == household_id)
    db.session.execute(
        update(BenefitReport)
        .where(BenefitReport.id.in_(in_drafts))
        .values(draft_number=BenefitReport.draft_number + 1)
        .execution_options(synchronize_session="fetch")
    )


def _find_same(report_id: int, entry: LineEntry) -> int | None:
    """The id of the line of the same household, tie and product."""
    query = select(DraftLine.id).where(
        DraftLine.report_id == report_id,
        DraftLine.household_id == entry.household_id,
        DraftLine.tie == entry.tie,
        DraftLine.product_id == entry.product_id
        if entry.product_id is not None
        else DraftLine.product_id.is_(None),
    )
    return db.session.scalar(query)


def _lock_cooperative(cooperative_id: int) -> None:
    """Nobody else writes a household of it down before this act is over."""
    db.session.get_one(Organisation, cooperative_id, with_for_update=True)


def _lock_or_begin(cooperative_id: int, quarter: Quarter, by: int, at: datetime) -> BenefitReport:
    """The report, begun if nobody has. Raises NotFound for a quarter that can't be reported."""
    if quarter not in open_quarters(clock.day_of(at)):
        raise NotFound
    insert_once(
        BenefitReport,
        "cooperative_id",
        "year",
        "quarter",
        cooperative_id=cooperative_id,
        year=quarter.year,
        quarter=quarter.number,
        begun_at=at,
        begun_by_id=by,
        draft_number=1,
    )
    return _lock(cooperative_id, quarter)


def _lock(cooperative_id: int, quarter: Quarter) -> BenefitReport:
    """The report as it is now; nobody else changes it before this act is over. Raises NotFound."""
    query = (
        select(BenefitReport)
        .where(
            BenefitReport.cooperative_id == cooperative_id,
            BenefitReport.year == quarter.year,
            BenefitReport.quarter == quarter.number,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    report = db.session.scalar(query)
    if report is None:
        raise NotFound
    return report


def _opened(sealed: str | None) -> str:
    return open_sealed(sealed) if sealed else ""
