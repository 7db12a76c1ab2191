"""Baskets: anonymous and signed in, full of good things and of things that are gone."""

from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from catalog.products.models import Product, Variant
from orders.cart.models import MOST_PER_LINE, Basket, BasketLine
from orders.cart.queries import Owner, list_lines
from orders.cart.services import forget_abandoned
from shop import clock
from shop.accounts.sessions.models import BrowserSession
from shop.db import db
from shop.organisations.models import Organisation
from tests.factories.catalog import make_draft, make_product, make_variant
from tests.factories.orders import NOW
from tests.factories.people import make_cooperative, make_resident, sign_in
from tests.parts.pages import Page

HOSTILE = [
    *("", " ", "0", "-1", "1.5", "1e3", "NaN", "abc", "😀", "\x00", "\u202e1\u202e2a"),
    *("９９９９９", "1000000000", "99999999999999999999", str(MOST_PER_LINE + 1)),
    *("1; DROP TABLE basket", "<b>1</b>"),
]


@pytest.fixture
def variant(act):
    return act(make_variant, stock=10)


@pytest.fixture
def buyer(act):
    return act(make_resident)


def put(client, variant, quantity=1):
    return client.post(
        "/basket/lines", data={"variant_id": getattr(variant, "id", variant), "quantity": quantity}
    )


def basket_of(act, account):
    lines = act(list_lines, Owner(account_id=account.id), clock.day_of(clock.now()))
    return {line.variant.id: line.quantity for line in lines}


def change(act, model, id_, **values):
    def write():
        row = db.session.get_one(model, id_)
        for name, value in values.items():
            setattr(row, name, value)

    act(write)


def test_looking_at_pages_makes_no_session_and_filling_a_basket_does(act, client, variant):
    assert "Set-Cookie" not in client.get("/basket").headers
    assert act(lambda: db.session.scalar(select(func.count()).select_from(BrowserSession))) == 0
    answer = put(client, variant, 2)
    assert answer.status_code == 303
    assert "Set-Cookie" in answer.headers
    page = client.get("/basket").text
    assert "白糖罂荔枝" in page
    assert "150.00" in page


def test_a_refused_line_makes_no_session_either(client, variant):
    assert "Set-Cookie" not in put(client, variant, "nothing").headers


def test_adding_twice_sums_up(act, client, buyer, variant):
    sign_in(client, buyer)
    put(client, variant, 2)
    put(client, variant, 3)
    assert basket_of(act, buyer) == {variant.id: 5}


def test_two_browsers_have_two_baskets(app, client, variant):
    put(client, variant)
    assert "白糖罂荔枝" not in app.test_client().get("/basket").text


def test_the_basket_comes_along_at_sign_in_and_quantities_are_summed(act, app, buyer, variant):
    other = act(make_variant, name="化橘红")
    before, after = app.test_client(), app.test_client()
    sign_in(before, buyer)
    put(before, variant, 2)
    put(after, variant, 3)
    put(after, other, 1)
    sign_in(after, buyer)
    assert basket_of(act, buyer) == {variant.id: 5, other.id: 1}
    assert act(lambda: db.session.scalar(select(func.count()).select_from(Basket))) == 1


def test_a_merged_line_never_holds_more_than_a_line_can(act, app, buyer):
    plenty = act(make_variant, stock=30_000)
    before, after = app.test_client(), app.test_client()
    sign_in(before, buyer)
    put(before, plenty, MOST_PER_LINE)
    put(after, plenty, 5)
    sign_in(after, buyer)
    assert basket_of(act, buyer) == {plenty.id: MOST_PER_LINE}


def test_freight_is_explained_for_each_cooperative(act, client):
    one, two = act(make_variant, price_fen=8700), act(make_variant, price_fen=12_000)
    put(client, one)
    put(client, two)
    page = client.get("/basket").text
    assert "运费 10.00 元，再买 12.00 元免运费" in page
    assert "免运费" in page
    assert "217.00" in page


@pytest.mark.parametrize("quantity", HOSTILE)
def test_a_hostile_quantity_is_refused_with_a_message(act, client, buyer, variant, quantity):
    sign_in(client, buyer)
    put(client, variant, 1)
    added = put(client, variant, quantity)
    changed = client.post(f"/basket/lines/{variant.id}", data={"quantity": quantity})
    assert (added.status_code, changed.status_code) == (422, 422)
    assert "请填写" in changed.text or "件" in changed.text
    assert basket_of(act, buyer) == {variant.id: 1}


