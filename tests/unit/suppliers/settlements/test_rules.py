"""Half months, and when what arrived is settled and paid."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.clock import start_of
from suppliers.settlements.rules import (
    Period,
    arrived_before,
    held_until,
    last_period,
    period_of,
    settled_in,
)

days = st.dates(date(2020, 1, 1), date(2040, 12, 31))
moments = st.integers(1_600_000_000, 2_200_000_000).map(lambda s: datetime.fromtimestamp(s, UTC))


@pytest.mark.parametrize(
    ("day", "since", "until"),
    [
        (date(2026, 11, 1), date(2026, 11, 1), date(2026, 11, 15)),
        (date(2026, 11, 15), date(2026, 11, 1), date(2026, 11, 15)),
        (date(2026, 11, 16), date(2026, 11, 16), date(2026, 11, 30)),
        (date(2028, 2, 29), date(2028, 2, 16), date(2028, 2, 29)),
        (date(2026, 12, 31), date(2026, 12, 16), date(2026, 12, 31)),
    ],
)
def test_a_month_has_two_periods(day, since, until):
    assert period_of(day) == Period(since, until)


@given(days)
def test_periods_follow_each_other_without_gap_or_overlap(day):
    period = period_of(day)
    assert period.since <= day <= period.until
    assert period_of(period.until + timedelta(days=1)).since == period.until + timedelta(days=1)
    assert last_period(start_of(period.until + timedelta(days=1))) == period


@given(moments)
def test_what_arrived_is_settled_in_the_period_in_which_its_claim_window_ends(arrived_at):
    period = settled_in(arrived_at)
    assert held_until(arrived_at) - arrived_at == timedelta(hours=48)
    assert arrived_at < arrived_before(period)
    before = last_period(start_of(period.since))
    assert not arrived_at < arrived_before(before)


def test_it_is_paid_three_days_after_the_period():
    assert period_of(date(2026, 11, 20)).pay_on == date(2026, 12, 3)
