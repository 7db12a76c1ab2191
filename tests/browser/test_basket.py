"""What is tapped in the basket counts, however late the shop answers."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Visit
from tests.parts.servers import wait_until

LITCHI, GREENS = "白糖罂荔枝", "脆口芥菜"
LINES = re.compile("/basket/lines/[0-9]+$")
BASKET = re.compile("/basket$")


@pytest.fixture
def page(visit: Visit) -> Page:
    """A basket with one of each in it."""
    page = visit()
    for name in (LITCHI, GREENS):
        page.goto("/products")
        page.get_by_role("link", name=name).click()
        page.get_by_role("button", name="放进菜篮").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("菜篮")
    expect(page.get_by_role("button", name="更新")).to_have_count(0)
    return page


def test_taps_on_several_lines_count_while_an_answer_is_on_its_way(page: Page) -> None:
    # While a change of another line is being kept…
    more = steppers(page)
    late = hold_back(page, LINES, more[LITCHI])
    more[GREENS](times=2)
    late.continue_()
    expect_units(page, 2 + 3)
    # …and while the page comes anew.
    more = steppers(page)
    late = hold_back(page, BASKET, more[GREENS])
    more[LITCHI](times=3)
    late.continue_()
    expect_units(page, 5 + 4)
    expect(field(page, LITCHI)).to_have_value("5")
    expect(field(page, GREENS)).to_have_value("4")


def test_who_goes_on_before_a_change_is_kept_goes_on_once_it_is(page: Page) -> None:
    more = steppers(page)
    late = hold_back(page, LINES, more[LITCHI])
    more[LITCHI]()
    page.get_by_role("button", name=f"移除 {GREENS}").click()
    page.get_by_role("link", name="去结算").click()
    late.continue_()
    # A stranger is asked who they are first.
    expect(page).to_have_url(re.compile("checkout"))
    page.goto("/basket")
    expect_units(page, 3)
    expect(field(page, GREENS)).to_have_count(0)


def test_a_number_half_typed_stays_until_it_is_finished(page: Page) -> None:
    late = hold_back(page, LINES, steppers(page)[LITCHI])
    field(page, GREENS).click()
    for key in ("End", "2"):
        page.keyboard.press(key)
    with page.expect_response(LINES):
        late.continue_()
    for key in ("Backspace", "3", "Enter"):
        page.keyboard.press(key)
    expect_units(page, 2 + 13)


def steppers(page: Page) -> dict[str, Callable[..., None]]:
    """The + of each line, by its place: who taps there waits for nothing that is on its way."""

    def at(name: str) -> Callable[..., None]:
        plus = line(page, name).get_by_role("button", name="增加")
        expect(plus).to_be_in_viewport()
        box = plus.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

        def tap(times: int = 1) -> None:
            for _ in range(times):
                page.mouse.click(x, y)

        return tap

    return {name: at(name) for name in (LITCHI, GREENS)}


def hold_back(page: Page, address: re.Pattern[str], act: Callable[[], None]) -> Route:
    """The first request for an address that follows upon an act; it waits until it is continued."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    def has_come() -> bool:
        # Requests are heard of while the browser is asked something; the page answers nothing now.
        page.context.cookies()
        return bool(held)

    page.route(address, hold, times=1)
    act()
    wait_until(has_come, "the request")
    return held[0]


def field(page: Page, name: str) -> Locator:
    return line(page, name).get_by_role("spinbutton")


def line(page: Page, name: str) -> Locator:
    return page.locator(".line", has_text=name)


def expect_units(page: Page, count: int) -> None:
    """Above the page stands what the shop knows of."""
    expect(page.locator(".site-header .count")).to_have_text(re.compile(rf"^\s*{count}\s"))
