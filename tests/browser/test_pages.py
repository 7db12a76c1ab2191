"""Every page fits its screen, has nothing to complain about, and can be read by everyone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, StorageState

from orders.benefits.rules import quarter_of
from shop import clock
from tests.browser.conftest import DESK, PHONE, TOO_WIDE, assert_readable
from tests.browser.world import World
from tests.parts.live import LiveShop

LAST_QUARTER = quarter_of(clock.day_of(clock.now())).before
TABLET = {"width": 768, "height": 800}
BY_PHONE = (None, "resident", "union", "cooperative")

# By who looks: addresses, or the names that the market gives to its places.
PAGES = {
    None: [
        "/",
        "/products",
        "/products?category=fruit&in_season=1",
        "/search?q=荔枝",
        "/search?q=没有这种东西",
        "product",
        "product/reviews",
        "/towns/440981127",
        "cooperative",
        "/basket",
        "/sign-in",
        "/password/forgotten",
        "/join",
        "/join?as=enterprise",
        "/policies/agreement",
        "/policies/privacy",
        "/results",
        "/fairs",
        "/demo/mail",
    ],
    "resident": [
        "/orders",
        "unpaid order",
        "payment",
        "paid order",
        "sent order",
        "done order",
        "/account",
        "/account/inbox",
    ],
    "union": ["transfer"],
    "cooperative": [
        "/cooperative",
        "/cooperative/orders",
        "/cooperative/pick-list",
        "part",
        "/cooperative/listings",
        "/cooperative/listings/new",
        "/cooperative/drafts",
        "draft",
        "draft/preview",
        "listing",
        "listing/edit",
        "listing/variants/new",
        "variant",
        "/cooperative/benefits",
        f"/cooperative/benefits/{LAST_QUARTER.code}",
        "/cooperative/households",
        "/cooperative/households/new",
        "/cooperative/numbers",
        "/cooperative/expectations",
        "/cooperative/batches/new",
        "/cooperative/fairs",
        "/cooperative/members",
        "/cooperative/reviews",
        "/cooperative/bank-account",
        "/cooperative/leaving",
        "/cooperative/licences",
        "/cooperative/mandates",
        "/cooperative/packing-slips",
        "/cooperative/recheck",
        "/cooperative/sheets",
        "/cooperative/shipping",
        "/cooperative/shortages",
    ],
    "official": [
        "/statistics",
        "/statistics?by=cooperative",
        "/statistics/ledger",
        "entry",
        "/statistics/supply",
        "/statistics/pivot?first=category&second=channel",
        "/statistics/charts",
        "/statistics/targets",
        "/statistics/targets/areas/all",
        "/statistics/offline",
        "/official/months",
        "/official/months/acts",
        "/official/months/adjustments",
        "/official/rechecks",
        "/statistics/offline/imports",
        "/statistics/reconciliation",
        "/statistics/programmes/new",
        "/statistics/flags",
        "/statistics/programmes",
        "/statistics/pledges",
        "/statistics/brief",
        "/statistics/exports",
        "/statistics/exports/register",
        "/statistics/packs",
        "/official/activities",
        "/official/activities/new",
        "/designations",
        "/designations/new",
        "/official/benefits",
    ],
    "finance": [
        "/finance",
        "/finance/payments",
        "/finance/suspense",
        "suspense",
        "/finance/refunds?show=all",
        "/finance/orders",
        "money",
        "/finance/statements",
        "statement",
        "/finance/receipts",
        "receipt",
        "/finance/matches",
        "/finance/matches?show=all",
        "/finance/payouts",
        "/finance/payout-batches",
        "/platform/claims",
    ],
    "keeper": ["/pickup", "/pickup?show=arrived"],
    "administrator": [
        "/admin/zones",
        "/admin/zones/new",
        "/admin/pickup-points",
        "/admin/pickup-points/1",
        "/admin",
        "/admin/people",
        "/admin/invitations/new",
        "/admin/cooperatives",
        "/admin/cooperatives/new",
        "/admin/categories",
        "/admin/freight",
        "/admin/freight/default",
        "/admin/targets",
        "/admin/targets/imports",
        "/platform/listing-changes",
        "/admin/policies",
        "/admin/audit",
    ],
}
EVERY_PAGE = [(role, place) for role, places in PAGES.items() for place in places]

# Pictures that a person would see, loaded at once and not when scrolled to; which of them failed.
BROKEN_PICTURES = """async () => {
  const pictures = [...document.images].filter(image => image.getAttribute("src") && !image.hidden);
  for (const image of pictures) image.loading = "eager";
  const failed = image => image.decode().then(() => null, () => image.src);
  return (await Promise.all(pictures.map(failed))).filter(Boolean);
}"""


def address_of(world: World, place: str) -> str:
    name, slash, rest = place.partition("/")
    return world.places[name] + slash + rest if name in world.places else place


@dataclass(frozen=True)
class Window:
    """What one person sees, and whatever the browser complains about meanwhile."""

    page: Page
    complaints: list[str]


@pytest.fixture(scope="module")
def window_of(
    chromium: Chromium, live_shop: LiveShop, state_of: Callable[[str], StorageState]
) -> Iterator[Callable[[str | None], Window]]:
    """Each person's window stays open from page to page, as people leave it."""

    @cache
    def open_window(role: str | None) -> Window:
        state = state_of(role) if role else None
        context = chromium.new_context(
            base_url=live_shop.address, locale="zh-CN", storage_state=state
        )
        page, complaints = context.new_page(), []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        return Window(page, complaints)

    yield open_window
    for context in chromium.contexts:
        context.close()


@pytest.mark.parametrize(("role", "place"), EVERY_PAGE)
def test_a_page_fits_every_screen_and_everyone_can_read_it(
    world: World, window_of: Callable[[str | None], Window], role: str | None, place: str
) -> None:
    window = window_of(role)
    page = window.page
    window.complaints.clear()
    answer = page.goto(address_of(world, place))
    assert answer is not None
    assert answer.status == 200
    assert page.evaluate(BROKEN_PICTURES) == []
    # The last one is the one that it is read on.
    for size in (DESK, TABLET, PHONE) if role in BY_PHONE else (PHONE, TABLET, DESK):
        page.set_viewport_size(size)
        assert page.evaluate(TOO_WIDE) == [], f"wider than {size['width']}"
    assert_readable(page, place)
    assert window.complaints == []
