"""Months sum to their year to the fen, and a plan says how far along a day should be."""

from calendar import monthrange
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.targets.models import Spread
from orders.targets.rules import (
    LARGEST_FEN,
    Plan,
    due_by,
    missing_fen,
    months_of,
    pace_by_plan,
    season_weights,
    spread_over,
)

amounts = st.integers(1, LARGEST_FEN)
masks = st.dictionaries(st.integers(1, 4095), st.integers(1, 500), max_size=8)
days = st.dates(date(2021, 1, 1), date(2100, 12, 31))
LYCHEE = 0b110000  # May and June
ALL_YEAR = 4095


@given(amounts, masks, st.sampled_from([Spread.EVEN, Spread.SEASON]))
def test_months_sum_to_the_year_and_none_is_negative(amount, seasons, spread):
    months = spread_over(spread, amount, season_weights(seasons))
    assert len(months) == 12
    assert sum(months) == amount
    assert min(months) >= 0
    assert missing_fen(amount, months) == 0


@given(amounts, masks)
def test_each_month_is_within_a_fen_of_its_share(amount, seasons):
    weights = season_weights(seasons)
    months = spread_over(Spread.SEASON, amount, weights)
    whole = sum(weights) or 12
    for fen, weight in zip(months, weights if any(weights) else [1] * 12, strict=True):
        assert abs(Fraction(amount * weight, whole) - fen) < 1


@given(amounts)
def test_even_months_differ_by_at_most_a_fen(amount):
    months = spread_over(Spread.EVEN, amount, [])
    assert max(months) - min(months) <= 1


@pytest.mark.parametrize(
    ("seasons", "months"),
    [
        ({LYCHEE: 1}, [0, 0, 0, 0, 600, 600, 0, 0, 0, 0, 0, 0]),
        ({ALL_YEAR: 3}, [100] * 12),
        # One of each weighs the same: half of the year in two months, half in twelve.
        ({LYCHEE: 1, ALL_YEAR: 1}, [50] * 4 + [350] * 2 + [50] * 6),
        ({LYCHEE: 3, ALL_YEAR: 1}, [25] * 4 + [475] * 2 + [25] * 6),
        ({}, [100] * 12),
    ],
)
def test_a_season_weighs_by_products_not_by_months(seasons, months):
    assert list(spread_over(Spread.SEASON, 1200, season_weights(seasons))) == months


@given(amounts, days, masks)
def test_a_plan_grows_to_its_whole_on_the_last_day(amount, day, seasons):
    plans = [
        Plan(amount),
        Plan(amount, spread_over(Spread.SEASON, amount, season_weights(seasons))),
    ]
    for plan in plans:
        assert due_by(plan, date(day.year, 12, 31)) == amount
        if day < date(day.year, 12, 31):
            assert due_by(plan, day) <= due_by(plan, day + timedelta(days=1))


@given(amounts, days, masks)
def test_at_the_end_of_a_month_exactly_its_months_are_due(amount, day, seasons):
    months = spread_over(Spread.SEASON, amount, season_weights(seasons))
    end = day.replace(day=monthrange(day.year, day.month)[1])
    assert due_by(Plan(amount, months), end) == sum(months[: day.month])


@pytest.mark.parametrize(
    ("plans", "day", "permille"),
    [
        ([], date(2026, 6, 30), None),
        # Nobody said anything of months: the calendar is all there is.
        ([Plan(100)], date(2026, 6, 30), None),
        ([Plan(1200, (0, 0, 0, 0, 600, 600, *[0] * 6))], date(2026, 4, 30), 0),
        ([Plan(1200, (0, 0, 0, 0, 600, 600, *[0] * 6))], date(2026, 6, 15), 750),
        ([Plan(1200, (0, 0, 0, 0, 600, 600, *[0] * 6))], date(2026, 12, 1), 1000),
        # 29 February: 14 of 29 days.
        ([Plan(29, (0, 29, *[0] * 10))], date(2028, 2, 14), 483),
        # One by its months, one by the calendar: (0 + 365 × 120/365) of 730.
        ([Plan(365), Plan(365, (*[0] * 11, 365))], date(2026, 4, 30), 164),
    ],
)
def test_the_pace_by_plan(plans, day, permille):
    assert pace_by_plan(plans, day) == permille


def test_areas_sum_the_months_of_their_towns():
    season = (0, 0, 0, 0, 600, 600, *[0] * 6)
    assert months_of([Plan(1200, season), Plan(12)]) == [1] * 4 + [601] * 2 + [1] * 6
    assert months_of([Plan(1200)]) is None
    assert months_of([]) is None
