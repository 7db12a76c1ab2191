"""The forecast by numbers that can be checked by hand, and what always holds of it."""

from calendar import monthrange
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.statistics.rules.forecast import Forecast, Profile, forecast, profile_of_plan
from orders.statistics.rules.pictures import running, shade, shares

FLAT = Profile((100,) * 12, 100)
MARCH = date(2026, 3, 31)
fen = st.integers(-(10**12), 10**13)
positive = st.integers(1, 10**12)
days = st.dates(date(2022, 1, 1), date(2026, 12, 31))


def year(*months: int) -> list[int]:
    return [*months, *[0] * (12 - len(months))]


@pytest.mark.parametrize(
    ("sold", "day", "total", "low", "high"),
    [
        # As last year: 300 sold, 900 to come. Residuals 10, −10 and 0: s² = 100; 9 months to
        # come: 2 × √(100 × 9) = 60.
        (year(110, 90, 100), MARCH, 1200, 1140, 1260),
        # Half as much again, and always so: sure of it.
        (year(150, 150, 150), MARCH, 1800, 1800, 1800),
        # 502 and nine times 167: what is sold already is not taken back, however unsure it is.
        (year(1, 500, 1), MARCH, 2005, 502, 2005 + 1728),
        # The year is over: nothing is left to guess.
        ([100, 120, 80] * 4, date(2026, 12, 31), 1200, 1200, 1200),
    ],
)
def test_known_numbers(sold, day, total, low, high):
    found = forecast(sold, FLAT, day)
    assert (found.total_fen, found.low_fen, found.high_fen) == (total, low, high)
    assert sum(found.months) == total


def test_a_begun_month_counts_by_what_last_year_had_by_the_same_day():
    # April has 30 of last year's 100 behind it; this year goes as last year did.
    found = forecast(year(100, 100, 100, 30), Profile((100,) * 12, 30), date(2026, 4, 15))
    assert found == Forecast(1200, 1200, 1200, (100,) * 12, completed=3)


def test_the_season_of_last_year_comes_again():
    profile = Profile((0, 10, 10, 10, 400, 400, 0, 0, 0, 0, 50, 50), 10)
    found = forecast(year(0, 20, 20, 20), profile, date(2026, 4, 30))
    assert found.months == (0, 20, 20, 20, 800, 800, 0, 0, 0, 0, 100, 100)
    assert (found.low_fen, found.high_fen) == (1860, 1860)


@pytest.mark.parametrize(
    ("sold", "profile", "day"),
    [
        (year(100, 100), Profile((100,) * 12, 100), date(2026, 2, 28)),
        (year(100, 100, 50), Profile((100,) * 12, 50), date(2026, 3, 30)),
        (year(100, 100, 100), Profile((0,) * 12, 0), MARCH),
        (year(100, 100, 100), Profile((0, 100, 100, *[100] * 9), 100), MARCH),
        (year(0, 0, 0), FLAT, MARCH),
        (year(10, 10, -30), FLAT, MARCH),
        (year(10, 10, 10), Profile((-900, 100, 100, *[100] * 9), 100), MARCH),
    ],
)
def test_there_is_none_where_there_is_not_enough(sold, profile, day):
    assert forecast(sold, profile, day) is None


@given(st.lists(fen, min_size=12, max_size=12), st.lists(fen, min_size=12, max_size=12), days)
def test_it_never_breaks_and_its_months_sum_to_it(sold, before, day):
    found = forecast(sold, Profile(tuple(before), before[day.month - 1] // 2), day)
    if found is None:
        return
    assert sum(found.months) == found.total_fen
    assert found.low_fen <= found.total_fen <= found.high_fen
    assert list(found.months[: found.completed]) == sold[: found.completed]


@given(st.lists(positive, min_size=12, max_size=12), days, st.integers(1, 9))
def test_a_year_that_is_last_year_so_many_times_comes_to_exactly_that(before, day, times):
    end = day.replace(day=monthrange(day.year, day.month)[1])
    sold = [times * each for each in before[: end.month]]
    found = forecast(year(*sold), Profile(tuple(before), before[end.month - 1]), end)
    if end.month >= 3:
        expected = times * sum(before)
        assert (found.total_fen, found.low_fen, found.high_fen) == (expected,) * 3


def test_a_plan_is_a_profile_too():
    assert profile_of_plan([30] * 12, date(2026, 4, 10)) == Profile((30,) * 12, 10)
    assert profile_of_plan([29] * 12, date(2028, 2, 28)).by(date(2028, 2, 28)) == 29 + 28


@pytest.mark.parametrize(
    ("value", "level"), [(-5, 0), (0, 0), (1, 1), (20, 1), (21, 2), (80, 4), (81, 5), (100, 5)]
)
def test_five_shades_in_equal_steps(value, level):
    assert shade(value, 100) == level


@given(st.lists(st.integers(0, 10**13), max_size=9))
def test_shares_sum_to_the_whole(values):
    parts = shares(values)
    assert len(parts) == len(values)
    assert sum(part or 0 for part in parts) == (1000 if any(values) else 0)


def test_there_is_no_share_of_what_refunds_made_negative():
    assert shares([5, -1]) == [None, None]
    assert shares([0, 0]) == [None, None]
    assert running([1, 2, -4]) == [1, 3, -1]
