"""When a cooperative is checked again, and when that is late."""

from datetime import date, timedelta

import pytest

from suppliers.rechecks.rules import due_day, is_paused, is_warned, next_day, opens_on


@pytest.mark.parametrize(
    ("verified_on", "following"),
    [
        (date(2026, 1, 15), date(2026, 7, 15)),
        (date(2026, 7, 1), date(2027, 1, 1)),
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2027, 8, 29), date(2028, 2, 29)),
        (date(2026, 12, 31), date(2027, 6, 30)),
    ],
)
def test_it_comes_again_after_six_months(verified_on, following):
    assert next_day(verified_on) == following


def test_it_opens_a_month_before_its_day_and_is_due_on_it():
    verified_on = date(2026, 1, 15)
    assert opens_on(verified_on) == date(2026, 6, 15)
    assert due_day(verified_on, date(2026, 6, 15)) == date(2026, 7, 15)


def test_who_is_asked_late_has_a_whole_month_all_the_same():
    today = date(2028, 3, 1)
    assert due_day(date(2026, 1, 15), today) == today + timedelta(days=30)


@pytest.mark.parametrize(
    ("late", "warned", "paused"),
    [
        (-1, False, False),
        (29, False, False),
        (30, True, False),
        (59, True, False),
        (60, True, True),
    ],
)
def test_a_month_late_is_warned_and_two_months_late_is_paused(late, warned, paused):
    due_on = date(2026, 7, 15)
    today = due_on + timedelta(days=late)
    assert (is_warned(due_on, today), is_paused(due_on, today)) == (warned, paused)
