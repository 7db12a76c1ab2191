"""Tills at fairs: each sale once, out of what was put aside, on the day it was made."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import delete, select, update

from catalog.batches.services import recall
from catalog.products.models import Product, Variant
from catalog.stock.models import StockMovement
from orders.closing.models import CloseState, MonthClose
from orders.fairs.errors import RungUpBefore
from orders.fairs.models import Activity, ActivityCooperative, Allotment, TillLine, TillSale
from orders.fairs.services.activities import cancel_activity
from orders.fairs.services.allotments import allot, close_over
from orders.fairs.services.tills import ring_up
from orders.sales.models import SalesEntry
from shop.accounts.notices.models import Notice
from shop.db import db
from shop.invariants import list_broken
from tests.factories.catalog import NOW, make_batch, make_draft, make_product, make_variant
from tests.factories.fairs import BUREAU, make_fair, make_sale, put_aside, sold, staff
from tests.factories.orders import place
from tests.factories.people import (
    OTHER_TOWN,
    TOWN,
    ScopeLevel,
    make_cooperative,
    make_cooperative_member,
    make_official,
    make_resident,
    sign_in,
)
from tests.parts.pages import Page, see
from tests.parts.queries import counted_queries
from tests.parts.together import run_together

TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cooperative(act):
    return act(make_cooperative)


@pytest.fixture
def manager(act, cooperative):
    return act(make_cooperative_member, cooperative)


@pytest.fixture
def variant(act, cooperative):
    return act(make_variant, cooperative, stock=20)


@pytest.fixture
def fair(act, cooperative):
    """It began yesterday and ends tomorrow."""
    return act(make_fair, cooperative, from_on=TODAY - timedelta(days=1), days=3)


@pytest.fixture
def allotment(act, fair, variant, manager):
    return act(put_aside, fair, variant, 8, by=manager, price_fen=7000)


@pytest.fixture
def seller(act, fair):
    return act(lambda: staff(fair, make_resident()))


@pytest.fixture
def browse(app):
    def open_browser(account):
        client = app.test_client()
        sign_in(client, account)
        return client

    return open_browser


@pytest.fixture
def till(browse, seller):
    return browse(seller)


def sale(allotment, units=1, **more):
    line = {"allotment": allotment.id, "units": units, "price": allotment.price_fen}
    return {
        "key": str(uuid4()),
        "kind": "sale",
        "activity": allotment.activity_id,
        "lines": [line],
        "buyer": "resident",
        "unit": "",
        "paid": "cash",
        "waited": 0,
        **more,
    }


def undoing(of, **more):
    return {"key": str(uuid4()), "kind": "undo", "sale": of["key"], "waited": 0, **more}


def post(till, account, *acts):
    return till.post("/till/acts", json={"account": account.id, "acts": acts})


def outcomes(answer):
    assert answer.status_code == 200, answer.text
    return [
        each["code"] or ("doubtful" if each["waits"] else "counted")
        for each in answer.json["results"]
    ]


def rows(act, model):
    return act(lambda: db.session.scalars(select(model).order_by(model.id)).all())


def stock(act, variant):
    row = act(lambda: db.session.get_one(Variant, variant.id))
    return row.on_hand, row.held


# ── Selling ─────────────────────────────────────────────────────────────────────────────────────


def test_a_sale_is_in_the_ledger_at_once_and_out_of_the_store(
    act, till, seller, fair, variant, allotment
):
    answer = post(till, seller, sale(allotment, 3, buyer="union", unit="示例工会"))
    assert outcomes(answer) == ["counted"]
    assert answer.json["states"][0] | {"at": 0} == {
        "id": allotment.id,
        "left": 5,
        "price": 7000,
        "at": 0,
    }
    (entry,) = rows(act, SalesEntry)
    assert (entry.channel, entry.activity_id, entry.activity_name) == ("fair", fair.id, fair.name)
    assert (entry.amount_fen, entry.quantity_milli, entry.net_weight_g) == (21000, 3000, 7500)
    assert (entry.sold_on, entry.counted_on, entry.month) == (TODAY, TODAY, "2026-11")
    assert (entry.mode, entry.buyer_unit, entry.town_code) == ("direct", "示例工会", TOWN)
    assert entry.recorded_by_id == seller.id
    assert stock(act, variant) == (17, 5)
    assert act(list_broken) == []


def test_a_ledger_line_leads_to_its_receipt_and_no_further(
    act, browse, cooperative, seller, fair, allotment
):
    far = act(make_cooperative, OTHER_TOWN)
    act(lambda: [sold(allotment, seller, 2), sold(allotment, seller, 3)])
    first, _ = rows(act, SalesEntry)
    official = browse(act(make_official, ScopeLevel.TOWN, TOWN))
    receipt = see(official, f"/statistics/ledger/{first.id}").link("看收银记录")
    page = see(official, receipt)
    assert "140.00" in page.text
    assert "210.00" not in page.text
    assert "210.00" in see(official, page.link("看全部收银记录")).text
    stranger = browse(act(make_official, ScopeLevel.TOWN, far.town_code))
    for address in (f"/statistics/ledger/{first.id}", receipt):
        assert stranger.get(address).status_code == 404


def test_a_plain_form_sells_once_however_often_it_is_sent(act, till, fair, allotment):
    form = see(till, f"/till/{fair.id}").form(f"/till/{fair.id}/sales")
    sent = {**form.fields, f"units_{allotment.id}": "2", "paid": "other"}
    for _ in range(2):
        assert till.post(form.action, data=sent).status_code == 303
    assert [row.total_fen for row in rows(act, TillSale)] == [14000]
    nothing = till.post(form.action, data={**form.fields, f"units_{allotment.id}": "0"})
    assert nothing.status_code == 422
    assert "请先选商品和数量" in nothing.text
    wrong = till.post(form.action, data={**form.fields, f"units_{allotment.id}": "两箱"})
    assert wrong.status_code == 422
    shown = Page(wrong.text).form(f"/till/{fair.id}/sales")
    assert shown.fields[f"units_{allotment.id}"] == "两箱"


def test_a_sale_that_comes_again_is_the_same_sale(act, till, seller, allotment):
    first = sale(allotment, 2)
    for _ in range(2):
        assert outcomes(post(till, seller, first)) == ["counted"]
    assert len(rows(act, SalesEntry)) == 1
    other = {**first, "lines": [{**first["lines"][0], "units": 3}]}
    assert outcomes(post(till, seller, other)) == ["key_reused"]
    assert len(rows(act, TillSale)) == 1


def test_a_sale_counts_on_the_day_it_was_made(act, till, seller, allotment):
    yesterday = 24 * 3600
    assert outcomes(post(till, seller, sale(allotment, waited=yesterday))) == ["counted"]
    (entry,) = rows(act, SalesEntry)
    assert entry.sold_on == entry.counted_on == TODAY - timedelta(days=1)
    assert outcomes(post(till, seller, sale(allotment, waited=2 * yesterday))) == [
        "not_on_this_day"
    ]


@pytest.mark.parametrize(
    "spoilt",
    [
        {"lines": []},
        {"lines": "8"},
        {"lines": [{"allotment": 1, "units": 0, "price": 7000}]},
        {"lines": [{"allotment": 1, "units": True, "price": 7000}]},
        {"lines": [{"allotment": 1, "units": 1, "price": 7000}] * 2},
        {"buyer": "emperor"},
        {"buyer": ["resident"]},
        {"paid": "shells"},
        {"unit": "x" * 81},
        {"unit": "a\u202eb"},
        {"key": "1"},
        {"kind": "gift"},
        {"waited": -1},
    ],
)
def test_what_no_page_sends_is_refused_and_the_others_are_done(
    act, till, seller, allotment, spoilt
):
    answer = post(till, seller, sale(allotment, **spoilt), sale(allotment))
    assert outcomes(answer) == ["unreadable", "counted"]


def test_what_is_not_theirs_is_not_sold(act, browse, till, seller, fair, allotment):
    stranger, other = act(make_resident), act(make_cooperative, OTHER_TOWN)
    assert outcomes(post(browse(stranger), stranger, sale(allotment))) == ["not_found"]
    away = act(lambda: put_elsewhere(other))
    mixed = sale(allotment)
    mixed["lines"] += [{"allotment": away.id, "units": 1, "price": away.price_fen}]
    assert outcomes(post(till, seller, mixed)) == ["not_for_sale"]
    # Who stands there for another cooperative alone sells nothing of this one's.
    assert till.post("/till/acts", json={"account": stranger.id, "acts": [1]}).status_code == 409
    assert rows(act, TillSale) == []


def put_elsewhere(cooperative):
    member = make_cooperative_member(cooperative)
    return put_aside(make_fair(cooperative), make_variant(cooperative), 5, by=member)


def test_who_sells_for_one_cooperative_sees_and_sells_only_its_goods(
    act, browse, cooperative, manager
):
    second = act(make_cooperative)
    both = act(make_fair, cooperative, second)
    own = act(lambda: put_aside(both, make_variant(cooperative, name="番薯"), 5, by=manager))
    other = act(
        lambda: put_aside(
            both, make_variant(second, name="花生油"), 5, by=make_cooperative_member(second)
        )
    )
    act(staff, both, manager, cooperative)
    till = browse(manager)
    page = see(till, f"/till/{both.id}").text
    assert "番薯" in page
    assert "花生油" not in page
    answer = post(till, manager, sale(other), sale(own))
    assert outcomes(answer) == ["not_for_sale", "counted"]
    assert [state["id"] for state in answer.json["states"]] == [own.id]


def test_the_till_asks_as_often_for_many_goods_as_for_one(
    app, act, till, cooperative, manager, fair, allotment
):
    def count():
        with counted_queries(app) as statements:
            assert till.get(f"/till/{fair.id}").status_code == 200
        return len(statements)

    few = count()

    def more():
        drafts = [make_draft(f"{n}斤装") for n in range(15)]
        product = make_product(cooperative, variants=drafts)
        for each in product.variants:
            put_aside(fair, each, 2, by=manager)

    act(more)
    assert count() == few <= 8


# ── More than there is ──────────────────────────────────────────────────────────────────────────


def test_two_tills_sell_the_last_one_once_and_the_other_has_to_be_explained(
    app, act, browse, seller, fair, variant, allotment
):
    second = act(lambda: staff(fair, make_resident()))
    act(sold, allotment, seller, 7)

    def ring(account):
        client = browse(account)
        return lambda: outcomes(post(client, account, sale(allotment)))

    found = run_together(ring(seller), ring(second))
    assert sorted(each[0] for each in found) == ["counted", "doubtful"]
    assert stock(act, variant) == (12, 0)
    assert len(rows(act, SalesEntry)) == 2
    assert act(list_broken) == []


def test_a_queue_that_is_sent_twice_at_once_is_sold_once(act, browse, seller, variant, allotment):
    queue = [sale(allotment, 5), sale(allotment, 2), sale(allotment, 4)]
    queue.append(undoing(queue[1]))

    def tab():
        client = browse(seller)
        return lambda: outcomes(post(client, seller, *queue))

    found = run_together(tab(), tab(), tab())
    assert found == [["counted", "counted", "doubtful", "counted"]] * 3
    assert len(rows(act, TillSale)) == 3
    assert stock(act, variant) == (15, 3)
    assert act(list_broken) == []


def test_the_service_itself_keeps_a_key_once(act, seller, allotment):
    one = make_sale(allotment, 2)
    done = run_together(*[lambda: act(ring_up, one, by=seller.id, at=NOW) for _ in range(3)])
    assert sorted(type(each).__name__ for each in done) == ["RungUpBefore"] * 2 + ["TillSale"]
    assert any(isinstance(each, RungUpBefore) for each in done)
    assert act(lambda: db.session.get_one(Allotment, allotment.id)).sold == 2


def judge_form(desk, page, line):
    return see(desk, page).form(f"/doubts/{line.id}")


@pytest.mark.parametrize(
    ("stocked", "from_store", "found"),
    [(10, 2, 0), (9, 1, 1), (8, 0, 2)],
    ids=["the store has them", "it has one of them", "nobody had counted them"],
)
def test_goods_beyond_the_allotment_count_with_a_note(
    act, browse, cooperative, manager, fair, seller, stocked, from_store, found
):
    scarce = act(make_variant, cooperative, name="香糯玉米", stock=stocked)
    allotment = act(put_aside, fair, scarce, 8, by=manager)
    till, desk = browse(seller), browse(manager)
    assert outcomes(post(till, seller, sale(allotment, 10))) == ["doubtful"]
    assert rows(act, SalesEntry) == []
    (line,) = rows(act, TillLine)
    page = f"/cooperative/fairs/{fair.id}"
    form = judge_form(desk, page, line)
    assert desk.post(form.action, data={"verdict": "counted", "note": ""}).status_code == 422
    sent = {"verdict": "counted", "note": "多带了两箱"}
    for _ in range(2):
        assert desk.post(form.action, data=sent).status_code == 303
    (line,) = rows(act, TillLine)
    assert (line.from_store, line.found, line.note) == (from_store, found, "多带了两箱")
    (entry,) = rows(act, SalesEntry)
    assert (entry.amount_fen, entry.note, entry.sold_on) == (75000, "多带了两箱", TODAY)
    assert stock(act, scarce) == (max(0, stocked - 10), 0)
    received = [m for m in rows(act, StockMovement) if m.kind == "receive" and m.reference]
    assert sum(m.quantity for m in received) == found
    assert act(list_broken) == []


def test_what_pre_sales_wait_for_is_not_taken_for_a_stall(
    act, browse, cooperative, fair, manager, seller
):
    """Units nobody had counted are the stall's at once, whoever else waits for some."""
    scarce = act(make_variant, cooperative, name="沙田柚", stock=3)
    allotment = act(put_aside, fair, scarce, 3, by=manager)

    def promise():
        row = db.session.get_one(Variant, scarce.id)
        row.presale_ships_on, row.presale_cap = TODAY + timedelta(days=20), 50

    act(promise)
    act(lambda: place(make_resident(), {scarce: 4}))
    assert act(lambda: db.session.get_one(Variant, scarce.id)).promised == 4
    assert outcomes(post(browse(seller), seller, sale(allotment, 5))) == ["doubtful"]
    (line,) = rows(act, TillLine)
    official = browse(act(make_official, ScopeLevel.TOWN, TOWN))
    form = judge_form(official, f"/official/activities/{fair.id}", line)
    official.post(form.action, data={"verdict": "counted", "note": "现场点过"})
    assert stock(act, scarce) == (0, 0)
    assert rows(act, TillLine)[0].found == 2
    assert act(list_broken) == []


