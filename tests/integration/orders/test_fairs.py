"""Activities and fairs: officials plan them, cooperatives put goods aside, everybody can read."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from catalog.products.models import Variant
from catalog.stock.models import StockMovement
from orders.fairs.handlers import close_what_is_over
from orders.fairs.models import Activity, Allotment, FairStaff
from orders.records.models import Order
from shop import clock
from shop.accounts.audit.models import AuditEntry
from shop.accounts.notices.models import Notice
from shop.accounts.people.models import ScopeLevel
from shop.db import db
from shop.errors import DomainError
from shop.invariants import list_broken
from tests.factories.catalog import NOW, make_product, make_variant
from tests.factories.fairs import make_fair, put_aside, sold, staff
from tests.factories.orders import place
from tests.factories.people import (
    CITY,
    COUNTY,
    OTHER_TOWN,
    TOWN,
    make_cooperative,
    make_cooperative_member,
    make_official,
    make_resident,
    sign_in,
)
from tests.parts.pages import Page, see, send
from tests.parts.queries import counted_queries
from tests.parts.together import run_together


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cooperative(act):
    return act(make_cooperative, name="示例荔枝合作社")


@pytest.fixture
def manager(act, cooperative):
    return act(make_cooperative_member, cooperative)


@pytest.fixture
def variant(act, cooperative):
    return act(make_variant, cooperative, stock=20)


@pytest.fixture
def fair(act, cooperative):
    return act(make_fair, cooperative)


@pytest.fixture
def browse(app, act):
    """A browser of somebody."""

    def open_browser(account):
        client = app.test_client()
        sign_in(client, account)
        return client

    return open_browser


def filled(cooperative, **changes):
    return {
        "kind": "fair",
        "name": "年货展销会",
        "place": "香洲文化广场",
        "from_on": "2026-12-05",
        "until_on": "2026-12-07",
        "hosts": "示例商务局",
        "towns": [TOWN],
        "cooperatives": [str(cooperative.id)],
        "plan": "12.5",
        "plan_tonnes": "3.2",
        "text": "带上布袋。",
        **changes,
    }


def now(act, model, key):
    return act(lambda: db.session.get_one(model, key, populate_existing=True))


# ── Officials ───────────────────────────────────────────────────────────────────────────────────


def test_a_county_plans_a_fair_and_the_shop_shows_it_once_it_is_announced(
    act, client, browse, cooperative
):
    desk = browse(act(make_official, ScopeLevel.COUNTY, COUNTY))
    see(desk, "/official/activities/new")
    answer = desk.post("/official/activities", data=filled(cooperative))
    assert answer.status_code == 303
    found = act(lambda: db.session.scalars(select(Activity)).one())
    assert (found.plan_fen, found.plan_g) == (12_500_000, 3_200_000)
    page = f"/fairs/{found.id}"
    assert client.get(page).status_code == 404
    assert "年货展销会" not in client.get("/fairs").text
    desk.post(f"/official/activities/{found.id}/announcement")
    assert "年货展销会" in client.get("/fairs").text
    shown = client.get(page).text
    for words in ("香洲文化广场", "石鼓镇", "示例荔枝合作社", "带上布袋。", "2026年12月5日"):
        assert words in shown
    form = see(desk, f"/official/activities/{found.id}/edit").form(f"/activities/{found.id}")
    assert (form.fields["plan"], form.fields["plan_tonnes"]) == ("12.5", "3.2")
    log = act(lambda: db.session.scalars(select(AuditEntry.act).filter_by(subject="activity")))
    assert set(log) == {"make_activity", "announce_activity"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"until_on": "2026-12-01"}, "结束日期不能早于开始日期"),
        ({"until_on": "2027-12-01"}, "最长 92 天"),
        ({"towns": []}, "请至少选一个镇"),
        ({"towns": [OTHER_TOWN]}, "请选择您范围内的镇"),
        ({"name": ""}, "请填写这一项"),
        ({"plan": "-3"}, "之间的数"),
        ({"kind": "party"}, "请选择种类"),
    ],
)
def test_a_plan_that_is_none_is_refused_beside_its_field(act, browse, cooperative, changes, words):
    desk = browse(act(make_official, ScopeLevel.CITY, CITY))
    answer = desk.post("/official/activities", data=filled(cooperative, **changes))
    assert answer.status_code == 422
    assert words in Page(answer.text).text
    assert act(lambda: db.session.scalars(select(Activity)).all()) == []


def test_a_cooperative_of_another_town_is_refused(act, browse, cooperative):
    other = act(make_cooperative, OTHER_TOWN)
    desk = browse(act(make_official))
    sent = filled(cooperative, cooperatives=[str(other.id)])
    answer = desk.post("/official/activities", data=sent)
    assert answer.status_code == 422
    assert "合作社要属于上面选中的镇" in answer.text


def test_who_may_see_a_fair_and_who_may_change_it(act, browse, cooperative):
    far = act(make_cooperative, OTHER_TOWN)
    wide = act(make_fair, cooperative, far)
    page = f"/official/activities/{wide.id}"
    expected = {
        (ScopeLevel.BUREAU, None): (200, 200),
        # One of its towns is in another city.
        (ScopeLevel.CITY, CITY): (200, 404),
        (ScopeLevel.COUNTY, COUNTY): (200, 404),
        (ScopeLevel.TOWN, TOWN): (200, 403),
        (ScopeLevel.CITY, "441700"): (200, 404),
        (ScopeLevel.COUNTY, "440902"): (404, 404),
    }
    found = {}
    for who in expected:
        client = browse(act(make_official, *who))
        found[who] = client.get(page).status_code, client.get(f"{page}/edit").status_code
    assert found == expected


def test_a_result_is_what_the_ledger_says_of_the_scopes_towns(
    act, browse, cooperative, manager, variant
):
    far = act(make_cooperative, OTHER_TOWN)
    other = act(make_variant, far, stock=20, price_fen=1000, name="春砂仁")
    wide = act(make_fair, cooperative, far, plan_fen=100_000)
    seller = act(lambda: staff(wide, make_resident()))
    own = act(put_aside, wide, variant, 10, by=manager)
    theirs = act(lambda: put_aside(wide, other, 5, by=make_cooperative_member(far)))
    act(lambda: [sold(own, seller, 2), sold(theirs, seller, 3)])
    whole = see(browse(act(make_official)), f"/official/activities/{wide.id}").text
    assert "18.0%" in whole
    town = browse(act(make_official, ScopeLevel.TOWN, TOWN))
    part = see(town, f"/official/activities/{wide.id}/lines").text
    assert "150.00" in part
    assert "春砂仁" not in part
    assert "春砂仁" not in see(town, f"/official/activities/{wide.id}/sales").text
    assert "春砂仁" not in see(town, f"/official/activities/{wide.id}").text


def test_the_list_asks_as_often_for_many_fairs_as_for_one(app, act, browse, cooperative, fair):
    desk = browse(act(make_official))

    def count():
        with counted_queries(app) as statements:
            assert desk.get("/official/activities").status_code == 200
        return len(statements)

    few = count()
    act(lambda: [make_fair(cooperative, name=f"第 {n} 次") for n in range(24)])
    assert count() == few <= 9
    assert "第 0 次" in see(desk, "/official/activities?page=2").text
    assert "第 3 次" not in see(desk, "/official/activities?show=cancelled").text


def test_the_public_page_asks_as_often_for_many_products_as_for_one(
    app, act, client, cooperative, variant, fair
):
    def count():
        with counted_queries(app) as statements:
            assert client.get(f"/fairs/{fair.id}").status_code == 200
        return len(statements)

    few = count()
    act(lambda: [make_product(cooperative, name=f"商品{n}") for n in range(12)])
    assert count() == few <= 6


def test_a_fair_that_is_called_off_gives_everything_back_and_says_why(
    act, client, browse, manager, variant, fair
):
    act(put_aside, fair, variant, 8, by=manager)
    desk = browse(act(make_official))
    address = f"/official/activities/{fair.id}/cancellation"
    assert desk.post(address, data={"reason": ""}).status_code == 422
    assert now(act, Variant, variant.id).held == 8
    assert desk.post(address, data={"reason": "台风"}).status_code == 303
    assert now(act, Variant, variant.id).held == 0
    assert "台风" in client.get(f"/fairs/{fair.id}").text
    # It stays as it is.
    assert desk.post(address, data={"reason": "又一次"}).status_code == 409
    assert now(act, Activity, fair.id).cancel_reason == "台风"
    assert act(list_broken) == []


def test_cooperatives_are_told_that_they_take_part_or_no_more_where_it_is_and_that_it_is_off(
    act, browse, cooperative, manager
):
    second = act(make_cooperative)
    other = act(make_cooperative_member, second)
    desk = browse(act(make_official))
    desk.post("/official/activities", data=filled(cooperative))
    address = f"/official/activities/{act(lambda: db.session.scalars(select(Activity.id)).one())}"

    def told(account):
        query = select(Notice.letter).where(Notice.account_id == account.id).order_by(Notice.id)
        found = act(lambda: db.session.scalars(query).all())
        return [letter.removeprefix("orders/fair_") for letter in found]

    assert told(manager) == []
    desk.post(f"{address}/announcement")
    assert (told(manager), told(other)) == (["taken_up"], [])
    both = {"cooperatives": [str(cooperative.id), str(second.id)]}
    assert desk.post(address, data=filled(cooperative, **both)).status_code == 303
    assert (told(manager), told(other)) == (["taken_up"], ["taken_up"])
    assert desk.post(address, data=filled(cooperative, **both, place="拱北广场")).status_code == 303
    assert (told(manager), told(other)) == (["taken_up", "moved"], ["taken_up", "moved"])
    desk.post(address, data=filled(cooperative, place="拱北广场"))
    assert (told(manager)[2:], told(other)[2:]) == ([], ["dropped"])
    assert "不再参加“年货展销会”" in see(browse(other), "/account/inbox").text
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        desk.post(address, data=filled(cooperative, **both, place="拱北广场"))
    assert (told(manager)[2:], told(other)[3:]) == ([], ["taken_up"])
    desk.post(f"{address}/cancellation", data={"reason": "台风"})
    inbox = see(browse(manager), "/account/inbox").text
    for words in ("参加“年货展销会”", "拱北广场", "“年货展销会”取消了：台风"):
        assert words in inbox
    assert told(other)[-1] == "called_off"


def test_a_cooperative_with_goods_there_is_not_left_out_and_days_of_sales_stay(
    act, browse, cooperative, manager, variant, fair
):
    second = act(make_cooperative)
    seller = act(lambda: staff(fair, make_resident()))
    allotment = act(put_aside, fair, variant, 8, by=manager)
    desk = browse(act(make_official))
    address = f"/official/activities/{fair.id}"
    answer = desk.post(address, data=filled(cooperative, cooperatives=[str(second.id)]))
    assert answer.status_code == 409
    assert "已经留了货或卖过货" in answer.text
    act(sold, allotment, seller)
    answer = desk.post(address, data=filled(cooperative))
    assert answer.status_code == 409
    assert "日期要包括那几天" in answer.text
    assert now(act, Activity, fair.id).from_on == clock.day_of(NOW)


def test_staff_are_named_once_told_and_dismissed(act, browse, cooperative, fair):
    resident = act(make_resident, "staff@shop.example")
    desk = browse(act(make_official))
    address = f"/official/activities/{fair.id}/staff"
    answer = desk.post(address, data={"identifier": "nobody@shop.example", "cooperative": ""})
    assert answer.status_code == 422
    assert "没有找到" in answer.text
    sent = {"identifier": "staff@shop.example", "cooperative": str(cooperative.id)}
    assert desk.post(address, data=sent).status_code == 303
    assert desk.post(address, data=sent).status_code == 409
    till = browse(resident)
    assert "珠海示例展销会" in see(till, "/till").text
    assert till.get(f"/till/{fair.id}").status_code == 200
    assert "请您在“珠海示例展销会”收银" in see(till, "/account/inbox").text
    named = act(lambda: db.session.scalars(select(FairStaff)).one())
    desk.post(f"{address}/{named.id}/ending")
    assert till.get(f"/till/{fair.id}").status_code == 404


# ── Cooperatives ────────────────────────────────────────────────────────────────────────────────


def put(desk, fair, variant, **fields):
    page = see(desk, f"/cooperative/fairs/{fair.id}")
    form = page.form(f"/cooperative/fairs/{fair.id}/variants/{variant.id}")
    return desk.post(form.action, data={**form.fields, **fields})


def test_a_cooperative_puts_goods_aside_that_nobody_can_order_any_more(
    act, browse, manager, variant, fair
):
    desk = browse(manager)
    assert "珠海示例展销会" in see(desk, "/cooperative/fairs").text
    assert put(desk, fair, variant, units="15", price="68").status_code == 303
    allotment = act(lambda: db.session.scalars(select(Allotment)).one())
    assert (allotment.left, allotment.price_fen) == (15, 6800)
    with pytest.raises(DomainError, match="只剩 5 箱"):
        act(lambda: place(make_resident(), {variant: 6}))
    # Fewer: the rest can be ordered again. No price is the list price.
    assert put(desk, fair, variant, units="12", price="").status_code == 303
    assert now(act, Variant, variant.id).held == 12
    assert now(act, Allotment, allotment.id).price_fen == 7500
    kinds = [m.kind for m in act(lambda: db.session.scalars(select(StockMovement)).all())]
    assert kinds == ["receive", "hold", "release"]
    assert act(list_broken) == []


def test_more_than_there_is_is_refused_beside_the_field_and_kept(
    act, browse, manager, variant, fair
):
    answer = put(browse(manager), fair, variant, units="21")
    assert answer.status_code == 409
    page = Page(answer.text)
    assert "只剩 20 箱" in page.text
    form = page.form(f"/cooperative/fairs/{fair.id}/variants/{variant.id}")
    assert form.fields["units"] == "21"
    assert act(lambda: db.session.scalars(select(Allotment)).all()) == []


def test_an_old_sight_of_it_changes_nothing_and_a_form_sent_twice_changes_it_once(
    act, browse, manager, variant, fair
):
    desk = browse(manager)
    page = see(desk, f"/cooperative/fairs/{fair.id}")
    form = page.form(f"/cooperative/fairs/{fair.id}/variants/{variant.id}")
    for _ in range(2):
        desk.post(form.action, data={**form.fields, "units": "5"})
    assert now(act, Variant, variant.id).held == 5
    assert "刚刚有人改过这一项" in see(desk, f"/cooperative/fairs/{fair.id}").text


def test_strangers_find_neither_the_fair_nor_others_goods(act, browse, variant, fair):
    stranger = browse(act(make_cooperative_member))
    assert stranger.get(f"/cooperative/fairs/{fair.id}").status_code == 404
    sent = {"seen": "0", "shown": "0", "units": "1"}
    address = f"/cooperative/fairs/{fair.id}/variants/{variant.id}"
    assert stranger.post(address, data=sent).status_code == 404


def test_an_order_and_an_allotment_never_get_the_same_units(act, manager, variant, fair):
    buyers = [act(make_resident) for _ in range(2)]
    done = run_together(
        lambda: act(put_aside, fair, variant, 12, by=manager),
        *[lambda buyer=buyer: act(place, buyer, {variant: 6}) for buyer in buyers],
        lambda: act(put_aside, fair, variant, 12, by=manager),
    )
    refused = [each for each in done if isinstance(each, DomainError)]
    placed = [each for each in done if isinstance(each, Order)]
    aside = [each for each in done if isinstance(each, Allotment)]
    assert len(refused) + len(placed) + len(aside) == 4, done
    assert len(aside) <= 1
    held = now(act, Variant, variant.id).held
    assert held == 12 * len(aside) + 6 * len(placed) <= 20
    assert act(list_broken) == []


def test_a_fair_ends_early_but_not_before_it_began(act, browse, cooperative, manager, variant):
    later = act(make_fair, cooperative, from_on=clock.day_of(NOW) + timedelta(days=2))
    act(put_aside, later, variant, 8, by=manager)
    desk = browse(act(make_official))
    address, words = f"/official/activities/{later.id}", "活动结束了，剩下的放回库存"
    assert words not in see(desk, address).text
    assert "还没开始" in desk.post(f"{address}/closing").text
    assert now(act, Activity, later.id).closed_at is None
    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        desk = browse(act(make_official))
        send(desk, see(desk, address).form("/closing"))
    assert now(act, Activity, later.id).closed_at is not None
    assert now(act, Variant, variant.id).held == 0


def test_what_is_left_goes_back_by_itself_a_day_after_the_last_one(
    act, app, manager, variant, fair
):
    seller = act(lambda: staff(fair, make_resident()))
    act(sold, act(put_aside, fair, variant, 8, by=manager), seller, 3)

    def close(day):
        with app.app_context():
            return close_what_is_over(NOW + timedelta(days=day))

    assert [close(day) for day in (1, 2, 3, 4)] == [0, 0, 5, 0]
    after = now(act, Variant, variant.id)
    assert (after.on_hand, after.held) == (17, 0)
    assert now(act, Activity, fair.id).closed_at is not None
    assert act(list_broken) == []
