"""The market that people look at, and ways to sit down before it as one of them."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, StorageState, expect
from sqlalchemy import func, select

from shop.db import db, transaction
from shop.outbox import OutboxMessage
from tests.browser.world import World, open_market
from tests.conftest import LiveShop
from tests.factories.people import PASSWORD
from tests.parts.servers import wait_until

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}

expect.set_options(timeout=10_000)

Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def world(live_shop: LiveShop) -> World:
    """The market, open, searchable, with its letters sent."""
    with live_shop.app.app_context():
        with transaction():
            market = open_market()
        wait_until(_nothing_is_on_its_way, "the worker")
    return market


@pytest.fixture(scope="module")
def state_of(
    chromium: Chromium, live_shop: LiveShop, world: World
) -> Callable[[str], StorageState]:
    """What a browser remembers once a person has signed in; each signs in once."""
    states: dict[str, StorageState] = {}

    def remember(role: str) -> StorageState:
        if role not in states:
            context = chromium.new_context(base_url=live_shop.address)
            page = context.new_page()
            sign_in(page, world.people[role])
            states[role] = context.storage_state()
            context.close()
        return states[role]

    return remember


@pytest.fixture
def visit(
    new_page: Callable[..., Page], live_shop: LiveShop, state_of: Callable[[str], StorageState]
) -> Visit:
    """Sit down before the shop as a role of the market, or as a stranger."""

    def open_page(role: str | None = None, size: dict[str, int] = DESK, **options: Any) -> Page:
        if role is not None:
            options["storage_state"] = state_of(role)
        return new_page(**size, base_url=live_shop.address, **options)

    return open_page


@pytest.fixture
def errors_of() -> Callable[[Page], list[str]]:
    """Whatever a page writes to the console as an error."""

    def listen(page: Page) -> list[str]:
        errors: list[str] = []
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        return errors

    return listen


def sign_in(page: Page, identifier: str, password: str = PASSWORD) -> None:
    """Through the page, as a person does."""
    page.goto("/sign-in")
    page.get_by_label("手机号或邮箱").fill(identifier)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="登录")).to_have_count(0)


def _nothing_is_on_its_way() -> bool:
    waiting = select(func.count(OutboxMessage.id)).where(OutboxMessage.delivered_at.is_(None))
    count = db.session.scalar(waiting)
    db.session.rollback()
    return count == 0
