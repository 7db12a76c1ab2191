"""Unit prices and seasons."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.products.models import EVERY_MONTH, Measure
from catalog.products.rules import (
    days_left,
    in_season,
    months_of,
    season_mask,
    unit_price_fen,
    weeks_left,
)

masks = st.integers(min_value=1, max_value=EVERY_MONTH)
days = st.dates(date(2024, 1, 1), date(2030, 12, 31))


@given(st.integers(1, 10**7), st.integers(1, 10**6))
def test_the_price_per_jin_times_the_weight_is_the_price_to_half_a_fen_per_jin(price, grams):
    per_jin = unit_price_fen(price, Measure.WEIGHT, grams)
    assert abs(per_jin * grams - price * 500) * 2 <= grams


@pytest.mark.parametrize(
    ("price", "measure", "amount", "fen"),
    [
        (7500, Measure.WEIGHT, 2500, 1500),
        (4680, Measure.VOLUME, 1800, 2600),
        (11800, Measure.PIECE, 1, 11800),
        (1000, Measure.PIECE, 12, 83),
    ],
)
def test_unit_prices_are_per_jin_litre_or_piece(price, measure, amount, fen):
    assert unit_price_fen(price, measure, amount) == fen


@given(masks)
def test_months_and_masks_say_the_same(mask):
    assert season_mask(months_of(mask)) == mask


@given(masks, days)
def test_a_season_ends_on_the_day_after_its_last(mask, today):
    left = days_left(mask, today)
    if left == 0:
        assert mask == EVERY_MONTH or not in_season(mask, today.month)
    else:
        last = today + timedelta(days=left - 1)
        assert in_season(mask, last.month)
        assert not in_season(mask, (last + timedelta(days=1)).month)


def test_weeks_are_told_only_when_the_end_is_near():
    winter = season_mask([11, 12])
    assert weeks_left(winter, date(2026, 12, 25)) == 1
    assert weeks_left(winter, date(2026, 11, 23)) == 6
    assert weeks_left(season_mask([10, 11, 12, 1, 2, 3]), date(2026, 11, 23)) == 0
