"""Ship by scanning on a phone: a scanner types a code and presses Enter, twice for each parcel."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from catalog.products.models import Product, Variant
from shop import clock
from shop.db import db, transaction
from tests.browser.conftest import PHONE, Visit, assert_readable
from tests.browser.world import World
from tests.factories.orders import paid, place
from tests.factories.people import make_resident
from tests.parts.live import LiveShop

# What stands in for a phone whose browser reads codes: each look finds what lies before the lens.
CAMERA = """
    window.BarcodeDetector = class { async detect() { return [{ rawValue: window.before }]; } };
    navigator.mediaDevices.getUserMedia = async () => new MediaStream();
    HTMLMediaElement.prototype.play = async () => {};
"""


@pytest.fixture
def parts(world: World, live_shop: LiveShop) -> list[str]:
    """Two parts that wait."""
    query = select(Variant).join(Variant.product).where(Product.name == "脆口芥菜")
    with live_shop.app.app_context(), transaction():
        variant, at = db.session.scalars(query).one(), clock.now() - timedelta(minutes=9)
        orders = [paid(place(make_resident(), {variant: 2}, at=at)) for _ in range(2)]
        return [order.sub_orders[0].number for order in orders]


def scan(page: Page, text: str) -> None:
    """As a scanner does: into what has the focus, which a page gives a moment after it opened."""
    expect(page.locator(".scan-input")).to_be_focused()
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def assert_fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert_readable(page)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_two_scans_ship_a_parcel_and_nothing_is_tapped(
    parts: list[str], visit: Visit, errors_of: Callable[[Page], list[str]], scripts: bool
) -> None:
    page = visit("cooperative", PHONE, java_script_enabled=scripts, has_touch=True)
    errors = errors_of(page)
    page.goto("/cooperative/scanning")
    if scripts:
        # This browser reads no codes, as an iPhone's doesn't.
        expect(page.get_by_text("照着码旁边的数字输入就行")).to_be_visible()
        assert_fits(page)
    for place_, part in enumerate(parts, start=1):
        scan(page, part)
        expect(page.get_by_role("heading", level=1)).to_have_text(part)
        if scripts:
            assert_fits(page)
        number = f"SF{'1' if scripts else '2'}{place_:09d}"
        scan(page, number)
        expect(page.get_by_text(f"已发：{part}，顺丰速运 {number}。")).to_be_visible()
    scan(page, "C20200101-AAAAAAA")
    expect(page.get_by_text("没有这张单：C20200101-AAAAAAA")).to_be_visible()
    expect(page.get_by_label("第 1 步")).to_be_focused()
    assert [error for error in errors if "404" not in error] == []


def test_a_phones_camera_types_what_a_scanner_would(parts: list[str], visit: Visit) -> None:
    page = visit("cooperative", PHONE)
    page.add_init_script(f"window.before = '{parts[0]}';{CAMERA}")
    page.goto("/cooperative/scanning")
    page.get_by_role("button", name="用摄像头扫").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(parts[0])
    # The camera goes on by itself; the slip that still lies before it is no tracking number.
    expect(page.locator("video")).to_be_visible()
    page.evaluate("window.before = 'YT8800000001'")
    expect(page.get_by_text(f"已发：{parts[0]}，顺丰速运 YT8800000001。")).to_be_visible()
