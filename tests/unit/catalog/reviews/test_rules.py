"""Which changes of a price somebody looks at before they count."""

from datetime import UTC, datetime, timedelta

import pytest

from catalog.products.models import Prices, Tier
from catalog.reviews.rules import change_percent, is_large, window_start

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


def prices(fen, *tiers):
    return Prices(fen, tuple(Tier(*tier) for tier in tiers))


@pytest.mark.parametrize(
    ("before", "after", "large"),
    [
        (prices(1000), prices(1300), False),
        (prices(1000), prices(1301), True),
        (prices(1000), prices(700), False),
        (prices(1000), prices(699), True),
        (prices(1), prices(2), True),
        # A new tier is a change for whoever buys so many.
        (prices(1000), prices(1000, (10, 700)), False),
        (prices(1000), prices(1000, (10, 699)), True),
        # So is one that goes, or begins later.
        (prices(1000, (10, 500)), prices(1000), True),
        (prices(1000, (10, 500)), prices(1000, (20, 500)), True),
        (prices(1000, (10, 900)), prices(1000, (20, 900)), False),
        (prices(1000, (10, 900), (20, 800)), prices(1200, (10, 1100), (20, 1000)), False),
    ],
)
def test_a_change_is_large_where_any_number_of_units_costs_too_differently(before, after, large):
    assert is_large(before, after, 30) is large


@pytest.mark.parametrize(
    ("before", "after", "percent"),
    [
        (prices(1000), prices(1400), 40),
        (prices(1000), prices(500), -50),
        (prices(1000), prices(1000, (10, 600)), -40),
        (prices(300), prices(100), -67),
    ],
)
def test_the_largest_change_at_any_quantity_is_told_in_percent(before, after, percent):
    assert change_percent(before, after) == percent


def test_what_was_approved_begins_the_week_anew():
    assert window_start(NOW, None) == NOW - timedelta(days=7)
    assert window_start(NOW, NOW - timedelta(days=1)) == NOW - timedelta(days=1)
    assert window_start(NOW, NOW - timedelta(days=30)) == NOW - timedelta(days=7)
