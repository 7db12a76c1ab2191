"""Read what waits for the platform, and what a price is compared with."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import contains_eager, joinedload

from catalog.products.models import Prices, Product, Tier, VariantChange
from catalog.reviews.models import ListingChange
from catalog.reviews.rules import WINDOW
from shop.db import db
from shop.errors import NotFound
from shop.web.paging import Page, paginate

PER_PAGE = 20
# How many ids one statement names.
AT_A_TIME = 400


def is_open() -> ColumnElement[bool]:
    """The condition that nobody has decided about a change."""
    return (
        ListingChange.approved_at.is_(None)
        & ListingChange.returned_at.is_(None)
        & ListingChange.withdrawn_at.is_(None)
    )


def list_waiting(number: int) -> Page[ListingChange]:
    """What waits for the platform, the longest first."""
    waiting = _with_all_shown().where(is_open())
    return paginate(waiting.order_by(ListingChange.at, ListingChange.id), number, PER_PAGE)


def list_decided(number: int) -> Page[ListingChange]:
    """What became of the others, the latest first."""
    decided = _with_all_shown().where(~is_open())
    return paginate(decided.order_by(ListingChange.id.desc()), number, PER_PAGE)


def count_waiting() -> int:
    query = select(func.count(ListingChange.id)).where(is_open())
    return db.session.scalar(query) or 0


def get_change(change_id: int) -> ListingChange:
    """Raises NotFound."""
    return _one(_with_all_shown().where(ListingChange.id == change_id))


def get_own_change(cooperative_id: int, change_id: int) -> ListingChange:
    """A cooperative's own. Raises NotFound to strangers."""
    own = ListingChange.cooperative_id == cooperative_id
    return _one(_with_all_shown().where(ListingChange.id == change_id, own))


def list_open_of(cooperative_id: int, product_ids: Collection[int]) -> Sequence[ListingChange]:
    """What waits of some products of a cooperative."""
    query = select(ListingChange).where(
        ListingChange.cooperative_id == cooperative_id,
        ListingChange.product_id.in_(product_ids),
        is_open(),
    )
    return db.session.scalars(query.order_by(ListingChange.id)).all()


def list_last_of(
    cooperative_id: int, product_id: int, *, returned_since: datetime
) -> Sequence[ListingChange]:
    """Of each price and of the origin of a product the last change that was proposed, if it waits
    or was returned since that moment."""
    last = (
        select(func.max(ListingChange.id))
        .where(
            ListingChange.cooperative_id == cooperative_id, ListingChange.product_id == product_id
        )
        .group_by(ListingChange.variant_id)
    )
    query = select(ListingChange).where(
        ListingChange.id.in_(last), is_open() | (ListingChange.returned_at > returned_since)
    )
    return db.session.scalars(query.order_by(ListingChange.id)).all()


def find_standing(variant_ids: Collection[int], at: datetime) -> dict[int, Prices]:
    """What variants cost when the window began in which changes count together; those whose price
    was not changed since are missing: theirs is what they cost now."""
    approved = (
        select(func.max(ListingChange.approved_at))
        .where(ListingChange.variant_id == VariantChange.variant_id)
        .correlate(VariantChange)
        .scalar_subquery()
    )
    changed = select(
        VariantChange.variant_id,
        VariantChange.price_before_fen,
        VariantChange.tiers_before,
    ).where(
        VariantChange.price_before_fen.is_not(None),
        VariantChange.at > at - WINDOW,
        approved.is_(None) | (VariantChange.at > approved),
    )
    found: dict[int, Prices] = {}
    ids = sorted(set(variant_ids))
    for start in range(0, len(ids), AT_A_TIME):
        few = changed.where(VariantChange.variant_id.in_(ids[start : start + AT_A_TIME]))
        for variant_id, price_fen, tiers in db.session.execute(
            few.order_by(VariantChange.variant_id, VariantChange.version)
        ):
            pairs = tuple(Tier(*pair) for pair in tiers or ())
            found.setdefault(variant_id, Prices(price_fen or 0, pairs))
    return found


def _with_all_shown() -> Select[ListingChange]:
    return (
        select(ListingChange)
        .join(ListingChange.product)
        .options(
            contains_eager(ListingChange.product).joinedload(Product.town, innerjoin=True),
            joinedload(ListingChange.cooperative, innerjoin=True),
            joinedload(ListingChange.variant),
            joinedload(ListingChange.by, innerjoin=True),
            joinedload(ListingChange.ended_by),
        )
    )


def _one(query: Select[ListingChange]) -> ListingChange:
    change = db.session.scalars(query).one_or_none()
    if change is None:
        raise NotFound
    return change
