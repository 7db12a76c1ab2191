"""Ship by scanning: the slip's code, then the tracking number, on a phone or with a scanner."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from catalog.products.models import Product
from orders.deliveries.models import Parcel, Shipment
from orders.records.models import SubOrder
from shop import clock
from shop.accounts.people.models import MemberRole
from shop.db import db
from shop.invariants import list_broken
from tests.factories.catalog import make_draft, make_product, make_variant
from tests.factories.orders import paid, place
from tests.factories.people import (
    make_cooperative,
    make_cooperative_member,
    make_resident,
    sign_in,
)
from tests.parts.pages import Page, see
from tests.parts.queries import counted_queries

SCAN = "/cooperative/scanning"


@pytest.fixture
def cooperative(act):
    return act(make_cooperative)


@pytest.fixture
def variant(act, cooperative):
    return act(make_variant, cooperative, stock=1000)


@pytest.fixture
def buyer(act):
    return act(make_resident)


@pytest.fixture
def desk(act, app, cooperative):
    """A picker's browser."""
    client = app.test_client()
    sign_in(client, act(make_cooperative_member, cooperative, MemberRole.PICKER))
    return client


@pytest.fixture
def order(act, buyer, variant):
    def make(units=1, account=None, wanted=None):
        placed = place(account or buyer, wanted or {variant: units}, at=clock.now())
        return paid(placed).sub_orders[0]

    return lambda *args, **how: act(make, *args, **how)


def scan_slip(desk, code):
    return desk.get(SCAN, query_string={"code": code})


def form_of(desk, part):
    answer = scan_slip(desk, part.number)
    assert answer.status_code == 200, Page(answer.text).text
    return Page(answer.text).form(f"/{part.number}")


def scan(desk, part, number, **fields):
    form = form_of(desk, part)
    return desk.post(form.action, data=form.fields | {"number": number} | fields)


def parcels(act):
    query = (
        select(SubOrder.number, Parcel.carrier, Parcel.tracking_number)
        .join(Shipment, Shipment.sub_order_id == SubOrder.id)
        .join(Parcel, Parcel.shipment_id == Shipment.id)
        .order_by(Parcel.id)
    )
    return act(lambda: [tuple(each) for each in db.session.execute(query)])


def test_two_scans_ship_a_parcel_and_the_next_one_can_be_scanned_at_once(act, desk, order):
    part, following = order(2), order()
    page = scan_slip(desk, part.number)
    assert "2 白糖罂荔枝" in Page(page.text).text
    assert "autofocus" in page.text
    assert scan(desk, part, "sf1234567890").location == SCAN
    assert parcels(act) == [(part.number, "顺丰速运", "SF1234567890")]
    page = desk.get(SCAN)
    assert f"已发：{part.number}，顺丰速运 SF1234567890。" in Page(page.text).text
    assert "今天我发货 1 次" in Page(page.text).text
    assert "autofocus" in page.text
    scan(desk, following, "SF1234567891")
    assert "今天我发货 2 次" in see(desk, SCAN).text
    assert act(lambda: list(list_broken())) == []


def test_each_slip_carries_its_parts_number_as_a_code(desk, order):
    order()
    for paper in ("", "?paper=label"):
        assert desk.get(f"/cooperative/packing-slips{paper}").text.count('class="slip-code"') == 1


def test_the_carrier_of_the_last_parcel_is_chosen_for_the_next(desk, order):
    scan(desk, order(), "YT1234567890", carrier="圆通速递")
    assert form_of(desk, order()).fields["carrier"] == "圆通速递"


@pytest.mark.parametrize("cut", [slice(None), slice(-7, None), slice(-7, -1), slice(None, -1)])
def test_a_code_is_scanned_or_its_end_is_typed(desk, order, cut):
    part = order()
    assert part.number in scan_slip(desk, f" {part.number[cut].lower()} ").text


def test_the_end_of_what_was_shipped_or_is_not_theirs_names_nothing(act, desk, order):
    theirs, gone = order(wanted={act(make_variant): 1}), order()
    scan(desk, gone, "SF1234567890")
    for code in (theirs.number, theirs.number[-7:], gone.number[-7:], "%", "______", "A" * 60):
        answer = scan_slip(desk, code)
        assert answer.status_code == 404
        assert "没有这张单" in answer.text
        assert "第 2 步" not in answer.text


def test_the_same_page_sent_twice_ships_once(act, desk, order):
    part = order(2)
    form = form_of(desk, part)
    for number in ("SF1234567890", "SF1234567890", "SF1234567891"):
        fields = form.fields | {"number": number}
        assert desk.post(form.action, data=fields).location == SCAN
    assert len(parcels(act)) == 1


