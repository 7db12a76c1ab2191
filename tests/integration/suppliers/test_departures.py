"""A cooperative leaves: no new orders at once, and gone once nothing is open any more."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from catalog.products.errors import Leaves
from catalog.products.services.variants import set_price
from shop import clock
from shop.accounts.audit.models import AuditEntry
from shop.accounts.notices.models import Notice
from shop.accounts.people.models import MemberRole
from shop.db import db
from shop.organisations.models import Organisation
from suppliers.departures.handlers import end_reading, finish_departures
from suppliers.departures.models import Departure
from suppliers.rechecks.handlers import open_rechecks
from suppliers.settlements.models import PayoutBatch
from suppliers.settlements.services.payouts import mark_paid, prepare_batch, release_batch
from tests.factories.catalog import make_variant
from tests.factories.orders import accepted, dispatched, paid, place
from tests.factories.people import (
    make_administrator,
    make_cooperative,
    make_cooperative_member,
    make_finance,
    make_resident,
    sign_in,
)
from tests.factories.settlements import ARRANGEMENT, bank_account, sell, settle
from tests.parts.pages import see

OWN, OFFICE = "/cooperative/leaving", "/admin/departures"
GIVEN = {"reason": "不再种了", "understood": "y"}


@pytest.fixture
def cooperative(act):
    return act(make_cooperative)


@pytest.fixture
def manager(act, cooperative):
    return act(make_cooperative_member, cooperative)


@pytest.fixture
def desk(app, manager):
    return client_of(app, manager)


@pytest.fixture
def office(app, act):
    return client_of(app, act(make_administrator))


@pytest.fixture
def variant(act, cooperative):
    return act(make_variant, cooperative, stock=10)


@pytest.fixture
def buyer(act):
    return act(make_resident)


def client_of(app, account):
    client = app.test_client()
    sign_in(client, account)
    return client


def hour(app, **later):
    with app.app_context(), time_machine.travel(clock.now() + timedelta(**later), tick=False):
        return finish_departures(clock.now())


def now_of(act, cooperative):
    return act(lambda: db.session.get_one(Organisation, cooperative.id))


def letters(act, account):
    query = select(Notice.letter).filter_by(account_id=account.id).order_by(Notice.id)
    found = act(lambda: db.session.scalars(query).all())
    return [letter.removeprefix("suppliers/") for letter in found]


def test_nothing_is_sold_from_the_moment_of_asking(app, act, cooperative, manager, desk, variant):
    product = f"/products/{variant.product_id}"
    assert app.test_client().get(product).status_code == 200
    assert desk.post(OWN, data=GIVEN).location == OWN
    assert app.test_client().get(product).status_code == 404
    assert cooperative.name not in see(app.test_client(), "/products").text
    assert desk.get("/cooperative/orders").status_code == 200
    assert "商品已全部停止销售" in see(desk, "/cooperative").text

    def new_price():
        given = {"seen": 1, "by": manager.id, "at": clock.now()}
        set_price(cooperative.id, variant.id, variant.price_fen - 1, **given)

    with pytest.raises(Leaves):
        act(new_price)


def test_with_nothing_open_it_leaves_by_itself(app, act, cooperative, manager, desk, variant):
    desk.post(OWN, data=GIVEN)
    assert hour(app) == 1
    assert hour(app) == 0
    assert now_of(act, cooperative).left_at is not None
    assert letters(act, manager) == ["departure_asked", "departure_final"]
    public = app.test_client()
    gone = public.get(f"/products/{variant.product_id}")
    assert gone.status_code == 410
    assert "已经退出菜篮子" in gone.text
    assert public.get(f"/cooperatives/{cooperative.id}").status_code == 410
    query = select(AuditEntry).where(AuditEntry.act.in_(("ask_to_leave", "leave")))
    entries = act(lambda: db.session.scalars(query.order_by(AuditEntry.id)).all())
    assert [(e.act, e.account_id) for e in entries] == [
        ("ask_to_leave", manager.id),
        ("leave", None),
    ]
    assert entries[1].detail["reason"] == "不再种了"


def test_what_is_open_is_named_and_holds_it_back(
    app, act, cooperative, manager, desk, variant, buyer, office
):
    def order():
        return paid(place(buyer, {variant: 1}, at=clock.now())).id

    act(order)
    assert "没完成的订单：1 单" in see(desk, OWN).text
    desk.post(OWN, data=GIVEN)
    assert hour(app) == 0
    assert "没完成的订单：1 单" in see(office, f"{OFFICE}/{cooperative.id}").text
    office.post(f"{OFFICE}/{cooperative.id}/completion")
    assert "还有没办完的事" in see(office, OFFICE).text
    assert now_of(act, cooperative).left_at is None


def test_money_is_paid_before_it_leaves(app, act, cooperative, manager, desk, variant, buyer):
    act(lambda: bank_account(cooperative, manager).id)
    act(lambda: sell(buyer, {variant: 2}).id)
    desk.post(OWN, data=GIVEN)
    assert "还没付清的货款" in see(desk, OWN).text
    assert hour(app) == 0
    act(lambda: settle(cooperative.id).id)
    assert hour(app) == 0
    first, second = act(make_finance), act(make_finance)
    act(lambda: prepare_batch(ARRANGEMENT, by=first.id, at=clock.now()).id)
    assert "路上的付款：1 笔" in see(desk, OWN).text

    def release():
        batch = db.session.scalars(select(PayoutBatch)).one()
        release_batch(batch.id, ARRANGEMENT, by=second.id, at=clock.now())
        return batch.id, batch.rows[0].id

    batch_id, row_id = act(release)
    assert hour(app) == 0
    act(lambda: mark_paid(batch_id, row_id, by=first.id, at=clock.now()))
    assert hour(app) == 1


def test_it_can_be_taken_back_until_it_is_final(app, act, cooperative, desk, variant, buyer):
    act(lambda: paid(place(buyer, {variant: 1}, at=clock.now())).id)
    desk.post(OWN, data=GIVEN)
    hour(app)
    form = see(desk, OWN).form("/withdrawal")
    assert desk.post(form.action).location == OWN
    assert app.test_client().get(f"/products/{variant.product_id}").status_code == 200
    assert now_of(act, cooperative).leaving_at is None
    assert desk.post(OWN, data=GIVEN).location == OWN
    assert len(act(lambda: db.session.scalars(select(Departure)).all())) == 2


def test_who_left_reads_statements_for_three_years_and_does_nothing(
    app, act, cooperative, manager, desk, variant, buyer
):
    picker = act(make_cooperative_member, cooperative, MemberRole.PICKER)
    desk.post(OWN, data=GIVEN)
    hour(app)
    assert desk.get("/cooperative/money").status_code == 200
    for address in ("/cooperative", "/cooperative/listings", "/cooperative/members", OWN):
        assert desk.get(address).status_code == 403
    assert desk.post(f"{OWN}/withdrawal").status_code == 403
    assert "三年内" in see(desk, "/cooperative/money").text
    assert client_of(app, picker).get("/cooperative/money").status_code == 403
    moment = clock.now() + timedelta(days=3 * 366)
    with app.app_context(), time_machine.travel(moment, tick=False):
        assert end_reading(clock.now()) == 2
    assert client_of(app, manager).get("/cooperative/money").status_code == 403


def test_the_buyers_orders_stay(app, act, cooperative, desk, variant, buyer):
    def order():
        done = accepted(dispatched(paid(place(buyer, {variant: 1}, at=clock.now()))))
        return done.number

    number = act(order)

    def gone():
        found = db.session.get_one(Organisation, cooperative.id)
        found.leaving_at = found.left_at = clock.now()

    act(gone)
    assert cooperative.name in see(client_of(app, buyer), f"/orders/{number}").text


def test_nobody_checks_again_who_leaves(app, act, cooperative, desk):
    desk.post(OWN, data=GIVEN)
    with app.app_context():
        assert open_rechecks(clock.now()) == 0


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"reason": ""}, "请填写"), ({"understood": ""}, "请先确认这一条")],
)
def test_a_slip_of_the_finger_leaves_nothing(act, cooperative, desk, changes, says):
    given = {name: value for name, value in (GIVEN | changes).items() if value}
    answer = desk.post(OWN, data=given)
    assert answer.status_code == 422
    assert says in answer.text
    assert now_of(act, cooperative).leaving_at is None


def test_asking_twice_is_asking_once(act, cooperative, desk):
    desk.post(OWN, data=GIVEN)
    desk.post(OWN, data=GIVEN)
    assert len(act(lambda: db.session.scalars(select(Departure)).all())) == 1
    assert "已经提交过退出申请" in see(desk, OWN).text


def test_administrators_finish_what_is_settled(app, act, cooperative, desk, office):
    desk.post(OWN, data=GIVEN)
    form = see(office, f"{OFFICE}/{cooperative.id}").form("/completion")
    assert office.post(form.action).location == OFFICE
    assert now_of(act, cooperative).left_at is not None
    assert "已退出" in see(office, f"/admin/cooperatives/{cooperative.id}").text
    assert office.get(f"{OFFICE}/{act(make_cooperative).id}").status_code == 404
