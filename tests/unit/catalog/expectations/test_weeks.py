"""ISO weeks: which year a day's week belongs to, and what lies around a 53rd week."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.expectations.rules import (
    Week,
    as_last_week,
    as_last_year,
    by_week,
    coming_weeks,
    read_week,
    week_of,
    weeks_in,
)

DAYS = st.dates(date(2021, 1, 4), date(2099, 12, 20))


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2026, 11, 29), "2026-W48"),  # a Sunday
        (date(2026, 11, 30), "2026-W49"),
        (date(2026, 12, 31), "2026-W53"),
        (date(2027, 1, 3), "2026-W53"),  # next year's days, this year's week
        (date(2027, 1, 4), "2027-W01"),
        (date(2024, 12, 30), "2025-W01"),  # this year's days, next year's week
        (date(2021, 1, 4), "2021-W01"),
    ],
)
def test_a_day_lies_in_the_week_of_its_thursday(day, code):
    assert week_of(day).code == code
    assert read_week(code) == week_of(day)


@given(DAYS)
def test_weeks_are_seven_days_without_a_gap(day):
    week = week_of(day)
    assert week.since <= day <= week.until
    assert (week.since.isoweekday(), week.until - week.since) == (1, timedelta(days=6))
    assert week.after(1).since == week.until + timedelta(days=1)
    assert week.after(1).after(-1) == week
    assert week < week.after(1)
    assert week.code < week.after(1).code


def test_only_some_years_have_a_53rd_week():
    assert [year for year in range(2021, 2040) if weeks_in(year) == 53] == [2026, 2032, 2037]
    assert Week(2026, 53).year_before is None
    assert Week(2027, 52).year_before == Week(2026, 52)
    assert Week(2026, 53).after(1) == Week(2027, 1)
    assert Week(2027, 1).year_before == Week(2026, 1)


@pytest.mark.parametrize(
    "text",
    [
        *("", "2026", "2026-W00", "2026-W54", "2025-W53", "2020-W10", "2026-w48", "2026-W4"),
        *("２026-W48", "2026-W48 ", "2026-W48\n", "2100-W01x", "9999-W01"),
    ],
)
def test_what_is_no_week_is_none(text):
    assert read_week(text) is None


def test_the_coming_weeks_run_over_the_end_of_a_long_year():
    codes = [week.code for week in coming_weeks(date(2026, 12, 16))]
    assert codes == ["2026-W51", "2026-W52", "2026-W53", *(f"2027-W0{n}" for n in range(1, 6))]


def test_days_are_summed_by_week():
    days = [(date(2026, 12, 31), 5), (date(2027, 1, 1), 7), (date(2027, 1, 4), 1)]
    assert by_week(days) == {Week(2026, 53): 12, Week(2027, 1): 1}


def test_as_last_week_lays_one_amount_over_all_weeks():
    weeks = coming_weeks(date(2027, 1, 4))
    assert as_last_week(weeks, {Week(2026, 53): 9}) == dict.fromkeys(weeks, 9)
    assert as_last_week(weeks, {Week(2027, 1): 9}) == {}


def test_as_last_year_leaves_out_what_has_no_counterpart_or_is_not_known():
    weeks = coming_weeks(date(2026, 12, 16))
    known = {Week(2025, 51): 3, Week(2026, 1): 0, Week(2025, 40): 8}
    assert as_last_year(weeks, known) == {Week(2026, 51): 3, Week(2027, 1): 0}