def test_a_parcel_that_is_scanned_again_says_under_which_number_it_left(act, desk, order):
    part = order()
    form = form_of(desk, part)
    scan(desk, part, "SF1234567890")
    answer = scan_slip(desk, part.number)
    assert answer.status_code == 409
    assert "这一单已经发完了，单号：SF1234567890" in answer.text
    # A page that was open in another tab.
    answer = desk.post(form.action, data=form.fields | {"number": "SF1234567890", "key": "k" * 30})
    assert answer.location == SCAN
    answer = desk.post(form.action, data=form.fields | {"number": "SF7777777777", "key": "j" * 30})
    assert answer.status_code == 409
    assert len(parcels(act)) == 1


def test_a_label_read_twice_asks_for_the_next_slip(desk, order):
    part = order()
    scan(desk, part, "SF1234567890")
    answer = scan_slip(desk, "SF1234567890")
    assert f"SF1234567890 是 {part.number} 的快递单号，已经发了" in Page(answer.text).text


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("123", "不像快递单号"),
        ("C20261123-7F3K9QA", "这是装箱单上的码"),
        ("", "请填写这一项"),
    ],
)
def test_what_is_no_tracking_number_is_said_beside_the_field(act, desk, order, number, words):
    answer = scan(desk, order(), number)
    assert answer.status_code == 422
    assert words in answer.text
    assert "autofocus" in answer.text
    assert parcels(act) == []


def test_the_label_of_the_box_before_is_noticed(act, desk, order):
    mine, mine_too, theirs = order(), order(), order(account=act(make_resident))
    scan(desk, mine, "SF1234567890")
    answer = scan(desk, theirs, "SF1234567890")
    assert answer.status_code == 422
    assert f"已经用在另一位买家的 {mine.number}" in answer.text
    scan(desk, mine_too, "SF1234567890")
    assert f"和 {mine.number} 合用一个单号" in see(desk, SCAN).text
    assert len(parcels(act)) == 2


def test_a_missing_batch_is_said_at_the_first_scan_with_a_way_out(act, desk, cooperative, order):
    variant = act(make_variant, cooperative, stock=100, batched=False)
    part = order(wanted={variant: 2})
    answer = scan_slip(desk, part.number)
    assert answer.status_code == 409
    page = Page(answer.text)
    assert "还有 2 箱没有可用的批次" in page.text
    form = see(desk, page.link("登记“白糖罂荔枝”的采收")).form("/cooperative/batches")
    desk.post(form.action, data=form.fields | {"quantity": "500", "basis": "self_tested"})
    assert scan(desk, part, "SF1234567890").location == SCAN


def test_what_was_sold_in_advance_stays_until_its_day(act, desk, cooperative, buyer, variant):
    soon = clock.day_of(clock.now()) + timedelta(days=1)
    draft = replace(make_draft("10斤装"), presale_ships_on=soon, presale_cap=9)
    product = act(make_product, cooperative, name="早黄皮", variants=[draft], stock=0)

    def buy(with_stock):
        later = db.session.get_one(Product, product.id).variants[0]
        wanted = {later: 1} | ({variant: 2} if with_stock else {})
        return paid(place(buyer, wanted, at=clock.now())).sub_orders[0]

    both, only_later = act(buy, True), act(buy, False)
    assert "预售还没到发货的日子" in scan_slip(desk, only_later.number).text
    assert "预售 · " in scan_slip(desk, both.number).text
    scan(desk, both, "SF1234567890")
    waits = act(lambda: [x.waiting_quantity for x in db.session.get_one(SubOrder, both.id).lines])
    assert sorted(waits) == [0, 1]


def test_strangers_ship_nothing(act, app, desk, order):
    part = order()
    form = form_of(desk, part)
    other = app.test_client()
    sign_in(other, act(make_cooperative_member))
    answer = other.post(form.action, data=form.fields | {"number": "SF1234567890"})
    assert answer.status_code == 404
    assert parcels(act) == []


def test_only_what_one_sent_oneself_is_in_the_list(act, app, desk, cooperative, order):
    part = order()
    scan(desk, part, "SF1234567890")
    colleague = app.test_client()
    sign_in(colleague, act(make_cooperative_member, cooperative))
    assert part.number not in colleague.get(SCAN).text


@pytest.mark.parametrize("address", ["/cooperative", "/cooperative/orders"])
def test_the_days_pages_lead_to_both_ways(desk, order, address):
    order()
    page = see(desk, address)
    assert page.link("扫码发货") == SCAN
    assert page.link("用表格批量发货") == "/cooperative/shipping"
    page = see(desk, "/cooperative/pick-list")
    assert (page.link("扫码发货"), page.link("用表格")) == (SCAN, "/cooperative/shipping")


def test_more_parcels_ask_the_database_no_more(act, app, desk, order):
    part = order(2)

    def asked():
        counts = []
        for address in (SCAN, f"{SCAN}?code={part.number}"):
            with counted_queries(app) as statements:
                assert desk.get(address).status_code == 200
            counts.append(len(statements))
        return counts

    scan(desk, order(), "SF1234567899")
    before = asked()
    for n in range(5):
        scan(desk, order(), f"SF12345678{n:02}")
        order()
    assert asked() == before
    assert max(before) <= 22, before