def test_a_slip_of_the_finger_is_dropped_and_counts_for_nothing(
    act, browse, till, seller, fair, variant, allotment
):
    post(till, seller, sale(allotment, 100))
    (line,) = rows(act, TillLine)
    official = browse(act(make_official, ScopeLevel.TOWN, TOWN))
    page = f"/official/activities/{fair.id}"
    assert "超出留给展销会的数量" in see(official, page).text
    form = judge_form(official, page, line)
    official.post(form.action, data={"verdict": "dropped", "note": "多按了两下"})
    assert rows(act, SalesEntry) == []
    assert stock(act, variant) == (20, 8)
    assert "多按了两下" in see(official, f"{page}/sales").text
    elsewhere = browse(act(make_official, ScopeLevel.TOWN, OTHER_TOWN))
    assert elsewhere.post(form.action, data={"verdict": "counted", "note": "x"}).status_code == 404


def test_another_price_and_what_waited_too_long_have_to_be_explained(
    act, till, seller, cooperative, manager, fair, allotment
):
    at_old_price = sale(allotment)
    given = {"seen": 1, "by": manager.id, "at": NOW}
    act(allot, cooperative.id, fair.id, allotment.variant_id, 0, 6500, **given)
    assert outcomes(post(till, seller, at_old_price)) == ["doubtful"]
    with time_machine.travel(NOW + timedelta(days=9), tick=False):
        late = sale(allotment, waited=9 * 24 * 3600)
        late["lines"][0]["price"] = 6500
        assert outcomes(post(till, seller, late)) == ["doubtful"]
    assert [line.doubt for line in rows(act, TillLine)] == ["price", "late"]
    assert rows(act, SalesEntry) == []


