"""The arithmetic of the tables, and how their values are written."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.statistics.rules.figures import (
    completion_permille,
    gap,
    ranking,
    time_progress,
    tonnes,
    year_on_year,
)
from orders.statistics.rules.periods import Period, a_year_before, of_months, of_year
from orders.statistics.rules.sheets import Kind, shown, written


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 1, 1), 3),
        (date(2026, 12, 31), 1000),
        (date(2024, 12, 31), 1000),
        (date(2024, 2, 29), 164),  # the 60th of 366 days
        (date(2026, 3, 1), 164),  # the 60th of 365 days
        (date(2026, 7, 2), 501),  # the 183rd of 365: 501.37
        (date(2024, 7, 1), 500),  # the 183rd of 366: exactly half
    ],
)
def test_time_progress_counts_the_day_itself_and_knows_leap_years(day, expected):
    assert time_progress(day) == expected


@pytest.mark.parametrize(
    ("net_fen", "target_fen", "expected"),
    [
        (0, 100, 0),
        (50, 100, 500),
        (2, 3, 667),
        (1, 2000, 1),  # half a permille rounds up
        (-50, 100, -500),
        (250, 100, 2500),
        (100, None, None),
        (100, 0, None),
    ],
)
def test_completion_is_net_sales_over_the_target(net_fen, target_fen, expected):
    assert completion_permille(net_fen, target_fen) == expected


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [(150, 100, 500), (50, 100, -500), (0, 100, -1000), (-10, 100, -1100), (100, 0, None)],
)
def test_year_on_year_is_the_change_over_last_year(now, before, expected):
    assert year_on_year(now, before) == expected


def test_a_negative_base_is_nothing_to_compare_with():
    assert year_on_year(100, -5) is None


def test_the_gap_is_the_difference_of_the_two_figures_shown():
    assert gap(723, 893) == -170
    assert gap(None, 893) is None


def test_equals_share_a_rank_and_the_next_one_is_left_out():
    assert ranking([Fraction(1, 2), None, Fraction(3, 4), Fraction(2, 4), 0]) == [2, None, 1, 2, 4]


@given(st.lists(st.one_of(st.none(), st.integers(-5, 5)), max_size=12))
def test_a_rank_says_how_many_are_ahead(scores):
    for score, rank in zip(scores, ranking(scores), strict=True):
        if score is None:
            assert rank is None
        else:
            assert rank == 1 + sum(other is not None and other > score for other in scores)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 23), date(2025, 11, 23)),
        (date(2024, 2, 29), date(2023, 2, 28)),
        (date(2025, 2, 28), date(2024, 2, 29)),  # the whole month against the whole month
        (date(2025, 2, 27), date(2024, 2, 27)),
        (date(2026, 12, 31), date(2025, 12, 31)),
    ],
)
def test_the_same_day_a_year_before(day, expected):
    assert a_year_before(day) == expected


def test_a_year_that_runs_ends_today():
    today = date(2026, 11, 23)
    assert of_year(2026, None, today) == Period(date(2026, 1, 1), today)
    assert of_year(2026, 10, today) == Period(date(2026, 1, 1), date(2026, 10, 31))
    assert of_year(2025, None, today) == Period(date(2025, 1, 1), date(2025, 12, 31))
    assert of_months(date(2026, 3, 1), date(2026, 11, 1), today) == Period(date(2026, 3, 1), today)


def test_the_months_of_a_period_are_those_of_its_last_year():
    period = Period(date(2025, 11, 1), date(2026, 2, 10))
    assert period.months == [
        Period(date(2026, 1, 1), date(2026, 1, 31)),
        Period(date(2026, 2, 1), date(2026, 2, 10)),
    ]


@pytest.mark.parametrize(
    ("kind", "value", "in_file", "on_screen"),
    [
        (Kind.YUAN, 123456789, Decimal("1234567.89"), "1,234,567.89"),
        (Kind.YUAN, -5, Decimal("-0.05"), "-0.05"),
        (Kind.YUAN, 0, Decimal("0.00"), "0.00"),
        (Kind.WAN, 1_234_565_000, Decimal("1234.57"), "1,234.57"),  # 1234.565, half up
        (Kind.WAN, -5_000, Decimal("-0.01"), "-0.01"),
        (Kind.WAN, None, None, ""),
        (Kind.PERCENT, 723, Decimal("72.3"), "72.3"),
        (Kind.PERCENT, None, "—", "—"),
        (Kind.COUNT, 12_345, 12_345, "12,345"),
        (Kind.DAY, date(2026, 11, 23), date(2026, 11, 23), "2026-11-23"),
        (Kind.TEXT, "0123", "0123", "0123"),
        (Kind.TEXT, None, None, ""),
    ],
)
def test_a_value_is_written_exactly_and_shown_with_thousands_marks(kind, value, in_file, on_screen):
    assert written(kind, value) == in_file
    assert str(written(kind, value)) == str(in_file)
    assert shown(kind, value) == on_screen


def test_tonnes_have_two_decimals():
    assert tonnes(12_345_000) == "12.35"
    assert tonnes(-2_500_000_000) == "-2,500.00"
