"""The first page and the list of everything."""

import re

import pytest

from tests.factories.catalog import make_product
from tests.factories.people import OTHER_TOWN, TOWN
from tests.parts.queries import counted_queries

NAMES = ("程村蚝", "番薯", "花生油", "三华李")


def names_on(client, address):
    """The products on a page, in their order."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    return re.findall(r'class="card-name"><a href="[^"]+">([^<]+)<', answer.text)


def test_an_empty_shop_says_so(buyer):
    assert "合作社正在备货" in buyer.get("/").text
    assert "一种也没有" in buyer.get("/products").text


def test_home_begins_with_what_is_in_season_now(buyer, stall):
    first, *others = names_on(buyer, "/")
    assert first == "程村蚝"
    assert sorted(others) == sorted(["番薯", "花生油"]), "what is sold out waits in the list"
    page = buyer.get("/").text
    assert "当季 · 还有" in page
    assert f"/towns/{OTHER_TOWN}" in page
    assert "/products?category=aquatic" in page


def test_the_list_says_the_lowest_price_and_the_price_per_jin(buyer, stall):
    page = " ".join(re.sub(r"<[^>]+>", " ", buyer.get("/products").text).split())
    assert "3斤装 · 示例石鼓农民专业合作社 ¥ 30.00 6.00 元/斤" in page
    assert "¥ 46.80 26.00 元/升" in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"程村蚝", "番薯", "花生油", "三华李"}),
        ("category=vegetable", {"番薯"}),
        (f"town={OTHER_TOWN}", {"程村蚝"}),
        ("season=yes", {"程村蚝", "番薯", "花生油"}),
        ("stock=yes", {"程村蚝", "番薯", "花生油"}),
        (f"town={TOWN}&stock=yes&category=grain-oil", {"花生油"}),
        ("town=440402001", set()),
        ("category=nothing&sort=upwards&page=-3&season=maybe", {*NAMES}),
        ("page=99999999", {*NAMES}),
        ("town=%00&category=%F0%9F%98%80", {*NAMES}),
    ],
)
def test_every_filter_keeps_what_it_says(buyer, stall, query, shown):
    assert set(names_on(buyer, f"/products?{query}")) == shown


def test_an_unknown_town_has_nothing_and_can_be_taken_back(buyer, stall):
    page = buyer.get("/products?town=999999999").text
    assert "未知的镇" in page
    assert "一种也没有" in page


def test_sorts_are_by_price_and_by_price_per_jin(buyer, stall):
    assert names_on(buyer, "/products?sort=price") == ["番薯", "花生油", "三华李", "程村蚝"]
    by_jin = names_on(buyer, "/products?sort=unit_price")
    assert by_jin == ["番薯", "三华李", "程村蚝", "花生油"], "oil has no price per 斤"
    assert names_on(buyer, "/products?sort=newest")[0] == "三华李"


def test_facets_count_what_a_click_would_show(buyer, stall):
    page = buyer.get("/products?category=vegetable").text
    for label, count in (("水产", 1), ("粮油", 1), ("水果", 1)):
        assert re.search(rf'{label}\s*<span class="num">{count}<', page)
    assert re.search(r'有货\s*<span class="num">1<', page)
    assert 'chip-chosen" href="/products"' in page


def test_a_long_list_comes_in_pages(act, buyer, stall):
    for number in range(22):
        act(make_product, name=f"荔枝{number:02d}")
    assert len(names_on(buyer, "/products")) == 24
    assert len(names_on(buyer, "/products?page=2")) == 2
    assert len(names_on(buyer, "/products?page=77")) == 2


@pytest.mark.parametrize("address", ["/", "/products", "/products?category=fruit&sort=price"])
def test_a_page_asks_six_questions_at_most_however_much_there_is(app, act, buyer, stall, address):
    for number in range(6):
        act(make_product, name=f"荔枝{number}")
    # What a process knows of places it reads once a minute.
    buyer.get(address)
    with counted_queries(app) as asked:
        assert buyer.get(address).status_code == 200
    assert len(asked) <= 6, asked
