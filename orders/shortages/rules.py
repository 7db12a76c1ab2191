"""Who goes without when goods are missing, and what the store still counts of them.

The rule in words: docs/refunds.md. Units are whole units of a variant, amounts integer fen.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

# One report calls units of so many orders off at most: until it is done, others wait.
MOST_ORDERS = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """Units of one line of a paid order that wait to be sent."""

    line_id: int
    part_id: int
    order_id: int
    placed_at: datetime
    units: int


@dataclass(frozen=True, slots=True)
class Loss:
    """What one order goes without, and what its buyer gets back for it."""

    order_id: int
    part_id: int
    line_id: int
    number: str
    placed_at: datetime
    units: int
    # Of the line; fewer than its units where some were sent or called off before.
    waiting: int
    goods_fen: int
    # The part's freight, when nothing of it comes any more.
    freight_fen: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a report would do."""

    losses: Sequence[Loss]

    @property
    def units(self) -> int:
        return sum(loss.units for loss in self.losses)

    @property
    def refund_fen(self) -> int:
        return sum(loss.goods_fen + loss.freight_fen for loss in self.losses)

    @property
    def fingerprint(self) -> str:
        """Differs as soon as other people, units or amounts are concerned."""
        facts = [
            (each.line_id, each.units, each.goods_fen, each.freight_fen) for each in self.losses
        ]
        return sha256(repr(sorted(facts)).encode()).hexdigest()[:32]


def go_without(waiting: Iterable[Waiting], missing: int) -> dict[int, int]:
    """How many units each line loses: whoever ordered last goes without first.

    A line is emptied before the next one is touched, so that at most one order gets a part of what
    it wanted. Fewer than are missing only if fewer wait.
    """
    lost: dict[int, int] = {}
    for each in sorted(waiting, key=_by_age, reverse=True):
        if missing <= 0:
            break
        if each.units > 0:
            lost[each.line_id] = min(each.units, missing)
            missing -= lost[each.line_id]
    return lost


def not_in_store(free: int, missing: int, *, presold: bool) -> int:
    """How many units to take off what the store counts, once the missing ones are called off.

    ``free`` is what it counted before for nobody's order (on hand, less held, less promised;
    negative while a harvest that was sold in advance is not in). Whoever can't pack what people
    paid for has none of it lying about, so nothing stays free. Units in the store that are missing
    leave it in any case; of a harvest only what came in does.
    """
    if presold:
        return max(0, free + missing)
    return missing + max(0, free)


def not_ahead(left: int | None, missing: int, *, is_this_harvest: bool) -> int:
    """By how much the cap of what is sold in advance falls: units.

    ``left`` is what could still be ordered of it before; None where nothing is sold in advance.
    Of the harvest that is missing nothing more is sold. Of a later one as much as before: the
    promises that were called off must not make room for new ones.
    """
    if left is None:
        return 0
    return missing + (left if is_this_harvest else 0)


def reason_of(words: str, note: str) -> str:
    """What is written down as the reason of a cancellation and its refund."""
    return f"缺货（{words}）：{note}" if note else f"缺货（{words}）"


def parts_of(losses: Iterable[Loss]) -> Mapping[int, dict[int, int]]:
    """Units by line for each part, by the order's id ascending, as locks are taken."""
    parts: dict[int, dict[int, int]] = {}
    for loss in sorted(losses, key=lambda each: (each.order_id, each.part_id)):
        parts.setdefault(loss.part_id, {})[loss.line_id] = loss.units
    return parts


def _by_age(each: Waiting) -> tuple[datetime, int]:
    return (each.placed_at, each.line_id)
