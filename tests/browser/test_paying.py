"""A card that is declined, and another that is not."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Visit
from tests.browser.world import World


def test_a_declined_card_is_followed_by_one_that_pays(world: World, visit: Visit) -> None:
    """The page waits each time until the signed message of the payment sandbox has come in."""
    page = visit("resident", size=PHONE)
    page.goto(world.places["payment"])
    begin = page.get_by_role("button", name="去支付")
    # Whoever looks after payments in doubt may have begun it already.
    if begin.is_visible():
        begin.click()
    page.get_by_role("button", name="银行拒绝").click()
    expect(page.get_by_text("这次付款没有成功，没有扣款")).to_be_visible()
    assert_fits(page)

    page.get_by_role("button", name="再试一次").click()
    page.get_by_role("button", name="付款成功").click()
    expect(page).to_have_url(re.compile(r"/orders/[^/]+$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("待发货")


def assert_fits(page: Page) -> None:
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
