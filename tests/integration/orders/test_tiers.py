"""More units cost less each: shown, reckoned, said when it changes, and frozen in the order."""

from dataclasses import replace

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from catalog.products.models import PriceTier, Tier, Variant
from catalog.products.services.drafts import draft_of
from catalog.products.services.variants import edit_variant
from orders.records.models import Order, OrderLine
from orders.refunds.models import Side
from orders.refunds.services.cancellations import cancel_units
from orders.sales.models import SalesEntry
from shop import clock
from shop.db import db
from shop.invariants import list_broken
from tests.factories.catalog import make_draft, make_product
from tests.factories.orders import accepted, dispatched, paid, place
from tests.factories.people import make_cooperative_member, make_resident, sign_in
from tests.integration.orders.test_checkout import enter, filled
from tests.parts.pages import Page, see
from tests.parts.queries import counted_queries


@pytest.fixture
def buyer(act):
    return act(make_resident)


@pytest.fixture
def variant(act):
    """75.00, from 10 boxes on 70.00, from 50 on 65.00."""
    return act(make_tiered)


def make_tiered(name="白糖罂荔枝"):
    product = make_product(name=name, variants=[make_draft(tiers=[(10, 7000), (50, 6500)])])
    return product.variants[0]


def put(client, variant, quantity):
    return client.post("/basket/lines", data={"variant_id": variant.id, "quantity": quantity})


def set_to(client, variant, quantity):
    return client.post(f"/basket/lines/{variant.id}", data={"quantity": quantity})


def reprice(act, variant, *tiers, **changes):
    """The cooperative changes what it costs."""

    def edit():
        row = db.session.get_one(Variant, variant.id)
        by = make_cooperative_member(row.product.cooperative).id
        draft = replace(draft_of(row), tiers=tuple(Tier(*each) for each in tiers), **changes)
        own = (row.product.cooperative_id, row.product_id, row.id)
        edit_variant(*own, draft, by=by, at=clock.now())

    act(edit)


def test_a_products_page_says_from_how_many_units_on_each_costs_less(app, client, variant):
    with counted_queries(app) as statements:
        text = see(client, f"/products/{variant.product_id}").text
    assert "满10箱 ¥70.00/箱 · 14.00 元/斤" in text
    assert "满50箱 ¥65.00/箱 · 13.00 元/斤" in text
    assert sum("price_tier" in each for each in statements) == 1


def test_the_basket_reckons_by_the_tier_and_says_so_when_another_quantity_costs_otherwise(
    app, act, buyer, variant
):
    client = enter(app, buyer, variant, quantity=9)
    page = see(client, "/basket").text
    assert "¥675.00" in page
    assert "再加 1 箱，每箱 ¥70.00" in page
    assert set_to(client, variant, 10).status_code == 303
    page = see(client, "/basket").text
    assert "买 10 箱，每箱的价格从 ¥75.00 变为 ¥70.00" in page
    assert "¥700.00" in page
    assert "放进菜篮时是" not in page, "said once is enough"
    assert set_to(client, variant, 9).status_code == 303
    assert "从 ¥70.00 变为 ¥75.00" in see(client, "/basket").text
    assert put(client, variant, 41).status_code == 303
    page = see(client, "/basket").text
    assert "¥3,250.00" in page, "what is put in is counted with what is there"
    assert "再加" not in page


def test_a_tier_that_is_not_to_be_had_is_not_offered(act, client):
    few = act(lambda: make_product(variants=[make_draft(tiers=[(10, 7000)])], stock=9).variants[0])
    put(client, few, 5)
    assert "再加" not in see(client, "/basket").text


def test_baskets_poured_together_say_that_more_units_cost_otherwise(app, act, buyer, variant):
    client = app.test_client()
    sign_in(client, buyer)
    put(client, variant, 6)
    client = app.test_client()
    put(client, variant, 6)
    sign_in(client, buyer)
    page = see(client, "/basket").text
    assert "放进菜篮时是 ¥75.00，现在是 ¥70.00" in page
    assert "¥840.00" in page


