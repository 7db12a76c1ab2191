"""What looks odd in the ledger is raised once, explained, and cleared above the town."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from catalog.batches.models import Batch, ReportForm
from catalog.categories.services import load_categories
from orders.flags.handlers import look_over
from orders.flags.models import Flag, FlagClearance, FlagKind, FlagLine
from orders.flags.rules.findings import Finding
from orders.flags.services import raise_flags
from orders.offline.models import EvidenceKind, EvidenceLink, OfflineEvidence, OfflineSale
from orders.rollups.handlers import move_watermark
from orders.sales.models import Channel
from shop.accounts.people.models import MemberRole, ScopeLevel
from shop.accounts.people.services import add_member
from shop.db import db
from tests.factories.catalog import make_batch, make_variant
from tests.factories.orders import accepted, dispatched, make_delivery, paid, place
from tests.factories.people import (
    COUNTY,
    OTHER_TOWN,
    TOWN,
    make_cooperative,
    make_official,
    make_places,
    make_resident,
    sign_in,
)
from tests.factories.sales import make_entry, make_refund
from tests.parts.queries import counted_queries

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
PAGE = "/statistics/flags"


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
def usual(act, seller):
    """Thirty ordinary boxes of 40 yuan a kilogram, one a day."""

    def build():
        for day in range(30):
            make_entry(seller, date(2026, 9, 1) + timedelta(days=day), 10_000)

    act(build)


@pytest.fixture
def look(app):
    """Let a night pass; answer how many flags it raised."""

    def pass_a_night(at=NOW):
        with app.app_context():
            move_watermark(at)
            return look_over(at)

    return pass_a_night


def raised(app):
    """What was raised: kind, town and the ids of its lines."""
    with app.app_context():
        flags = db.session.scalars(select(Flag).order_by(Flag.id)).all()
        lines = db.session.execute(select(FlagLine.flag_id, FlagLine.entry_id)).all()
        return [
            (flag.kind, flag.town_code, sorted(entry for of, entry in lines if of == flag.id))
            for flag in flags
        ]


def official(app, act, level=ScopeLevel.COUNTY, code=COUNTY):
    client = app.test_client()
    sign_in(client, act(lambda: make_official(level, code)))
    return client


@pytest.mark.usefixtures("usual")
def test_an_odd_price_is_raised_once_however_often_it_is_looked_for(app, act, seller, look):
    odd = act(lambda: make_entry(seller, date(2026, 11, 1), 50_000)).id
    by_the_piece = act(
        lambda: [
            make_entry(seller, date(2026, 11, 2), fen, net_weight_g=None, product_name="草鸡")
            for fen in [5_000] * 20 + [1_000]
        ]
    )[-1].id
    assert look() == 2
    assert look() == 0
    assert raised(app) == [(FlagKind.PRICE, TOWN, [odd]), (FlagKind.PRICE, TOWN, [by_the_piece])]
    page = official(app, act).get(PAGE).text
    assert "白糖罂荔枝的单价是 200.00 元/公斤，而水果最近 12 个月的中位价是 40.00 元/公斤" in page
    assert "草鸡的单价是 10.00 元/箱，而草鸡最近 12 个月的中位价是 50.00 元/箱" in page


@pytest.mark.usefixtures("usual")
def test_a_large_order_that_goes_back_is_raised_when_it_does(app, act, seller, look):
    """A slip that was entered anew is none."""
    sale, slip = act(
        lambda: [make_entry(seller, date(2026, 10, 1), 600_000, net_weight_g=150_000) for _ in "12"]
    )
    assert look() == 0
    refund = act(lambda: make_refund(sale, date(2026, 10, 9), 400_000)).id
    act(lambda: make_refund(slip, date(2026, 10, 9), 600_000))
    act(
        lambda: make_entry(
            seller, date(2026, 10, 1), 60_000, net_weight_g=15_000, corrects_id=slip.id
        )
    )
    assert look() == 1
    assert raised(app) == [(FlagKind.REFUNDED, TOWN, [sale.id, refund])]


def test_buyers_who_belong_to_the_cooperative_are_raised_by_person_and_by_name(
    app, act, seller, look
):
    at = NOW - timedelta(days=20)

    def trade():
        variant = make_variant(seller, price_fen=1_000, at=at)
        member, stranger = make_resident(), make_resident()
        add_member(member, seller, MemberRole.PICKER, at=at - timedelta(days=1))
        for buyer in (member, stranger):
            order = place(buyer, {variant: 2}, delivery=make_delivery(phone="13900000001"), at=at)
            accepted(dispatched(paid(order)))
        return make_entry(seller, NOW.date(), buyer_unit=seller.name).id

    entered = act(trade)
    assert look() == 2
    flags = raised(app)
    assert [(kind, town) for kind, town, _ in flags] == [(FlagKind.RELATED, TOWN)] * 2
    assert [entered] in [lines for _, _, lines in flags]
    page = official(app, act).get(PAGE).text
    assert "采购 20.00 元：下单的人就是这家合作社的成员" in page
    assert "采购方名称和这家合作社相同" in page


@pytest.mark.usefixtures("usual")
def test_a_month_that_ends_in_a_rush_is_raised_once_it_is_over(app, act, seller, look):
    rush = [date(2026, 9, 29), date(2026, 9, 30)]
    act(lambda: [make_entry(seller, day, 2_000_000, net_weight_g=500_000) for day in rush])
    assert look(datetime(2026, 9, 30, 12, tzinfo=UTC)) == 0
    assert look(datetime(2026, 10, 1, 12, tzinfo=UTC)) == 1
    ((kind, town, lines),) = raised(app)
    assert (kind, town) == (FlagKind.SPIKE, TOWN)
    # The rush, and what else was sold on the last three days.
    assert len(lines) == 5


def test_one_photo_for_two_sales_and_more_than_was_harvested(app, act, seller, look):
    def build():
        batch: Batch = make_batch(make_variant(seller).product, harvested_on=date(2026, 11, 1))
        sold = make_entry(
            seller,
            date(2026, 11, 2),
            1_000_000,
            product_id=batch.product_id,
            net_weight_g=batch.quantity_g * 4,
        )
        # Of a harvest that nobody recorded.
        earlier = {"product_id": batch.product_id, "net_weight_g": batch.quantity_g * 9}
        make_entry(seller, date(2026, 10, 30), 1_000_000, **earlier)
        used = [make_entry(seller, date(2026, 11, 3), channel=Channel.OFFLINE) for _ in "12"]
        by = make_resident().id
        for entry in used:
            sale = OfflineSale(entry_id=entry.id, key=f"key{entry.id}")
            photo = OfflineEvidence(
                kind=EvidenceKind.PHOTO,
                form=ReportForm.PICTURE,
                sha256="a" * 64,
                size=9,
                file_name="现场.jpg",
                uploaded_at=NOW,
                uploaded_by_id=by,
            )
            db.session.add_all([sale, photo])
            db.session.flush()
            db.session.add(EvidenceLink(evidence_id=photo.id, sale_id=sale.id, at=NOW, by_id=by))
        return sold.id, [entry.id for entry in used]

    sold, used = act(build)
    assert look() == 2
    assert raised(app) == [
        (FlagKind.HARVEST, TOWN, [sold]),
        (FlagKind.EVIDENCE, TOWN, used),
    ]
    page = official(app, act).get(PAGE).text
    assert "（允许误差 10%）" in page
    assert "此前已用过 1 次" in page


def test_more_than_was_harvested_in_several_months_is_one_finding(app, act, seller, look):
    def build():
        batch = make_batch(make_variant(seller).product, harvested_on=date(2026, 9, 1))
        much = {"product_id": batch.product_id, "net_weight_g": batch.quantity_g * 2}
        days = (date(2026, 9, 2), date(2026, 10, 2))
        return [make_entry(seller, day, 1_000_000, **much).id for day in days]

    september, october = act(build)
    assert look() == 1
    assert raised(app) == [(FlagKind.HARVEST, TOWN, [september, october])]
    assert look() == 0


@pytest.mark.usefixtures("usual")
def test_who_is_above_the_town_clears_a_flag_with_a_note_and_it_stays(app, act, seller, look):
    odd = act(lambda: make_entry(seller, date(2026, 11, 1), 50_000)).id
    look()
    county, town = official(app, act), official(app, act, ScopeLevel.TOWN, TOWN)
    assert "1 条疑点待核实" in county.get("/statistics").text
    with app.app_context():
        flag_id = db.session.scalar(select(Flag.id))
    own = f"{PAGE}/{flag_id}"
    assert f"/statistics/ledger/{odd}" in town.get(own).text
    assert 'name="note"' not in town.get(own).text
    assert town.post(f"{own}/clearance", data={"note": "礼盒装"}).status_code == 403
    empty = county.post(f"{own}/clearance", data={"note": " "})
    assert (empty.status_code, "note-error" in empty.text) == (422, True)
    assert county.post(f"{own}/clearance", data={"note": "礼盒装，核过合同"}).status_code == 303
    again = county.post(f"{own}/clearance", data={"note": "再写一次"})
    assert (again.status_code, "再写一次" in again.text) == (409, False)
    assert "礼盒装，核过合同" in town.get(f"{PAGE}?show=cleared&kind=price").text
    assert "礼盒装" not in county.get(PAGE).text
    assert "条疑点待核实" not in county.get("/statistics").text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(FlagClearance)) == 1
    elsewhere = official(app, act, ScopeLevel.TOWN, OTHER_TOWN)
    assert elsewhere.get(own).status_code == 404
    assert "礼盒装" not in elsewhere.get(f"{PAGE}?show=all").text


def test_a_long_list_costs_no_more_statements_and_is_paged(app, act, seller):
    facts = {"cooperative": "示例合作社", "reasons": ["same_name"], "amount_fen": 100}

    def raise_some(numbers):
        entry_id = make_entry(seller, date(2026, 11, 1)).id
        found = [
            Finding(FlagKind.RELATED, f"order:{number}", TOWN, facts, [entry_id])
            for number in numbers
        ]
        return raise_flags(found, at=NOW)

    client = official(app, act)
    costs = []
    for numbers in (range(1), range(61)):
        act(lambda those=numbers: raise_some(those))
        client.get(PAGE)
        with counted_queries(app) as statements:
            page = client.get(PAGE).text
        costs.append(len(statements))
    assert costs[0] == costs[1]
    assert len(set(re.findall(PAGE + r"/\d+", page))) == 50
    assert len(set(re.findall(PAGE + r"/\d+", client.get(f"{PAGE}?page=2").text))) == 11
