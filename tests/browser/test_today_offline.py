"""A cooperative's phone on a weak network: what is changed without one, and what may be read."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from catalog.products.models import Product, Variant
from catalog.products.services.variants import set_price
from catalog.stock.services import set_available
from shop import clock
from shop.accounts.people.models import Account
from shop.db import db, transaction
from suppliers.today.models import DeskAct
from tests.browser.conftest import PHONE, Visit, assert_readable, sign_in
from tests.browser.world import World
from tests.parts.live import LiveShop
from tests.parts.servers import wait_until

GREENS = "脆口芥菜"


@pytest.fixture
def act(live_shop: LiveShop) -> Callable:
    def run(service: Callable, *args: object, **kwargs: object) -> object:
        with live_shop.app.app_context(), transaction():
            return service(*args, **kwargs)

    return run


@pytest.fixture
def greens(act: Callable, world: World) -> Variant:
    query = select(Variant).join(Variant.product).where(Product.name == GREENS)
    return act(lambda: db.session.scalars(query).one())


@pytest.fixture
def manager(act: Callable, world: World) -> Account:
    identifier = world.people["cooperative"]
    query = select(Account).where((Account.email == identifier) | (Account.phone == identifier))
    return act(lambda: db.session.scalars(query).one())


@pytest.fixture
def phone(new_page: Callable[..., Page], live_shop: LiveShop, world: World) -> Page:
    """A phone of its own, whose worker has kept the pages."""
    page = new_page(**PHONE, base_url=live_shop.address)
    sign_in(page, world.people["cooperative"])
    open_today(page)
    return page


def open_today(page: Page) -> None:
    page.goto("/cooperative")
    page.evaluate(
        """async () => {
            await navigator.serviceWorker.ready;
            const kept = async () => (await Promise.all(
                (await caches.keys()).filter((name) => name.startsWith("desk-pages-"))
                    .map(async (name) => (await (await caches.open(name)).keys()).length)
            )).some((count) => count >= 2);
            while (!(await kept())) await new Promise((done) => setTimeout(done, 50));
        }"""
    )
    # From now on the worker stands between the page and the network.
    page.reload()
    # The buttons take over from the form that works without them.
    expect(page.locator(".without-script:visible")).to_have_count(0)


def row(page: Page) -> Locator:
    return page.locator(".sale-row", has_text=GREENS)


def step(page: Page, kind: str, times: int = 1, button: str = "增加") -> None:
    plus = row(page).locator(f'form[data-act="{kind}"]').get_by_role("button", name=button)
    for _ in range(times):
        plus.click()


def field(page: Page, kind: str) -> Locator:
    return row(page).locator(f'input[name="{kind}"]')


def wait_until_sent(page: Page) -> None:
    left = "async () => (await actQueue('desk').list()).length"
    wait_until(lambda: page.evaluate(left) == 0, "the queue to be sent")


def now(act: Callable, variant: Variant) -> tuple[int, int]:
    fresh = act(lambda: db.session.get_one(Variant, variant.id))
    return fresh.unheld, fresh.price_fen


def acts_of(act: Callable, variant: Variant) -> list[DeskAct]:
    query = select(DeskAct).where(DeskAct.variant_id == variant.id).order_by(DeskAct.id)
    return act(lambda: list(db.session.scalars(query)))


def test_a_tap_changes_the_stock_and_a_step_back_undoes_it(
    phone: Page, act: Callable, greens: Variant
) -> None:
    before, price = now(act, greens)
    known = len(acts_of(act, greens))
    with phone.expect_response("**/cooperative/acts"):
        step(phone, "stock", 3)
    assert now(act, greens) == (before + 3, price)
    assert len(acts_of(act, greens)) == known + 1
    step(phone, "stock", 2)
    step(phone, "stock", 2, "减少")
    with phone.expect_response("**/cooperative/acts"):
        step(phone, "stock", 3, "减少")
    assert now(act, greens) == (before, price)
    assert len(acts_of(act, greens)) == known + 2
    expect(phone.locator("[data-queue]")).to_be_hidden()


def test_the_price_per_jin_follows_the_price(phone: Page, act: Callable, greens: Variant) -> None:
    unit = row(phone).locator("[data-unit-price]")
    _, price = now(act, greens)
    expect(unit).to_contain_text(f"{price / 500:.2f}")
    field(phone, "price").fill("15.00")
    expect(unit).to_contain_text("3.00 元/斤")
    with phone.expect_response("**/cooperative/acts"):
        field(phone, "price").press("Enter")
    assert now(act, greens)[1] == 1500


def test_a_number_half_typed_stays_when_an_earlier_one_is_answered(
    phone: Page, act: Callable, greens: Variant
) -> None:
    before, price = now(act, greens)
    with phone.expect_response("**/cooperative/acts"):
        step(phone, "stock")
        field(phone, "price").fill("16.")
    wait_until_sent(phone)
    expect(row(phone).locator("[data-state]")).to_have_text("")
    expect(field(phone, "price")).to_have_value("16.")
    assert now(act, greens) == (before + 1, price)


def test_each_tap_counts_once_whatever_is_on_its_way(
    phone: Page, act: Callable, greens: Variant, manager: Account
) -> None:
    before, price = now(act, greens)
    plus = row(phone).locator('form[data-act="stock"]').get_by_role("button", name="增加")
    plus.evaluate(
        """async (plus) => {
            for (let tap = 0; tap < 30; tap += 1) {
                plus.click();
                actQueue("desk").replay();
                await new Promise((done) => setTimeout(done, tap));
            }
        }"""
    )
    wait_until_sent(phone)
    assert now(act, greens) == (before + 30, price)
    expect(field(phone, "stock")).to_have_value(str(before + 30))

    # Refused, because somebody else counted meanwhile; decided anew by two quick presses.
    act(set_available, greens.id, before + 50, by=manager.id, at=clock.now())
    field(phone, "stock").fill(str(before + 29))
    field(phone, "stock").press("Enter")
    retry = phone.locator("[data-queue]").get_by_role("button", name="重试")
    expect(retry).to_be_visible()
    retry.evaluate("button => { button.click(); button.click(); }")
    wait_until_sent(phone)
    assert now(act, greens) == (before + 49, price)
    act(set_available, greens.id, before, by=manager.id, at=clock.now())


def test_a_price_far_from_the_last_one_waits_for_the_platform(
    phone: Page, act: Callable, greens: Variant
) -> None:
    _, price = now(act, greens)
    field(phone, "price").fill("99.00")
    with phone.expect_response("**/cooperative/acts"):
        field(phone, "price").press("Enter")
    expect(phone.locator("[data-queue]")).to_contain_text("待审核")
    assert now(act, greens)[1] == price


def test_what_is_changed_without_a_network_waits_and_is_applied_once(
    phone: Page, act: Callable, greens: Variant
) -> None:
    before, price = now(act, greens)
    known = len(acts_of(act, greens))
    phone.context.set_offline(True)
    step(phone, "stock", 5)
    step(phone, "price", 2)
    queue = phone.locator("[data-queue]")
    expect(queue.get_by_text("现在没有网络")).to_be_visible()
    expect(queue.locator(".job-act")).to_have_count(2)
    expect(queue).to_contain_text("库存 +5")
    expect(row(phone).locator("[data-state]")).to_have_text("等网络")

    # The page comes from what was kept, says of when it is, and still shows what waits.
    phone.reload()
    expect(phone.get_by_text("没有网络。这是")).to_be_visible()
    expect(field(phone, "stock")).to_have_value(str(before + 5))
    expect(queue.locator(".job-act")).to_have_count(2)
    assert now(act, greens) == (before, price)

    # Page or browser, whoever is first, sends it.
    phone.context.set_offline(False)
    expect(queue.get_by_text("已保存")).to_have_count(2)
    assert now(act, greens) == (before + 5, price + 100)
    assert len(acts_of(act, greens)) == known + 2
    queue.get_by_role("button", name="知道了").click()
    expect(queue).to_be_hidden()
    phone.reload()
    expect(field(phone, "stock")).to_have_value(str(before + 5))
    assert len(acts_of(act, greens)) == known + 2


def test_an_answer_that_is_lost_does_not_double_anything(
    phone: Page, act: Callable, greens: Variant
) -> None:
    before, _ = now(act, greens)

    phone.evaluate(
        """() => {
            const real = self.fetch;
            self.mend = () => { self.fetch = real; };
            // Else the browser would send it again by itself before anybody looks.
            navigator.serviceWorker.getRegistration = async () => undefined;
            self.fetch = async (...all) => { await real(...all); throw new TypeError("lost"); };
        }"""
    )
    step(phone, "stock", 1)
    expect(phone.get_by_text("商店暂时没有回应")).to_be_visible()
    assert now(act, greens)[0] == before + 1
    phone.evaluate("mend()")
    phone.get_by_role("button", name="现在发送").click()
    expect(phone.locator("[data-queue]").get_by_text("已保存")).to_be_visible()
    assert now(act, greens)[0] == before + 1
    expect(field(phone, "stock")).to_have_value(str(before + 1))


def test_a_price_that_somebody_else_changed_meanwhile_is_refused_with_the_reason(
    phone: Page, act: Callable, greens: Variant, manager: Account
) -> None:
    phone.context.set_offline(True)
    step(phone, "price")
    expect(phone.locator(".job-act")).to_have_count(1)
    fresh = act(lambda: db.session.get_one(Variant, greens.id))
    cooperative_id = act(lambda: db.session.get_one(Product, greens.product_id).cooperative_id)
    act(
        set_price,
        cooperative_id,
        greens.id,
        3300,
        seen=fresh.version,
        by=manager.id,
        at=clock.now(),
    )
    phone.context.set_offline(False)
    queue = phone.locator("[data-queue]")
    expect(queue).to_contain_text("没有保存")
    expect(queue).to_contain_text("改过价格，现在是 33.00 元")
    expect(field(phone, "price")).to_have_value("33.00")
    assert now(act, greens)[1] == 3300
    # Decided anew on the sight of it, it goes through.
    with phone.expect_response("**/cooperative/acts"):
        queue.get_by_role("button", name="重试").click()
    expect(queue.locator(".job-act")).to_have_count(0)
    assert now(act, greens)[1] != 3300


def test_the_pick_list_can_be_read_without_a_network_and_other_pages_say_why_not(
    phone: Page,
) -> None:
    phone.context.set_offline(True)
    phone.get_by_role("link", name="备货单", exact=True).click()
    expect(phone.get_by_role("heading", name="备货单")).to_be_visible()
    expect(phone.get_by_text("没有网络。这是")).to_be_visible()
    expect(phone.locator("main")).to_contain_text(GREENS)
    phone.goto("/cooperative/listings")
    expect(phone.get_by_role("heading", name="现在没有网络")).to_be_visible()


def test_a_session_that_ran_out_keeps_the_queue_until_the_same_person_is_back(
    phone: Page, act: Callable, greens: Variant, world: World
) -> None:
    before, _ = now(act, greens)
    phone.context.clear_cookies(name="session")
    step(phone, "stock", 1)
    queue = phone.locator("[data-queue]")
    expect(queue.get_by_text("登录已过期")).to_be_visible()
    assert now(act, greens)[0] == before
    queue.get_by_role("link", name="重新登录后自动保存").click()
    phone.get_by_label("手机号或邮箱").fill(world.people["cooperative"])
    phone.get_by_label("密码").fill("a basket of litchis")
    with phone.expect_response("**/cooperative/acts"):
        phone.get_by_role("button", name="登录").click()
    expect(phone.locator("[data-queue]").get_by_text("已保存")).to_be_visible()
    assert now(act, greens)[0] == before + 1


def test_signing_out_takes_everything_away(phone: Page, act: Callable, greens: Variant) -> None:
    before, _ = now(act, greens)
    # Neither the page nor the browser by itself sends what waits.
    phone.evaluate(
        """() => {
            self.fetch = async () => { throw new TypeError("no network"); };
            navigator.serviceWorker.getRegistration = async () => undefined;
        }"""
    )
    phone.context.set_offline(True)
    step(phone, "stock", 1)
    expect(phone.locator(".job-act")).to_have_count(1)
    phone.context.set_offline(False)
    phone.once("dialog", lambda dialog: dialog.accept())
    phone.get_by_text("我的", exact=True).click()
    phone.get_by_role("button", name="退出登录").click()
    expect(phone.get_by_role("link", name="登录")).to_be_visible()
    left = phone.evaluate(
        """async () => ({
            caches: (await caches.keys()).filter((name) => name.startsWith("desk-pages-")),
            databases: (await indexedDB.databases()).map((each) => each.name),
        })"""
    )
    assert left["caches"] == []
    if left["databases"]:
        assert acts_left(phone) == 0
    assert now(act, greens)[0] == before
    phone.context.set_offline(True)
    with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
        phone.goto("/cooperative")


def acts_left(page: Page) -> int:
    return page.evaluate(
        """() => new Promise((resolve) => {
            const request = indexedDB.open("desk-queue");
            request.onsuccess = () => {
                const database = request.result;
                if (!database.objectStoreNames.contains("acts")) return resolve(0);
                const count = database.transaction("acts").objectStore("acts").count();
                count.onsuccess = () => resolve(count.result);
            };
        })"""
    )


def test_another_person_on_the_same_phone_finds_nothing_of_the_first(
    phone: Page, act: Callable, greens: Variant, world: World
) -> None:
    before, _ = now(act, greens)
    phone.context.set_offline(True)
    step(phone, "stock", 1)
    expect(phone.locator(".job-act")).to_have_count(1)
    phone.goto("/cooperative/offline")
    phone.context.clear_cookies(name="session")
    phone.context.set_offline(False)
    sign_in(phone, world.people["resident"])
    assert phone.evaluate("caches.keys()") == []
    phone.context.set_offline(True)
    with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
        phone.goto("/cooperative")
    phone.context.set_offline(False)
    sign_out(phone)
    sign_in(phone, world.people["cooperative"])
    phone.goto("/cooperative")
    expect(phone.locator("[data-queue]")).to_be_hidden()
    assert now(act, greens)[0] == before


def sign_out(page: Page) -> None:
    page.goto("/")
    page.get_by_text("我的", exact=True).first.click()
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("link", name="登录")).to_be_visible()


def test_a_first_visit_weighs_less_than_fifty_kilobytes(
    visit: Visit, tell: Callable[[str], None]
) -> None:
    # Signed in elsewhere: nothing of the desk was ever fetched by this browser.
    page = visit("cooperative", PHONE)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.clearBrowserCache")
    sizes: list[int] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto("/cooperative")
    page.wait_for_load_state("networkidle")
    assert 20_000 < sum(sizes) < 50_000, sizes
    tell(f"today's first visit: {sum(sizes):,} bytes over the wire in {len(sizes)} answers")


def test_the_page_can_be_used_without_javascript(
    visit: Visit, act: Callable, greens: Variant
) -> None:
    page = visit("cooperative", PHONE, java_script_enabled=False)
    page.goto("/cooperative")
    before, price = now(act, greens)
    field(page, "stock").fill(str(before + 2))
    row(page).locator('form[data-act="stock"]').get_by_role("button", name="保存").click()
    expect(page.get_by_text("已经保存")).to_be_visible()
    assert now(act, greens) == (before + 2, price)


def test_everybody_can_use_it_whatever_it_shows(phone: Page, act: Callable) -> None:
    phone.context.set_offline(True)
    step(phone, "stock", 1)
    expect(phone.locator(".job-act")).to_have_count(1)
    phone.reload()
    expect(phone.get_by_text("没有网络。这是")).to_be_visible()
    assert_readable(phone)
    width = phone.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    for button in phone.locator(".stepper button").all():
        box = button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 48
