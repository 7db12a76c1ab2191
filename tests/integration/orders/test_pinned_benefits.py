"""The summary says whom sales carried along: what locked months pinned, each household once."""

from datetime import UTC, datetime

import pytest
import time_machine

from catalog.categories.services import load_categories
from orders.benefits.models import Standing, Tie
from orders.benefits.rules import Quarter
from orders.sales.queries import Slice
from orders.statistics.queries.summaries import get_summary
from orders.statistics.rules.summary import By
from shop.accounts.people.models import ScopeLevel
from shop.accounts.people.rules import Scope
from tests.factories.benefits import add_line, hand_in, make_household, make_identity
from tests.factories.closing import Officials
from tests.factories.people import COUNTY, TOWN, make_cooperative, make_places, make_resident

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
FIRST, SECOND = Quarter(2026, 1), Quarter(2026, 2)
NAMES = ("households", "poor_households", "jobs")


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def carried(act):
    """Two cooperatives of a town know the same household; one reports two quarters, and April,
    May and July are locked. What is handed in later counts nowhere."""

    def build():
        make_places()
        load_categories()
        by, officials = make_resident().id, Officials(TOWN)
        one, other = make_cooperative(), make_cooperative()
        given = {"by": by, "at": datetime(2026, 4, 5, tzinfo=UTC)}
        shared = [make_household(each, identity=make_identity(1), **given) for each in (one, other)]
        poor = make_household(one, standing=Standing.MONITORED, **given)
        for household in (*shared, poor):
            add_line(household, FIRST, Tie.WAGES, workers=2, **given)
        hand_in(one, FIRST, **given)
        hand_in(other, FIRST, **given)
        for month in ("2026-04", "2026-05"):
            officials.close(month)
        given["at"] = datetime(2026, 7, 5, tzinfo=UTC)
        for household in (poor, make_household(one, **given)):
            add_line(household, SECOND, Tie.WAGES, workers=1, **given)
        hand_in(one, SECOND, **given)
        officials.close("2026-07")
        add_line(make_household(one, **given), SECOND, Tie.SOLD, **given)
        hand_in(one, SECOND, "漏了一户", by=by, at=NOW)
        return one.id, other.id

    return act(build)


def benefits_of(app, by, since, until, **chosen):
    """Households, poor ones and jobs by row, and of the total under no key."""
    scope = chosen.pop("scope", Scope(ScopeLevel.BUREAU, None))
    part = Slice(scope=scope, since=since, until=until, **chosen)
    with app.app_context():
        table = get_summary(by, part)
    places = [[column.name for column in table.columns].index(name) for name in NAMES]
    found = {line.key: tuple(line.values[at] for at in places) for line in table.lines}
    found[""] = tuple(table.total.values[at] for at in places)
    return found


def day(month, number):
    return datetime(2026, month, number, tzinfo=UTC).date()


def test_a_household_counts_once_over_months_versions_and_cooperatives(app, carried):
    one, other = map(str, carried)
    year = (day(1, 1), day(11, 23))
    # Shared and poor of the first quarter, and one more of the second: never 2 + 2 + 2.
    assert benefits_of(app, By.COOPERATIVE, *year) == {
        one: (3, 1, 5),
        other: (1, 0, 2),
        "": (3, 1, 5),
    }
    assert benefits_of(app, By.TOWN, *year)[TOWN] == (3, 1, 5)
    assert benefits_of(app, By.COUNTY, *year)[COUNTY] == (3, 1, 5)


def test_only_whole_locked_months_of_the_period_and_the_scope_know_anything(app, carried):
    spring = (day(4, 1), day(5, 31))
    assert benefits_of(app, By.TOWN, *spring)[TOWN] == (2, 1, 4)
    blank = (None, None, None)
    for since, until in ((day(6, 1), day(6, 30)), (day(4, 1), day(4, 29))):
        assert benefits_of(app, By.TOWN, since, until)[TOWN] == blank
    elsewhere = Scope(ScopeLevel.CITY, "441700")
    assert benefits_of(app, By.TOWN, *spring, scope=elsewhere)[""] == blank
    assert set(benefits_of(app, By.CATEGORY, *spring, category_id=1).values()) == {blank}
    assert benefits_of(app, By.TOWN, *spring, cooperative_id=carried[1])[""] == (1, 0, 2)
