"""Where a line is sold from: never from nowhere, never from two places."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.products.models import Variant
from catalog.stock.rules import supply_of

TODAY = date(2026, 11, 23)
HARVEST = date(2026, 12, 5)


def make_variant(on_hand=0, held=0, promised=0, ships_on=None, cap=None):
    return Variant(
        on_hand=on_hand, held=held, promised=promised, presale_ships_on=ships_on, presale_cap=cap
    )


@st.composite
def variants(draw):
    """Any that the CHECKs of the table let through."""
    on_hand = draw(st.integers(0, 500))
    promised = draw(st.integers(0, 500))
    cap = draw(st.none() | st.integers(promised, 1000))
    ships_on = None if cap is None else TODAY + timedelta(days=draw(st.integers(-5, 30)))
    return make_variant(on_hand, draw(st.integers(0, on_hand)), promised, ships_on, cap)


@given(variants(), st.integers(1, 1000))
def test_a_line_comes_whole_from_the_store_or_whole_from_the_harvest_or_not_at_all(
    variant, quantity
):
    supply = supply_of(variant, TODAY)
    day = supply.ships_on(quantity)
    if day is not None:
        assert day == variant.presale_ships_on > TODAY
        assert variant.promised + quantity <= variant.presale_cap
        assert quantity > variant.on_hand - variant.held - variant.promised, "stock goes first"
    elif quantity <= supply.most:
        assert variant.on_hand - variant.held - variant.promised >= quantity


@given(variants())
def test_exactly_the_quantities_up_to_the_most_can_be_had(variant):
    supply = supply_of(variant, TODAY)
    for quantity in (1, supply.most, supply.most + 1, 10**9):
        can_be_had = quantity <= supply.in_stock or supply.ships_on(quantity) is not None
        assert can_be_had == (quantity <= supply.most)


@given(variants())
def test_what_was_sold_in_advance_is_never_sold_from_stock_again(variant):
    supply = supply_of(variant, TODAY)
    assert supply.in_stock == 0 or supply.in_stock + variant.promised <= variant.unheld


@pytest.mark.parametrize(
    ("ships_on", "in_advance"),
    [(TODAY - timedelta(days=1), 0), (TODAY, 0), (TODAY + timedelta(days=1), 30)],
)
def test_a_presale_lasts_until_the_day_before_it_is_sent(ships_on, in_advance):
    supply = supply_of(make_variant(ships_on=ships_on, cap=30), TODAY)
    assert supply.in_advance == in_advance


def test_stock_is_sold_before_the_harvest_and_never_together_with_it():
    supply = supply_of(make_variant(on_hand=5, ships_on=HARVEST, cap=30), TODAY)
    assert [supply.ships_on(n) for n in (5, 6, 30, 31)] == [None, HARVEST, HARVEST, None]
    assert supply.most == 30