@pytest.mark.parametrize("variant_id", [*HOSTILE, 999, 2**31 - 1])
def test_a_variant_that_is_none_is_refused(client, variant_id):
    assert put(client, variant_id).status_code in (404, 422)


@pytest.mark.parametrize("address", ["999", "99999999999999999999", "0", "x", "-1", "%00"])
def test_a_line_that_is_not_in_the_basket_is_not_found(client, variant, address):
    put(client, variant)
    assert client.post(f"/basket/lines/{address}", data={"quantity": 1}).status_code == 404
    assert client.post(f"/basket/lines/{address}/removal").status_code == 404


def test_nobody_reaches_the_lines_of_others_without_a_basket(act, app, client, buyer, variant):
    sign_in(client, buyer)
    put(client, variant, 3)
    stranger = app.test_client()
    assert stranger.post(f"/basket/lines/{variant.id}/removal").status_code == 404
    assert stranger.post(f"/basket/lines/{variant.id}", data={"quantity": 1}).status_code == 404
    assert basket_of(act, buyer) == {variant.id: 3}


def test_more_than_there_is_cannot_be_put_in(client, variant):
    answer = put(client, variant, 11)
    assert answer.status_code == 422
    assert "只剩 10 箱" in answer.text


def test_a_line_can_be_changed_and_removed(act, client, buyer, variant):
    sign_in(client, buyer)
    put(client, variant, 1)
    client.post(f"/basket/lines/{variant.id}", data={"quantity": 4})
    assert basket_of(act, buyer) == {variant.id: 4}
    client.post(f"/basket/lines/{variant.id}/removal")
    assert basket_of(act, buyer) == {}


@pytest.mark.parametrize(
    ("what", "values", "says"),
    [
        ("product", {"delisted_at": NOW}, "已经下架"),
        ("variant", {"withdrawn_at": NOW}, "不再销售"),
        ("cooperative", {"suspended_at": NOW}, "暂停销售"),
        ("variant", {"on_hand": 1}, "只剩 1 箱"),
        ("variant", {"on_hand": 0}, "只剩 0 箱"),
    ],
)
def test_what_cannot_be_bought_any_more_stays_says_why_and_is_not_counted(
    act, client, variant, what, values, says
):
    put(client, variant, 3)
    product = act(lambda: db.session.get_one(Product, variant.product_id))
    model, id_ = {
        "variant": (Variant, variant.id),
        "product": (Product, product.id),
        "cooperative": (Organisation, product.cooperative_id),
    }[what]
    change(act, model, id_, **values)
    page = client.get("/basket").text
    assert says in page
    assert "白糖罂荔枝" in page
    assert "去结算" not in page
    assert "225.00" not in page


def test_the_basket_page_asks_the_database_at_most_eight_times(act, app, buyer):
    def fill():
        for name in ("荔枝", "芥菜", "豆豉"):
            make_product(
                make_cooperative(), name=name, variants=[make_draft(), make_draft("10斤装")]
            )

    act(fill)
    client = app.test_client()
    sign_in(client, buyer)
    for variant_id in act(lambda: db.session.scalars(select(Variant.id)).all()):
        put(client, variant_id)
    client.get("/basket")
    with app.app_context():
        statements = []
        engine = db.engine
    note = lambda *args: statements.append(args[2])  # noqa: E731
    event.listen(engine, "before_cursor_execute", note)
    page = client.get("/basket").text
    event.remove(engine, "before_cursor_execute", note)
    assert page.count('class="line"') == 6
    asked = [statement for statement in statements if statement.startswith("SELECT")]
    assert len(asked) <= 8, asked


def test_the_count_in_the_header_is_that_of_units(client, variant):
    put(client, variant, 3)
    assert '<span class="count">3' in client.get("/basket").text


def test_abandoned_baskets_are_forgotten_and_those_of_people_kept(act, app, buyer, variant):
    anonymous, signed_in = app.test_client(), app.test_client()
    sign_in(signed_in, buyer)
    put(anonymous, variant)
    put(signed_in, variant)
    act(forget_abandoned, before=clock.now() + timedelta(days=1))
    assert act(lambda: db.session.scalar(select(func.count()).select_from(BasketLine))) == 1


def test_the_forms_of_the_page_are_those_that_work(act, client, buyer, variant):
    sign_in(client, buyer)
    put(client, variant, 2)
    page = Page(client.get("/basket").text)
    form = page.form(f"/basket/lines/{variant.id}")
    assert client.post(form.action, data=form.fields | {"quantity": "5"}).status_code == 303
    assert basket_of(act, buyer) == {variant.id: 5}
