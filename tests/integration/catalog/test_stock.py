"""Stock as a ledger: whatever is tried, the columns are what the movements say."""

from dataclasses import astuple, dataclass, replace
from datetime import timedelta
from random import Random

import pytest

from catalog.products.models import Variant
from catalog.stock import services
from catalog.stock.errors import HarvestNotIn, OutOfStock, StockMismatch
from catalog.stock.models import MovementKind, StockMovement
from catalog.stock.queries import list_mismatches
from shop import clock
from shop.db import db
from tests.factories.catalog import NOW, make_variant
from tests.parts.together import run_together

pytestmark = pytest.mark.both_engines

HARVEST = clock.day_of(NOW) + timedelta(days=12)
CAP = 12
REFUSALS = (OutOfStock, StockMismatch, HarvestNotIn)


@dataclass(frozen=True)
class Counts:
    """What a variant should have, and the rules by which it may change."""

    on_hand: int = 0
    held: int = 0
    promised: int = 0
    cap: int = CAP

    def after(self, kind: MovementKind, n: int) -> "Counts":
        kinds = MovementKind
        return {
            kinds.RECEIVE: lambda: replace(self, on_hand=self.on_hand + n),
            kinds.RETURN: lambda: replace(self, on_hand=self.on_hand + n),
            kinds.HOLD: lambda: replace(self, held=self.held + n),
            kinds.RELEASE: lambda: replace(self, held=self.held - n),
            kinds.SELL: lambda: replace(self, on_hand=self.on_hand - n, held=self.held - n),
            kinds.WRITE_OFF: lambda: replace(self, on_hand=self.on_hand - n),
            kinds.PROMISE: lambda: replace(self, promised=self.promised + n),
            kinds.WITHDRAW: lambda: replace(self, promised=self.promised - n),
            kinds.FULFIL: lambda: replace(
                self, promised=self.promised - n, held=self.held + n, cap=self.cap - n
            ),
        }[kind]()

    def may(self, kind: MovementKind, n: int) -> bool:
        then = self.after(kind, n)
        sound = 0 <= then.held <= then.on_hand and 0 <= then.promised <= then.cap
        if kind is MovementKind.HOLD:
            return sound and n <= self.on_hand - self.held - self.promised
        return sound


def move(variant_id: int, kind: MovementKind, n: int) -> None:
    common = {"by": None, "at": NOW}
    named = common | {"reference": "C20261123-234567A"}
    {
        MovementKind.RECEIVE: lambda: services.receive(variant_id, n, **common),
        MovementKind.RETURN: lambda: services.take_back(variant_id, n, **named),
        MovementKind.HOLD: lambda: services.hold(variant_id, n, **named),
        MovementKind.RELEASE: lambda: services.release(variant_id, n, **named),
        MovementKind.SELL: lambda: services.sell(variant_id, n, **named),
        MovementKind.WRITE_OFF: lambda: services.write_off(
            variant_id, n, reason="spoiled", **common
        ),
        MovementKind.PROMISE: lambda: services.promise(variant_id, n, HARVEST, **named),
        MovementKind.WITHDRAW: lambda: services.withdraw(variant_id, n, **named),
        MovementKind.FULFIL: lambda: services.fulfil(variant_id, n, **named),
    }[kind]()


@pytest.fixture
def variant(act):
    def make():
        made = make_variant(stock=0)
        made.presale_ships_on, made.presale_cap = HARVEST, CAP
        return made

    return act(make)


def counts_of(act, variant):
    row = act(lambda: db.session.get_one(Variant, variant.id))
    return Counts(row.on_hand, row.held, row.promised, row.presale_cap)


@pytest.mark.parametrize("seed", range(2))
def test_exactly_what_the_rules_allow_moves_and_the_movements_sum_up(act, variant, seed):
    lots, expected, moved = Random(seed), Counts(), 0
    for _ in range(100):
        kind, n = lots.choice(list(MovementKind)), lots.randint(1, 6)
        allowed = expected.may(kind, n)
        try:
            act(move, variant.id, kind, n)
        except REFUSALS:
            assert not allowed, (seed, kind, n, expected)
        else:
            assert allowed, (seed, kind, n, expected)
            expected, moved = expected.after(kind, n), moved + 1
    assert counts_of(act, variant) == expected
    assert act(list_mismatches) == []
    assert act(lambda: db.session.query(StockMovement).count()) == moved > 30


@pytest.mark.parametrize("column", ["on_hand", "promised"])
def test_a_column_that_is_off_by_one_is_found(act, variant, column):
    def spoil():
        row = db.session.get_one(Variant, variant.id)
        setattr(row, column, getattr(row, column) + 1)

    act(spoil)
    assert act(list_mismatches) == [variant.id]


def test_ten_at_once_take_no_more_than_there_is(act, variant):
    act(move, variant.id, MovementKind.RECEIVE, 4)
    answers = run_together(
        *(lambda kind=kind: act(move, variant.id, kind, 2) for kind in [MovementKind.HOLD] * 5),
        *(lambda kind=kind: act(move, variant.id, kind, 4) for kind in [MovementKind.PROMISE] * 5),
    )
    refused = [answer for answer in answers if answer is not None]
    assert all(isinstance(answer, OutOfStock) for answer in refused), refused
    now = counts_of(act, variant)
    assert now.promised == CAP, "the harvest is sold to the last unit of its cap"
    assert now.held in (0, 2, 4)
    assert astuple(now)[0] == 4
    assert act(list_mismatches) == []
