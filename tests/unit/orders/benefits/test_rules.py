"""Quarters, what a report counts, when it is due, and what of a person is shown."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.benefits.models import Standing, Tie, VersionLine
from orders.benefits.rules import (
    OVERDUE,
    Quarter,
    is_identity,
    is_over,
    open_quarters,
    quarter_of,
    read_quarter,
    reminder_due,
    totals_of,
)
from tests.factories.benefits import make_identity

DAYS = st.dates(date(2021, 1, 1), date(2090, 12, 31))
LINES = st.lists(
    st.builds(
        lambda household, tie, workers, fen, months: VersionLine(
            household_id=household,
            # What a household is does not change within a version.
            standing=list(Standing)[household % 3],
            tie=tie,
            workers=workers if tie is Tie.WAGES else 0,
            amount_fen=fen,
            months=months,
        ),
        st.integers(1, 6),
        st.sampled_from(Tie),
        st.integers(1, 4),
        st.integers(1, 10**9),
        st.integers(1, 7),
    ),
    max_size=30,
)


@given(DAYS)
def test_every_day_is_in_one_quarter_which_is_due_fifteen_days_after_its_end(day: date) -> None:
    quarter = quarter_of(day)
    assert quarter.since <= day <= quarter.until
    assert quarter.before.until == quarter.since - timedelta(days=1)
    assert quarter.after.before == quarter
    assert quarter.due_on - quarter.until == timedelta(days=15)
    assert read_quarter(quarter.code) == quarter
    assert is_over(quarter, quarter.due_on)
    assert not is_over(quarter, quarter.until)


@pytest.mark.parametrize("text", ["", "2026", "2026Q0", "2026Q5", "2026q1", "1999Q1", "２０２６Q1"])
def test_what_is_no_quarter_is_read_as_none(text: str) -> None:
    assert read_quarter(text) is None


def test_two_years_can_be_reported_and_nothing_before_the_shops_first() -> None:
    quarters = open_quarters(date(2026, 11, 28))
    assert quarters[0] == Quarter(2026, 4)
    assert quarters[-1] == Quarter(2025, 1)
    assert open_quarters(date(2021, 5, 1)) == [Quarter(2021, 2), Quarter(2021, 1)]


@given(LINES)
def test_a_household_counts_once_whatever_its_lines(lines: list[VersionLine]) -> None:
    totals = totals_of(lines)
    distinct = {line.household_id for line in lines}
    assert totals.households == len(distinct)
    assert totals.monitored == len({h for h in distinct if h % 3})
    assert totals.monitored <= totals.households
    waged = {line.household_id for line in lines if line.tie is Tie.WAGES}
    assert len(waged) <= totals.jobs <= sum(line.workers for line in lines)
    assert (totals.jobs > 0) == (totals.wages_fen > 0)
    whole = totals.sold_fen + totals.wages_fen + totals.rent_fen
    assert whole == sum(line.amount_fen for line in lines)


@given(LINES)
def test_saying_everything_twice_adds_money_and_nobody(lines: list[VersionLine]) -> None:
    once, twice = totals_of(lines), totals_of(lines + lines)
    assert (once.households, once.monitored, once.jobs) == (
        twice.households,
        twice.monitored,
        twice.jobs,
    )
    assert twice.wages_fen == 2 * once.wages_fen


@pytest.mark.parametrize(
    ("day", "which"),
    [
        (date(2026, 9, 30), None),
        (date(2026, 10, 1), "15"),
        (date(2026, 10, 9), "15"),
        (date(2026, 10, 10), "5"),
        (date(2026, 10, 14), "1"),
        (date(2026, 10, 15), "1"),
        (date(2026, 10, 16), OVERDUE),
        (date(2026, 11, 14), OVERDUE),
        (date(2026, 11, 15), None),
    ],
)
def test_reminders_go_by_the_days_that_are_left(day: date, which: str | None) -> None:
    due = reminder_due(day)
    # The last day of a quarter is in it: its own report is not due yet.
    assert due == (None if which is None else (Quarter(2026, 3), which))


@given(st.integers(0, 99_999), st.integers(0, 17))
def test_one_wrong_digit_makes_a_citizens_number_none(number: int, place: int) -> None:
    right = make_identity(number)
    assert is_identity(right)
    other = "1" if right[place] != "1" else "2"
    assert not is_identity(right[:place] + other + right[place + 1 :])


@pytest.mark.parametrize(
    "text", ["", "1" * 17, "11010119900307771x", "99010119900100001十", "0" * 18]
)
def test_what_is_no_citizens_number_is_refused(text: str) -> None:
    assert not is_identity(text)
