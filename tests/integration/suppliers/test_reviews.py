"""Large changes of prices and origins wait for the platform; all else is live at once."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import select

from catalog.products.errors import Suspended
from catalog.products.models import Product, Tier, Variant
from catalog.reviews.models import ListingChange
from shop import clock
from shop.accounts.audit.models import AuditEntry
from shop.accounts.notices.models import Notice
from shop.accounts.people.models import MemberRole
from shop.db import db
from shop.invariants import list_broken
from shop.organisations.models import Organisation
from shop.organisations.services import suspend
from tests.factories.catalog import make_draft, make_product
from tests.factories.people import (
    make_administrator,
    make_cooperative,
    make_cooperative_member,
    sign_in,
)
from tests.integration.suppliers.test_sheets import brought, cell, home, put
from tests.parts.pages import Page, see
from tests.parts.queries import counted_queries
from tests.parts.together import run_together

QUEUE = "/platform/listing-changes"
MOVED_ON = 303


@pytest.fixture
def seller(app, act):
    """A cooperative with its manager's browser, and a listing at 75.00 from 上村."""

    def make():
        account = make_cooperative_member()
        assert account.cooperative, "read while the session is open"
        product = make_product(account.cooperative)
        variant = product.variants[0].id
        return SimpleNamespace(
            id=account.cooperative.id, account=account, product=product.id, variant=variant
        )

    made = act(make)
    made.desk = app.test_client()
    sign_in(made.desk, made.account)
    made.listing = f"/cooperative/listings/{made.product}"
    return made


@pytest.fixture
def office(app, act):
    client = app.test_client()
    sign_in(client, act(make_administrator))
    return client


def reprice(seller, price, **more):
    """Type another price into the form of the listing, and send it; the page that follows."""
    address = f"{seller.listing}/variants/{seller.variant}"
    form = see(seller.desk, f"{address}/edit").form(address)
    answer = seller.desk.post(address, data={**form.fields, "price": price, **more})
    assert answer.status_code == MOVED_ON, answer.text
    return see(seller.desk, answer.location).text


def move(seller, village, **more):
    """Type another village; the page that follows."""
    form = see(seller.desk, f"{seller.listing}/edit").form(seller.listing)
    answer = seller.desk.post(seller.listing, data={**form.fields, "village": village, **more})
    assert answer.status_code == MOVED_ON, answer.text
    return see(seller.desk, answer.location).text


def standing(act, seller):
    """What buyers see now: the price in fen, and the village."""

    def read():
        variant = db.session.get_one(Variant, seller.variant)
        return variant.price_fen, variant.product.village

    return act(read)


def changes(act):
    return act(lambda: db.session.scalars(select(ListingChange).order_by(ListingChange.id)).all())


def the_change(act):
    (only,) = [change for change in changes(act) if change.is_open]
    return only


def approve(office, change):
    form = see(office, f"{QUEUE}/{change.id}").form("/approval")
    return office.post(form.action, data=form.fields)


def send_back(office, change, reason="请写清楚为什么"):
    return office.post(f"{QUEUE}/{change.id}/return", data={"reason": reason})


def letters(act, account):
    query = select(Notice.letter).where(Notice.account_id == account.id).order_by(Notice.id)
    return act(lambda: db.session.scalars(query).all())


def acts_of(act):
    query = select(AuditEntry.act).where(AuditEntry.act.like("%_change")).order_by(AuditEntry.id)
    return act(lambda: db.session.scalars(query).all())


# ── What waits ──────────────────────────────────────────────────────────────────────────────────


def test_a_price_up_to_the_limit_is_live_at_once_and_one_beyond_waits(act, seller, client):
    assert "等平台看过" not in reprice(seller, "97.50")
    assert standing(act, seller)[0] == 9750
    assert changes(act) == []
    page = reprice(seller, "97.51", spec="6斤装", reason="今年减产")
    assert "超过 30%，等平台看过才生效" in page
    assert "待审核" in page
    assert "¥97.51" in page
    assert standing(act, seller)[0] == 9750, "what stood goes on being sold"
    shown = see(client, f"/products/{seller.product}").text
    assert "97.50" in shown
    assert "6斤装" in shown, "the rest of the edit is live"
    assert the_change(act).reason == "今年减产"


