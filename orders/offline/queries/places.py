"""Cooperatives and products about which sales can be entered. Inside an official's scope."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from catalog.categories.models import Category
from catalog.products.models import Product, Variant
from shop.accounts.people.rules import Scope
from shop.db import db
from shop.errors import NotFound
from shop.organisations.models import Organisation, OrganisationKind
from shop.places.models import County, Town

ZHUHAI = "440400"


def list_cooperatives(scope: Scope) -> Sequence[Organisation]:
    """All of a scope, whether or not they sell in the shop today, by town and name."""
    query = (
        select(Organisation)
        .where(
            Organisation.kind == OrganisationKind.COOPERATIVE,
            scope.contains(Organisation.town_code),
        )
        .options(joinedload(Organisation.town).joinedload(Town.county))
        .order_by(Organisation.town_code, Organisation.name)
    )
    return db.session.scalars(query).all()


def get_cooperative_in(scope: Scope, cooperative_id: int) -> Organisation:
    """Raises NotFound for one outside the scope."""
    query = (
        select(Organisation)
        .where(
            Organisation.id == cooperative_id,
            Organisation.kind == OrganisationKind.COOPERATIVE,
            scope.contains(Organisation.town_code),
        )
        .options(joinedload(Organisation.town).joinedload(Town.county))
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def list_variants(cooperative_id: int) -> Sequence[Variant]:
    """What a cooperative sells or sold in the shop, in every way: what is on sale comes first."""
    query = (
        select(Variant)
        .join(Variant.product)
        .where(Product.cooperative_id == cooperative_id, Variant.withdrawn_at.is_(None))
        .options(joinedload(Variant.product))
        .order_by(Product.delisted_at.is_not(None), Product.name, Variant.position, Variant.id)
    )
    return db.session.scalars(query).all()


def list_categories() -> Sequence[Category]:
    return db.session.scalars(select(Category).order_by(Category.position, Category.id)).all()


def list_districts() -> Sequence[str]:
    """The districts of Zhuhai, from which most buyers are."""
    query = select(County.name).where(County.city_code == ZHUHAI).order_by(County.code)
    return db.session.scalars(query).all()
