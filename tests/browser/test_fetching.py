"""From the checkout to a pick-up point and into the buyer's hands, on phones."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Visit
from tests.browser.world import World


def test_goods_are_ordered_to_a_point_checked_in_and_fetched_by_code(
    world: World, visit: Visit, errors_of: Callable[[Page], list[str]]
) -> None:
    buyer = visit("resident", PHONE)
    errors = errors_of(buyer)
    number = order_to_the_point(buyer, world)
    send(visit("cooperative", PHONE), number)
    keeper = visit("keeper", PHONE)
    check_in(keeper, number)
    code = read_code(buyer, number)
    hand_over(keeper, code)
    buyer.reload()
    expect(buyer.get_by_text(re.compile("已在“拱北便利店”取走"))).to_be_visible()
    buyer.get_by_role("button", name="确认收到").click()
    expect(buyer.get_by_role("heading", level=1)).to_have_text("已完成")
    assert errors == []


def order_to_the_point(page: Page, world: World) -> str:
    page.goto(world.places["product"])
    page.get_by_role("button", name="放进菜篮").click()
    page.get_by_role("link", name="去结算").click()
    page.wait_for_url("**/checkout")
    page.wait_for_load_state("load")
    page.get_by_role("radio", name=re.compile("拱北便利店")).check()
    # Freight follows the choice by itself.
    expect(page.get_by_text("自提费 2.00 元")).to_be_visible()
    expect(page.get_by_label("详细地址")).to_be_hidden()
    page.get_by_label("收货人").fill("王小满")
    page.get_by_label("电话").fill("13800000000")
    page.get_by_label("鲜活易腐").check()
    assert_fits(page)
    page.get_by_role("button", name="提交订单").click()
    page.get_by_role("button", name="付款成功").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("待发货")
    return page.url.split("/")[-1]


def send(page: Page, number: str) -> None:
    page.goto(f"/cooperative/orders/{number}A")
    expect(page.get_by_text("拱北便利店")).to_be_visible()
    page.get_by_label("快递公司").select_option("顺丰速运")
    page.get_by_label("快递单号").fill("SF1234567890")
    assert_fits(page)
    page.get_by_role("button", name="确认发货").click()
    expect(page.get_by_text("SF1234567890")).to_be_visible()


def check_in(page: Page, number: str) -> None:
    page.goto("/pickup")
    assert_fits(page)
    page.get_by_role("button", name=f"到了 {number}A").click()
    expect(page.get_by_text(re.compile("已登记到点"))).to_be_visible()


def read_code(page: Page, number: str) -> str:
    page.goto(f"/orders/{number}")
    assert_fits(page)
    return page.locator(".pickup-code").inner_text().strip()


def hand_over(page: Page, code: str) -> None:
    wrong = "000000" if code != "000000" else "111111"
    page.get_by_label("取货码").fill(wrong)
    page.get_by_role("button", name="交货").click()
    expect(page.get_by_text("没有这个取货码")).to_be_visible()
    page.get_by_label("取货码").fill(code)
    page.get_by_role("button", name="交货").click()
    expect(page.get_by_text(re.compile(r"已交给 王\*"))).to_be_visible()


def assert_fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
