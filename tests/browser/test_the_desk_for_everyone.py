"""The cooperative's desk by keyboard alone, and without JavaScript from harvest to parcel."""

import re

import pytest
from playwright.sync_api import Page, expect

from shop.web.locale import LANGUAGE_COOKIE
from tests.browser.conftest import PHONE, Visit
from tests.browser.test_pages import address_of
from tests.browser.world import World
from tests.parts.live import LiveShop

PAGES = [
    "/cooperative",
    "/cooperative/orders",
    "part",
    "/cooperative/pick-list",
    "/cooperative/listings",
    "listing",
    "variant",
    "/cooperative/batches",
    "/cooperative/batches/new",
    "/cooperative/money",
    "/cooperative/members",
]
# What a person can act on and sees, but for radio buttons, of which a group is one stop.
STOPS = """() => {
  const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")];
  const stops = all.filter(each => !each.disabled && each.type !== "hidden" && each.type !== "radio"
    && each.tabIndex >= 0 && each.checkVisibility({ visibilityProperty: true }));
  for (const [number, each] of stops.entries()) each.dataset.stop = number;
  return stops.length;
}"""
# Where one is: its number, and whether one sees that, with the ring inside the screen.
WHERE = """() => {
  const here = document.activeElement;
  const box = here.getBoundingClientRect();
  const style = getComputedStyle(here);
  const ringed = style.outlineStyle !== "none" || style.boxShadow !== "none";
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return { stop: here.dataset.stop, seen: ringed && inside, what: here.outerHTML.slice(0, 120) };
}"""


@pytest.mark.parametrize("place", PAGES)
def test_every_control_is_reached_by_keyboard_and_one_sees_where_one_is(
    world: World, visit: Visit, place: str
) -> None:
    page = visit("cooperative", PHONE)
    page.goto(address_of(world, place))
    # The desk's scripts have taken away what is only for pages without them.
    page.locator("html[data-desk='ready']").wait_for(state="attached")
    stops, reached, unseen = page.evaluate(STOPS), set(), []
    assert stops > 5
    # A group of radio buttons, and the browser's own parts of a field of a date, are stops too.
    for _ in range(2 * stops + 20):
        page.keyboard.press("Tab")
        here = page.evaluate(WHERE)
        # Inside a field of a date the browser has rings of its own.
        if here["stop"] is not None and int(here["stop"]) not in reached:
            reached.add(int(here["stop"]))
            if not here["seen"]:
                unseen.append(here["what"])
        if len(reached) == stops:
            break
    missed = [
        page.locator(f"[data-stop='{number}']").evaluate("each => each.outerHTML.slice(0, 120)")
        for number in set(range(stops)) - reached
    ]
    assert missed == []
    assert unseen == []


def test_the_name_of_a_desk_keeps_its_room_beside_longer_words(
    visit: Visit, live_shop: LiveShop
) -> None:
    page = visit("cooperative", PHONE)
    english = {"name": LANGUAGE_COOKIE, "value": "en", "url": live_shop.address}
    page.context.add_cookies([english])
    page.goto("/cooperative")
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    box = page.locator(".desk-name").bounding_box()
    assert box
    assert box["height"] < 80


def test_a_harvest_is_written_down_and_sent_without_javascript(world: World, visit: Visit) -> None:
    page = visit("cooperative", PHONE, java_script_enabled=False)
    harvest(page, "白糖罂荔枝")
    page.goto(world.places["part"])
    expect(page.get_by_role("heading", level=1)).to_have_text("待发货")
    page.get_by_label("快递公司").select_option(label="顺丰速运")
    page.get_by_label("快递单号").fill("SF7654321")
    page.get_by_role("button", name="确认发货").click()
    expect(page.get_by_text("已发货，买家会收到通知")).to_be_visible()
    page.goto("/cooperative/money")
    expect(page.get_by_role("heading", level=1)).to_have_text("货款")


def harvest(page: Page, product: str) -> None:
    page.goto("/cooperative/batches/new")
    page.get_by_role("button", name="登记并开合格证").click()
    expect(page.get_by_text("还差一点，请看这几处")).to_be_visible()
    page.get_by_label("商品").select_option(label=product)
    page.get_by_label("这一批有多重").fill("120")
    page.get_by_label("自行检测合格").check()
    page.get_by_role("button", name="登记并开合格证").click()
    expect(page.get_by_text("承诺达标合格证").first).to_be_visible()


def test_the_brief_for_the_leader_is_one_page_of_paper(visit: Visit) -> None:
    page = visit("official")
    page.goto("/statistics/brief")
    paper = page.pdf(prefer_css_page_size=True, format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
