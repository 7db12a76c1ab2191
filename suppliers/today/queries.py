"""Read a cooperative's day: what it has on sale, and what became of the changes made to it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import contains_eager

from catalog.products.models import Product, Variant
from shop.db import db
from shop.web.paging import Page
from suppliers.fulfilment.rules import RUNNING_LOW
from suppliers.today.models import DeskAct

PER_PAGE = 20

_LEFT = Variant.on_hand - Variant.held - Variant.promised
# Of what is sold in advance, little in the store is no news.
_IS_LOW = Variant.presale_cap.is_(None) & (_LEFT < RUNNING_LOW)


@dataclass(frozen=True, slots=True)
class OnSale:
    """A page of the variants on sale, and how many there are of each sort."""

    page: Page[Variant]
    all: int
    low: int


def list_on_sale(cooperative_id: int, number: int, *, only_low: bool) -> OnSale:
    """What a cooperative sells, each variant by itself: the newest product first, or what is
    running low with the least first."""
    mine = _on_sale(cooperative_id)
    query = (
        select(Variant, func.count().over(), func.count().filter(_IS_LOW).over())
        .join(Variant.product)
        .where(mine, *([_IS_LOW] if only_low else []))
        .options(contains_eager(Variant.product))
        .order_by(*((_LEFT, Variant.id) if only_low else _BY_LISTING))
        .limit(PER_PAGE)
        .offset((number - 1) * PER_PAGE)
    )
    rows = db.session.execute(query).all()
    all_, low = rows[0][1:] if rows and not only_low else _count(mine)
    shown = [row[0] for row in rows]
    return OnSale(Page(shown, number, PER_PAGE, low if only_low else all_), all_, low)


def _count(mine: ColumnElement[bool]) -> Sequence[int]:
    counts = select(func.count(), func.count().filter(_IS_LOW)).select_from(Variant)
    return db.session.execute(counts.join(Variant.product).where(mine)).one()


_BY_LISTING = (Product.listed_at.desc(), Product.id.desc(), Variant.position, Variant.id)


def list_own_variants(cooperative_id: int, ids: Collection[int]) -> Sequence[Variant]:
    """Of these variants, the cooperative's own, as the database has them now."""
    query = (
        select(Variant)
        .join(Variant.product)
        .where(Variant.id.in_(ids), Product.cooperative_id == cooperative_id)
        .order_by(Variant.id)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).all()


def find_act(account_id: int, key: str) -> DeskAct | None:
    """What became of somebody's own act."""
    query = select(DeskAct).where(DeskAct.account_id == account_id, DeskAct.key == key)
    return db.session.scalar(query)


def find_version_of(account_id: int, key: str, variant_id: int) -> int | None:
    """The version that somebody's own act made of a variant."""
    act = find_act(account_id, key)
    return act.version if act is not None and act.variant_id == variant_id else None


def _on_sale(cooperative_id: int) -> ColumnElement[bool]:
    return (
        (Product.cooperative_id == cooperative_id)
        & Product.delisted_at.is_(None)
        & Variant.withdrawn_at.is_(None)
    )
