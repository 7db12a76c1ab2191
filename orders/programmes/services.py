"""Publish programmes, award their money by two people, and take down what enterprises promise."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update

from orders.programmes.errors import (
    AlreadyDecided,
    BeyondTheAward,
    BeyondTheBudget,
    BeyondTheYear,
    NameTaken,
    NotInTheProgramme,
    OutsideYourPlaces,
    PledgedMeanwhile,
    SecondPersonNeeded,
    TownsOnlyRead,
)
from orders.programmes.models import Award, AwardDecision, AwardYear, Pledge, Programme, Verdict
from orders.programmes.queries import (
    get_award,
    get_programme,
    left_of_award,
    list_cooperatives,
    newest_version,
)
from shop.accounts.audit.services import record
from shop.accounts.people.models import Account, ScopeLevel
from shop.accounts.people.rules import Scope, scope_of
from shop.db import db, insert_once
from shop.errors import NotFound
from shop.organisations.models import Organisation


@dataclass(frozen=True)
class Plan:
    """A programme as it is to be published. ``place`` is what its towns' codes begin with."""

    year: int
    name: str
    place: str
    rule: str
    budget_fen: int


def publish_programme(plan: Plan, *, total_fen: int, by: Account, at: datetime) -> Programme:
    """Publish a programme; its budget is taken off the year's total.

    ``total_fen`` is what a year has whose first programme this is. Raises TownsOnlyRead,
    OutsideYourPlaces, NameTaken or BeyondTheYear.
    """
    _require_inside(_acting_scope(by), plan.place)
    insert_once(AwardYear, "year", year=plan.year, total_fen=total_fen, budgeted_fen=0)
    budgeted = AwardYear.budgeted_fen + plan.budget_fen
    taken = db.session.execute(
        update(AwardYear)
        .where(AwardYear.year == plan.year, budgeted <= AwardYear.total_fen)
        .values(budgeted_fen=budgeted)
        .execution_options(synchronize_session=False)
    )
    if not taken.rowcount:  # type: ignore[attr-defined]
        raise BeyondTheYear
    programme_id = insert_once(
        Programme,
        "year",
        "name",
        year=plan.year,
        name=plan.name,
        place=plan.place,
        rule=plan.rule,
        budget_fen=plan.budget_fen,
        awarded_fen=0,
        published_at=at,
        published_by_id=by.id,
    )
    if programme_id is None:
        raise NameTaken
    record(
        "publish_programme",
        "programme",
        programme_id,
        by=by.id,
        at=at,
        year=plan.year,
        budget_fen=plan.budget_fen,
    )
    return db.session.get_one(Programme, programme_id)


def propose_award(
    programme_id: int,
    cooperative_id: int,
    amount_fen: int,
    reason: str,
    awarded_on: date,
    *,
    key: str,
    by: Account,
    at: datetime,
) -> int | None:
    """Propose money for a cooperative; another person confirms it. The same ``key`` proposes once.

    Raises TownsOnlyRead, NotFound, NotInTheProgramme or BeyondTheBudget.
    """
    scope = _acting_scope(by)
    programme = get_programme(scope, programme_id)
    offered = {each.id: each for each in list_cooperatives(scope, programme.place)}
    if cooperative_id not in offered:
        raise NotInTheProgramme
    if amount_fen > programme.left_fen:
        raise BeyondTheBudget
    return _propose(
        programme, offered[cooperative_id], amount_fen, reason, awarded_on, None, key, by, at
    )


def correct_award(
    award_id: int, amount_fen: int, reason: str, *, key: str, by: Account, at: datetime, on: date
) -> int | None:
    """Propose to take so much (positive fen) of a confirmed award back: a new negative line.

    Raises TownsOnlyRead, NotFound or BeyondTheAward.
    """
    award = get_award(_acting_scope(by), award_id)
    if award.corrects_id is not None or amount_fen > left_of_award(award):
        raise BeyondTheAward
    cooperative = db.session.get_one(Organisation, award.cooperative_id)
    return _propose(award.programme, cooperative, -amount_fen, reason, on, award, key, by, at)


