"""Something came spoiled: a photo, half the money offered and taken, and what the ledger says."""

import re
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import select

from orders.deliveries.services import dispatch
from orders.records.models import Order
from orders.refunds.models import Refund
from orders.sales.models import SalesEntry
from shop import clock
from shop.db import db, transaction
from tests.browser.conftest import PHONE, Visit
from tests.browser.test_every_way_of_buying import fill_in_address
from tests.browser.world import World
from tests.factories.catalog import picture_bytes
from tests.parts.live import LiveShop
from tests.parts.servers import wait_until

PRICE_FEN, HALF_FEN = 7500, 3750


def test_a_claim_with_a_photo_ends_with_half_the_money(
    live_shop: LiveShop, world: World, visit: Visit, tmp_path: Path
) -> None:
    buyer, seller = visit("resident", PHONE), visit("cooperative", PHONE)
    number = buy(buyer, world)
    send(live_shop, number)
    buyer.goto(f"/orders/{number}")
    buyer.get_by_role("button", name="确认收到").click()

    photo = tmp_path / "photo.jpg"
    photo.write_bytes(picture_bytes(width=1600, height=1200))
    buyer.get_by_role("link", name="申请售后").click()
    buyer.get_by_role("button", name="增加").click()
    buyer.get_by_label("不新鲜、坏了").check()
    buyer.get_by_label("说说情况").fill("上面一层有三个烂了")
    buyer.get_by_label("照片").set_input_files(photo)
    assert_fits(buyer)
    buyer.get_by_role("button", name="提交申请").click()
    expect(buyer.get_by_role("heading", level=1)).to_have_text("等合作社答复")
    picture = buyer.get_by_role("img", name="第 1 张照片")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300

    seller.goto("/cooperative/claims")
    assert_fits(seller)
    seller.get_by_role("link", name="去处理").first.click()
    seller.get_by_label("退一部分").check()
    seller.get_by_label("退多少").fill("37.50")
    seller.get_by_label("说明").fill("抱歉，路上压坏了")
    assert_fits(seller)
    seller.get_by_role("button", name="答复买家").click()
    expect(seller.get_by_text("已答复，买家会收到通知")).to_be_visible()

    buyer.goto(f"/orders/{number}")
    buyer.get_by_role("link", name="看看答复").click()
    assert_fits(buyer)
    buyer.get_by_role("button", name="接受，退 ¥37.50").click()
    expect(buyer.get_by_role("heading", level=1)).to_have_text("已同意退款")

    wait_until(lambda: has_moved(live_shop), "the refund", seconds=30)
    buyer.goto(f"/orders/{number}")
    expect(buyer.get_by_text("退款 37.50 元")).to_be_visible()
    expect(buyer.get_by_text("款项已原路退回")).to_be_visible()
    assert_fits(buyer)
    assert ledger_of(live_shop, number) == [PRICE_FEN, -HALF_FEN]


def buy(page: Page, world: World) -> str:
    """One unit, paid for in the sandbox; the order's number."""
    page.goto(world.places["product"])
    page.get_by_role("button", name="放进菜篮").click()
    page.get_by_role("link", name="去结算").click()
    page.wait_for_url("**/checkout")
    page.wait_for_load_state("load")
    if page.get_by_label("收货人").is_visible():
        fill_in_address(page)
    else:
        page.get_by_label("鲜活易腐").check()
    page.get_by_role("button", name="提交订单").click()
    expect(page).to_have_url(re.compile("/payment$"))
    page.get_by_role("button", name="付款成功").click()
    expect(page).to_have_url(re.compile(r"/orders/[^/]+$"))
    return page.url.rsplit("/", 1)[1]


def send(live_shop: LiveShop, number: str) -> None:
    with live_shop.app.app_context(), transaction():
        part = order_with(number).sub_orders[0]
        at = clock.now() - timedelta(seconds=1)
        parcels = [("顺丰速运", "SF1234567890")]
        dispatch(part.id, part.cooperative_id, parcels, by=None, at=at)


def has_moved(live_shop: LiveShop) -> bool:
    with live_shop.app.app_context():
        query = select(Refund).order_by(Refund.id.desc()).limit(1)
        refund = db.session.scalars(query).one()
        return refund.amount_fen == HALF_FEN and refund.moved_at is not None


def ledger_of(live_shop: LiveShop, number: str) -> list[int]:
    """What each entry of an order counts for."""
    with live_shop.app.app_context():
        query = select(SalesEntry.net_fen).where(SalesEntry.order_number == f"{number}A")
        return list(db.session.scalars(query.order_by(SalesEntry.id)))


def order_with(number: str) -> Order:
    return db.session.scalars(select(Order).where(Order.number == number)).one()


def assert_fits(page: Page) -> None:
    """Nothing falls off a phone's screen, once the styles are there."""
    page.wait_for_load_state("load")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], page.url
