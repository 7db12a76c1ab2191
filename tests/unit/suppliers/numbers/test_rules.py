"""Which days a cooperative's numbers are about, and how long it waits for its money."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.statistics.rules.periods import Period
from suppliers.numbers.rules import (
    Asked,
    Length,
    Payout,
    SettledParts,
    Share,
    Sold,
    Wait,
    asked_of,
    read_asked,
    wait_of,
)

TODAY = date(2026, 11, 28)
DAYS = st.dates(date(2021, 1, 1), TODAY)


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2026-11", date(2026, 11, 1), TODAY),
        ("2026Q3", date(2026, 7, 1), date(2026, 9, 30)),
        ("2026Q4", date(2026, 10, 1), TODAY),
        ("2025", date(2025, 1, 1), date(2025, 12, 31)),
        ("2026", date(2026, 1, 1), TODAY),
        # What is none, or has not begun, is this month.
        *((text, date(2026, 11, 1), TODAY) for text in (None, "", "2026-13", "2026Q5", "1999")),
        *((text, date(2026, 11, 1), TODAY) for text in ("2026-12", "2027", "2027Q1", "２０２６")),
    ],
)
def test_a_span_is_read_from_the_address(text: str | None, since: date, until: date) -> None:
    assert read_asked(text, TODAY).days(TODAY) == Period(since, until)


@given(st.sampled_from(Length), DAYS)
def test_spans_of_a_length_follow_each_other_without_a_gap(length: Length, day: date) -> None:
    asked = asked_of(length, day)
    assert asked.days(day).since <= day == asked.days(day).until
    assert read_asked(asked.code, TODAY) == asked
    if asked.before:
        assert asked.before.days(TODAY).until == asked.first - timedelta(days=1)
        assert asked.before.after(TODAY) == asked
    else:
        assert asked.first == date(2021, 1, 1)


def test_what_has_not_begun_does_not_follow() -> None:
    assert Asked(Length.YEAR, date(2026, 1, 1)).after(TODAY) is None


@pytest.mark.parametrize(
    ("now", "before", "permille"), [(150, 100, 500), (0, 100, -1000), (100, 0, None), (5, -5, None)]
)
def test_there_is_no_change_against_nothing(now: int, before: int, permille: int | None) -> None:
    assert Sold("", "", 0, 0, 0, 0, now, before).year_on_year == permille


def test_a_share_of_nothing_is_none() -> None:
    assert Share(1, 3).permille == 333
    assert Share(0, 0).permille is None


def test_a_payout_pays_what_was_settled_since_the_one_before() -> None:
    first, second = Payout(2, date(2026, 10, 5)), Payout(4, date(2026, 11, 5))
    parts = [
        SettledParts(1, date(2026, 9, 5), 2),
        SettledParts(2, date(2026, 9, 25), 1),
        SettledParts(3, date(2026, 10, 26), 1),
        # Nobody has paid it yet.
        SettledParts(5, date(2026, 11, 1), 7),
    ]
    october = Period(date(2026, 10, 1), date(2026, 10, 31))
    assert wait_of([second, first], parts, october) == Wait(parts=3, days=70, longest=30)
    november = Period(date(2026, 11, 1), TODAY)
    assert wait_of([first, second], parts, november) == Wait(parts=1, days=10, longest=10)
    assert wait_of([first, second], parts, november).average_tenths == 100
    assert wait_of([], parts, november).average_tenths is None