def test_what_was_sold_before_it_was_called_off_or_closed_is_not_lost(
    act, till, seller, fair, variant, allotment
):
    official = act(make_official)
    act(cancel_activity, fair.id, "台风", BUREAU, by=official.id, at=NOW)
    later = NOW + timedelta(hours=2)
    with time_machine.travel(later, tick=False):
        before, after = sale(allotment, waited=3 * 3600), sale(allotment, waited=60)
        assert outcomes(post(till, seller, before, after)) == ["doubtful", "doubtful"]
    assert [line.doubt for line in rows(act, TillLine)] == ["beyond", "over"]
    assert stock(act, variant) == (20, 0)
    assert act(list_broken) == []


# ── Taking back ─────────────────────────────────────────────────────────────────────────────────


def test_a_sale_is_taken_back_on_its_day_and_the_goods_are_the_fairs_again(
    act, till, seller, fair, variant, allotment
):
    first = sale(allotment, 3)
    assert outcomes(post(till, seller, first)) == ["counted"]
    form = see(till, f"/till/{fair.id}/sales").form("/reversal")
    for _ in range(2):
        assert till.post(form.action).status_code == 303
    assert stock(act, variant) == (20, 8)
    entries = rows(act, SalesEntry)
    assert [entry.amount_fen for entry in entries] == [21000, -21000]
    assert entries[1].corrects_id == entries[0].id
    assert "已撤销" in see(till, f"/till/{fair.id}/sales").text
    assert act(list_broken) == []


