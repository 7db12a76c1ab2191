"""Fill and empty baskets. Every change locks the basket first, so that two don't cross."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from catalog.products.models import Variant
from orders.cart import rules
from orders.cart.errors import NotForSale, TooManyKinds
from orders.cart.models import MOST_PER_LINE, Basket, BasketLine
from orders.cart.queries import Owner, get_inside, get_variant, of_owner
from shop import clock
from shop.db import db, table_of
from shop.errors import NotFound

_BASKETS = table_of(Basket)
_LINES = table_of(BasketLine)
_LOCKED = of_owner(select(_BASKETS.c.id).with_for_update())
_TOUCHED = {
    name: update(_BASKETS)
    .where(_BASKETS.c[name] == bindparam("owner"))
    .values(updated_at=bindparam("at"))
    .returning(_BASKETS.c.id)
    for name in ("account_id", "token")
}
_ORDERED = delete(_LINES).where(
    _LINES.c.basket_id == bindparam("basket_id"),
    _LINES.c.variant_id.in_(bindparam("variant_ids", expanding=True)),
)
_NEW_LINE = insert(_LINES)


class Repriced(NamedTuple):
    """What one unit cost as its owner last saw it, and what it costs now, in fen."""

    before_fen: int
    now_fen: int
    unit: str


def add(owner: Owner, variant_id: int, quantity: int, *, at: datetime) -> None:
    """Put units into a basket; what is in it already is added to.

    Raises NotFound, NotForSale or TooManyKinds.
    """
    basket_id = _open_basket(owner, at)
    inside = get_inside(basket_id, variant_id)
    wanted = quantity + (inside.quantity or 0)
    _require_buyable(inside.variant, wanted, at)
    price_fen = inside.variant.unit_price_for(wanted)
    if inside.quantity is None:
        if inside.kinds >= rules.MOST_KINDS:
            raise TooManyKinds
        new = {"basket_id": basket_id, "variant_id": variant_id}
        db.session.execute(_NEW_LINE, {**new, "quantity": wanted, "seen_price_fen": price_fen})
    else:
        line = _get_own_line(basket_id, variant_id)
        line.quantity, line.seen_price_fen = wanted, price_fen


def top_up(owner: Owner, variant_id: int, quantity: int, *, at: datetime) -> None:
    """Have at least so many units in a basket: asking twice changes nothing the second time.

    Raises NotFound, NotForSale or TooManyKinds.
    """
    already = get_inside(_open_basket(owner, at), variant_id).quantity or 0
    if quantity > already:
        add(owner, variant_id, quantity - already, at=at)


def set_quantity(owner: Owner, variant_id: int, quantity: int, *, at: datetime) -> Repriced:
    """Change a line of a basket; the answer says what each unit cost and costs. Raises NotFound or
    NotForSale."""
    line = _get_line(owner, variant_id, at)
    variant = get_variant(variant_id)
    _require_buyable(variant, quantity, at)
    before_fen, line.seen_price_fen = line.seen_price_fen, variant.unit_price_for(quantity)
    line.quantity = quantity
    return Repriced(before_fen, line.seen_price_fen, variant.unit)


def remove(owner: Owner, variant_id: int, *, at: datetime) -> None:
    """Take a line out. Raises NotFound."""
    db.session.delete(_get_line(owner, variant_id, at))


def merge(token: str, account_id: int, *, at: datetime) -> None:
    """Pour the basket of a browser into that of the person who signed in on it.

    Quantities are summed, up to what a line holds; what can't be bought any more comes along, and
    the basket says why.
    """
    anonymous_id = lock_basket(Owner(token=token))
    if anonymous_id is None:
        return
    basket_id = _open_basket(Owner(account_id=account_id), at)
    own = {line.variant_id: line for line in _lines_of(basket_id)}
    for line in _lines_of(anonymous_id):
        if line.variant_id in own:
            kept = own[line.variant_id]
            kept.quantity = min(kept.quantity + line.quantity, MOST_PER_LINE)
            db.session.delete(line)
        else:
            line.basket_id = basket_id
    db.session.flush()
    db.session.execute(delete(Basket).where(Basket.id == anonymous_id))


def lock_basket(owner: Owner) -> int | None:
    """Make others who change this basket wait; its id, or None if there is none."""
    found: int | None = db.session.scalar(_LOCKED[owner.column], {"owner": owner.key})
    return found


def take_out(basket_id: int, variant_ids: Collection[int]) -> None:
    """Remove what was ordered."""
    db.session.execute(_ORDERED, {"basket_id": basket_id, "variant_ids": list(variant_ids)})


def forget_abandoned(*, before: datetime) -> None:
    """Throw away baskets of browsers that nobody came back with."""
    old = select(Basket.id).where(Basket.account_id.is_(None), Basket.updated_at < before)
    db.session.execute(delete(BasketLine).where(BasketLine.basket_id.in_(old)))
    db.session.execute(
        delete(Basket).where(Basket.account_id.is_(None), Basket.updated_at < before)
    )


def _open_basket(owner: Owner, at: datetime) -> int:
    """The id of the owner's basket, locked; made when there is none yet."""
    basket_id = _touch(owner, at)
    if basket_id is None:
        try:
            with db.session.begin_nested():
                db.session.add(
                    Basket(account_id=owner.account_id, token=owner.token, updated_at=at)
                )
        except IntegrityError:
            pass  # Another request of this owner made it at the same moment.
        basket_id = _touch(owner, at)
        assert basket_id is not None
    return basket_id


def _touch(owner: Owner, at: datetime) -> int | None:
    """Write down that a basket is in use, which locks it as well."""
    found: int | None = db.session.execute(
        _TOUCHED[owner.column], {"owner": owner.key, "at": at}
    ).scalar()
    return found


def _get_line(owner: Owner, variant_id: int, at: datetime) -> BasketLine:
    basket_id = None if owner.is_nobody else _touch(owner, at)
    if basket_id is None:
        raise NotFound
    return _get_own_line(basket_id, variant_id)


def _get_own_line(basket_id: int, variant_id: int) -> BasketLine:
    query = select(BasketLine).where(
        BasketLine.basket_id == basket_id, BasketLine.variant_id == variant_id
    )
    line = db.session.scalars(query).one_or_none()
    if line is None:
        raise NotFound
    return line


def _lines_of(basket_id: int) -> list[BasketLine]:
    query = select(BasketLine).where(BasketLine.basket_id == basket_id).order_by(BasketLine.id)
    return list(db.session.scalars(query))


def _require_buyable(variant: Variant, quantity: int, at: datetime) -> None:
    if quantity > MOST_PER_LINE:
        raise NotForSale(gettext("一种规格一次最多买 %(most)s 件。", most=MOST_PER_LINE))
    problem = rules.why_not(variant, quantity, clock.day_of(at))
    if problem:
        raise NotForSale(problem)
