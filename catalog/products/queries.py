"""Read products: a cooperative's own, and what is on sale."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, Select, or_, select
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from catalog.categories.models import Category
from catalog.categories.rules import LICENSED
from catalog.products.models import (
    ChangeKind,
    Picture,
    PriceTier,
    Product,
    Variant,
    VariantChange,
)
from shop.accounts.people.models import Account
from shop.db import db
from shop.errors import NotFound
from shop.organisations.models import Organisation
from shop.organisations.queries import could_sell, may_sell


def get_own_product(cooperative_id: int, product_id: int) -> Product:
    """A cooperative's product, on sale or not. Raises NotFound for a stranger's."""
    query = own_products(cooperative_id).where(Product.id == product_id)
    product = db.session.scalar(query)
    if product is None:
        raise NotFound
    return product


def get_own_variant(cooperative_id: int, product_id: int | None, variant_id: int) -> Variant:
    """A variant of a cooperative's product, or of whichever of its products for None, that is not
    withdrawn. Raises NotFound."""
    query = (
        select(Variant)
        .join(Variant.product)
        .where(
            Variant.id == variant_id,
            Variant.withdrawn_at.is_(None),
            Product.cooperative_id == cooperative_id,
        )
    )
    if product_id is not None:
        query = query.where(Product.id == product_id)
    variant = db.session.scalar(query)
    if variant is None:
        raise NotFound
    return variant


class Change(NamedTuple):
    """What somebody did to a variant; ``who`` is None for the shop itself."""

    kind: ChangeKind
    who: str | None
    at: datetime


def find_last_change(variant_id: int, seen: int, kinds: Collection[ChangeKind]) -> Change | None:
    """The latest change of these kinds that was made after a version was seen."""
    query = (
        select(VariantChange.kind, Account.name, VariantChange.at)
        .outerjoin(Account, Account.id == VariantChange.by_id)
        .where(
            VariantChange.variant_id == variant_id,
            VariantChange.version > seen,
            VariantChange.kind.in_(kinds),
        )
        .order_by(VariantChange.version.desc())
        .limit(1)
    )
    row = db.session.execute(query).one_or_none()
    return Change(*row) if row else None


def get_own_picture(cooperative_id: int, picture_id: int) -> Picture:
    """A picture that a cooperative uploaded. Raises NotFound."""
    query = select(Picture).where(
        Picture.id == picture_id, Picture.cooperative_id == cooperative_id
    )
    picture = db.session.scalar(query)
    if picture is None:
        raise NotFound
    return picture


def own_products(cooperative_id: int) -> Select[Product]:
    """A cooperative's products with all that its desk shows: on sale first, then the newest."""
    return (
        select(Product)
        .where(Product.cooperative_id == cooperative_id)
        .options(
            joinedload(Product.category, innerjoin=True),
            joinedload(Product.picture),
            selectinload(Product.variants),
        )
        .order_by(Product.delisted_at.is_not(None), Product.listed_at.desc(), Product.id.desc())
    )


def find_product(product_id: int) -> Product | None:
    """A product with all that its page shows, whether on sale or not."""
    product = db.session.scalar(with_all_shown(select(Product)).where(Product.id == product_id))
    if product is not None:
        load_tiers(product.variants)
    return product


def get_product(product_id: int) -> Product:
    """A product by itself, whether on sale or not. Raises NotFound."""
    product = db.session.get(Product, product_id)
    if product is None:
        raise NotFound
    return product


def load_tiers(variants: Iterable[Variant]) -> None:
    """Read what more units cost of all these variants in one statement, and in none where no
    variant has tiers."""
    tiered = {variant.id: variant for variant in variants if variant.has_tiers}
    if not tiered:
        return
    query = select(PriceTier).where(PriceTier.variant_id.in_(tiered)).order_by(PriceTier.position)
    found: dict[int, list[PriceTier]] = {variant_id: [] for variant_id in tiered}
    for row in db.session.scalars(query):
        found[row.variant_id].append(row)
    for variant_id, variant in tiered.items():
        set_committed_value(variant, "tier_rows", found[variant_id])


def list_product_ids_of(cooperative_id: int) -> list[int]:
    """The ids of a cooperative's products, on sale or not."""
    query = select(Product.id).where(Product.cooperative_id == cooperative_id).order_by(Product.id)
    return list(db.session.scalars(query))


def with_all_shown(query: Select[Product]) -> Select[Product]:
    """Load with the products what cards and pages say of them: one more statement, not one each."""
    return query.options(
        joinedload(Product.category, innerjoin=True),
        joinedload(Product.cooperative, innerjoin=True),
        joinedload(Product.town, innerjoin=True),
        joinedload(Product.picture),
        selectinload(Product.variants),
    )


def can_be_ordered() -> ColumnElement[bool]:
    """The condition that a variant is in stock, or sold in advance."""
    in_stock = Variant.on_hand - Variant.held > Variant.promised
    return Variant.withdrawn_at.is_(None) & (in_stock | (Variant.presale_cap > Variant.promised))


def is_on_sale() -> ColumnElement[bool]:
    """The condition that a product can be shown to buyers; the cooperative must be joined."""
    return (
        Product.delisted_at.is_(None)
        & may_sell()
        & (Organisation.food_licence_lapsed_at.is_(None) | Product.category_id.not_in(_licensed()))
    )


def was_on_sale(before: datetime) -> ColumnElement[bool]:
    """The condition that a product was listed before a moment, and that nothing that lasts until
    now had taken it off sale by then; the cooperative must be joined."""
    lapsed_at = Organisation.food_licence_lapsed_at
    return (
        (Product.listed_at < before)
        & or_(Product.delisted_at.is_(None), Product.delisted_at >= before)
        & could_sell(before)
        & or_(lapsed_at.is_(None), lapsed_at >= before, Product.category_id.not_in(_licensed()))
    )


def _licensed() -> ScalarSelect[int]:
    """The categories of what may be made only with a licence."""
    return select(Category.id).where(Category.slug.in_(LICENSED)).scalar_subquery()
