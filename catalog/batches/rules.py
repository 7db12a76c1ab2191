"""What may leave with which batch, and what a certificate says. Weights are whole grams."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from catalog.batches.models import Basis, Batch
from catalog.products.models import Product
from shop.places.models import Town

# The words of the law. They are never translated.
CERTIFICATE = "承诺达标合格证"
BASES = {
    Basis.CONTROLLED: "质量安全控制符合要求",
    Basis.SELF_TESTED: "自行检测合格",
    Basis.LABORATORY: "委托检测合格",
}
# Letters and digits that nobody mistakes for each other.
CODE_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Lot:
    """What of a batch can still be picked."""

    batch_id: int
    left_g: int


def pick(lots: Sequence[Lot], quantity: int, net_weight_g: int) -> tuple[dict[int, int], int]:
    """Units by batch, in the order of the lots, and how many units they were too few for."""
    picked: dict[int, int] = {}
    for lot in lots:
        units = min(quantity, lot.left_g // net_weight_g)
        if units > 0:
            picked[lot.batch_id] = units
            quantity -= units
    return picked, quantity


def without(lots: Sequence[Lot], units: Mapping[int, int], net_weight_g: int) -> list[Lot]:
    """What is left of the lots when these units are gone."""
    return [
        Lot(lot.batch_id, lot.left_g - units.get(lot.batch_id, 0) * net_weight_g) for lot in lots
    ]


def fits(lots: Sequence[Lot], chosen: Mapping[int, int], net_weight_g: int) -> bool:
    """Whether each batch can give the units that were chosen of it."""
    left = {lot.batch_id: lot.left_g for lot in lots}
    return all(
        units > 0 and units * net_weight_g <= left.get(batch_id, 0)
        for batch_id, units in chosen.items()
    )


def lying_there(left_g: int, net_weight_g: int, *, unheld: int, received: int | None) -> int:
    """How many units of a variant are taken to be what is left of a recalled batch: never more
    than it has left, than lie there for nobody, or than came in with it, where that is known."""
    units = min(unheld, left_g // net_weight_g)
    return max(0, units if received is None else min(units, received))


def origin_of(product: Product, town: Town) -> str:
    """Where it grew, as a certificate says it: from the province down to the village."""
    place = f"广东省{town.county.city.name}{town.county.name}{town.name}"
    return f"{place}{product.village}"


def code_of(drawn: Sequence[int]) -> str:
    return "".join(CODE_SIGNS[each] for each in drawn)


def certificate_number(code: str, issued_before: int) -> str:
    """The batch's code, and which of its certificates this is."""
    return f"{code}-{issued_before + 1}"


def is_valid(batch: Batch) -> bool:
    """Whether goods of a covered category may leave with it."""
    return bool(batch.certificates) and batch.recall is None


def state_of(batch: Batch) -> "tuple[LazyString, str]":
    """The one word for a batch, and how it is coloured."""
    if batch.recall is not None:
        return _l("已召回"), "bad"
    if batch.closed_at is not None or not batch.left_g:
        return _l("已用完"), "note"
    if not batch.certificates:
        return _l("还没有合格证"), "wait"
    return _l("可以发货"), "good"
