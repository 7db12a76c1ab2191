"""Goods that were sold and aren't there: who goes without, what comes back, and who wins a race."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import select

from catalog.products.models import Variant
from catalog.stock.services import receive
from orders.deliveries.errors import NotToBeSent, OtherThanWaits
from orders.deliveries.services import dispatch
from orders.payments.models import Payment
from orders.records.models import Order, OrderLine, SubOrder
from orders.refunds.errors import AlreadySent, NotWaiting
from orders.refunds.models import Cancellation, Refund, Side
from orders.refunds.rules import money_back_by
from orders.refunds.services.cancellations import cancel_order, cancel_units
from orders.sales.models import SalesEntry
from orders.shortages.errors import MoreThanWaits, PlanChanged, TooManyOrders
from orders.shortages.models import Cause, Shortage, ShortageLine
from orders.shortages.queries import Goods, get_plan
from orders.shortages.services import Report, report_shortage
from shop import clock, invariants
from shop.accounts.people.models import MemberRole
from shop.db import db
from shop.outbox import OutboxMessage, deliver_due
from tests.factories.catalog import make_variant
from tests.factories.orders import accepted, dispatched, paid, place
from tests.factories.people import (
    make_cooperative,
    make_cooperative_member,
    make_finance,
    make_resident,
    sign_in,
)
from tests.parts.pages import Page, see, send
from tests.parts.queries import counted_queries
from tests.parts.together import run_together

NOW = clock.now()
PICK_LIST = "/cooperative/pick-list"
PARCEL = [("顺丰速运", "SF1234567890")]
WHY = {"cause": "weather", "note": "昨晚下冰雹"}


@pytest.fixture
def seller(act):
    return act(make_cooperative)


@pytest.fixture
def variant(act, seller):
    """One box is below the free-freight amount."""
    return act(make_variant, seller, stock=10, price_fen=2000)


@pytest.fixture
def buyers(act):
    return [act(make_resident) for _ in range(3)]


@pytest.fixture
def orders(act, buyers, variant):
    """One after the other 3, 2 and 4 boxes; one is left in the store."""
    return [
        order_of(act, buyer, {variant: units}, NOW + timedelta(minutes=place))
        for place, (buyer, units) in enumerate(zip(buyers, (3, 2, 4), strict=True))
    ]


@pytest.fixture
def desk(act, app, seller):
    return signed_in(act, app, seller)


@pytest.fixture
def picker(act, app, seller):
    return signed_in(act, app, seller, MemberRole.PICKER)


@pytest.fixture(autouse=True)
def no_rule_is_broken(act):
    yield
    assert act(invariants.list_broken) == []


def signed_in(act, app, seller, role=MemberRole.MANAGER):
    client = app.test_client()
    sign_in(client, act(make_cooperative_member, seller, role))
    return client


def order_of(act, buyer, wanted, at=NOW):
    def make():
        order = paid(place(buyer, wanted, at=at))
        for part in order.sub_orders:
            assert part.lines
        return order

    return act(make)


def stock_of(act, variant):
    """On hand, held, promised, and the cap of what may be promised."""
    row = act(lambda: db.session.get_one(Variant, variant.id))
    return row.on_hand, row.held, row.promised, row.presale_cap


def called_off(act, *orders):
    """Units called off, by order."""

    def read():
        query = (
            select(SubOrder.order_id, OrderLine.cancelled_quantity)
            .join(OrderLine.sub_order)
            .order_by(OrderLine.id)
        )
        found = dict(db.session.execute(query).all())
        return [found[order.id] for order in orders]

    return act(read)


def all_of(act, model):
    return act(lambda: db.session.scalars(select(model).order_by(model.id)).all())


def report(act, variant, units, key="made-for-one-form-only-1", seen=None, **goods):
    subject = Goods(act(lambda: cooperative_of(variant)), variant.id, **goods)
    said = Report(subject, units, Cause.SPOILED, "", "缺货（坏了、烂了）")
    seen = seen or act(get_plan, subject, units).fingerprint
    return act(report_shortage, said, key=key, seen=seen, by=None, at=NOW + timedelta(hours=1))


def cooperative_of(variant):
    return db.session.get_one(Variant, variant.id).product.cooperative_id


def form_on(desk, variant, query=""):
    return see(desk, f"/cooperative/variants/{variant.id}/shortage{query}").form("/shortage")


def ask(desk, form, **changes):
    """Send the first form; the page that says whom it concerns."""
    answer = desk.get(form.action, query_string=form.fields | WHY | changes)
    return answer.status_code, Page(answer.text)


def tell(desk, variant, units, query="", **changes):
    """Both steps; the page of the report."""
    _, page = ask(desk, form_on(desk, variant, query), units=str(units), **changes)
    return see(desk, send(desk, page.form("/shortage")).location)


# ── On the screen ───────────────────────────────────────────────────────────────────────────────


def test_a_manager_sees_whom_it_concerns_before_it_is_done(act, desk, variant, orders):
    page = see(desk, see(desk, PICK_LIST).link("缺货 白糖罂荔枝"))
    assert "等着发货的有 9 箱，在 3 个订单里" in page.text
    status, page = ask(desk, page.form("/shortage"), units="5")
    assert status == 200
    freight_fen = orders[2].freight_fen
    refund_fen = 5 * 2000 + freight_fen
    assert freight_fen > 0
    assert f"2 个订单少发 5 箱，退款 ¥{refund_fen / 100:.2f}" in page.text
    assert f"其中运费 ¥{freight_fen / 100:.2f}" in page.text
    assert "冰雹、台风等天气 · 昨晚下冰雹" in page.text
    assert "库存里还有 1 箱没人订，也一起清零" in page.text
    assert called_off(act, *orders) == [0, 0, 0]
    assert stock_of(act, variant)[:2] == (10, 9)
    page = see(desk, send(desk, page.form("/shortage")).location)
    assert "缺 5 箱" in page.text
    assert called_off(act, *orders) == [0, 1, 4]
    assert stock_of(act, variant)[:2] == (4, 4)
    payments = act(
        lambda: dict(db.session.execute(select(Payment.order_id, Payment.refunded_fen)).all())
    )
    assert [payments[order.id] for order in orders] == [0, 2000, 8000 + freight_fen]
    assert orders[2].sub_orders[0].number in page.text
    assert "4 箱 2" in see(desk, PICK_LIST).text


def test_a_picker_reports_without_seeing_money_and_the_manager_is_told(
    act, app, desk, picker, variant, orders
):
    _, page = ask(picker, form_on(picker, variant), units="4")
    assert "1 个订单少发 4 箱" in page.text
    assert "¥" not in page.text
    page = see(picker, send(picker, page.form("/shortage")).location)
    assert "¥" not in page.text
    letters = [letter.payload for letter in all_of(act, OutboxMessage) if letter.kind == "mail"]
    told = [letter for letter in letters if "shortage_reported" in letter["key"]]
    assert len(told) == 1
    assert see(desk, told[0]["context"]["path"]).link(orders[2].number)


def test_an_accountant_and_another_cooperative_report_nothing(act, app, seller, variant, orders):
    address = f"/cooperative/variants/{variant.id}/shortage"
    accountant = signed_in(act, app, seller, MemberRole.ACCOUNTANT)
    stranger = signed_in(act, app, act(make_cooperative))
    for client, status in ((accountant, 403), (stranger, 404)):
        assert client.get(address).status_code == status
        assert client.post(address, data=WHY | {"units": "1"}).status_code == status


def test_the_buyer_reads_what_is_missing_what_comes_back_and_when(
    act, app, desk, buyers, variant, orders
):
    tell(desk, variant, 5)
    client = app.test_client()
    sign_in(client, buyers[1])
    page = see(client, f"/orders/{orders[1].number}").text
    refund = all_of(act, Refund)[0]
    due = money_back_by(refund)
    assert "合作社缺货" in page
    assert "白糖罂荔枝 × 1" in page
    assert "冰雹、台风等天气（昨晚下冰雹）" in page
    assert "退款 20.00 元" in page
    assert f"最晚 {due.month}月{due.day}日到账" in page
    letter = see(client, "/account/inbox").text
    assert "有商品缺货，退款 20.00 元" in letter
    client.post("/preferences", data={"language": "en"})
    page = see(client, f"/orders/{orders[1].number}").text
    assert "Hail, typhoon or other weather (昨晚下冰雹)" in page


def test_each_buyer_has_one_letter_with_the_freight_if_nothing_comes(
    act, app, desk, buyers, variant, orders
):
    tell(desk, variant, 5)
    letters = [letter.payload for letter in all_of(act, OutboxMessage) if letter.kind == "mail"]
    told = {letter["to"]: letter["context"] for letter in letters if "units_" in letter["key"]}
    assert set(told) == {buyers[1].email, buyers[2].email}
    assert [told[buyer.email]["with_freight"] for buyer in buyers[1:]] == [False, True]
    with app.app_context():
        deliver_due(NOW + timedelta(days=60))
    folder = app.config["SETTINGS"].mail_folder
    mails = [message_from_bytes(f.read_bytes(), policy=default) for f in folder.glob("*.eml")]
    texts = [str(mail.get_content()) for mail in mails if "缺货" in mail["Subject"]]
    assert len(texts) == 2
    assert len([text for text in texts if "运费也一起退" in text]) == 1
    assert all("原因：冰雹、台风等天气 · 昨晚下冰雹" in text for text in texts)


def test_the_desk_for_refunds_says_why(act, app, desk, variant, orders):
    tell(desk, variant, 4)
    client = app.test_client()
    sign_in(client, act(make_finance))
    page = see(client, "/finance/refunds").text
    assert "缺货（冰雹、台风等天气）：昨晚下冰雹" in page


def test_what_was_called_off_never_was_a_sale(act, desk, variant, orders):
    tell(desk, variant, 5)
    for order in orders[:2]:
        act(lambda order=order: accepted(dispatched(db.session.get_one(Order, order.id))))
    entries = all_of(act, SalesEntry)
    assert [(e.quantity_milli, e.net_fen) for e in entries] == [(3000, 6000), (1000, 2000)]


def test_the_same_form_sent_again_is_the_same_report(act, desk, variant, orders):
    _, page = ask(desk, form_on(desk, variant), units="5")
    form = page.form("/shortage")
    first, again = send(desk, form).location, send(desk, form).location
    assert first == again
    assert len(all_of(act, Shortage)) == 1
    assert called_off(act, *orders) == [0, 1, 4]


def test_one_order_can_be_picked_to_go_without(act, desk, variant, orders):
    part = orders[0].sub_orders[0]
    page = see(desk, f"/cooperative/orders/{part.number}")
    page = see(desk, page.link("缺货 白糖罂荔枝"))
    assert f"只少发这一单：{part.number}，还有 3 箱没发" in page.text
    status, refused = ask(desk, page.form("/shortage"), units="4")
    assert status == 422
    assert "units" in refused.form("/shortage").fields
    _, page = ask(desk, page.form("/shortage"), units="2")
    send(desk, page.form("/shortage"))
    assert called_off(act, *orders) == [2, 0, 0]


def test_somebody_else_was_faster_so_it_is_confirmed_anew(act, desk, variant, orders):
    _, page = ask(desk, form_on(desk, variant), units="5")
    youngest = orders[2].sub_orders[0]
    act(dispatch, youngest.id, youngest.cooperative_id, PARCEL, by=None, at=NOW)
    form = page.form("/shortage")
    answer = desk.post(form.action, data=form.fields)
    assert answer.status_code == 409
    page = Page(answer.text)
    assert "涉及的人变了" in page.text
    assert "2 个订单少发 5 箱" in page.text
    assert called_off(act, *orders) == [0, 0, 0]
    send(desk, page.form("/shortage"))
    assert called_off(act, *orders) == [3, 2, 0]


def test_when_fewer_wait_by_now_the_number_is_asked_for_again(act, desk, variant, orders):
    _, page = ask(desk, form_on(desk, variant), units="9")
    act(cancel_order, orders[2].id, reason="买家取消", by=None, at=NOW)
    form = page.form("/shortage")
    answer = desk.post(form.action, data=form.fields)
    assert answer.status_code == 422
    page = Page(answer.text)
    assert page.form("/shortage").fields["units"] == "9"
    assert page.form("/shortage").fields["note"] == WHY["note"]


def test_one_can_go_back_and_change_the_number(act, desk, variant, orders):
    _, page = ask(desk, form_on(desk, variant), units="5")
    back = see(desk, page.link("返回修改")).form("/shortage")
    assert (back.fields["units"], back.fields["note"]) == ("5", WHY["note"])
    _, page = ask(desk, back, units="1")
    assert "1 个订单少发 1 箱" in page.text


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"units": "0"}, "units"),
        ({"units": "10"}, "units"),
        ({"units": "1.5"}, "units"),
        ({"units": ""}, "units"),
        ({"cause": ""}, "请选一个原因"),
        ({"cause": "pests"}, "请选一个原因"),
        ({"cause": "other", "note": " "}, "选了“其他原因”"),
        ({"note": "很" * 101}, "最多 100 个字"),
    ],
)
def test_what_cannot_be_is_explained_and_what_was_typed_stays(
    act, desk, variant, orders, wrong, complaint
):
    status, page = ask(desk, form_on(desk, variant), **({"units": "2"} | wrong))
    assert status == 422
    assert complaint == "units" or complaint in page.text
    kept = page.form("/shortage").fields
    assert kept["units"] == wrong.get("units", "2")
    assert all_of(act, Shortage) == []


def test_where_nothing_waits_there_is_nothing_to_report(act, desk, variant):
    page = see(desk, f"/cooperative/variants/{variant.id}/shortage")
    assert "没有等着发货的" in page.text
    assert not [form for form in page.forms if form.action.endswith("/shortage")]
    address = f"/cooperative/variants/{variant.id}/shortage"
    assert desk.post(address, data=WHY | {"units": "1"}).status_code == 422


def test_pages_ask_the_same_however_many_orders_are_concerned(act, app, desk, variant, buyers):
    def asked():
        form = form_on(desk, variant)
        with counted_queries(app) as preview:
            _, page = ask(desk, form, units="2")
        location = send(desk, page.form("/shortage")).location
        with counted_queries(app) as shown:
            see(desk, location)
        with counted_queries(app) as listed:
            see(desk, "/cooperative/shortages")
        return len(preview), len(shown), len(listed)

    order_of(act, buyers[0], {variant: 2})
    few = asked()
    act(receive, variant.id, 2, by=None, at=NOW)
    for buyer in buyers[:2]:
        order_of(act, buyer, {variant: 1})
    assert asked() == few


# ── The rule ────────────────────────────────────────────────────────────────────────────────────


def test_other_lines_of_the_part_still_come_and_keep_their_freight(act, seller, variant, buyers):
    other = act(make_variant, seller, name="花生油", stock=5, price_fen=3000)
    order = order_of(act, buyers[0], {variant: 2, other: 1})
    report(act, variant, 2)
    part = act(lambda: db.session.get_one(SubOrder, order.sub_orders[0].id))
    assert (part.freight_refunded_fen, part.cancelled_at) == (0, None)
    assert [refund.amount_fen for refund in all_of(act, Refund)] == [4000]
    assert stock_of(act, other)[:2] == (5, 1)


def test_what_was_sent_or_not_paid_yet_is_left_alone(act, variant, buyers):
    sent = order_of(act, buyers[0], {variant: 2})
    part = sent.sub_orders[0]
    act(dispatch, part.id, part.cooperative_id, PARCEL, {part.lines[0].id: 1}, by=None, at=NOW)
    act(place, buyers[1], {variant: 3}, at=NOW)
    with pytest.raises(MoreThanWaits, match="只有 1 箱"):
        report(act, variant, 2)
    report(act, variant, 1)
    # What somebody may still pay for stays held; nothing else is there.
    assert stock_of(act, variant)[:2] == (3, 3)
    assert act(lambda: db.session.get_one(SubOrder, part.id).dispatched_at) is not None


def test_the_store_never_counts_less_than_it_holds(act, variant, orders):
    report(act, variant, 9)
    assert stock_of(act, variant)[:2] == (0, 0)
    (shortage,) = all_of(act, Shortage)
    assert (shortage.units, shortage.written_off) == (9, 10)


def test_a_report_names_each_line_and_the_cancellation_that_it_made(act, variant, orders):
    report(act, variant, 5)
    lines, cancellations = all_of(act, ShortageLine), all_of(act, Cancellation)
    assert [line.cancellation_id for line in lines] == [each.id for each in cancellations]
    assert sorted(line.units for line in lines) == [1, 4]
    assert {(each.side, each.reason) for each in cancellations} == {
        (Side.COOPERATIVE, "缺货（坏了、烂了）")
    }


def test_a_key_of_other_goods_reports_nothing(act, seller, variant, buyers, orders):
    other = act(make_variant, seller, name="花生油", stock=5, price_fen=3000)
    order_of(act, buyers[0], {other: 1})
    report(act, variant, 1)
    with pytest.raises(PlanChanged):
        report(act, other, 1)
    assert len(all_of(act, Shortage)) == 1


def test_one_report_holds_up_so_many_orders_and_no_more(act, variant, orders, monkeypatch):
    monkeypatch.setattr("orders.shortages.queries.MOST_ORDERS", 2)
    with pytest.raises(TooManyOrders, match="请先报 6 箱"):
        report(act, variant, 7)
    report(act, variant, 6)
    assert called_off(act, *orders) == [0, 2, 4]


# ── What was sold in advance ────────────────────────────────────────────────────────────────────


@pytest.fixture
def harvest(act, variant):
    """20 of a harvest in twelve days, of which 15 are sold to two buyers."""
    day = clock.day_of(NOW) + timedelta(days=12)

    def write():
        row = db.session.get_one(Variant, variant.id)
        row.presale_ships_on, row.presale_cap = day, 20

    act(write)
    return day


def test_hail_on_the_field_ends_the_pre_sale_and_the_last_buyers_go_without(
    act, desk, variant, buyers, harvest
):
    first = order_of(act, buyers[0], {variant: 11})
    assert stock_of(act, variant) == (10, 0, 11, 20)
    second = order_of(act, buyers[1], {variant: 4}, NOW + timedelta(minutes=1))
    page = see(desk, see(desk, PICK_LIST).link("缺货 白糖罂荔枝"))
    assert "等着发货的有 15 箱" in page.text
    _, page = ask(desk, page.form("/shortage"), units="6")
    assert "不再接预售：还没卖的 5 箱也取消" in page.text
    send(desk, page.form("/shortage"))
    assert called_off(act, first, second) == [2, 4]
    # Nine still wait, nine can be sold in advance: none more. What lies in the store serves them.
    assert stock_of(act, variant) == (9, 0, 9, 9)
    (shortage,) = all_of(act, Shortage)
    assert (shortage.ships_on, shortage.no_longer_ahead) == (harvest, 11)


def test_a_harvest_that_is_not_in_takes_nothing_off_the_store(act, variant, buyers, harvest):
    act(receive, variant.id, 1, by=None, at=NOW)
    order_of(act, buyers[0], {variant: 19})
    report(act, variant, 8, ships_on=harvest)
    assert stock_of(act, variant) == (11, 0, 11, 11)
    report(act, variant, 1, key="made-for-one-form-only-2", ships_on=harvest)
    assert stock_of(act, variant) == (10, 0, 10, 10)


def test_what_is_missing_from_the_store_leaves_the_harvest_alone(act, variant, buyers, harvest):
    order_of(act, buyers[0], {variant: 3})
    order_of(act, buyers[1], {variant: 12})
    report(act, variant, 2)
    assert stock_of(act, variant) == (8, 1, 12, 20)


# ── At the same moment ──────────────────────────────────────────────────────────────────────────

LOST = (
    *(PlanChanged, MoreThanWaits),
    *(NotToBeSent, OtherThanWaits, NotWaiting, AlreadySent),
)


def outcomes_of(*acts):
    answers = run_together(*acts)
    unexpected = [each for each in answers if isinstance(each, Exception)]
    assert all(isinstance(each, LOST) for each in unexpected), unexpected
    return ["lost" if isinstance(each, LOST) else each for each in answers]


def shown(act, variant, units):
    return act(lambda: get_plan(Goods(cooperative_of(variant), variant.id), units).fingerprint)


def test_a_shortage_against_sending_the_same_lines(act, variant, orders):
    """Each unit is sent or called off, never both; the shortage happens as it was shown or not."""
    seen, parts = shown(act, variant, 6), [order.sub_orders[0] for order in orders]

    def short():
        report(act, variant, 6, seen=seen)
        return "short"

    def sender(part):
        def ship():
            act(dispatch, part.id, part.cooperative_id, PARCEL, by=None, at=NOW)
            return "sent"

        return ship

    outcomes = outcomes_of(sender(parts[0]), short, sender(parts[2]), sender(parts[1]))
    assert outcomes[0] == "sent"
    if outcomes[1] == "short":
        assert outcomes[2:] == ["lost", "lost"]
        assert called_off(act, *orders) == [0, 2, 4]
    else:
        assert "sent" in outcomes[2:]
        assert called_off(act, *orders) == [0, 0, 0]


def test_a_shortage_against_buyers_who_cancel(act, variant, orders):
    seen = shown(act, variant, 5)

    def short():
        report(act, variant, 5, seen=seen)
        return "short"

    def canceller(order):
        def cancel():
            act(cancel_order, order.id, reason="买家取消", by=None, at=NOW)
            return "cancelled"

        return cancel

    def call_one_off():
        part = orders[1].sub_orders[0]
        how = {"side": Side.BUYER, "reason": "买家取消", "by": None, "at": NOW}
        act(cancel_units, part, {part.lines[0].id: 2}, **how)
        return "cancelled"

    first, second, outcome = outcomes_of(canceller(orders[2]), call_one_off, short)
    if outcome == "short":
        assert (first, second) == ("lost", "lost")
        assert called_off(act, *orders) == [0, 1, 4]
    else:
        assert called_off(act, *orders) == [0, 2 * (second != "lost"), 4 * (first != "lost")]
    assert len(all_of(act, Shortage)) == (outcome == "short")


def test_the_same_form_twice_at_once_is_one_report(act, variant, orders):
    seen = shown(act, variant, 5)

    def short():
        return report(act, variant, 5, seen=seen).id

    first, *others = outcomes_of(*[short] * 4)
    assert set(others) == {first}
    assert called_off(act, *orders) == [0, 1, 4]


def test_two_reports_at_once_never_take_the_same_units(act, variant, orders):
    """Both were shown the same people: whoever comes second is asked again."""
    keys = [f"made-for-one-form-only-{number}" for number in (1, 2)]
    seen = {units: shown(act, variant, units) for units in (3, 5)}

    def reporter(key, units):
        def short():
            report(act, variant, units, key=key, seen=seen[units])
            return units

        return short

    outcomes = outcomes_of(reporter(keys[0], 3), reporter(keys[1], 5))
    assert sorted(map(str, outcomes)) in (["3", "lost"], ["5", "lost"])
    assert sum(called_off(act, *orders)) == next(each for each in outcomes if each != "lost")


def test_reports_of_two_goods_in_the_same_orders_do_not_wait_in_a_circle(act, seller, buyers):
    """The orders hold both goods, put in in opposite order; each report wants all of them."""
    both = [
        act(make_variant, seller, name=name, stock=50, price_fen=1000) for name in ("荔枝", "龙眼")
    ]
    for round_ in range(4):
        for number, buyer in enumerate(buyers):
            wanted = both if number % 2 else both[::-1]
            order_of(act, buyer, dict.fromkeys(wanted, 2), NOW + timedelta(minutes=round_))
    seen = [shown(act, each, 24) for each in both]

    def reporter(place):
        def short():
            key = f"made-for-one-form-only-{place}"
            report(act, both[place], 24, key=key, seen=seen[place])
            return "short"

        return short

    outcomes = outcomes_of(reporter(0), reporter(1))
    # With the second's goods the freight goes back, so it may have to be confirmed anew.
    assert "short" in outcomes
    assert len(all_of(act, Shortage)) == outcomes.count("short")
