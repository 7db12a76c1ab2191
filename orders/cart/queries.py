"""Read baskets."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import joinedload

from catalog.products.models import Product, Variant
from catalog.products.queries import load_tiers
from orders.cart import rules
from orders.cart.models import Basket, BasketLine
from orders.deliveries.queries import find_tariffs
from orders.deliveries.rules import MAINLAND, Destination
from shop import clock
from shop.db import db, table_of
from shop.errors import NotFound

_BASKETS = table_of(Basket)
_BASKET_LINES = table_of(BasketLine)


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


_PRODUCT = joinedload(BasketLine.variant, innerjoin=True).joinedload(
    Variant.product, innerjoin=True
)
_LINES = of_owner(
    select(BasketLine)
    .join(Basket, Basket.id == BasketLine.basket_id)
    .options(
        _PRODUCT.joinedload(Product.cooperative, innerjoin=True),
        _PRODUCT.joinedload(Product.category, innerjoin=True),
        _PRODUCT.joinedload(Product.town, innerjoin=True),
        _PRODUCT.joinedload(Product.picture),
    )
    .order_by(BasketLine.id)
)
_UNITS = of_owner(
    select(func.sum(_BASKET_LINES.c.quantity)).join(
        _BASKETS, _BASKETS.c.id == _BASKET_LINES.c.basket_id
    )
)
_VARIANT = (
    select(Variant)
    .where(Variant.id == bindparam("variant_id"))
    .options(
        joinedload(Variant.product, innerjoin=True).joinedload(Product.cooperative, innerjoin=True)
    )
)


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
    lines = db.session.scalars(_LINES[owner.column], {"owner": owner.key}).all()
    load_tiers(line.variant for line in lines)
    return [rules.Line(line.variant, line.quantity, today, line.seen_price_fen) for line in lines]


def count_units(owner: Owner) -> int:
    """How many units a basket holds, for the number beside its sign."""
    if owner.is_nobody:
        return 0
    return int(db.session.scalar(_UNITS[owner.column], {"owner": owner.key}) or 0)


def get_variant(variant_id: int) -> Variant:
    """A variant with its product and cooperative. Raises NotFound."""
    variant = db.session.scalars(_VARIANT, {"variant_id": variant_id}).one_or_none()
    if variant is None:
        raise NotFound
    return variant
