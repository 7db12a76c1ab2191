"""The shop works without JavaScript, by keyboard alone, with large letters and in English."""

import re

from playwright.sync_api import Page, expect

from orders.records.models import Order
from shop.db import db
from tests.browser.conftest import PHONE, Visit
from tests.browser.world import World
from tests.parts.live import LiveShop
from tests.parts.servers import wait_until

# More than any page has before its buy button.
MOST_TABS = 60


def test_without_javascript_everything_can_be_found_ordered_and_paid(
    world: World, visit: Visit
) -> None:
    page = visit("resident", PHONE, java_script_enabled=False)
    page.goto("/products")
    page.get_by_role("link", name="白糖罂荔枝").click()
    page.get_by_label("数量").fill("2")
    page.get_by_role("button", name="放进菜篮").click()
    page.get_by_label("数量").fill("1")
    page.get_by_role("button", name="更新").click()
    page.get_by_role("link", name="去结算").click()
    fill_in_address(page)
    page.get_by_role("button", name="提交订单").click()
    page.get_by_role("button", name="付款成功").click()
    number = page.url.split("/")[-2]

    def has_arrived() -> bool:
        """A person without JavaScript reloads the page, or asks."""
        page.get_by_role("button", name="查询结果").click()
        return page.url.endswith(f"/orders/{number}")

    wait_until(has_arrived, "the payment")
    expect(page.get_by_role("heading", level=1)).to_have_text("待发货")


def test_the_buy_button_is_reached_and_pressed_by_keyboard(world: World, visit: Visit) -> None:
    page = visit(size=PHONE)
    page.goto(world.places["product"])
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "放进菜篮":
            break
    button = page.get_by_role("button", name="放进菜篮")
    expect(button).to_be_focused()
    outline = button.evaluate("button => getComputedStyle(button).outlineStyle")
    assert outline != "none", "one sees where one is"
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/basket$"))


def test_the_order_button_pressed_twice_makes_one_order(
    world: World, visit: Visit, live_shop: LiveShop
) -> None:
    page = visit("resident", PHONE)
    page.goto(world.places["product"])
    page.get_by_role("button", name="放进菜篮").click()
    page.get_by_role("link", name="去结算").click()
    # Which fields are hidden is said by the styles: whole pages only.
    page.wait_for_url("**/checkout")
    page.wait_for_load_state("load")
    if page.get_by_label("收货人").is_visible():
        fill_in_address(page)
    else:
        page.get_by_label("鲜活易腐").check()
    before = count_orders(live_shop)
    page.get_by_role("button", name="提交订单").dblclick()
    expect(page).to_have_url(re.compile("/payment$"))
    page.go_back()
    expect(page.get_by_text("没有可以下单的商品")).to_be_visible()
    assert count_orders(live_shop) == before + 1


def test_letters_grow_at_one_press_and_nothing_falls_off_the_screen(visit: Visit) -> None:
    page = visit(size=PHONE)
    page.goto("/")
    small = size_of_letters(page)
    page.get_by_role("button", name="大字", exact=True).click()
    expect(page.get_by_role("button", name="标准字", exact=True)).to_be_visible()
    # The new page is here; its styles say how large the letters are.
    page.wait_for_load_state("load")
    assert size_of_letters(page) > small * 1.2
    for place in ("/", "/products", "/basket", "/sign-in"):
        page.goto(place)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], place


def test_the_shop_speaks_english_at_one_press_and_chinese_again(visit: Visit) -> None:
    page = visit()
    page.goto("/products")
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    expect(page).to_have_url(re.compile("/products$"))
    page.get_by_role("button", name="中文").first.click()
    expect(page.get_by_role("link", name="登录")).to_be_visible()


def fill_in_address(page: Page) -> None:
    page.get_by_label("收货人").fill("何小满")
    page.get_by_label("电话").fill("13800000000")
    if page.get_by_label("区县").count():
        page.get_by_label("区县").select_option("香洲区")
    page.locator("select[name=town_code]").select_option(label="拱北街道")
    page.get_by_label("详细地址").fill("港一路 8 号")
    page.get_by_label("鲜活易腐").check()


def count_orders(live_shop: LiveShop) -> int:
    with live_shop.app.app_context():
        return db.session.query(Order).count()


def size_of_letters(page: Page) -> float:
    size: str = page.evaluate("getComputedStyle(document.body).fontSize")
    return float(size.removesuffix("px"))
