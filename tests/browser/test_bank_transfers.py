"""A union pays by bank transfer: the statement matches by itself, or two people of finance do."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Visit
from tests.browser.test_every_way_of_buying import fill_in_address
from tests.browser.world import World
from tests.factories.transfers import HEAD, as_csv, as_xlsx, incoming

# One box of litchis, and freight.
DUE = "85.00"


def test_a_transfer_with_its_code_pays_once_the_statement_is_imported(
    world: World, visit: Visit, tmp_path: Path
) -> None:
    union = visit("union", PHONE)
    code = order_by_transfer(union, world)
    order = union.url.removesuffix("/payment")
    expect(union.get_by_role("button", name="复制 附言")).to_be_visible()

    file = tmp_path / "流水.xlsx"
    file.write_bytes(as_xlsx([HEAD, incoming(85, f"货款 {code}"), incoming("many")]))
    finance = visit("finance", DESK)
    finance.goto("/finance/statements")
    finance.get_by_label("银行流水文件").set_input_files(file)
    finance.get_by_role("button", name="上传，先看一遍").click()
    expect(finance.get_by_role("row", name="金额不是数字")).to_contain_text("many")
    finance.get_by_role("button", name="只导入正确的 1 行").click()
    expect(finance.get_by_text("自动核销 1 笔")).to_be_visible()

    union.goto(order)
    expect(union.get_by_role("heading", level=1)).to_have_text("待发货")


def test_a_transfer_without_its_code_is_matched_by_two_people_without_javascript(
    world: World, visit: Visit, tmp_path: Path
) -> None:
    union = visit("union", PHONE, java_script_enabled=False)
    order_by_transfer(union, world)
    order = union.url.removesuffix("/payment")
    expect(union.get_by_role("button", name="复制")).to_have_count(0)

    file = tmp_path / "流水.csv"
    row = incoming(DUE, "十二月慰问品", payer="没写识别码的工会")
    file.write_bytes(as_csv([HEAD, row], "gb18030"))
    finance = visit("finance", PHONE, java_script_enabled=False)
    finance.goto("/finance/statements")
    finance.get_by_label("银行流水文件").set_input_files(file)
    finance.get_by_role("button", name="上传，先看一遍").click()
    finance.get_by_role("button", name="导入 1 行").click()
    finance.goto("/finance/receipts?show=unmatched&q=没写识别码")
    finance.get_by_role("link", name=DUE).click()
    finance.get_by_label("订单号或识别码").fill(order.rsplit("/", 1)[1])
    finance.get_by_role("button", name="提议核销").click()
    proposal = finance.locator("article", has_text=order.rsplit("/", 1)[1])
    expect(proposal.get_by_text("请另一位财务复核")).to_be_visible()

    cashier = visit("cashier", DESK, java_script_enabled=False)
    cashier.goto("/finance/matches")
    proposal = cashier.locator("article", has_text=order.rsplit("/", 1)[1])
    proposal.get_by_role("button", name="确认").click()
    expect(cashier.get_by_text("已确认。")).to_be_visible()

    union.goto(order)
    expect(union.get_by_role("heading", level=1)).to_have_text("待发货")


def order_by_transfer(page: Page, world: World) -> str:
    """Buy for the union, choose the transfer, and read the code off the page."""
    page.goto(world.places["product"])
    page.get_by_role("button", name="放进菜篮").click()
    page.goto("/checkout")
    page.wait_for_load_state("load")
    if page.get_by_label("收货人").is_visible():
        fill_in_address(page)
    else:
        page.get_by_label("鲜活易腐").check()
    page.get_by_label("对公转账").check()
    page.get_by_role("button", name="提交订单").click()
    expect(page).to_have_url(re.compile("/payment$"))
    expect(page.locator("#transfer-amount")).to_have_text(DUE)
    return page.locator("#transfer-code").inner_text()
