"""Read baskets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm.attributes import set_committed_value

from catalog.categories.models import Category
from catalog.products.models import Picture, Product, Variant
from catalog.products.queries import load_tiers
from orders.cart import rules
from orders.cart.models import Basket, BasketLine
from orders.deliveries.queries import find_tariffs
from orders.deliveries.rules import MAINLAND, Destination
from shop import clock
from shop.db import columns_of, db, objects_of, table_of
from shop.errors import NotFound
from shop.organisations.models import Organisation
from shop.places.queries import known_town

_BASKETS = table_of(Basket)
_BASKET_LINES = table_of(BasketLine)
_PRODUCTS, _SELLERS = table_of(Product), table_of(Organisation)
_CATEGORIES, _PICTURES = table_of(Category), table_of(Picture)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose basket: a person's, or that of a browser which nobody has signed in on."""

    account_id: int | None = None
    token: str | None = None

    @property
    def is_nobody(self) -> bool:
        return self.account_id is None and self.token is None

    @property
    def column(self) -> str:
        """By which column of a basket this owner is known."""
        return "token" if self.account_id is None else "account_id"

    @property
    def key(self) -> int | str | None:
        return self.token if self.account_id is None else self.account_id


def of_owner(statement: Select[Any]) -> dict[str, Select[Any]]:
    """A statement about one basket, by the column of its owner. Put together once, since every
    page asks it."""
    return {
        name: statement.where(_BASKETS.c[name] == bindparam("owner"))
        for name in ("account_id", "token")
    }


# What is read with a variant: everything that a page, a rule or an order says of it.
_SOLD = (Variant, Product, Organisation, Category, Picture)
_VARIANTS = (
    table_of(Variant)
    .join(_PRODUCTS, _PRODUCTS.c.id == table_of(Variant).c.product_id)
    .join(_SELLERS, _SELLERS.c.id == _PRODUCTS.c.cooperative_id)
    .join(_CATEGORIES, _CATEGORIES.c.id == _PRODUCTS.c.category_id)
    .outerjoin(_PICTURES, _PICTURES.c.id == _PRODUCTS.c.picture_id)
)
_LINES = of_owner(
    select(_BASKET_LINES.c.quantity, _BASKET_LINES.c.seen_price_fen, *columns_of(*_SOLD))
    .select_from(
        _BASKETS.join(_BASKET_LINES, _BASKET_LINES.c.basket_id == _BASKETS.c.id).join(
            _VARIANTS, table_of(Variant).c.id == _BASKET_LINES.c.variant_id
        )
    )
    .order_by(_BASKET_LINES.c.id)
)
_UNITS = of_owner(
    select(func.sum(_BASKET_LINES.c.quantity)).join(
        _BASKETS, _BASKETS.c.id == _BASKET_LINES.c.basket_id
    )
)
_VARIANT = (
    select(*columns_of(*_SOLD))
    .select_from(_VARIANTS)
    .where(table_of(Variant).c.id == bindparam("variant_id"))
)
_KINDS = select(func.count()).where(_BASKET_LINES.c.basket_id == bindparam("basket_id"))
_QUANTITY = select(_BASKET_LINES.c.quantity).where(
    _BASKET_LINES.c.basket_id == bindparam("basket_id"),
    _BASKET_LINES.c.variant_id == bindparam("variant_id"),
)
_VARIANT_AND_BASKET = _VARIANT.add_columns(_KINDS.scalar_subquery(), _QUANTITY.scalar_subquery())


def get_quote(owner: Owner, *, to: Destination = MAINLAND, at: datetime) -> rules.Quote:
    """What is in a basket and what it comes to at this moment, brought to one place."""
    lines = list_lines(owner, clock.day_of(at))
    cooperative_ids = {line.cooperative_id for line in lines}
    tariffs = find_tariffs(cooperative_ids) if cooperative_ids else {}
    return rules.quote(lines, tariffs, at, to)


def list_lines(owner: Owner, today: date) -> list[rules.Line]:
    """The lines of a basket, with everything that a page or an order says about them."""
    if owner.is_nobody:
        return []
    rows = db.session.execute(_LINES[owner.column], {"owner": owner.key})
    lines = [
        rules.Line(_variant_in(sold), quantity, today, seen_price_fen)
        for quantity, seen_price_fen, *sold in rows
    ]
    load_tiers(line.variant for line in lines)
    return lines


def count_units(owner: Owner) -> int:
    """How many units a basket holds, for the number beside its sign."""
    if owner.is_nobody:
        return 0
    return int(db.session.scalar(_UNITS[owner.column], {"owner": owner.key}) or 0)


class Inside(NamedTuple):
    """A variant, how many kinds are in a basket, and how many units of this one, if any."""

    variant: Variant
    kinds: int
    quantity: int | None


def get_inside(basket_id: int, variant_id: int) -> Inside:
    """What a basket holds of a variant, and the variant for reading. Raises NotFound."""
    which = {"basket_id": basket_id, "variant_id": variant_id}
    row = db.session.execute(_VARIANT_AND_BASKET, which).one_or_none()
    if row is None:
        raise NotFound
    *sold, kinds, quantity = row
    return Inside(_with_tiers(sold), kinds, quantity)


def get_variant(variant_id: int) -> Variant:
    """A variant for reading, with everything that is said of it. Raises NotFound."""
    row = db.session.execute(_VARIANT, {"variant_id": variant_id}).one_or_none()
    if row is None:
        raise NotFound
    return _with_tiers(row)


def _with_tiers(row: Sequence[Any]) -> Variant:
    variant = _variant_in(row)
    load_tiers([variant])
    return variant


def _variant_in(row: Sequence[Any]) -> Variant:
    variant: Variant
    variant, product, cooperative, category, picture = objects_of(row, *_SOLD)
    set_committed_value(variant, "product", product)
    set_committed_value(product, "cooperative", cooperative)
    set_committed_value(product, "category", category)
    set_committed_value(product, "picture", picture)
    set_committed_value(product, "town", known_town(product.town_code))
    return variant
