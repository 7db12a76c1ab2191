"""Award money has a budget and two people; pledges stand beside what was bought."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from catalog.categories.services import load_categories
from orders.programmes.models import Award, AwardDecision, Pledge, Programme
from orders.programmes.rules import completion_permille, progress_permille
from orders.records.models import BuyerType
from shop.accounts.people.models import ScopeLevel
from shop.db import db
from tests.factories.catalog import make_variant
from tests.factories.orders import accepted, dispatched, paid, place
from tests.factories.people import (
    COUNTY,
    OTHER_TOWN,
    TOWN,
    make_cooperative,
    make_enterprise,
    make_enterprise_member,
    make_official,
    make_places,
    sign_in,
)
from tests.factories.sales import make_entry
from tests.parts.pages import Page
from tests.parts.queries import counted_queries

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
PROGRAMMES, PLEDGES = "/statistics/programmes", "/statistics/pledges"


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def seller(act):
    def build():
        make_places()
        load_categories()
        return make_cooperative()

    return act(build)


@pytest.fixture
def official(app, act):
    def of(level=ScopeLevel.COUNTY, code=COUNTY):
        client = app.test_client()
        sign_in(client, act(lambda: make_official(level, code)))
        return client

    return of


def publish(client, *, budget="1", place=COUNTY, name="产销奖补"):
    fields = {"year": "2026", "name": name, "place": place, "budget": budget, "rule": "净额的 1%"}
    return client.post(PROGRAMMES, data=fields)


def propose(client, address, seller, amount, key="a-key-that-is-long-enough"):
    fields = {
        "cooperative": str(seller.id),
        "amount": amount,
        "awarded_on": "2026-11-20",
        "reason": "符合第一条",
        "key": key,
    }
    return client.post(f"{address}/awards", data=fields)


def awards(app):
    with app.app_context():
        return [each.id for each in db.session.scalars(select(Award).order_by(Award.id))]


def awarded(app):
    with app.app_context():
        return db.session.scalars(select(Programme.awarded_fen)).one()


def decide(client, award_id, verdict="confirmed", note=""):
    fields = {"verdict": verdict, "note": note}
    return client.post(f"{PROGRAMMES}/awards/{award_id}/decision", data=fields)


def test_an_award_counts_once_another_person_confirms_it(app, official, seller):
    county, other = official(), official()
    address = publish(county).location
    assert propose(county, address, seller, "6000").status_code == 303
    assert propose(county, address, seller, "6000").status_code == 303
    (award_id,) = awards(app)
    assert awarded(app) == 0
    assert decide(county, award_id).status_code == 403
    assert decide(other, award_id, "declined").status_code == 422
    assert decide(other, award_id).status_code == 303
    assert decide(other, award_id).status_code == 409
    assert awarded(app) == 600_000
    page = Page(county.get(address).text).text
    assert "已奖补 0.60 万元" in page
    assert "还剩 0.40 万元" in page
    assert "全年还剩 2,999.40 万元" in Page(county.get(PROGRAMMES).text).text


def test_no_award_goes_beyond_what_is_left_and_corrections_are_negative_lines(
    app, official, seller
):
    county, other = official(), official()
    address = publish(county).location
    for number, amount in enumerate(("7000", "7000")):
        assert (
            propose(county, address, seller, amount, f"a-long-enough-key-{number}").status_code
            == 303
        )
    first, second = awards(app)
    assert decide(other, first).status_code == 303
    refused = decide(other, second)
    assert (refused.status_code, "超过了项目余下的预算" in refused.text) == (422, True)
    beyond = propose(county, address, seller, "3000.01", "a-long-enough-key-2")
    assert (beyond.status_code, "amount-error" in beyond.text) == (422, True)
    correction = f"{PROGRAMMES}/awards/{first}/correction"
    fields = {"reason": "多算了", "key": "a-long-enough-key-3"}
    assert county.post(correction, data={"amount": "7000.01", **fields}).status_code == 422
    assert county.post(correction, data={"amount": "2000", **fields}).status_code == 303
    assert decide(other, awards(app)[-1]).status_code == 303
    assert awarded(app) == 500_000
    # What was refused counts as soon as there is room; two thousand more than is left do not.
    assert decide(other, second).status_code == 422
    with app.app_context():
        assert len(db.session.scalars(select(AwardDecision)).all()) == 2


def test_programmes_stay_inside_the_year_and_the_scope(act, official):
    county, bureau = official(), official(ScopeLevel.BUREAU, None)
    assert publish(bureau, budget="2999", place="all").status_code == 303
    beyond = publish(county, budget="1.01", name="另一个")
    assert (beyond.status_code, "超过了当年的奖补总额" in beyond.text) == (422, True)
    assert publish(county, name="产销奖补").status_code == 409
    assert publish(county, place="all").status_code == 422
    town = official(ScopeLevel.TOWN, TOWN)
    assert publish(town).status_code == 403
    own = publish(county, name="县里的").location
    assert town.get(own).status_code == 200
    assert official(ScopeLevel.TOWN, OTHER_TOWN).get(own).status_code == 404
    stranger = act(lambda: make_cooperative(OTHER_TOWN))
    assert propose(county, own, stranger, "1").status_code == 422


def test_a_pledge_counts_what_the_enterprise_ordered_and_what_was_entered_in_its_name(
    app, act, official, seller
):
    at = NOW - timedelta(days=20)

    def trade():
        member = make_enterprise_member()
        enterprise = member.enterprise
        variant = make_variant(seller, price_fen=1_000, at=at)
        accepted(dispatched(paid(place(member, {variant: 5}, for_unit=True, at=at))))
        # Bought as a person, in another's name, in another town, and in another year.
        accepted(dispatched(paid(place(member, {variant: 1}, at=at))))
        own = {"buyer_type": BuyerType.PRIVATE, "buyer_unit": enterprise.name}
        make_entry(seller, date(2026, 3, 1), 20_000, **own)
        make_entry(seller, date(2026, 3, 1), 7_000, buyer_unit="别的单位")
        make_entry(make_cooperative(OTHER_TOWN), date(2026, 3, 1), 9_000, **own)
        make_entry(seller, date(2025, 12, 31), 9_000, **own)
        return enterprise

    enterprise = act(trade)
    county = official()
    fields = {"year": "2026", "enterprise": enterprise.credit_code, "town": TOWN, "amount": "500元"}
    assert county.post(PLEDGES, data={**fields, "seen": "0"}).status_code == 303
    page = Page(county.get(f"{PLEDGES}?year=2026").text).text
    assert "50.0%" in page
    assert "89.6%" in page
    assert "慢 39.6" in page
    assert county.post(PLEDGES, data={**fields, "seen": "0"}).status_code == 409
    changed = {**fields, "amount": "250元", "seen": "1"}
    assert county.post(PLEDGES, data=changed).status_code == 303
    page = Page(county.get(f"{PLEDGES}?year=2026").text).text
    assert ("100.0%" in page, "50.0%" in page) == (True, False)
    with app.app_context():
        assert len(db.session.scalars(select(Pledge)).all()) == 2
    assert enterprise.name not in official(ScopeLevel.TOWN, OTHER_TOWN).get(PLEDGES).text


def test_a_pledge_of_nobody_known_is_refused_beside_its_field(official, seller):
    county = official()
    fields = {"year": "2026", "enterprise": "没登记的公司", "town": TOWN, "amount": "5"}
    answer = county.post(PLEDGES, data=fields)
    assert (answer.status_code, "enterprise-error" in answer.text) == (422, True)
    assert "没登记的公司" in answer.text
    assert county.post(PLEDGES, data={**fields, "town": OTHER_TOWN}).status_code == 422


def test_long_lists_cost_no_more_statements(app, act, official, seller):
    county = official()
    address = publish(county).location
    costs = []
    for count in (1, 8):
        for number in range(count):
            propose(county, address, seller, "1", f"a-long-enough-key-{count}-{number}")
            name = act(make_enterprise).name
            county.post(
                PLEDGES, data={"year": "2026", "enterprise": name, "town": TOWN, "amount": "5"}
            )
        for page in (address, PLEDGES):
            county.get(page)
            with counted_queries(app) as statements:
                county.get(page)
            costs.append(len(statements))
    assert costs[:2] == costs[2:]


@pytest.mark.parametrize(
    ("year", "today", "permille"),
    [
        (2026, date(2026, 1, 1), 3),
        (2024, date(2024, 2, 29), 164),
        (2026, date(2027, 1, 1), 1000),
        (2027, date(2026, 12, 31), 0),
    ],
)
def test_how_far_a_pledges_year_has_come(year, today, permille):
    assert progress_permille(year, today) == permille


def test_completion_may_go_beyond_the_whole_or_below_nothing():
    assert completion_permille(15_000, 10_000) == 1500
    assert completion_permille(-10, 10_000) == -1
