"""A stall without a network: the till goes on selling, and everything arrives once."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from catalog.products.models import Product, Variant
from orders.fairs.models import Allotment, TillSale
from orders.fairs.queries.activities import list_staff
from orders.sales.models import Channel, SalesEntry
from shop import clock
from shop.accounts.people.models import Account
from shop.db import db, transaction
from tests.browser.conftest import DESK, PHONE, Visit, assert_readable, sign_in
from tests.browser.world import World
from tests.factories.fairs import make_fair, put_aside, sold, staff
from tests.factories.people import make_cooperative_member
from tests.parts.live import LiveShop

GREENS = "脆口芥菜"
ACTS = "**/till/acts"


@pytest.fixture
def act(live_shop: LiveShop) -> Callable[..., Any]:
    def run(service: Callable[..., Any], *args: object, **kwargs: object) -> Any:
        with live_shop.app.app_context(), transaction():
            return service(*args, **kwargs)

    return run


@pytest.fixture
def allotment(act: Callable[..., Any], world: World) -> Allotment:
    """Five of the greens, at a fair of today where the resident stands at the till."""

    def build() -> Allotment:
        query = select(Variant).join(Variant.product).where(Product.name == GREENS)
        variant, now = db.session.scalars(query).one(), clock.now()
        cooperative = db.session.get_one(Product, variant.product_id).cooperative
        identifier = world.people["resident"]
        seller = db.session.scalars(select(Account).where(Account.email == identifier)).one()
        fair = make_fair(cooperative, at=now)
        staff(fair, seller)
        manager = make_cooperative_member(cooperative)
        return put_aside(fair, variant, 5, by=manager, price_fen=1200, at=now)

    return act(build)


@pytest.fixture
def phone(new_page: Callable[..., Page], live_shop: LiveShop, world: World) -> Page:
    page = new_page(**PHONE, base_url=live_shop.address)
    sign_in(page, world.people["resident"])
    return page


def test_sales_without_a_network_arrive_once_and_what_is_beyond_says_so(
    phone: Page, act: Callable[..., Any], allotment: Allotment
) -> None:
    till = f"/till/{allotment.activity_id}"
    phone.goto(till)
    phone.evaluate(
        """async (till) => {
            await navigator.serviceWorker.ready;
            while (!(await caches.match(till))) await new Promise((done) => setTimeout(done, 50));
        }""",
        till,
    )
    phone.reload()
    tap(phone, 2)
    expect(phone.locator("[data-total]")).to_have_text("¥24.00")
    # Pressed twice it is one sale, and the next one's goods stay.
    with phone.expect_response(ACTS):
        finish(phone, presses=2)
        tap(phone, 1)
    expect(phone.locator("[data-last-text]")).to_contain_text("¥24.00")
    expect(phone.locator("[data-total]")).to_have_text("¥12.00")
    assert sums(act) == [2400]
    phone.reload()

    phone.context.set_offline(True)
    tap(phone, 2)
    finish(phone)
    queue = phone.locator("[data-queue]")
    expect(queue.get_by_text("现在没有网络")).to_be_visible()
    tap(phone, 1)
    finish(phone)
    expect(queue.locator(".job-act")).to_have_count(2)
    # It was tried at once, and may have arrived: what takes it back waits behind it.
    phone.get_by_role("button", name="撤销这一笔").click()
    expect(queue.locator(".job-act")).to_have_count(3)
    # The page opens without a network, and still knows what waits.
    phone.reload()
    expect(phone.get_by_text("没有网络。这是")).to_be_visible()
    expect(queue.locator(".job-act")).to_have_count(3)
    tap(phone, 3)
    finish(phone)
    expect(queue.locator(".job-act")).to_have_count(4)
    assert_readable(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert sums(act) == [2400]

    # Page or browser, whoever is first, sends it.
    phone.context.set_offline(False)
    expect(queue.get_by_text("已保存")).to_have_count(3)
    expect(queue.get_by_text("待说明", exact=True)).to_have_count(1)
    assert sums(act) == [2400, 2400, 1200, -1200]
    assert len(act(lambda: db.session.scalars(select(TillSale)).all())) == 4
    # The last one was sent: taking it back is sent, too.
    queue.get_by_role("button", name="知道了").click()
    expect(queue).to_be_hidden()
    phone.reload()
    tap(phone, 1)
    with phone.expect_response(ACTS):
        finish(phone)
    with phone.expect_response(ACTS):
        press(phone.get_by_role("button", name="撤销这一笔"), times=2)
    expect(phone.locator("[data-last-text]")).to_contain_text("已撤销")
    expect(queue).to_be_hidden()
    assert sums(act) == [2400, 2400, 1200, -1200, 1200, -1200]


def test_every_page_of_a_fair_fits_and_can_be_read_by_everyone(
    visit: Visit, act: Callable[..., Any], allotment: Allotment, look: Callable[[Page, str], None]
) -> None:
    fair = allotment.activity_id
    act(lambda: sold(allotment, seller_of(fair), 2, at=clock.now()))
    act(lambda: sold(allotment, seller_of(fair), 9, at=clock.now()))
    pages = {
        None: ["/fairs", f"/fairs/{fair}"],
        "resident": ["/till", f"/till/{fair}", f"/till/{fair}/sales"],
        "cooperative": ["/cooperative/fairs", f"/cooperative/fairs/{fair}"],
        "official": [
            "/official/activities",
            "/official/activities/new",
            *(f"/official/activities/{fair}{part}" for part in ("", "/sales", "/lines")),
        ],
    }
    for role, addresses in pages.items():
        for size in (PHONE, DESK):
            page = visit(role, size)
            for address in addresses:
                page.goto(address)
                look(page, f"{role} {size['width']} {address.replace('/', ' ')}")


def seller_of(activity_id: int) -> Account:
    return list_staff(activity_id)[0].account


def tap(page: Page, times: int) -> None:
    for _ in range(times):
        page.locator("[data-add]", has_text=GREENS).click()


def finish(page: Page, presses: int = 1) -> None:
    press(page.get_by_role("button", name="收好了，记下来"), presses)


def press(button: Locator, times: int) -> None:
    """So fast that nothing can happen in between."""
    expect(button).to_be_visible()
    button.evaluate("(button, times) => { while (times--) button.click(); }", times)


def sums(act: Callable[..., Any]) -> list[int]:
    query = select(SalesEntry.amount_fen).where(SalesEntry.channel == Channel.FAIR)
    return act(lambda: list(db.session.scalars(query.order_by(SalesEntry.id))))