def test_small_steps_within_a_week_count_together(act, seller):
    with time_machine.travel(clock.now(), tick=False) as at:
        for price in ("90", "97"):
            reprice(seller, price)
            at.shift(timedelta(days=2))
        assert standing(act, seller)[0] == 9700
        assert "等平台看过" in reprice(seller, "105")
        # A week after the first step its price is no longer what it is compared with.
        at.shift(timedelta(days=3, seconds=1))
        reprice(seller, "105")
        assert standing(act, seller)[0] == 10_500


def test_a_price_that_goes_back_to_where_it_was_waits_for_nobody(act, seller):
    reprice(seller, "53")
    reprice(seller, "75")
    assert standing(act, seller)[0] == 7500
    assert changes(act) == []


def test_tiers_are_looked_at_like_prices(act, seller):
    tier = {"tier_from_1": "10"}
    reprice(seller, "75", **tier, tier_price_1="60")
    page = reprice(seller, "75", **tier, tier_price_1="41")
    assert "等平台看过" in page
    change = the_change(act)
    assert (change.old_prices.tiers, change.new_prices.tiers) == (
        (Tier(10, 6000),),
        (Tier(10, 4100),),
    )


def test_another_village_waits_and_the_other_words_do_not(act, app, seller, client, office):
    page = move(seller, "下村", name="黑叶荔枝")
    assert "产地的改动等平台看过才生效" in page
    shown = see(client, f"/products/{seller.product}").text
    assert "黑叶荔枝" in shown
    assert "上村" in shown
    assert "下村" not in shown
    assert approve(office, the_change(act)).status_code == MOVED_ON
    assert standing(act, seller)[1] == "下村"
    assert "下村" in see(client, f"/products/{seller.product}").text


def test_another_wish_takes_the_place_of_the_one_that_waits(act, seller):
    reprice(seller, "150")
    reprice(seller, "160")
    reprice(seller, "160")
    first, second = changes(act)
    assert first.withdrawn_at is not None
    assert second.is_open
    assert second.new_price_fen == 16_000
    reprice(seller, "75", spec="新装")
    assert the_change(act).id == second.id, "who keeps the price says nothing about the other one"
    reprice(seller, "80")
    assert not [change for change in changes(act) if change.is_open], "who changes it does"
    assert standing(act, seller)[0] == 8000


def test_a_limit_is_a_setting(app, act, seller, monkeypatch):
    settings = app.config["SETTINGS"]
    changed = {field: getattr(settings, field) for field in settings.__slots__}
    monkeypatch.setitem(
        app.config, "SETTINGS", type(settings)(**{**changed, "review_above_percent": 5})
    )
    assert "超过 5%" in reprice(seller, "79")
    assert standing(act, seller)[0] == 7500


# ── The other doors ─────────────────────────────────────────────────────────────────────────────


def test_the_stepper_of_today_says_that_it_waits_and_shows_what_is_sold(act, seller):
    def send(fen, **more):
        act_ = {"kind": "price", "variant": seller.variant, "value": fen, "seen": 1, "waited": 0}
        acts = [act_ | {"key": str(uuid4())} | more]
        body = {"account": seller.account.id, "acts": acts}
        return seller.desk.post("/cooperative/acts", json=body).json

    key = str(uuid4())
    for _ in range(2):
        # Without a network it was decided yesterday; the phone sends it again when no answer came.
        answer = send(15_000, key=key, waited=86_400)
        (result,) = answer["results"]
        assert (result["applied"], result["waits"], result["code"]) == (True, True, "")
        assert "等平台看过才生效" in result["reason"]
        assert answer["states"][0]["price"] == 7500
    assert len(changes(act)) == 1
    small = send(8000)["results"][0]
    assert (small["applied"], small["waits"], small["reason"]) == (True, False, "")
    assert standing(act, seller)[0] == 8000
    assert not [change for change in changes(act) if change.is_open]