def test_nothing_of_a_recalled_product_is_sold_at_the_stall_before_it_is_put_aside_anew(
    act, browse, cooperative, manager, fair, seller
):
    def stocked():
        variant = make_variant(cooperative, name="香糯玉米", stock=20)
        product = db.session.get_one(Product, variant.product_id)
        return variant, make_batch(product, quantity_g=12 * variant.net_weight_g).code

    corn, code = act(stocked)
    allotment = act(put_aside, fair, corn, 8, by=manager)
    till, desk = browse(seller), browse(manager)
    before = sale(allotment, 3)
    assert outcomes(post(till, seller, before)) == ["counted"]
    act(lambda: recall(code, "农残超标", by=make_official().id, at=NOW))
    # What was at the stall is the store's again, and written off with the rest of the batch.
    assert stock(act, corn) == (5, 0)
    official = browse(act(make_official))
    for browser, path in (
        (till, "till"),
        (desk, "cooperative/fairs"),
        (official, "official/activities"),
    ):
        assert "不要再卖" in see(browser, f"/{path}/{fair.id}").text
    assert f'data-allotment="{allotment.id}"' not in see(till, f"/till/{fair.id}").text
    told = {(n.account_id, n.path) for n in rows(act, Notice) if n.letter == "orders/fair_recalled"}
    assert told == {
        (manager.id, f"/cooperative/fairs/{fair.id}"),
        (seller.id, f"/till/{fair.id}"),
    }
    # What a phone without a network sold all the same needs a note; a buyer who brings it back
    # doesn't bring it back to the stall.
    assert outcomes(post(till, seller, sale(allotment, 2))) == ["doubtful"]
    assert outcomes(post(till, seller, undoing(before))) == ["counted"]
    assert stock(act, corn) == (8, 0)
    act(lambda: allot(cooperative.id, fair.id, corn.id, 1, None, seen=2, by=manager.id, at=NOW))
    assert outcomes(post(till, seller, sale(allotment, price=7500))) == ["counted"]
    assert act(list_broken) == []


