"""What moved, and the proof that the running columns are what the movements say."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Integer, Subquery, case, func, select
from sqlalchemy.orm import InstrumentedAttribute

from catalog.products.models import Variant
from catalog.stock.models import MovementKind as Kind
from catalog.stock.models import StockMovement
from shop.db import db

_ON_HAND = {Kind.RECEIVE: 1, Kind.RETURN: 1, Kind.SELL: -1, Kind.WRITE_OFF: -1}
_HELD = {Kind.HOLD: 1, Kind.FULFIL: 1, Kind.RELEASE: -1, Kind.SELL: -1}
_PROMISED = {Kind.PROMISE: 1, Kind.WITHDRAW: -1, Kind.FULFIL: -1}


def list_mismatches() -> list[int]:
    """The ids of variants whose columns differ from the sum of their movements: none, ever."""
    sums = sums_by(StockMovement.variant_id)
    query = (
        select(Variant.id)
        .outerjoin(sums, sums.c.variant_id == Variant.id)
        .where(
            (Variant.on_hand != func.coalesce(sums.c.on_hand, 0))
            | (Variant.held != func.coalesce(sums.c.held, 0))
            | (Variant.promised != func.coalesce(sums.c.promised, 0))
        )
        .order_by(Variant.id)
    )
    return list(db.session.scalars(query))


def sums_by(*columns: InstrumentedAttribute[Any]) -> Subquery:
    """What the movements come to for each value of these columns: on_hand, held, promised, and of
    it sold and returned."""
    return (
        select(
            *columns,
            _signed_sum(_ON_HAND).label("on_hand"),
            _signed_sum(_HELD).label("held"),
            _signed_sum(_PROMISED).label("promised"),
            _signed_sum({Kind.SELL: 1}).label("sold"),
            _signed_sum({Kind.RETURN: 1}).label("returned"),
        )
        .group_by(*columns)
        .subquery()
    )


def _signed_sum(signs: dict[Kind, int]):  # type: ignore[no-untyped-def]
    sign = case(*((StockMovement.kind == kind, value) for kind, value in signs.items()), else_=0)
    return func.sum(sign * StockMovement.quantity, type_=Integer)


def list_movements(variant_ids: list[int], *, limit: int = 20) -> Sequence[StockMovement]:
    """The latest movements of these variants, the newest first."""
    query = (
        select(StockMovement)
        .where(StockMovement.variant_id.in_(variant_ids))
        .order_by(StockMovement.id.desc())
        .limit(limit)
    )
    return db.session.scalars(query).all()
