"""The ledger's whole way: a fair entered on the phone, a month closed by three people, a file that
proves itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from shop import clock
from shop.accounts.people.models import ScopeLevel
from shop.db import db, transaction
from shop.organisations.models import Organisation
from tests.browser.conftest import PHONE, Market, Visit
from tests.browser.world import World
from tests.factories.catalog import picture_bytes
from tests.factories.fairs import make_fair
from tests.factories.people import TOWN, identifier_of, make_official
from tests.parts.live import LiveShop

COOPERATIVE, GREENS, FAIR = "石鼓晨露农民专业合作社", "脆口芥菜", "香洲示例展销会"
COUNTY, CITY = TOWN[:6], f"{TOWN[:4]}00"
LAST_MONTH_END = clock.day_of(clock.now()).replace(day=1) - timedelta(days=1)
MONTH = LAST_MONTH_END.strftime("%Y-%m")

Look = Callable[[Page, str], None]


@pytest.fixture(scope="module")
def world(market: Market, live_shop: LiveShop) -> World:
    """The market with an official at each level."""
    levels = {"town": TOWN, "county": COUNTY, "city": CITY}
    with live_shop.app.app_context(), transaction():
        officials = {
            name: identifier_of(make_official(ScopeLevel(name), code))
            for name, code in levels.items()
        }
        cooperative = db.session.scalars(
            select(Organisation).where(Organisation.name == COOPERATIVE)
        ).one()
        make_fair(cooperative, name=FAIR, from_on=LAST_MONTH_END, days=1)
    return replace(market.world, people=market.world.people | officials)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    file = tmp_path / "IMG_0002.jpg"
    file.write_bytes(picture_bytes(width=1600, height=1200))
    return file


def test_a_fair_is_entered_its_month_closed_exported_and_the_file_verified(
    visit: Visit, photo: Path, look: Look, tmp_path: Path
) -> None:
    town = visit("town", PHONE)
    enter_a_sale(town, photo, look)
    file_the_month(town, look)
    review_the_month(visit("county"), look)
    lock_the_month(visit("city"), look)

    bureau = visit("official")
    file = export_the_month(bureau, tmp_path, look)
    rows = CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()
    (row,) = [row for row in rows if FAIR in row]
    assert COOPERATIVE in row
    assert 150.0 in row
    assert any("已锁定" in str(cell) for row in rows for cell in row)

    verify(bureau, file, "核验一致：就是登记的这份文件")
    look(bureau, "verified")
    changed = tmp_path / "changed.xlsx"
    changed.write_bytes(file.read_bytes() + b"\0")
    verify(bureau, changed, "没有登记，或者被改过")


def enter_a_sale(page: Page, photo: Path, look: Look) -> None:
    """Twelve and a half jin at twelve yuan, with a photo of the stall."""
    page.goto("/statistics/offline")
    look(page, "offline sales")
    page.get_by_role("link", name="记一笔").first.click()
    # The town has one cooperative, so nobody is asked whose goods they were.
    expect(page.get_by_text(COOPERATIVE).first).to_be_visible()
    page.locator("[name=sold_on]").fill(LAST_MONTH_END.isoformat())
    product = page.locator("[name=product]")
    product.select_option(product.locator("option", has_text=GREENS).get_attribute("value"))
    page.locator("[name=quantity]").fill("12.5")
    page.locator("[name=unit_price]").fill("12")
    page.locator("[name=activity_name]").fill(FAIR)
    page.locator("[name=buyer_district]").fill("香洲区")
    page.locator("[name=files]").set_input_files(photo)
    look(page, "a sale")
    page.get_by_role("button", name="记入台账").click()
    expect(page.get_by_text("已计入", exact=True)).to_be_visible()
    expect(page.get_by_text("计入这场活动的结果")).to_be_visible()
    look(page, "entered")


def file_the_month(page: Page, look: Look) -> None:
    page.goto("/official/months")
    look(page, "months of the town")
    page.get_by_role("link", name="填报").first.click()
    page.goto(f"/official/months/{MONTH}/{TOWN}")
    look(page, "the month")
    page.get_by_role("button", name="数字无误，上报").click()
    expect(page.get_by_role("heading", name="填报时留底")).to_be_visible()
    look(page, "filed")


def review_the_month(page: Page, look: Look) -> None:
    page.goto(f"/official/months/{MONTH}")
    page.get_by_role("row").filter(has_text="石鼓镇").get_by_role("checkbox").check()
    look(page, "to review")
    page.get_by_role("button", name="勾选的都审核通过").click()
    expect(page.get_by_role("row").filter(has_text="石鼓镇")).to_contain_text("待市确认")


def lock_the_month(page: Page, look: Look) -> None:
    page.goto(f"/official/months/{MONTH}/{TOWN}")
    look(page, "to lock")
    page.get_by_role("button", name="确认并锁定").click()
    expect(page.get_by_role("row").filter(has_text="石鼓镇")).to_contain_text("已锁定")
    look(page, "locked")


def export_the_month(page: Page, folder: Path, look: Look) -> Path:
    page.goto("/statistics/exports")
    page.get_by_label("起始月份").fill(MONTH)
    page.get_by_label("截止月份").fill(MONTH)
    page.locator("[name=town]").select_option(TOWN)
    look(page, "export")
    with page.expect_download() as download:
        page.get_by_role("button", name="明细台账 Excel").click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file


def verify(page: Page, file: Path, said: str) -> None:
    page.goto("/statistics/exports/register")
    page.get_by_label("要核验的文件").set_input_files(file)
    page.get_by_role("button", name="核验", exact=True).click()
    expect(page.get_by_role("heading", name=said)).to_be_visible()
