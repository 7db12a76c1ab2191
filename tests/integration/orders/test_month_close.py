"""What a closed month takes, on the database itself."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from orders.closing.models import CloseState, MonthClose
from orders.closing.queries.open_months import is_open, open_month_for
from orders.closing.services import claim_open_month
from orders.sales.models import SalesEntry
from shop.db import db
from tests.factories.people import OTHER_TOWN, TOWN, make_cooperative
from tests.factories.sales import make_entry

# The triggers are written for each engine.
pytestmark = pytest.mark.both_engines

OCTOBER = date(2026, 10, 20)


def close(state, month="2026-10", town_code=TOWN):
    held = MonthClose(town_code=town_code, month=month, state=state, version=2, round=1)
    db.session.add(held)
    db.session.flush()
    return held


@pytest.mark.parametrize("state", [CloseState.FILED, CloseState.REVIEWED, CloseState.LOCKED])
def test_a_closed_month_takes_no_more_lines(act, state):
    cooperative, neighbour = act(make_cooperative), act(make_cooperative, OTHER_TOWN)
    act(close, state)
    with pytest.raises(IntegrityError, match="this month is closed"):
        act(make_entry, cooperative, OCTOBER)
    act(make_entry, cooperative, date(2026, 11, 1))
    act(make_entry, neighbour, OCTOBER)
    months = select(SalesEntry.month).order_by(SalesEntry.id)
    assert act(lambda: db.session.scalars(months).all()) == ["2026-11", "2026-10"]


def test_a_month_that_was_returned_takes_lines_again(act):
    cooperative = act(make_cooperative)
    act(close, CloseState.OPEN)
    act(make_entry, cooperative, OCTOBER)


def test_one_line_for_a_closed_month_stops_all_that_came_with_it(act):
    cooperative = act(make_cooperative)
    act(close, CloseState.FILED)

    def enter_both():
        make_entry(cooperative, date(2026, 11, 1))
        make_entry(cooperative, OCTOBER)

    with pytest.raises(IntegrityError):
        act(enter_both)
    assert act(lambda: db.session.scalars(select(SalesEntry.id)).all()) == []


@pytest.mark.parametrize(
    "change", ["UPDATE month_close SET state = 'open'", "DELETE FROM month_close"]
)
def test_a_locked_month_never_changes(act, change):
    act(make_cooperative)
    act(close, CloseState.LOCKED)
    with pytest.raises(IntegrityError, match="a locked month never changes"):
        act(lambda: db.session.execute(db.text(change)))


def test_late_lines_count_in_the_first_open_month_after_their_own(act):
    act(make_cooperative)
    act(close, CloseState.LOCKED, "2026-10")
    act(close, CloseState.FILED, "2026-11")
    act(close, CloseState.OPEN, "2026-12")
    act(close, CloseState.FILED, "2027-01")
    for ask in (open_month_for, claim_open_month):
        assert act(ask, TOWN, OCTOBER) == "2026-12"
        assert act(ask, TOWN, date(2027, 1, 31)) == "2027-02"
        assert act(ask, TOWN, date(2026, 9, 30)) == "2026-09"
        assert act(ask, OTHER_TOWN, OCTOBER) == "2026-10"
    assert not act(is_open, TOWN, "2026-10")
    assert not act(is_open, TOWN, "2026-11")
    assert act(is_open, TOWN, "2026-12")
    assert act(is_open, TOWN, "2026-09")
