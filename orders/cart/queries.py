"""Read baskets."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, false, func, select
from sqlalchemy.orm import joinedload

from catalog.products.models import Product, Variant
from orders.cart import rules
from orders.cart.models import Basket, BasketLine
from orders.deliveries.queries import find_tariffs
from shop import clock
from shop.db import db
from shop.errors import NotFound


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose basket: a person's, or that of a browser which nobody has signed in on."""

    account_id: int | None = None
    token: str | None = None

    @property
    def is_nobody(self) -> bool:
        return self.account_id is None and self.token is None

    @property
    def condition(self) -> ColumnElement[bool]:
        if self.account_id is not None:
            return Basket.account_id == self.account_id
        return Basket.token == self.token if self.token else false()


def get_quote(owner: Owner, *, at: datetime) -> rules.Quote:
    """What is in a basket and what it comes to at this moment."""
    lines = list_lines(owner, clock.day_of(at))
    cooperative_ids = {line.cooperative_id for line in lines}
    tariffs = find_tariffs(cooperative_ids) if cooperative_ids else {}
    return rules.quote(lines, tariffs, at)


def list_lines(owner: Owner, today: date) -> list[rules.Line]:
    """The lines of a basket, with everything that a page or an order says about them."""
    if owner.is_nobody:
        return []
    product = joinedload(BasketLine.variant, innerjoin=True).joinedload(
        Variant.product, innerjoin=True
    )
    query = (
        select(BasketLine)
        .join(Basket, Basket.id == BasketLine.basket_id)
        .where(owner.condition)
        .options(
            product.joinedload(Product.cooperative, innerjoin=True),
            product.joinedload(Product.category, innerjoin=True),
            product.joinedload(Product.town, innerjoin=True),
            product.joinedload(Product.picture),
        )
        .order_by(BasketLine.id)
    )
    return [
        rules.Line(line.variant, line.quantity, today, line.seen_price_fen)
        for line in db.session.scalars(query)
    ]


def count_units(owner: Owner) -> int:
    """How many units a basket holds, for the number beside its sign."""
    if owner.is_nobody:
        return 0
    query = (
        select(func.sum(BasketLine.quantity))
        .join(Basket, Basket.id == BasketLine.basket_id)
        .where(owner.condition)
    )
    return int(db.session.scalar(query) or 0)


def get_variant(variant_id: int) -> Variant:
    """A variant with its product and cooperative. Raises NotFound."""
    query = (
        select(Variant)
        .where(Variant.id == variant_id)
        .options(
            joinedload(Variant.product, innerjoin=True).joinedload(
                Product.cooperative, innerjoin=True
            )
        )
    )
    variant = db.session.scalars(query).one_or_none()
    if variant is None:
        raise NotFound
    return variant