def test_today_shows_what_waits_and_a_picker_is_not_told(app, act, seller):
    form = see(seller.desk, "/cooperative").form(f"/variants/{seller.variant}/price")
    seller.desk.post(form.action, data={**form.fields, "price": "150"})
    page = see(seller.desk, "/cooperative")
    assert "等平台看过才生效" in page.text
    assert "待审核 ¥75.00 → ¥150.00" in page.text
    assert page.form(f"/variants/{seller.variant}/price").fields["price"] == "75.00"
    assert "待审核" not in see(picker_of(app, act, seller), "/cooperative").text


def picker_of(app, act, seller):
    account = act(make_cooperative_member, seller.account.cooperative, role=MemberRole.PICKER)
    client = app.test_client()
    sign_in(client, account)
    return client


def test_a_sheet_says_which_rows_wait_and_takes_the_others_over(app, act, seller):
    def add():
        cooperative = seller.account.cooperative
        other = make_product(cooperative, name="甜玉米", variants=[make_draft(price_fen=3000)])
        return other.variants[0].id

    other = act(add)
    table = home(seller)
    rows = {cell(table, row, "商品名称"): row for row in (1, 2)}
    put(table, rows["白糖罂荔枝"], "价格（元）", "150")
    put(table, rows["白糖罂荔枝"], "产地村", "下村")
    put(table, rows["白糖罂荔枝"], "介绍", "新的介绍。")
    put(table, rows["甜玉米"], "价格（元）", "33")
    address = brought(app, seller, table)
    page = see(seller.desk, address).text
    assert page.count("要平台看过才生效") == 1
    answer = seller.desk.post(f"{address}/application", follow_redirects=True)
    assert "导入了 2 行改动。其中 2 项价格或产地的改动等平台看过才生效" in answer.text
    assert standing(act, seller) == (7500, "上村")
    assert act(lambda: db.session.get_one(Product, seller.product).description) == "新的介绍。"
    assert act(lambda: db.session.get_one(Variant, other).price_fen) == 3300
    assert {change.kind.value for change in changes(act)} == {"price", "origin"}
    # The same sheet again asks for the same, and nothing waits twice.
    address = brought(app, seller, table)
    seller.desk.post(f"{address}/application")
    assert len(changes(act)) == 2


# ── The platform decides ────────────────────────────────────────────────────────────────────────


def test_what_is_approved_is_live_told_and_begins_the_week_anew(act, seller, office, client):
    reprice(seller, "150", tier_from_1="10", tier_price_1="140")
    change = the_change(act)
    page = see(office, QUEUE)
    assert "待审核 1" in page.text
    assert "+100%" in page.text
    assert approve(office, change).status_code == MOVED_ON
    assert "满10箱 ¥140.00" in see(client, f"/products/{seller.product}").text
    assert standing(act, seller)[0] == 15_000
    assert letters(act, seller.account) == ["suppliers/change_approved"]
    assert acts_of(act) == ["propose_change", "approve_change"]
    reprice(seller, "160")
    assert standing(act, seller)[0] == 16_000, "compared with what was approved"
    assert "已同意" in see(office, f"{QUEUE}?show=done").text
    assert act(list_broken) == []


def test_what_is_returned_says_why_and_changes_nothing(act, seller, office):
    reprice(seller, "150")
    change = the_change(act)
    answer = send_back(office, change, " ")
    assert answer.status_code == 422
    assert send_back(office, change, "比市场价高一倍").status_code == MOVED_ON
    assert standing(act, seller)[0] == 7500
    page = see(seller.desk, seller.listing).text
    assert "平台退回" in page
    assert "原因：比市场价高一倍" in page
    assert letters(act, seller.account) == ["suppliers/change_returned"]
    assert "仍按原来的价格卖" in see(seller.desk, "/account/inbox").text
    with time_machine.travel(clock.now() + timedelta(days=15)):
        sign_in(seller.desk, seller.account)
        assert "平台退回" not in see(seller.desk, seller.listing).text


