"""Four people, four screens: what one lists, another buys, and a third reads in a spreadsheet."""

import re
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Visit, hear_suggestion, sign_in
from tests.browser.world import World
from tests.factories.catalog import picture_bytes
from tests.factories.people import PASSWORD
from tests.parts.machine import find_libreoffice
from tests.parts.servers import wait_until
from tests.parts.tables import Table, read_csv

SEARCHABLE_SECONDS = 2
# Two boxes for 39.90 each.
SOLD = Decimal("79.80")

Convert = Callable[[Path], bytes]


@pytest.fixture
def open_in_libreoffice(tmp_path: Path) -> Convert:
    """A workbook's first sheet as LibreOffice reads it, given back as CSV."""

    def convert(file: Path) -> bytes:
        # UTF-8 with a mark, values as they are stored and not as they are shown.
        how = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,1"
        profile = f"-env:UserInstallation={(tmp_path / 'office').as_uri()}"
        subprocess.run(
            [
                find_libreoffice(),
                profile,
                "--headless",
                "--convert-to",
                how,
                file,
                "--outdir",
                tmp_path,
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
        sheets = list(tmp_path.glob(f"{file.stem}*.csv"))
        assert len(sheets) == 1
        return b"\xef\xbb\xbf" + sheets[0].read_bytes().removeprefix(b"\xef\xbb\xbf")

    return convert


def test_four_people_walk_the_whole_loop(
    world: World, visit: Visit, tmp_path: Path, open_in_libreoffice: Convert
) -> None:
    total = Decimal(world.sold_fen) / 100 + SOLD
    list_with_a_photo(visit, world, tmp_path)

    resident = visit(size=PHONE)
    find_and_put_into_basket(resident)
    join_and_check_out(resident)
    pay(resident)
    order = resident.url

    send(visit, world, order.rsplit("/", 1)[1])
    resident.goto(order)
    expect(resident.get_by_text("SF1234567890", exact=True)).to_be_visible()
    resident.get_by_role("button", name="确认收到").click()
    expect(resident.get_by_role("heading", level=1)).to_have_text("已完成")

    official = visit(size=DESK)
    sign_in(official, world.people["official"])
    look_at_overview(official, total)
    for name in ("明细台账", "汇总表"):
        workbook = download(official, f"{name} Excel", tmp_path)
        table = read_csv(open_in_libreoffice(workbook), HEADS[name])
        assert_adds_up(table, name, total)
        assert_adds_up(
            read_csv(download(official, f"{name} CSV", tmp_path).read_bytes(), HEADS[name]),
            name,
            total,
        )


HEADS = {"明细台账": "订单号", "汇总表": "年度目标"}
SUMS = {"明细台账": "净额(元)", "汇总表": "本年累计"}


def list_with_a_photo(visit: Visit, world: World, folder: Path) -> None:
    photo = folder / "photo.jpg"
    photo.write_bytes(picture_bytes(width=1600, height=1200))
    page = visit(size=PHONE)
    sign_in(page, world.people["cooperative"])
    page.goto("/cooperative/listings/new")
    page.get_by_label("拍照片").set_input_files(photo)
    page.get_by_label("商品名称").fill("青皮冬瓜")
    hear_suggestion(page)
    expect(page.locator("[data-photo] img")).to_have_attribute("src", re.compile("blob:"))
    page.get_by_label("类别").select_option(label="蔬菜")
    for month in range(1, 13):
        page.get_by_label(f"{month}月", exact=True).check()
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("规格").fill("10斤装")
    page.get_by_label("净重", exact=True).fill("10")
    page.get_by_label("价格").fill("39.90")
    page.get_by_label("生鲜").check()
    page.get_by_label("现在有多少可以卖").fill("12")
    page.get_by_role("button", name="看看买家看到的样子").click()
    page.get_by_role("button", name="上架").click()
    expect(page.get_by_text("已经上架")).to_be_visible()
    wait_until(lambda: finds(page, "冬瓜"), "the search index", seconds=SEARCHABLE_SECONDS)


def finds(page: Page, words: str) -> bool:
    """Ask the search without leaving the page."""
    return "青皮冬瓜" in page.request.get(f"/search?q={words}").text()


def find_and_put_into_basket(page: Page) -> None:
    page.goto("/")
    page.get_by_role("searchbox").fill("donggua")
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("link", name="青皮冬瓜").click()
    expect(page.get_by_text("3.99")).to_be_visible()
    picture = page.get_by_role("img", name="青皮冬瓜")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300
    page.get_by_role("button", name="增加").click()
    page.get_by_role("button", name="放进菜篮").click()
    expect(page).to_have_url(re.compile("/basket$"))


def join_and_check_out(page: Page) -> None:
    """The basket comes along; the address is chosen by district and street."""
    page.get_by_role("link", name="去结算").click()
    page.get_by_role("link", name="注册一个").click()
    page.get_by_label("称呼").fill("何小满")
    page.get_by_label("手机号或邮箱").fill("13900000001")
    page.get_by_label("密码").fill(PASSWORD)
    for box in page.get_by_role("checkbox").all():
        expect(box).not_to_be_checked()
        box.check()
    page.get_by_role("button", name="注册并登录").click()
    expect(page).to_have_url(re.compile("/checkout$"))
    page.get_by_label("收货人").fill("何小满")
    page.get_by_label("电话").fill("13900000001")
    page.get_by_label("区县").select_option("香洲区")
    page.locator("select[name=town_code]").select_option(label="拱北街道")
    page.get_by_label("详细地址").fill("港一路 8 号 2 栋 301")
    page.get_by_label("鲜活易腐").check()
    page.get_by_role("button", name="提交订单").click()


def pay(page: Page) -> None:
    """The page waits until the sandbox's own signed message has come in, and then moves on."""
    expect(page).to_have_url(re.compile("/payment$"))
    expect(page.get_by_text("103.80")).to_be_visible()
    page.get_by_role("button", name="付款成功").click()
    expect(page).to_have_url(re.compile(r"/orders/[^/]+$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("待发货")


def send(visit: Visit, world: World, number: str) -> None:
    page = visit(size=PHONE)
    sign_in(page, world.people["cooperative"])
    page.goto("/cooperative")
    page.get_by_role("link", name="看备货单").click()
    expect(page.get_by_role("row", name="青皮冬瓜")).to_contain_text("2 箱")
    page.goto("/cooperative/batches/new")
    page.get_by_label("商品").select_option(label="青皮冬瓜")
    page.get_by_label("这一批有多重").fill("200")
    page.get_by_label("自行检测合格").check()
    page.get_by_role("button", name="登记并开合格证").click()
    expect(page.get_by_text("承诺达标合格证").first).to_be_visible()
    page.get_by_role("link", name="订单", exact=True).click()
    page.get_by_role("link", name=f"{number}A").click()
    page.get_by_label("快递公司").select_option(label="顺丰速运")
    page.get_by_label("快递单号").fill("SF1234567890")
    page.get_by_role("button", name="确认发货").click()
    expect(page.get_by_text("已发货，买家会收到通知")).to_be_visible()


def look_at_overview(page: Page, total: Decimal) -> None:
    page.goto("/statistics")
    tile = page.locator(".tile", has_text="本年累计净额").locator(".tile-number")
    expect(tile).to_contain_text(f"{round(total / 10_000, 2)}")
    page.get_by_role("link", name="明细台账", exact=True).click()
    expect(page.get_by_role("row", name="青皮冬瓜")).to_contain_text(str(SOLD))


def download(page: Page, button: str, folder: Path) -> Path:
    page.goto("/statistics/exports")
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    file = folder / waiting.value.suggested_filename
    waiting.value.save_as(file)
    return file


def assert_adds_up(table: Table, name: str, total: Decimal) -> None:
    column = SUMS[name]
    if name == "明细台账":
        assert table.sum_of(column) == table.total_of(column) == total
        assert [row["产品名称"] for row in table.rows].count("青皮冬瓜") == 1
    else:
        assert table.total_of(column) == round(total / 10_000, 2)
