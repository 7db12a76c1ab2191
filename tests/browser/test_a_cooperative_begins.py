"""A cooperative's first month on one cheap phone with little signal: from applying to its money."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from shop import clock
from shop.db import db, transaction
from shop.invariants import list_broken
from shop.organisations.models import Organisation
from tests.browser.conftest import PHONE, Visit, hear_suggestion, make_slow
from tests.browser.test_every_way_of_buying import fill_in_address
from tests.browser.test_today_offline import open_today
from tests.browser.world import World
from tests.factories.applications import make_signers
from tests.factories.catalog import make_category, picture_bytes
from tests.factories.people import (
    PASSWORD,
    TOWN,
    identifier_of,
    make_credit_code,
    make_policies,
    make_resident,
)
from tests.factories.settlements import settle
from tests.parts.databases import sqlite_database
from tests.parts.live import LiveShop, started_shop
from tests.parts.servers import wait_until

COOPERATIVE, PHONE_NUMBER = "石鼓山泉农民专业合作社", "13800000815"
GREENS, SPEC = "山泉芥菜", "10斤装"
# By then a whole period is over, and with it the time for claims.
SETTLED_AFTER = timedelta(days=40)

Look = Callable[[Page, str], None]


@pytest.fixture(scope="module")
def live_shop(shared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveShop]:
    """An empty shop, started as its owner starts it."""
    folder = tmp_path_factory.mktemp("live")
    database = sqlite_database(shared_folder, folder / "shop.sqlite3")
    with started_shop(database.url, folder) as shop:
        yield shop


@pytest.fixture(scope="module")
def world(live_shop: LiveShop) -> World:
    """An open shop in which nobody sells yet."""
    with live_shop.app.app_context(), transaction():
        make_policies()
        make_category("vegetable")
        government, team = make_signers()
        people = {"government": government, "team": team, "resident": make_resident()}
        names = {role: identifier_of(account) for role, account in people.items()}
    return World(names, {}, sold_fen=0)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    file = tmp_path / "IMG_0001.jpg"
    file.write_bytes(picture_bytes(width=1600, height=1200))
    return file


def test_a_cooperative_joins_lists_harvests_sells_and_is_paid_on_a_weak_network(
    live_shop: LiveShop,
    world: World,
    new_page: Callable[..., Page],
    visit: Visit,
    photo: Path,
    look: Look,
) -> None:
    seller = new_page(**PHONE, base_url=live_shop.address, has_touch=True, is_mobile=True)
    signal = make_slow(seller)
    apply(seller, photo, look)
    for role in ("government", "team"):
        sign(visit(role, PHONE), look, role)
    begin_to_sell(seller, look)
    list_greens(seller, photo, look)
    harvest(seller, look)

    buyer = visit("resident", PHONE)
    wait_until(lambda: GREENS in buyer.request.get("/search?q=芥菜").text(), "the search index")
    order = buy(buyer, look)
    # Slow and cut off are two sessions' business, and only one of them can be heard.
    signal.detach()
    change_stock_without_a_network(seller, look)
    make_slow(seller)
    ship(seller, order.rsplit("/", 1)[1], look)
    buyer.goto(order)
    look(buyer, "order sent")
    buyer.get_by_role("button", name="确认收到").click()
    expect(buyer.get_by_role("heading", level=1)).to_have_text("已完成")

    read_the_statement(seller, live_shop, look)
    with live_shop.app.app_context():
        assert list_broken() == []


def apply(page: Page, photo: Path, look: Look) -> None:
    """From nobody to an application in review."""
    page.goto("/applications/new")
    look(page, "before applying")
    page.get_by_role("link", name="先注册，再申请").click()
    page.get_by_label("称呼").fill("谢社长")
    page.get_by_label("手机号或邮箱").fill(PHONE_NUMBER)
    page.get_by_label("密码").fill(PASSWORD)
    for box in page.get_by_role("checkbox").all():
        box.check()
    look(page, "joining")
    page.get_by_role("button", name="注册并登录").click()
    page.get_by_role("button", name="开始申请").click()

    page.get_by_label("合作社全称").fill(COOPERATIVE)
    page.get_by_label("统一社会信用代码").fill(make_credit_code(815_001))
    look(page, "application cooperative")
    save(page)
    page.locator("select[name=town_code]").select_option(TOWN)
    page.get_by_label(re.compile("^村")).fill("上村")
    page.get_by_label("联系人").fill("谢社长")
    page.get_by_label("电话").fill(PHONE_NUMBER)
    look(page, "application contact")
    save(page)
    look(page, "application documents")
    page.get_by_role("link", name="去填写").click()
    page.get_by_label("照片").set_input_files(photo)
    page.get_by_label("证照号码").fill("粤示例815号")
    page.get_by_label("有效期至").fill("2098-01-01")
    look(page, "application licence")
    page.get_by_role("button", name="保存这张证照").click()
    expect(page.get_by_text("已填好")).to_be_visible()
    page.get_by_role("link", name="下一步").click()
    page.get_by_label("户名").fill(COOPERATIVE)
    page.get_by_label("开户银行").fill("示例农商银行石鼓支行")
    page.get_by_label("银行账号", exact=True).fill("6222 0200 0000 1234 567")
    page.get_by_label("我同意").check()
    look(page, "application account")
    save(page)
    page.get_by_role("link", name="去填写").click()
    page.get_by_label("照片").set_input_files(photo)
    page.get_by_label("样品名称").fill(GREENS)
    look(page, "application sample")
    page.get_by_role("button", name="保存这样样品").click()
    page.get_by_role("link", name="看一遍").click()
    look(page, "application whole")
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_text("等镇政府、驻镇工作队签字")).to_be_visible()
    look(page, "application in review")


def save(page: Page) -> None:
    page.get_by_role("button", name="保存，下一步").click()


def sign(page: Page, look: Look, role: str) -> None:
    """One of the two bodies, who look at the papers first."""
    page.goto("/official/applications")
    look(page, f"{role} desk")
    page.get_by_role("link", name="去签字").click()
    paper = page.get_by_role("img", name=re.compile("营业执照的照片"))
    assert paper.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300
    page.get_by_label("意见").fill("到村里看过，属实")
    look(page, f"{role} signs")
    page.get_by_role("button", name="同意并签字").click()
    expect(page.get_by_text("已签字" if role == "government" else "双签完成")).to_be_visible()


def begin_to_sell(page: Page, look: Look) -> None:
    page.goto("/applications/new")
    page.get_by_role("link", name="打开申请").click()
    expect(page.get_by_text("可以上架了")).to_be_visible()
    look(page, "admitted")
    page.get_by_role("link", name="打开合作社工作台").click()
    expect(page).to_have_url(re.compile("/cooperative$"))
    look(page, "first day")


def list_greens(page: Page, photo: Path, look: Look) -> None:
    page.goto("/cooperative/listings/new")
    page.locator("#photo").set_input_files(photo)
    page.get_by_label("商品名称").fill(GREENS)
    hear_suggestion(page)
    page.get_by_label("类别").select_option(label="蔬菜")
    page.get_by_label(f"{clock.day_of(clock.now()).month}月", exact=True).check()
    look(page, "listing what")
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("规格").fill(SPEC)
    page.get_by_label("净重", exact=True).fill("10")
    page.get_by_label("价格").fill("39.90")
    page.get_by_label("现在有多少可以卖").fill("12")
    look(page, "listing how")
    page.get_by_role("button", name="看看买家看到的样子").click()
    expect(page.get_by_role("button", name="上架")).to_be_visible()
    look(page, "listing preview")
    page.get_by_role("button", name="上架").click()
    expect(page.get_by_text("已经上架")).to_be_visible()
    look(page, "listed")


def harvest(page: Page, look: Look) -> None:
    page.goto("/cooperative/batches/new")
    page.get_by_label("商品").select_option(label=GREENS)
    page.get_by_label("这一批有多重").fill("200")
    page.get_by_label("自行检测合格").check()
    look(page, "harvest")
    page.get_by_role("button", name="登记并开合格证").click()
    expect(page.get_by_text("承诺达标合格证").first).to_be_visible()
    look(page, "batch with certificate")


def buy(page: Page, look: Look) -> str:
    """Two boxes, paid by the sandbox's own signed message; where the order is."""
    page.goto("/search?q=芥菜")
    page.get_by_role("link", name=GREENS).click()
    look(page, "product")
    page.get_by_role("button", name="增加").click()
    page.get_by_role("button", name="放进菜篮").click()
    page.get_by_role("link", name="去结算").click()
    page.wait_for_url("**/checkout")
    page.wait_for_load_state("load")
    fill_in_address(page)
    page.get_by_role("button", name="提交订单").click()
    page.get_by_role("button", name="付款成功").click()
    expect(page).to_have_url(re.compile(r"/orders/[^/]+$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("待发货")
    return page.url


def change_stock_without_a_network(page: Page, look: Look) -> None:
    """Five more boxes in a dead spot: they wait in sight, survive a reload, and count once."""
    open_today(page)
    look(page, "today")
    row = page.locator(".sale-row", has_text=GREENS)
    stock, queue = row.locator("input[name=stock]"), page.locator("[data-queue]")
    expect(stock).to_have_value("10")
    page.context.set_offline(True)
    for _ in range(5):
        row.locator('form[data-act="stock"]').get_by_role("button", name="增加").click()
    expect(queue).to_contain_text("库存 +5")
    page.reload()
    expect(page.get_by_text("没有网络。这是")).to_be_visible()
    expect(stock).to_have_value("15")
    look(page, "today without a network")
    page.context.set_offline(False)
    expect(page.get_by_text("网络恢复了")).to_be_visible()
    # Whoever is first sends it: the page, or the browser behind it.
    expect(queue.get_by_text("已保存")).to_be_visible(timeout=60_000)
    look(page, "today replayed")
    page.get_by_role("link", name="看最新的").click()
    expect(page.get_by_text("网络恢复了")).to_be_hidden()
    expect(stock).to_have_value("15")


def ship(page: Page, number: str, look: Look) -> None:
    page.goto("/cooperative/pick-list")
    look(page, "pick list")
    page.goto("/cooperative/orders")
    look(page, "orders")
    page.get_by_role("link", name=f"{number}A").click()
    page.get_by_label("快递公司").select_option(label="顺丰速运")
    page.get_by_label("快递单号").fill("SF1234567890")
    look(page, "dispatch")
    page.get_by_role("button", name="确认发货").click()
    expect(page.get_by_text("已发货，买家会收到通知")).to_be_visible()
    look(page, "dispatched")


def read_the_statement(page: Page, live_shop: LiveShop, look: Look) -> None:
    """What was sold waits for its period; once that is over it stands on a statement."""
    page.goto("/cooperative/money")
    expect(page.get_by_text("暂时保留")).to_be_visible()
    look(page, "money on its way")
    with live_shop.app.app_context(), transaction():
        query = select(Organisation.id).where(Organisation.name == COOPERATIVE)
        statement = settle(db.session.scalars(query).one(), at=clock.now() + SETTLED_AFTER)
        assert statement is not None
        number = statement.number
    page.reload()
    look(page, "money settled")
    page.get_by_role("link", name=number).click()
    expect(page.get_by_text(GREENS)).to_be_visible()
    expect(page.get_by_text("79.80").first).to_be_visible()
    look(page, "statement")