def test_yesterdays_sale_and_anothers_are_not_taken_back(
    act, browse, till, seller, fair, allotment
):
    day = 24 * 3600
    old, today = sale(allotment, waited=day), sale(allotment)
    post(till, seller, old, today)
    assert outcomes(post(till, seller, undoing(old))) == ["not_undone"]
    # Both were made yesterday, without a network.
    assert outcomes(post(till, seller, undoing(old, waited=day))) == ["counted"]
    colleague = act(lambda: staff(fair, make_resident()))
    assert outcomes(post(browse(colleague), colleague, undoing(today))) == ["not_undone"]
    assert sorted(entry.amount_fen for entry in rows(act, SalesEntry)) == [-7000, 7000, 7000]


def test_what_is_taken_back_after_the_fair_closed_lies_in_the_store(
    act, till, seller, fair, variant, allotment
):
    first = sale(allotment, 3)
    post(till, seller, first)
    act(close_over, fair.id, at=NOW)
    assert outcomes(post(till, seller, undoing(first))) == ["counted"]
    assert stock(act, variant) == (20, 0)
    assert act(list_broken) == []


def test_a_doubtful_sale_that_is_taken_back_waits_for_nobody(
    act, browse, till, seller, manager, fair, allotment
):
    first = sale(allotment, 30)
    post(till, seller, first, undoing(first))
    assert "/doubts/" not in browse(manager).get(f"/cooperative/fairs/{fair.id}").text
    assert rows(act, SalesEntry) == []
    assert act(list_broken) == []


