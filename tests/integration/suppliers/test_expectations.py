"""A cooperative says what its coming weeks are expected to bring; nobody overwrites another."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from sqlalchemy import select

from catalog.expectations.errors import WeekOver
from catalog.expectations.models import HarvestExpectation
from catalog.expectations.rules import WEEKS_AHEAD, coming_weeks, week_of
from catalog.expectations.services import Said, expect
from catalog.products.models import Product
from shop import clock
from shop.accounts.audit.models import AuditEntry
from shop.db import db
from shop.demo.expectations import announce
from shop.organisations.models import Organisation
from shop.organisations.services import suspend
from shop.web.filters import near_day
from suppliers.expectations.handlers import remind_of_harvests
from tests.factories.catalog import make_batch, make_product
from tests.factories.people import (
    make_cooperative,
    make_cooperative_member,
    sign_in,
)
from tests.parts.pages import Page, see
from tests.parts.queries import counted_queries

DESK = "/cooperative/expectations"


@pytest.fixture
def cooperative(act):
    return act(make_cooperative)


@pytest.fixture
def manager(act, client, cooperative):
    account = act(make_cooperative_member, cooperative)
    sign_in(client, account)
    return account


@pytest.fixture
def product(act, cooperative):
    return act(make_product, cooperative, name="公馆番薯", batched=False)


def weeks():
    return coming_weeks(clock.day_of(clock.now()))


def filled(amounts, *, seen=(), unit="jin", first=None):
    """What the page sends: the amounts and versions by the place of their week."""
    sent = {"first": first or weeks()[0].code, "unit": unit}
    for place in range(WEEKS_AHEAD):
        sent[f"amounts-{place}"] = str(dict(enumerate(amounts)).get(place, ""))
        sent[f"seen-{place}"] = str(dict(enumerate(seen)).get(place, 0))
    return sent


def rows(act):
    query = select(HarvestExpectation).order_by(HarvestExpectation.id)
    return [
        (row.week, row.version, row.quantity_g)
        for row in act(lambda: db.session.scalars(query).all())
    ]


def form_of(answer):
    """The page's form; its address ends with the product's number."""
    return next(form for form in Page(answer.text).forms if "amounts-0" in form.fields)


def values(answer):
    fields = form_of(answer).fields
    return [fields[f"amounts-{place}"] for place in range(WEEKS_AHEAD)]


def test_what_is_typed_in_jin_is_kept_in_grams_with_the_names_of_the_day(
    act, client, manager, cooperative, product
):
    answer = client.post(f"{DESK}/{product.id}", data=filled(["300", "12.5", "", "0"]))
    assert (answer.status_code, answer.location) == (303, f"{DESK}?unit=jin")
    codes = [week.code for week in weeks()]
    assert rows(act) == [
        (codes[0], 1, 150_000),
        (codes[1], 1, 6_250),
        (codes[3], 1, 0),
    ]
    row = act(lambda: db.session.scalars(select(HarvestExpectation).limit(1)).one())
    assert (row.cooperative_name, row.product_name, row.category_name) == (
        cooperative.name,
        "公馆番薯",
        "水果",
    )
    assert row.town_code == cooperative.town_code
    assert row.said_by_id == manager.id
    listed = client.get(DESK).text
    assert "本周 300 斤" in listed
    assert "3 周一共 312.5 斤" in listed
    assert values(client.get(f"{DESK}/{product.id}?unit=kg"))[:4] == ["150", "6.25", "", "0"]
    logged = act(
        lambda: db.session.scalars(
            select(AuditEntry).where(AuditEntry.act == "expect_harvest")
        ).one()
    )
    assert logged.detail["grams"][codes[1]] == 6_250


def test_a_change_is_a_new_version_and_what_was_left_alone_has_none(act, client, manager, product):
    client.post(f"{DESK}/{product.id}", data=filled(["100", "200"], unit="kg"))
    client.post(f"{DESK}/{product.id}", data=filled(["", "200"], seen=[1, 1], unit="kg"))
    first, second = weeks()[0].code, weeks()[1].code
    assert rows(act) == [(first, 1, 100_000), (second, 1, 200_000), (first, 2, None)]
    assert values(client.get(f"{DESK}/{product.id}"))[:2] == ["", "400"]
    client.post(f"{DESK}/{product.id}", data=filled(["", "200"], seen=[2, 1], unit="kg"))
    assert len(rows(act)) == 3


def test_two_people_never_overwrite_each_other_unawares(act, client, manager, cooperative, product):
    colleague = act(make_cooperative_member, cooperative)
    first = weeks()[0]
    said = [Said(first, 80_000, 0)]
    act(expect, cooperative.id, product.id, said, by=colleague.id, at=clock.now())
    answer = client.post(f"{DESK}/{product.id}", data=filled(["500", "60"]))
    assert answer.status_code == 409
    assert f"{colleague.name}刚刚改成 160 斤" in answer.text
    assert values(answer)[:2] == ["500", "60"]
    assert rows(act) == [(first.code, 1, 80_000)], "nothing by halves"
    again = filled(["500", "60"], seen=[form_of(answer).fields["seen-0"]])
    assert client.post(f"{DESK}/{product.id}", data=again).status_code == 303
    assert rows(act)[1:] == [(first.code, 2, 250_000), (weeks()[1].code, 1, 30_000)]


def test_who_leaves_a_week_as_it_was_does_not_undo_what_a_colleague_did_there(
    act, client, manager, cooperative, product
):
    said = [Said(weeks()[0], 80_000, 0)]
    act(expect, cooperative.id, product.id, said, by=manager.id, at=clock.now())
    assert client.post(f"{DESK}/{product.id}", data=filled(["", "60"])).status_code == 303
    assert rows(act) == [(weeks()[0].code, 1, 80_000), (weeks()[1].code, 1, 30_000)]


@pytest.mark.parametrize(
    ("typed", "unit", "words"),
    [
        ("很多", "jin", "请填写数字"),
        ("-5", "jin", "请填写 0 到"),
        ("0.001", "jin", "请精确到 1 克"),
        ("1000001", "kg", "一周最多 1000 吨"),
        ("1.2345", "kg", "最多三位小数"),
    ],
)
def test_what_is_no_weight_is_said_beside_its_week_and_nothing_is_lost(
    act, client, manager, product, typed, unit, words
):
    answer = client.post(f"{DESK}/{product.id}", data=filled(["70", typed], unit=unit))
    assert answer.status_code == 422
    beside = answer.text.split('id="amounts-1-error"')[1].split("</div>")[0]
    assert words in beside
    week = weeks()[1]
    above = answer.text.split("error-summary")[1].split("</ul>")[0]
    assert f"{near_day(week.since)}–{near_day(week.until)}：{words}" in above
    assert values(answer)[:2] == ["70", typed]
    assert rows(act) == []


def test_a_page_of_last_week_moves_what_was_typed_to_where_its_week_is_now(
    act, client, manager, product
):
    before = weeks()[0].after(-1)
    answer = client.post(
        f"{DESK}/{product.id}", data=filled(["1", "2", "3"], first=before.code, unit="kg")
    )
    assert answer.status_code == 409
    assert "已经是新的一周了" in answer.text
    assert values(answer)[:3] == ["2", "3", ""]
    assert rows(act) == []


def test_last_weeks_harvest_and_last_years_are_proposed_and_written_only_when_saved(
    act, client, manager, cooperative, product
):
    before = weeks()[0].after(-1)

    def bring_in():
        own = db.session.get_one(Product, product.id)
        for day, grams in (
            (before.since, 20_000),
            (before.until, 30_000),
            (weeks()[1].year_before.since, 8_000),
        ):
            make_batch(own, quantity_g=grams, harvested_on=day, at=clock.now())

    act(bring_in)
    page = client.get(f"{DESK}/{product.id}").text
    assert "照上周" in page
    as_before = client.get(f"{DESK}/{product.id}?like=last-week&unit=kg")
    assert values(as_before) == ["50"] * WEEKS_AHEAD
    assert "还没有保存" in as_before.text
    last_year = values(client.get(f"{DESK}/{product.id}?like=last-year&unit=kg"))
    assert last_year == ["", "8", *[""] * (WEEKS_AHEAD - 2)]
    assert rows(act) == []


def test_pages_ask_the_same_however_much_there_is(act, app, client, manager, cooperative, product):
    def asked(path):
        with counted_queries(app) as queries:
            assert client.get(path).status_code == 200
        return len(queries)

    few = asked(DESK), asked(f"{DESK}/{product.id}")

    def more():
        for number in range(4):
            other = make_product(cooperative, name=f"菜{number}", batched=False)
            said = [Said(week, 1000, 0) for week in weeks()]
            expect(cooperative.id, other.id, said, by=manager.id, at=clock.now())
        expect(cooperative.id, product.id, said, by=manager.id, at=clock.now())

    act(more)
    assert (asked(DESK), asked(f"{DESK}/{product.id}")) == few


def test_past_weeks_and_strangers_products_are_not_there_to_be_changed(
    act, client, manager, cooperative, product
):
    foreign = act(make_product, batched=False)
    assert client.post(f"{DESK}/{foreign.id}", data=filled(["1"])).status_code == 404
    later = clock.now() + timedelta(weeks=20)
    said = [Said(week_of(clock.day_of(later)), 1000, 0)]
    with pytest.raises(WeekOver):
        act(expect, cooperative.id, product.id, said, by=manager.id, at=clock.now())
    assert rows(act) == []


# ── Reminders ───────────────────────────────────────────────────────────────────────────────────


def test_who_expects_nothing_of_what_they_sell_is_reminded_once_a_month(
    app, act, client, manager, product
):
    stopped = act(make_cooperative)
    act(lambda: [make_cooperative_member(stopped), make_product(stopped)])
    act(lambda: suspend(db.session.get_one(Organisation, stopped.id), at=clock.now()))
    act(lambda: make_cooperative_member(make_cooperative()))  # Sells nothing.

    def night_of(month, day):
        night = clock.start_of(date(2026, month, day))
        with app.app_context(), time_machine.travel(night, tick=False):
            return remind_of_harvests(clock.now())

    assert [night_of(11, 2), night_of(11, 3), night_of(11, 30)] == [1, 0, 0]
    said = [Said(week_of(date(2026, 12, 14)), 5_000, 0)]
    at = clock.start_of(date(2026, 11, 30))
    act(expect, product.cooperative_id, product.id, said, by=manager.id, at=at)
    # From the week after the last that something is expected of, nothing is.
    assert [night_of(12, 1), night_of(12, 13), night_of(12, 14)] == [0, 0, 1]
    assert "预计采收" in see(client, "/account/inbox").text


def test_the_demo_says_so_in_the_first_hour_of_a_week_too(app, act, cooperative, product):
    manager = act(make_cooperative_member, cooperative)
    seller = SimpleNamespace(cooperative_id=cooperative.id, manager_id=manager.id)
    monday = datetime(2026, 11, 30, 0, 30, tzinfo=clock.SHANGHAI)
    with app.app_context():
        announce([seller, seller], monday)
    said = {week for week, *_ in rows(act)}
    assert said >= {week.code for week in coming_weeks(monday.date())}
