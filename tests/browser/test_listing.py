"""A new listing on a cheap phone: few taps, a weak network, a browser that is closed half-way."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, Request, expect

from catalog.products.models import Measure
from catalog.products.rules import unit_price_fen
from shop.money import yuan
from tests.browser.conftest import PHONE, Visit
from tests.browser.world import World

NEW = "/cooperative/listings/new"
MOST_TAPS = 7
MOST_BYTES = 50_000
SHOW_ALL = """() => {
  for (const step of document.querySelectorAll("[data-step]")) step.hidden = false;
  for (const more of document.querySelectorAll("details")) more.open = true;
}"""
# Pages come, and what a page asks for by itself doesn't arrive.
WEAK_SIGNAL = """
    const ask = self.fetch;
    self.fetch = async (...all) => {
        if (sessionStorage.getItem("silent")) throw new TypeError("no signal");
        return ask(...all);
    };
"""
# What the name suggests is told when the test says so.
LATE_SUGGESTIONS = """
    const ask = self.fetch;
    self.late = [];
    self.fetch = async (...all) => {
        const answer = await ask(...all);
        if (!String(all[0]).includes("/suggestion")) return answer;
        const text = await answer.text();
        return new Promise((done) => { late.push(() => done(new Response(text))); });
    };
"""


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """As a phone takes it: some megabytes."""
    file = tmp_path / "IMG_0001.jpg"
    Image.effect_noise((3200, 2400), 40).convert("RGB").save(file, "JPEG", quality=95)
    return file


@pytest.fixture
def phone(visit: Visit) -> Page:
    return visit("cooperative", PHONE, has_touch=True, is_mobile=True)


def test_from_photo_to_live_in_seven_taps(phone: Page, photo: Path, look: Callable) -> None:
    taps = 0

    def tap(target: Locator) -> None:
        nonlocal taps
        taps += 1
        target.tap()

    sizes = sizes_of_photos(phone)
    phone.goto(NEW)
    look(phone, "photo")
    with phone.expect_file_chooser() as chooser:
        tap(phone.get_by_text("拍照片", exact=True).last)
    chooser.value.set_files(photo)
    # The next screen opens by itself, with the keyboard.
    expect(phone.get_by_label("商品名称")).to_be_focused()
    phone.keyboard.type("怀乡走地鸡")
    expect(phone.get_by_label("类别")).to_have_value(re.compile("[0-9]+"))
    expect(phone.get_by_label("10月", exact=True)).to_be_checked()
    look(phone, "what")
    tap(phone.get_by_role("button", name="下一步"))
    expect(phone.get_by_label("规格")).to_be_focused()
    phone.keyboard.type("整只 3斤")
    expect(phone.get_by_label("净重", exact=True)).to_have_value("3")
    tap(phone.get_by_label("价格"))
    phone.keyboard.type("98")
    expect(phone.locator("[data-unit-price]")).to_have_text("32.67 元/斤")
    tap(phone.get_by_label("现在有多少可以卖"))
    phone.keyboard.type("20")
    look(phone, "how")
    tap(phone.get_by_role("button", name="看看买家看到的样子"))
    expect(phone.get_by_role("heading", name="买家看到的样子")).to_be_visible()
    expect(phone.get_by_text("32.67").first).to_be_visible()
    look(phone, "preview")
    tap(phone.get_by_role("button", name="上架"))
    expect(phone.get_by_text("已经上架")).to_be_visible()
    assert taps <= MOST_TAPS
    # What went over the network is a small part of what the camera made.
    (sent,) = sizes
    assert sent < photo.stat().st_size / 5


def test_a_photo_goes_on_after_a_dead_spot_and_is_there_once(
    phone: Page, photo: Path, world: World
) -> None:
    phone.goto(NEW)
    pieces: list[str] = []

    def drop_the_second(route) -> None:
        pieces.append(route.request.url)
        route.abort() if len(pieces) == 2 else route.continue_()

    phone.route(re.compile(r"/uploads/.*from="), drop_the_second)
    phone.locator("#photo").set_input_files(photo)
    expect(phone.locator("[name=kept_picture]")).to_have_value(re.compile("[0-9]+"))
    # The piece that was lost, and only that one, was sent twice.
    assert len(pieces) == len(set(pieces)) + 1
    phone.get_by_label("商品名称").fill("断网也传的白菜")
    expect(phone).to_have_url(re.compile("/cooperative/drafts/[0-9]+$"))


def test_what_was_typed_without_a_network_survives_a_closed_browser(
    phone: Page, photo: Path
) -> None:
    context: BrowserContext = phone.context
    phone.goto(NEW)
    phone.locator("#photo").wait_for(state="attached")
    context.set_offline(True)
    phone.locator("#photo").set_input_files(photo)
    phone.get_by_label("商品名称").fill("山里的白萝卜")
    expect(phone.get_by_text("没有信号")).to_have_count(1)
    phone.close()
    context.set_offline(False)
    page = context.new_page()
    page.goto(NEW)
    page.get_by_role("link", name="接着填").click()
    expect(page).to_have_url(re.compile("/cooperative/drafts/[0-9]+$"))
    page.get_by_role("button", name="上一步").click()
    expect(page.get_by_label("商品名称")).to_have_value("山里的白萝卜")
    expect(page.locator("[name=kept_picture]")).to_have_value(re.compile("[0-9]+"))


def test_what_waits_on_the_phone_is_in_its_fields_at_once_and_pushed_away_by_nothing(
    phone: Page,
) -> None:
    phone.add_init_script(WEAK_SIGNAL)
    phone.goto(NEW)
    phone.get_by_role("button", name="下一步").click()
    phone.get_by_label("商品名称").fill("霜打的菜心")
    expect(phone).to_have_url(re.compile("/cooperative/drafts/[0-9]+$"))
    draft = phone.url
    phone.evaluate("sessionStorage.setItem('silent', 'yes')")
    phone.evaluate(SHOW_ALL)
    phone.get_by_label("价格").fill("25.00")
    phone.get_by_label("11月", exact=True).check()

    # While the shop can't be reached, another one is begun; and the first one is gone on with.
    phone.goto(NEW)
    phone.get_by_role("button", name="下一步").click()
    phone.get_by_label("商品名称").fill("别的菜")
    phone.goto(draft)
    phone.evaluate(SHOW_ALL)
    expect(phone.get_by_label("价格")).to_have_value("25.00")
    expect(phone.get_by_label("11月", exact=True)).to_be_checked()
    phone.get_by_label("规格").fill("5斤装")

    phone.evaluate("sessionStorage.removeItem('silent')")
    phone.goto(NEW)
    expect(phone.get_by_role("link", name="接着填")).to_be_visible()
    phone.goto(draft)
    expect(phone.get_by_label("规格")).to_have_value("5斤装")
    expect(phone.get_by_label("价格")).to_have_value("25.00")
    expect(phone.get_by_label("11月", exact=True)).to_be_checked()


def test_an_answer_that_comes_late_undoes_no_later_one_and_skips_no_step(phone: Page) -> None:
    phone.add_init_script(LATE_SUGGESTIONS)
    phone.goto(NEW)
    phone.get_by_role("button", name="下一步").click()
    for number, name in enumerate(["白糖罂荔枝", "怀乡走地鸡"], start=1):
        phone.get_by_label("商品名称").fill(name)
        phone.wait_for_function("number => late.length === number", arg=number)
    step_on = phone.get_by_role("button", name="下一步")
    step_on.evaluate("button => { button.click(); button.click(); }")
    phone.evaluate("late[1]()")
    expect(phone.get_by_label("规格")).to_be_visible()
    category = phone.locator("[name=category]")
    chosen = category.input_value()
    assert chosen
    phone.evaluate("() => { late[0](); return new Promise((done) => setTimeout(done)); }")
    assert category.input_value() == chosen


def test_a_forbidden_word_is_told_beside_its_field(phone: Page, look: Callable) -> None:
    phone.goto(NEW)
    phone.get_by_role("button", name="下一步").click()
    fill(phone, "化橘红止咳", "5斤装", "39.90")
    expect(phone.locator("#name-error")).to_contain_text("止咳")
    expect(phone.locator("#name-error")).to_contain_text("广告法")
    look(phone, "refused")


@pytest.mark.parametrize(
    ("price", "measure", "amount"),
    [
        ("39.90", Measure.WEIGHT, 2500),
        ("0.01", Measure.WEIGHT, 2500),
        ("１００．５", Measure.WEIGHT, 1500),
        ("45.68", Measure.VOLUME, 1800),
        ("10", Measure.PIECE, 12),
        ("99999.99", Measure.WEIGHT, 1),
    ],
)
def test_the_price_shown_while_typing_is_the_shops(
    phone: Page, price: str, measure: Measure, amount: int
) -> None:
    phone.goto(NEW)
    phone.evaluate(SHOW_ALL)
    phone.get_by_label("价格").fill(price)
    phone.locator(f"[name=measure][value={measure}]").check()
    if measure is Measure.WEIGHT:
        phone.get_by_label("净重", exact=True).fill(f"{amount * 2 / 1000:.3f}")
    else:
        decimals = 1000 if measure is Measure.VOLUME else 1
        phone.get_by_label("里面有几升").fill(f"{amount / decimals}")
    fen = {"１００．５": 10050}.get(price) or round(float(price) * 100)
    expected = yuan(unit_price_fen(fen, measure, amount))
    expect(phone.locator("[data-unit-price]")).to_contain_text(expected)


def test_everything_can_be_done_without_scripts(visit: Visit, photo: Path) -> None:
    page = visit("cooperative", PHONE, java_script_enabled=False)
    page.goto(NEW)
    page.locator("#photo").set_input_files(photo)
    fill(page, "露天白菜", "10斤装", "25", weight="10", months=[11, 12])
    expect(page.get_by_role("heading", name="买家看到的样子")).to_be_visible()
    expect(page.get_by_text("2.50").first).to_be_visible()
    page.get_by_role("button", name="上架").click()
    expect(page.get_by_text("已经上架")).to_be_visible()


def test_a_first_visit_is_small(phone: Page) -> None:
    sizes: list[int] = []

    def note(request: Request) -> None:
        if request.resource_type != "image":
            size = request.sizes()
            sizes.append(size["responseBodySize"] + size["responseHeadersSize"])

    phone.on("requestfinished", note)
    phone.goto(NEW)
    phone.wait_for_load_state("networkidle")
    assert sum(sizes) <= MOST_BYTES


def fill(
    page: Page, name: str, spec: str, price: str, weight: str = "", months: list[int] | None = None
) -> None:
    """Type a listing and go on to look at it, with scripts or without."""
    page.get_by_label("商品名称").fill(name)
    for month in months or []:
        page.get_by_label(f"{month}月", exact=True).check()
    if page.get_by_role("button", name="下一步").count():
        page.get_by_role("button", name="下一步").click()
    page.get_by_label("规格").fill(spec)
    page.get_by_label("价格").fill(price)
    if weight:
        page.get_by_label("净重", exact=True).fill(weight)
    page.get_by_label("现在有多少可以卖").fill("9")
    page.get_by_role("button", name="看看买家看到的样子").click()


def sizes_of_photos(page: Page) -> set[int]:
    """How many bytes each photo has that is sent."""
    sizes: set[int] = set()

    def note(request: Request) -> None:
        if found := re.search(r"/uploads/.*size=([0-9]+)", request.url):
            sizes.add(int(found[1]))

    page.on("request", note)
    return sizes