# ── Without a network ───────────────────────────────────────────────────────────────────────────


def test_the_tills_worker_keeps_its_own_pages_and_no_others(till, fair, seller, allotment):
    script = till.get("/till/worker.js")
    assert script.headers["Service-Worker-Allowed"] == "/till"
    for words in ('"name": "till"', '"/till/offline"', "^/till/[0-9]+$", "js/till"):
        assert words in script.text
    assert till.get(f"/till/{fair.id}").headers["Desk-Account"] == str(seller.id)
    assert "Desk-Account" not in till.get(f"/till/{fair.id}/sales").headers


# ── The books ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", [CloseState.FILED, CloseState.LOCKED])
def test_a_sale_of_a_filed_month_counts_in_the_next_open_one_and_says_why(
    act, browse, cooperative, manager, state
):
    first = date(2026, 10, 30)
    autumn = act(make_fair, cooperative, from_on=first, days=3, at=NOW - timedelta(days=30))
    aside = {"by": manager, "at": NOW - timedelta(days=30)}
    allotment = act(lambda: put_aside(autumn, make_variant(cooperative), 8, **aside))
    seller = act(lambda: staff(autumn, make_resident()))
    held = {"town_code": TOWN, "month": "2026-10", "state": state, "version": 2, "round": 1}
    act(lambda: db.session.add(MonthClose(**held)))
    till = browse(seller)
    with time_machine.travel(NOW - timedelta(days=22), tick=False):
        waited = {"waited": 24 * 3600}
        assert outcomes(post(till, seller, sale(allotment, 2, **waited))) == ["counted"]
    (entry,) = rows(act, SalesEntry)
    assert (entry.sold_on, entry.counted_on) == (date(2026, 10, 31), date(2026, 11, 1))
    assert "原月份已上报" in entry.note
    # The month was closed by hand here, which flask check says; of the till it says nothing.
    assert [each for each in act(list_broken) if "till" in each or "allotment" in each] == []


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (update(Variant).values(held=Variant.held + 1), "hold other than"),
        (update(Allotment).values(allotted=Allotment.allotted + 1), "allotments hold or sold"),
        (
            update(Allotment).values(sold=Allotment.sold + 1, allotted=Allotment.allotted + 1),
            "sold other than their tills' lines",
        ),
        (update(Activity).values(closed_at=NOW), "though their activity is closed"),
        (delete(ActivityCooperative), "does not take part"),
        (update(TillSale).values(buyer_type="union"), "count for other than was sold"),
        (update(TillSale).values(undone_at=NOW, undone_by_id=1), "count for other than was sold"),
        (update(TillSale).values(total_fen=1), "not the sum of their lines"),
    ],
)
def test_flask_check_names_what_was_changed_behind_the_shops_back(
    act, seller, allotment, spoil, complaint
):
    act(sold, allotment, seller, 2)
    assert act(list_broken) == []
    act(lambda: db.session.execute(spoil))
    assert complaint in "\n".join(act(list_broken))
