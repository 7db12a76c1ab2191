"""When licences stop what, and when their cooperatives are warned."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suppliers.licences.rules import lapses_of, warning_due
from suppliers.verification.models import Document, DocumentKind

TODAY = date(2026, 11, 25)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def licence(kind=DocumentKind.BUSINESS_LICENCE, expires_on=None):
    return Document(kind=kind, expires_on=expires_on, open_ended=expires_on is None)


def test_the_last_day_still_counts():
    assert not lapses_of([licence(expires_on=TODAY)], TODAY).business
    assert lapses_of([licence(expires_on=YESTERDAY)], TODAY).business


def test_one_that_holds_is_enough():
    assert not lapses_of([licence(expires_on=YESTERDAY), licence()], TODAY).business


def test_what_was_never_written_down_cannot_run_out():
    lapses = lapses_of([licence(DocumentKind.OTHER, YESTERDAY)], TODAY)
    assert not lapses.business
    assert not lapses.food


@pytest.mark.parametrize("kind", [DocumentKind.FOOD_PRODUCTION, DocumentKind.FOOD_WORKSHOP])
def test_a_permit_to_make_food_stops_food_only(kind):
    lapses = lapses_of([licence(), licence(kind, YESTERDAY)], TODAY)
    assert lapses.food
    assert not lapses.business


@pytest.mark.parametrize(
    ("days", "due"),
    [(31, None), (30, 30), (8, 30), (7, 7), (2, 7), (1, 1), (0, 1), (-1, None)],
)
def test_warnings_come_thirty_seven_and_one_days_before(days, due):
    assert warning_due(TODAY + timedelta(days=days), TODAY) == due


@given(st.dates(), st.integers(0, 400))
def test_each_warning_is_due_on_some_night_even_if_nights_are_missed(expires_on, before):
    day = expires_on - timedelta(days=min(before, (expires_on - date.min).days))
    due = warning_due(expires_on, day)
    assert due is None if (expires_on - day).days > 30 else due >= min(30, (expires_on - day).days)
