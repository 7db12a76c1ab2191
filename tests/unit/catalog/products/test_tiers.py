"""What more units cost each."""

import pytest

from catalog.products.models import Prices, Tier
from catalog.products.rules import tier_fault

PRICES = Prices(7500, (Tier(10, 7000), Tier(50, 6500)))


@pytest.mark.parametrize(
    ("quantity", "fen"), [(1, 7500), (9, 7500), (10, 7000), (49, 7000), (50, 6500), (9999, 6500)]
)
def test_each_of_so_many_units_costs_what_the_tier_says_that_they_reach(quantity, fen):
    assert PRICES.at(quantity) == fen


@pytest.mark.parametrize(
    ("tiers", "fault"),
    [
        ((), None),
        (((10, 7000), (50, 6500)), None),
        (((2, 7499),), None),
        (((1, 7000),), 0),
        (((10, 7500),), 0),
        (((10, 0),), 0),
        (((10, 7000), (10, 6500)), 1),
        (((10, 7000), (9, 6500)), 1),
        (((10, 7000), (50, 7000)), 1),
        ([(n, 7500 - n) for n in range(2, 8)], 5),
    ],
)
def test_tiers_ascend_in_units_and_descend_in_price_and_are_five_at_most(tiers, fault):
    assert tier_fault(Prices(7500, tuple(Tier(*tier) for tier in tiers))) == fault