def decide_award(award_id: int, verdict: Verdict, note: str, *, by: Account, at: datetime) -> None:
    """Confirm or decline what another person proposed; what is confirmed counts from now on.

    Raises TownsOnlyRead, NotFound, SecondPersonNeeded, AlreadyDecided, BeyondTheBudget, or
    BeyondTheAward for a correction of more than is left.
    """
    award = get_award(_acting_scope(by), award_id)
    if award.proposed_by_id == by.id:
        raise SecondPersonNeeded
    # Whoever decides about one programme's money waits for whoever is doing so.
    db.session.execute(
        select(Programme.id).where(Programme.id == award.programme_id).with_for_update()
    )
    written = insert_once(
        AwardDecision,
        "award_id",
        award_id=award.id,
        verdict=verdict,
        at=at,
        by_id=by.id,
        proposed_by_id=award.proposed_by_id,
        note=note,
    )
    if written is None:
        raise AlreadyDecided
    if verdict is Verdict.CONFIRMED:
        _count(award)
    record(
        "decide_award",
        "award",
        award.id,
        by=by.id,
        at=at,
        verdict=verdict,
        amount_fen=award.amount_fen,
    )


def set_pledge(
    organisation_id: int,
    town_code: str,
    year: int,
    amount_fen: int,
    words: str,
    *,
    seen: int,
    by: Account,
    at: datetime,
) -> None:
    """Take down what an enterprise promises to buy from a town in a year, or a change of it.

    ``seen`` is the version that was on the page, 0 for none. Raises TownsOnlyRead, NotFound or
    PledgedMeanwhile.
    """
    if not _acting_scope(by).covers(town_code):
        raise NotFound
    if newest_version(organisation_id, town_code, year) != seen:
        raise PledgedMeanwhile
    written = insert_once(
        Pledge,
        *("organisation_id", "town_code", "year", "version"),
        organisation_id=organisation_id,
        town_code=town_code,
        year=year,
        version=seen + 1,
        amount_fen=amount_fen,
        words=words,
        set_at=at,
        set_by_id=by.id,
    )
    if written is None:
        raise PledgedMeanwhile
    record("set_pledge", "pledge", written, by=by.id, at=at, year=year, amount_fen=amount_fen)


def _acting_scope(by: Account) -> Scope:
    scope = scope_of(by)
    if scope.level is ScopeLevel.TOWN:
        raise TownsOnlyRead
    return scope


def _require_inside(scope: Scope, place: str) -> None:
    if not place.startswith(scope.prefix):
        raise OutsideYourPlaces


def _propose(
    programme: Programme,
    cooperative: Organisation,
    amount_fen: int,
    reason: str,
    awarded_on: date,
    corrects: Award | None,
    key: str,
    by: Account,
    at: datetime,
) -> int | None:
    award_id = insert_once(
        Award,
        "key",
        programme_id=programme.id,
        key=key,
        cooperative_id=cooperative.id,
        cooperative_name=cooperative.name,
        town_code=cooperative.town_code,
        amount_fen=amount_fen,
        reason=reason,
        awarded_on=awarded_on,
        corrects_id=corrects.id if corrects else None,
        proposed_at=at,
        proposed_by_id=by.id,
    )
    if award_id is not None:
        record("propose_award", "award", award_id, by=by.id, at=at, amount_fen=amount_fen)
    return award_id


def _count(award: Award) -> None:
    if award.corrects_id is not None:
        original = db.session.get_one(Award, award.corrects_id)
        # The correction itself is confirmed by now, and so taken off.
        if left_of_award(original) < 0:
            raise BeyondTheAward
    awarded = Programme.awarded_fen + award.amount_fen
    counted = db.session.execute(
        update(Programme)
        .where(Programme.id == award.programme_id, awarded.between(0, Programme.budget_fen))
        .values(awarded_fen=awarded)
        .execution_options(synchronize_session=False)
    )
    if not counted.rowcount:  # type: ignore[attr-defined]
        raise BeyondTheBudget
