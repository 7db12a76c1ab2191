"""What was there a moment ago and isn't any more: stock, a product, a way to sell it, a town."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from catalog.products.models import Product, Variant
from catalog.products.services.products import delist
from catalog.stock.queries import list_mismatches
from catalog.stock.services import set_available
from orders.cart.models import BasketLine
from orders.records.models import Order
from shop import clock
from shop.db import db
from shop.organisations.models import Organisation
from tests.integration.guards.submissions import FORMS, compose
from tests.integration.guards.world import Who, World
from tests.parts.pages import Page, see

pytestmark = pytest.mark.both_engines

CHECKOUT = next(form for endpoint, form in FORMS if endpoint == "checkout.create")
NOWHERE = "440402999"


def test_more_than_there_is_does_not_go_into_a_basket(world: World) -> None:
    world.act(set_available, world.things["variant_id"], 3, by=None, at=clock.now())
    before = basket(world)
    line = f"/basket/lines/{world.things['variant_id']}"
    fields = {"variant_id": world.things["variant_id"], "quantity": "4"}
    for address in ("/basket/lines", line):
        answer = world.client(Who.OWNER).post(address, data=fields)
        assert answer.status_code == 422
        assert "只剩 3 箱" in Page(answer.text).text
    assert basket(world) == before


def test_stock_that_went_while_somebody_filled_in_the_form_is_not_ordered(world: World) -> None:
    form = compose(world, "checkout.create", CHECKOUT)
    world.act(set_available, world.things["variant_id"], 0, by=None, at=clock.now())
    require_no_order(world, form.fields, "已经售罄")


def _delist(at: datetime, product: Product) -> None:
    delist(product.cooperative_id, product.id, by=None, at=at)


def _withdraw(at: datetime, product: Product) -> None:
    product.variants[0].withdrawn_at = at


def _suspend(at: datetime, product: Product) -> None:
    db.session.get_one(Organisation, product.cooperative_id).suspended_at = at


@pytest.mark.parametrize(
    ("take_away", "reason"),
    [(_delist, "已经下架"), (_withdraw, "不再销售"), (_suspend, "暂停销售")],
    ids=["delisted", "withdrawn", "its cooperative is suspended"],
)
def test_a_line_whose_product_vanished_is_explained_and_not_ordered(
    world: World, take_away: Callable[[datetime, Product], None], reason: str
) -> None:
    form = compose(world, "checkout.create", CHECKOUT)
    world.act(
        lambda: take_away(clock.now(), db.session.get_one(Product, world.things["product_id"]))
    )
    require_no_order(world, form.fields, reason)


def test_a_town_that_does_not_exist_is_nobodys_address(world: World) -> None:
    form = compose(world, "checkout.create", CHECKOUT)
    owner = world.client(Who.OWNER)
    for address in ("/checkout", "/account/addresses"):
        answer = owner.post(address, data=form.fields | {"town_code": NOWHERE})
        assert answer.status_code == 422
        assert "请选择镇或街道" in Page(answer.text).text
    assert owner.get(f"/towns/{NOWHERE}").status_code == 404
    assert owner.get(f"/products?town={NOWHERE}").status_code == 200
    assert owner.get(f"/search?q=荔枝&town={NOWHERE}").status_code == 200
    assert world.client(Who.BUREAU).get(f"/statistics/ledger?town={NOWHERE}").status_code == 404


def require_no_order(world: World, fields: dict[str, Any], reason: str) -> None:
    """Sending the form orders nothing, and the basket says why."""
    before = count_orders(world)
    answer = world.client(Who.OWNER).post("/checkout", data=fields)
    assert answer.status_code in (303, 409)
    assert answer.status_code == 409 or answer.location == "/basket"
    assert count_orders(world) == before
    assert reason in see(world.client(Who.OWNER), "/basket").text
    with world.app.app_context():
        assert list_mismatches() == []


def basket(world: World) -> list[tuple[int, int]]:
    with world.app.app_context():
        rows = db.session.execute(select(BasketLine.variant_id, BasketLine.quantity))
        return [tuple(row) for row in rows]


def count_orders(world: World) -> tuple[int, int]:
    """Orders, and what is held for them."""
    with world.app.app_context():
        orders = db.session.scalar(select(func.count(Order.id)))
        held = db.session.scalar(select(func.sum(Variant.held)))
        return orders or 0, int(held or 0)