def test_a_cooperative_takes_back_what_waits_once(act, seller, office):
    reprice(seller, "150")
    change = the_change(act)
    address = f"/cooperative/listing-changes/{change.id}/withdrawal"
    assert see(seller.desk, seller.listing).form(address)
    assert seller.desk.post(address).status_code == MOVED_ON
    assert "已经撤回" in see(seller.desk, seller.listing).text
    seller.desk.post(address)
    assert "已经有人处理过" in see(seller.desk, seller.listing).text
    assert "待审核" not in see(seller.desk, seller.listing).text
    assert send_back(office, change).status_code == 409
    assert office.post(f"{QUEUE}/{change.id}/approval", data={"seen": ""}).status_code == 409
    assert standing(act, seller)[0] == 7500


def test_nobody_decides_on_what_was_changed_meanwhile(act, seller, office):
    reprice(seller, "150")
    change = the_change(act)
    form = see(office, f"{QUEUE}/{change.id}").form("/approval")
    reprice(seller, "75", net_weight="1")
    answer = office.post(form.action, data=form.fields)
    assert answer.status_code == 409
    assert "刚刚又有改动" in answer.text
    assert standing(act, seller)[0] == 7500
    again = Page(answer.text).form("/approval")
    assert office.post(again.action, data=again.fields).status_code == MOVED_ON
    assert standing(act, seller)[0] == 15_000


def test_two_who_decide_at_once_decide_once(app, act, seller, office):
    reprice(seller, "150")
    change = the_change(act)
    other = app.test_client()
    sign_in(other, act(make_administrator))
    form = see(office, f"{QUEUE}/{change.id}").form("/approval")
    answers = run_together(
        lambda: office.post(form.action, data=form.fields).status_code,
        lambda: send_back(other, change).status_code,
    )
    assert sorted(answers) == [MOVED_ON, 409]
    assert len(letters(act, seller.account)) == 1
    (decided,) = changes(act)
    assert (decided.approved_at is None) != (decided.returned_at is None)
    assert standing(act, seller)[0] == (7500 if decided.returned_at else 15_000)


def test_what_is_not_sold_any_more_waits_for_nobody(act, seller, office):
    address = f"{seller.listing}/variants"
    form = see(seller.desk, f"{address}/new").form(address)
    more = {"spec": "大箱", "unit": "箱", "net_weight": "9", "price": "99", "stock": "1"}
    assert seller.desk.post(address, data={**form.fields, **more}).status_code == MOVED_ON
    reprice(seller, "150")
    change = the_change(act)
    seller.desk.post(f"{address}/{seller.variant}/withdrawal")
    assert not [each for each in changes(act) if each.is_open]
    answer = office.post(f"{QUEUE}/{change.id}/approval", data={"seen": "x"})
    assert answer.status_code == 409


def test_a_suspended_cooperative_gets_no_new_price(act, seller, office):
    reprice(seller, "150")
    act(lambda: suspend(db.session.get_one(Organisation, seller.id), at=clock.now()))
    answer = approve(office, the_change(act))
    assert answer.status_code == Suspended.status
    assert "暂停供货" in answer.text
    assert standing(act, seller)[0] == 7500


def test_a_stranger_finds_no_change(app, act, seller):
    reprice(seller, "150")
    change = the_change(act)
    other = app.test_client()
    sign_in(other, act(make_cooperative_member, act(make_cooperative)))
    assert other.post(f"/cooperative/listing-changes/{change.id}/withdrawal").status_code == 404
    assert other.get(f"{QUEUE}/{change.id}").status_code in (403, 404)
    assert the_change(act).id == change.id


def test_the_queue_asks_as_often_for_many_as_for_one(app, act, seller, office):
    reprice(seller, "150")

    def count():
        with counted_queries(app) as statements:
            assert office.get(QUEUE).status_code == 200
        return len(statements)

    few = count()
    variants = act(
        lambda: [
            make_product(seller.account.cooperative, name=f"荔枝{n}").variants[0].id
            for n in range(25)
        ]
    )
    for variant in variants:
        body = {"kind": "price", "variant": variant, "value": 20_000, "seen": 1, "waited": 0}
        acts = [body | {"key": str(uuid4())}]
        seller.desk.post("/cooperative/acts", json={"account": seller.account.id, "acts": acts})
    assert count() == few
    assert "荔枝24" in see(office, f"{QUEUE}?page=2").text
