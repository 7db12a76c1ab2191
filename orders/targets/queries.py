"""Read yearly targets, their months and parts, and the numbers that areas say of themselves."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import aliased

from catalog.categories.models import Category
from catalog.products.models import Product
from catalog.products.queries import is_on_sale
from orders.records.models import BuyerType
from orders.targets.models import MONTHS, WHOLE, AreaTarget, Target
from orders.targets.rules import Plan
from shop.accounts.people.models import Account
from shop.db import db
from shop.errors import NotFound
from shop.organisations.models import Organisation
from shop.places.models import City, County, Town, TownDesignation
from shop.places.queries import find_place, select_towns
from shop.places.rules import ASSISTED_CITIES

_ASSISTED = frozenset(code[:4] for code in ASSISTED_CITIES)


class Aim(NamedTuple):
    """What a target is about: a town's sales, or those of a category or to a type of buyer."""

    town_code: str
    category_id: int | None = None
    buyer_type: BuyerType | None = None


def targets_in(year: int, prefix: str) -> dict[str, int]:
    """The towns' whole targets in fen that hold for a year, by the codes of towns that begin so."""
    return {
        aim.town_code: plan.amount_fen
        for aim, plan in plans_in(year, prefix).items()
        if aim == Aim(aim.town_code)
    }


def plans_in(year: int, prefix: str) -> dict[Aim, Plan]:
    """The targets that hold for a year, of towns whose codes begin so and of their parts, with
    their months."""
    columns = [getattr(Target, name) for name in MONTHS]
    about = (Target.town_code, Target.category_id, Target.buyer_type)
    versions = func.row_number().over(partition_by=about, order_by=Target.version.desc())
    newest = (
        select(*about, Target.amount_fen, Target.spread, *columns, versions.label("age"))
        .where(Target.year == year, Target.town_code.startswith(prefix, autoescape=True))
        .subquery()
    )
    of = newest.c
    query = select(
        *(of[column.key] for column in about),
        *(of.amount_fen, of.spread),
        *(of[name] for name in MONTHS),
    ).where(of.age == 1, of.amount_fen.is_not(None))
    return {
        Aim(code, category_id, buyer_type): Plan(amount_fen, tuple(months) if spread else None)
        for code, category_id, buyer_type, amount_fen, spread, *months in db.session.execute(query)
    }


def areas_in(year: int) -> dict[str, int]:
    """The numbers in fen that areas say of themselves for a year, by code."""
    later = aliased(AreaTarget)
    is_newest = ~(
        select(later.id)
        .where(
            later.area_code == AreaTarget.area_code,
            later.year == AreaTarget.year,
            later.version > AreaTarget.version,
        )
        .exists()
    )
    query = select(AreaTarget.area_code, AreaTarget.amount_fen).where(
        AreaTarget.year == year, AreaTarget.amount_fen.is_not(None), is_newest
    )
    return {code: fen for code, fen in db.session.execute(query) if fen}


def list_current(year: int, prefix: str) -> dict[str, Row[Target, str]]:
    """The newest version of each town's whole target with the name of who set it, by code."""
    query = (
        _versions()
        .where(Target.year == year, Target.town_code.startswith(prefix, autoescape=True))
        .where(Target.category_id.is_(None), Target.buyer_type.is_(None))
        .order_by(Target.town_code, Target.version)
    )
    return {row.Target.town_code: row for row in db.session.execute(query)}


def list_versions(town_code: str, year: int) -> Sequence[Row[Target, str, str]]:
    """Every version of a town's target and of its parts, the whole first, newest first, with the
    names of who set it and of its category."""
    query = (
        select(Target, Account.name.label("by"), Category.name.label("category"))
        .outerjoin(Account, Account.id == Target.set_by_id)
        .outerjoin(Category, Category.id == Target.category_id)
        .where(Target.town_code == town_code, Target.year == year)
        .order_by(
            func.coalesce(Category.position, 0),
            func.coalesce(Target.category_id, 0),
            func.coalesce(Target.buyer_type, ""),
            Target.version.desc(),
        )
    )
    return db.session.execute(query).all()


def list_area_versions(area_code: str, year: int) -> Sequence[Row[AreaTarget, str]]:
    """Every version of an area's own number with the name of who set it, newest first."""
    query = (
        select(AreaTarget, Account.name.label("by"))
        .outerjoin(Account, Account.id == AreaTarget.set_by_id)
        .where(AreaTarget.area_code == area_code, AreaTarget.year == year)
        .order_by(AreaTarget.version.desc())
    )
    return db.session.execute(query).all()


def find_newest(
    town_code: str, year: int, category_id: int | None, buyer_type: BuyerType | None
) -> Target | None:
    """The version that holds, also if it takes the target back."""
    query = (
        select(Target)
        .where(Target.town_code == town_code, Target.year == year)
        .where(Target.category_id.is_not_distinct_from(category_id))
        .where(Target.buyer_type.is_not_distinct_from(buyer_type))
        .order_by(Target.version.desc())
    )
    return db.session.scalar(query.limit(1))


def find_newest_of_area(area_code: str, year: int) -> AreaTarget | None:
    """The version that holds, also if it takes the number back."""
    query = (
        select(AreaTarget)
        .where(AreaTarget.area_code == area_code, AreaTarget.year == year)
        .order_by(AreaTarget.version.desc())
    )
    return db.session.scalar(query.limit(1))


def list_towns_of(year: int, prefix: str, also: Sequence[str] = ()) -> Sequence[Town]:
    """The towns that are assisted on some day of a year, and others named, by code."""
    wanted = Town.code.in_(_designated(year)) | Town.code.in_(also)
    query = select_towns().where(Town.code.startswith(prefix, autoescape=True), wanted)
    return db.session.scalars(query).all()


def is_designated(town_code: str, year: int) -> bool:
    """Whether a town is assisted on some day of a year."""
    query = _designated(year).where(TownDesignation.town_code == town_code)
    return db.session.scalar(query.limit(1)) is not None


def seasons_of(town_code: str, category_id: int | None) -> dict[int, int]:
    """How many products on sale have which season: the town's, of a category if one is named; those
    of all towns where it has none of its own."""
    own = _seasons(category_id).where(Product.town_code == town_code)
    return dict(db.session.execute(own).all()) or dict(
        db.session.execute(_seasons(category_id)).all()
    )


def get_area(code: str) -> City | County | None:
    """The assisted city, or county of one, with a code; None for the whole. Raises NotFound."""
    if code == WHOLE:
        return None
    is_known = len(code) == 6 and code[:4] in _ASSISTED
    place = find_place(code) if is_known else None
    if not isinstance(place, City | County):
        raise NotFound
    return place


def _versions() -> Select[Target, str]:
    return select(Target, Account.name.label("by")).outerjoin(
        Account, Account.id == Target.set_by_id
    )


def _designated(year: int) -> Select[str]:
    begins, ends = date(year, 1, 1), date(year, 12, 31)
    until = TownDesignation.until
    return select(TownDesignation.town_code).where(
        TownDesignation.since <= ends, until.is_(None) | (until >= begins)
    )


def _seasons(category_id: int | None) -> Select[int, int]:
    query = (
        select(Product.season_mask, func.count(Product.id))
        .join(Organisation, Organisation.id == Product.cooperative_id)
        .where(is_on_sale())
        .group_by(Product.season_mask)
    )
    return query if category_id is None else query.where(Product.category_id == category_id)