def test_an_order_freezes_what_each_unit_cost_and_all_that_follows_goes_by_it(
    act, app, buyer, variant
):
    client = enter(app, buyer, variant, quantity=12)
    assert client.post("/checkout", data=filled(client)).status_code == 303
    reprice(act, variant, (5, 5500), price_fen=6000)

    def frozen():
        order = db.session.scalars(select(Order)).one()
        line = db.session.scalars(select(OrderLine)).one()
        return order.id, order.goods_fen, line.id, line.unit_price_fen, line.amount_fen

    order_id, goods_fen, line_id, unit_price_fen, amount_fen = act(frozen)
    assert (goods_fen, unit_price_fen, amount_fen) == (84_000, 7000, 84_000)

    def cancel_two():
        order = paid(db.session.get_one(Order, order_id))
        part, units = order.sub_orders[0], {line_id: 2}
        now = clock.now()
        return cancel_units(part, units, side=Side.BUYER, reason="", by=buyer.id, at=now).amount_fen

    assert act(cancel_two) == 14_000
    act(lambda: accepted(dispatched(db.session.get_one(Order, order_id))))
    sold = act(lambda: db.session.scalars(select(SalesEntry)).one())
    assert (sold.quantity_milli, sold.unit_price_fen, sold.amount_fen) == (10_000, 7000, 70_000)
    assert act(list_broken) == []


def test_tiers_that_changed_since_the_buyer_looked_are_shown_and_asked_about(
    act, app, buyer, variant
):
    client = enter(app, buyer, variant, quantity=12)
    form = filled(client)
    reprice(act, variant, (20, 7000))
    answer = client.post("/checkout", data=form)
    assert answer.status_code == 409
    assert "单价从 ¥70.00 变为 ¥75.00" in answer.text
    assert "放进菜篮时是 ¥70.00，现在是 ¥75.00" in see(client, "/basket").text
    again = Page(answer.text).form("/checkout").fields
    assert client.post("/checkout", data=again).status_code == 303
    assert act(lambda: db.session.scalars(select(OrderLine)).one().unit_price_fen) == 7500


def test_a_tier_that_the_order_does_not_reach_is_nothing_to_ask_about(act, app, buyer, variant):
    client = enter(app, buyer, variant, quantity=12)
    form = filled(client)
    reprice(act, variant, (10, 7000), (20, 6000))
    assert client.post("/checkout", data=form).status_code == 303


def test_tiers_cost_one_statement_and_none_where_there_are_none(app, act, variant):
    plain = act(lambda: make_product(name="脆口芥菜").variants[0])

    def asked(*variants):
        account = act(make_resident)
        client = enter(app, account, *variants, quantity=12)
        counts = []
        form = filled(client)
        with counted_queries(app) as basket:
            client.get("/basket")
        with counted_queries(app) as ordering:
            assert client.post("/checkout", data=form).status_code == 303
        for statements in (basket, ordering):
            counts.append(len(statements))
            assert sum("price_tier" in each for each in statements) <= 2
        return counts, sum("price_tier" in each for each in [*basket, *ordering])

    (basket, ordering), none = asked(plain)
    assert none == 0
    (tiered_basket, tiered_ordering), some = asked(act(lambda: make_tiered("甜玉米")))
    assert some > 0
    assert tiered_basket == basket + 1
    assert tiered_ordering <= ordering + 1
    # However many variants have some.
    several = [act(lambda n=n: make_tiered(f"荔枝{n}")) for n in range(3)]
    assert asked(*several)[1] == some


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([(1, 1, 7000, None, None)], "begins_above_one"),
        ([(6, 10, 7000, 2, 7400)], "there_are_few"),
        ([(1, 10, 0, None, None)], "price_is_positive"),
        ([(1, 10, 7000, None, None), (2, 20, 7000, 10, 7000)], "prices_descend"),
        ([(1, 10, 7000, None, None), (2, 10, 6000, 10, 7000)], "quantities_ascend"),
        ([(1, 10, 7000, None, None), (2, 20, 6000, None, None)], "all_but_the_first_follow_one"),
        ([(1, 10, 7000, None, None), (2, 20, 6000, 11, 7000)], "FOREIGN KEY|foreign key"),
        (
            [(1, 10, 7000, None, None), (2, 20, 6000, 10, 7000), (3, 15, 6500, 10, 7000)],
            "UNIQUE|unique",
        ),
    ],
)
def test_the_database_itself_keeps_tiers_in_order(act, rows, rule):
    plain = act(lambda: make_product().variants[0].id)
    columns = ("position", "from_quantity", "unit_price_fen", "after_quantity", "after_price_fen")
    given = [dict(zip(columns, row, strict=True)) | {"variant_id": plain} for row in rows]

    def write():
        for row in given:
            db.session.execute(insert(PriceTier), row)

    with pytest.raises(IntegrityError, match=rule):
        act(write)


def test_a_check_finds_tiers_that_a_price_does_not_fit(act, variant):
    assert act(list_broken) == []
    order = act(lambda: place(make_resident(), {db.session.get_one(Variant, variant.id): 10}).id)
    assert order

    def break_it():
        db.session.get_one(Variant, variant.id).price_fen = 7000

    act(break_it)
    assert any("tiers" in each for each in act(list_broken))
