"""A product's page, a town's and a cooperative's."""

import pytest

from catalog.products.services.products import delist
from catalog.stock.services import set_available
from shop.db import db
from shop.organisations.models import Organisation
from shop.organisations.services import suspend
from tests.factories.catalog import NOW
from tests.factories.people import OTHER_TOWN, TOWN, make_cooperative, make_resident
from tests.parts.pages import Page
from tests.parts.queries import counted_queries


def test_a_product_page_says_what_it_costs_where_it_is_from_and_when_it_comes(buyer, stall):
    page = buyer.get(f"/products/{stall.potato}")
    text = Page(page.text).text
    for words in ("茂名市 高州市 石鼓镇", "示例石鼓农民专业合作社", "还剩 12 箱", "送到珠海"):
        assert words in text
    assert "不适用七天无理由退货" in text
    assert "元/斤" in text


def test_what_keeps_can_be_returned(buyer, stall):
    assert "七天内可以无理由退货" in buyer.get(f"/products/{stall.oil}").text


def test_the_first_variant_that_can_be_had_is_chosen_and_goes_into_the_basket(buyer, stall):
    form = Page(buyer.get(f"/products/{stall.potato}").text).form("/basket/lines")
    assert form.fields["quantity"] == "1"
    answer = buyer.post(form.action, data=form.fields)
    assert answer.status_code == 303
    assert "番薯" in buyer.get("/basket").text


def test_a_product_that_is_sold_out_says_so_and_sells_nothing(buyer, stall):
    page = buyer.get(f"/products/{stall.plum}").text
    assert "暂时卖完了" in page
    assert "放进菜篮" not in page


def test_one_variant_can_be_sold_out_while_another_is_there(act, buyer, stall):
    clerk = act(make_resident).id
    form = Page(buyer.get(f"/products/{stall.potato}").text).form("/basket/lines")
    first = int(form.fields["variant_id"])
    act(set_available, first, 0, by=clerk, at=NOW)
    again = Page(buyer.get(f"/products/{stall.potato}").text).form("/basket/lines")
    assert int(again.fields["variant_id"]) != first


def test_a_product_off_sale_is_gone_politely(act, buyer, stall):
    clerk = act(make_resident).id
    act(delist, stall.coast, stall.oyster, by=clerk, at=NOW)
    answer = buyer.get(f"/products/{stall.oyster}")
    assert answer.status_code == 404
    assert "“程村蚝”现在不卖了" in answer.text
    assert "程村蚝" not in buyer.get("/products").text


def test_what_a_suspended_cooperative_sells_is_gone_everywhere(act, buyer, stall):
    act(lambda: suspend(db.session.get_one(Organisation, stall.coast), at=NOW))
    assert buyer.get(f"/products/{stall.oyster}").status_code == 404
    assert buyer.get(f"/cooperatives/{stall.coast}").status_code == 404
    for address in ("/", "/products", f"/towns/{OTHER_TOWN}"):
        assert "程村蚝" not in buyer.get(address).text


@pytest.mark.parametrize(
    "address",
    [
        "/products/0",
        "/products/999",
        "/products/2147483648",
        "/products/99999999999999999999",
        "/products/abc",
        "/towns/440402001",
        "/towns/999999999",
        "/towns/abc",
        "/towns/%00",
        "/towns/１２３",
        "/cooperatives/999",
        "/pictures/abc.webp",
        "/pictures/../shop.sqlite3",
        f"/pictures/{'0' * 64}.webp",
        f"/pictures/{'A' * 64}.webp",
    ],
)
def test_what_is_not_there_is_not_found(buyer, stall, address):
    assert buyer.get(address).status_code == 404


def test_a_town_shows_its_calendar_its_cooperatives_and_its_products(buyer, stall):
    text = Page(buyer.get(f"/towns/{TOWN}").text).text
    for words in ("石鼓镇", "什么月份有什么", "番薯", "三华李", "示例石鼓农民专业合作社"):
        assert words in text
    assert "程村蚝" not in text


def test_a_town_without_products_is_still_a_page(act, buyer):
    act(make_cooperative)
    assert "还没有上架商品" in buyer.get(f"/towns/{OTHER_TOWN}").text


def test_a_cooperative_shows_who_it_is_and_what_it_sells(buyer, stall):
    text = Page(buyer.get(f"/cooperatives/{stall.inland}").text).text
    assert "证照公示" in text
    assert "花生油" in text


def test_an_enterprise_has_no_page_of_a_cooperative(act, buyer, stall):
    waiting = act(make_cooperative, admitted=False).id
    assert buyer.get(f"/cooperatives/{waiting}").status_code == 404


@pytest.mark.parametrize("page", ["products/{oyster}", "towns/441721101", "cooperatives/{inland}"])
def test_a_page_asks_six_questions_at_most(app, buyer, stall, page):
    address = "/" + page.format(**vars(stall))
    with counted_queries(app) as asked:
        assert buyer.get(address).status_code == 200
    assert len(asked) <= 6, asked
