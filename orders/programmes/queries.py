"""Programmes, awards and pledges that concern an official's places."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple, TypeVar

from sqlalchemy import ColumnElement, String, and_, cast, func, or_, select
from sqlalchemy.orm import aliased

from orders.programmes.models import Award, AwardDecision, AwardYear, Pledge, Programme, Verdict
from orders.records.models import Order, OrderLine, SubOrder
from orders.sales.models import Channel, SalesEntry
from shop.accounts.people.models import Account
from shop.accounts.people.rules import Scope
from shop.db import db, total
from shop.errors import NotFound
from shop.organisations.models import Organisation, OrganisationKind
from shop.places.models import Town, TownDesignation
from shop.places.queries import holds_on, select_towns
from shop.web.paging import Page, paginate

PER_PAGE = 50
Thing = TypeVar("Thing")


class Decided(NamedTuple):
    """An award with its town, who proposed it, and what another person said of it."""

    award: Award
    town: Town
    proposed_by: str
    decision: AwardDecision | None
    decided_by: str | None


class Year(NamedTuple):
    """What there is for a year, what programmes were given and what of that was awarded; fen."""

    total_fen: int
    budgeted_fen: int
    awarded_fen: int

    @property
    def left_fen(self) -> int:
        return self.total_fen - self.awarded_fen


class Promised(NamedTuple):
    """A pledge as it holds, and what the enterprise bought from the town in its year; net fen."""

    pledge: Pledge
    enterprise: Organisation
    town: Town
    bought_fen: int


def list_programmes(scope: Scope, year: int) -> Sequence[Programme]:
    """The programmes of a year that concern a scope, the widest first."""
    query = select(Programme).where(Programme.year == year, _concerns(scope))
    return db.session.scalars(query.order_by(Programme.place, Programme.id)).all()


def get_year(year: int, usual_fen: int) -> Year:
    """What is left of a year, over all programmes; ``usual_fen`` until the year has its own."""
    awarded = select(total(Programme.awarded_fen)).where(Programme.year == year).scalar_subquery()
    row = db.session.execute(
        select(func.max(AwardYear.total_fen), func.max(AwardYear.budgeted_fen), awarded).where(
            AwardYear.year == year
        )
    ).one()
    return Year(usual_fen if row[0] is None else row[0], row[1] or 0, row[2])


def get_programme(scope: Scope, programme_id: int) -> Programme:
    """As it is now. Raises NotFound for one that does not concern the scope."""
    query = select(Programme).where(Programme.id == programme_id, _concerns(scope))
    return _found(db.session.scalar(query.execution_options(populate_existing=True)))


def list_awards(scope: Scope, programme_id: int, number: int) -> Page[Decided]:
    """The awards of a programme to cooperatives of a scope, the newest first."""
    mine = select(Award.id).where(
        Award.programme_id == programme_id, scope.contains(Award.town_code)
    )
    page = paginate(mine.order_by(Award.id.desc()), number, PER_PAGE)
    proposer, decider = aliased(Account), aliased(Account)
    query = (
        select(Award, Town, proposer.name, AwardDecision, decider.name)
        .join(Town, Town.code == Award.town_code)
        .join(proposer, proposer.id == Award.proposed_by_id)
        .outerjoin(AwardDecision, AwardDecision.award_id == Award.id)
        .outerjoin(decider, decider.id == AwardDecision.by_id)
        .where(Award.id.in_(page.items))
        .order_by(Award.id.desc())
    )
    rows = [Decided(*row) for row in db.session.execute(query)]
    return Page(rows, page.number, page.per_page, page.total)


def get_award(scope: Scope, award_id: int) -> Award:
    """Raises NotFound outside the scope."""
    query = select(Award).where(Award.id == award_id, scope.contains(Award.town_code))
    return _found(db.session.scalar(query))


def left_of_award(award: Award) -> int:
    """What of a confirmed award stands after its confirmed corrections; 0 of any other, in fen."""
    query = (
        select(total(Award.amount_fen))
        .join(AwardDecision, AwardDecision.award_id == Award.id)
        .where(
            or_(Award.id == award.id, Award.corrects_id == award.id),
            AwardDecision.verdict == Verdict.CONFIRMED,
        )
    )
    return db.session.scalar(query) or 0


def list_cooperatives(scope: Scope, place: str) -> Sequence[Organisation]:
    """Those of a scope that a programme can award, by name."""
    query = select(Organisation).where(
        Organisation.kind == OrganisationKind.COOPERATIVE,
        Organisation.admitted_at.is_not(None),
        Organisation.town_code.startswith(place),
        scope.contains(Organisation.town_code),
    )
    return db.session.scalars(query.order_by(Organisation.name)).all()


def list_places(scope: Scope, today: date) -> Sequence[Town]:
    """The assisted towns of a scope, by code."""
    assisted = select(TownDesignation.town_code).where(holds_on(today))
    query = select_towns().where(Town.code.startswith(scope.prefix), Town.code.in_(assisted))
    return db.session.scalars(query).all()


def find_enterprise(text: str) -> Organisation | None:
    """An enterprise by its registered name or credit code."""
    query = select(Organisation).where(
        Organisation.kind == OrganisationKind.ENTERPRISE,
        or_(Organisation.name == text, Organisation.credit_code == text.upper()),
    )
    return db.session.scalars(query.order_by(Organisation.id).limit(1)).first()


def newest_version(organisation_id: int, town_code: str, year: int) -> int:
    """0 where nothing was promised yet."""
    query = select(func.max(Pledge.version)).where(
        Pledge.organisation_id == organisation_id,
        Pledge.town_code == town_code,
        Pledge.year == year,
    )
    return db.session.scalar(query) or 0


def list_pledges(scope: Scope, year: int, number: int) -> Page[Promised]:
    """The pledges of a year that hold, by town, each with what was bought until now.

    Online lines count by the organisation that ordered; of others the ledger knows only the unit's
    name as it was typed, which must be the enterprise's (docs/decisions/0036).
    """
    newer = aliased(Pledge)
    is_newest = ~(
        select(newer.id)
        .where(
            newer.organisation_id == Pledge.organisation_id,
            newer.town_code == Pledge.town_code,
            newer.year == Pledge.year,
            newer.version > Pledge.version,
        )
        .exists()
    )
    mine = select(Pledge.id).where(Pledge.year == year, scope.contains(Pledge.town_code), is_newest)
    page = paginate(mine.order_by(Pledge.town_code, Pledge.id), number, PER_PAGE)
    online = (
        select(total(SalesEntry.net_fen))
        .join(OrderLine, OrderLine.id == SalesEntry.order_line_id)
        .join(SubOrder, SubOrder.id == OrderLine.sub_order_id)
        .join(Order, Order.id == SubOrder.order_id)
        .where(_in_town_and_year(), Order.organisation_id == Pledge.organisation_id)
        .correlate(Pledge)
        .scalar_subquery()
    )
    offline = (
        select(total(SalesEntry.net_fen))
        .where(
            _in_town_and_year(),
            SalesEntry.channel != Channel.ONLINE,
            SalesEntry.buyer_unit == Organisation.name,
        )
        .correlate(Pledge, Organisation)
        .scalar_subquery()
    )
    query = (
        select(Pledge, Organisation, Town, online + offline)
        .join(Organisation, Organisation.id == Pledge.organisation_id)
        .join(Town, Town.code == Pledge.town_code)
        .where(Pledge.id.in_(page.items))
        .order_by(Pledge.town_code, Pledge.id)
    )
    rows = [Promised(*row) for row in db.session.execute(query)]
    return Page(rows, page.number, page.per_page, page.total)


def _in_town_and_year() -> ColumnElement[bool]:
    first = cast(Pledge.year, String) + "-01"
    last = cast(Pledge.year, String) + "-12"
    return and_(
        SalesEntry.town_code == Pledge.town_code,
        SalesEntry.month >= first,
        SalesEntry.month <= last,
    )


def _concerns(scope: Scope) -> ColumnElement[bool]:
    """That a programme's places and a scope share towns."""
    above = [scope.prefix[:digits] for digits in (0, 4, 6, 9)]
    return or_(Programme.place.in_(above), Programme.place.startswith(scope.prefix))


def _found(thing: Thing | None) -> Thing:
    if thing is None:
        raise NotFound
    return thing
