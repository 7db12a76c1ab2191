"""The places and choices of an official, and nothing beyond them."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select

from catalog.categories.models import Category
from orders.sales.models import SalesEntry
from orders.sales.queries import Slice
from shop.accounts.people.models import ScopeLevel
from shop.accounts.people.rules import Scope
from shop.db import db
from shop.errors import NotFound
from shop.organisations.models import Organisation, OrganisationKind
from shop.places.models import City, County, Town, TownDesignation
from shop.places.queries import holds_on, select_towns


def name_of_scope(scope: Scope) -> str | None:
    """The name of the place that a scope covers; None for all of them."""
    match scope.level:
        case ScopeLevel.CITY:
            return db.session.get_one(City, scope.code).name
        case ScopeLevel.COUNTY:
            return db.session.get_one(County, scope.code).name
        case ScopeLevel.TOWN:
            return db.session.get_one(Town, scope.code).full_name
    return None


def get_county_in(scope: Scope, code: str) -> County:
    """A county that shares towns with the scope. Raises NotFound."""
    shares = code.startswith(scope.prefix) or scope.prefix.startswith(code)
    county = db.session.get(County, code) if shares and _is_code(code, 6) else None
    if county is None:
        raise NotFound
    return county


def get_category(category_id: int) -> Category:
    """Raises NotFound."""
    category = db.session.get(Category, category_id)
    if category is None:
        raise NotFound
    return category


def get_cooperative_known_in(scope: Scope, cooperative_id: int) -> Organisation:
    """A cooperative of the scope, or one that sold from it before it moved. Raises NotFound."""
    sold_here = select(SalesEntry.id).where(
        SalesEntry.cooperative_id == Organisation.id, scope.contains(SalesEntry.town_code)
    )
    query = select(Organisation).where(
        Organisation.id == cooperative_id,
        Organisation.kind == OrganisationKind.COOPERATIVE,
        or_(Organisation.town_code.startswith(scope.prefix), sold_here.exists()),
    )
    cooperative = db.session.scalar(query)
    if cooperative is None:
        raise NotFound
    return cooperative


def list_categories() -> Sequence[Category]:
    return db.session.scalars(select(Category).order_by(Category.position, Category.id)).all()


def list_cooperatives(part: Slice) -> Sequence[tuple[int, str]]:
    """The cooperatives admitted by the end of a slice, in its places today, by name."""
    query = select(Organisation.id, Organisation.name).where(
        Organisation.kind == OrganisationKind.COOPERATIVE,
        Organisation.admitted_at.is_not(None),
        Organisation.town_code.startswith(part.town_code or part.county_code or ""),
        Organisation.town_code.startswith(part.scope.prefix),
    )
    return [(id_, name) for id_, name in db.session.execute(query.order_by(Organisation.name))]


def list_towns(part: Slice, day: date, also: Sequence[str] = ()) -> Sequence[Town]:
    """The towns of a slice that are assisted on a day, and any others named, by code."""
    assisted = select(TownDesignation.town_code).where(holds_on(day))
    query = select_towns().where(
        Town.code.startswith(part.scope.prefix), or_(Town.code.in_(assisted), Town.code.in_(also))
    )
    if part.county_code is not None:
        query = query.where(Town.county_code == part.county_code)
    if part.town_code is not None:
        query = query.where(Town.code == part.town_code)
    return db.session.scalars(query).all()


def _is_code(code: str, digits: int) -> bool:
    return len(code) == digits and code.isascii() and code.isdigit()
