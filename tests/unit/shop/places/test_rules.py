"""Which towns can be assisted, and which spans of days meet."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.places.rules import may_be_assisted, overlap

days = st.dates(date(2021, 1, 1), date(2021, 3, 1))
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("town", "can"),
    [("440981127", True), ("441721101", True), ("440402001", False), ("", False), ("44", False)],
)
def test_only_towns_of_the_two_cities_can_be_assisted(town, can):
    assert may_be_assisted(town) is can


@given(days, st.none() | days, days, st.none() | days)
def test_spans_overlap_when_they_share_a_day(since, until, other_since, other_until):
    last = date(2021, 3, 1)
    one = _days(since, until or last)
    other = _days(other_since, other_until or last)
    if one and other:
        assert overlap(since, until, other_since, other_until) == bool(one & other)


def _days(since: date, until: date) -> set[date]:
    return {since + DAY * n for n in range((until - since).days + 1)}
