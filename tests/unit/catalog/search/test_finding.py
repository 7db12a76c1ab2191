"""What people find among the demo's products."""

import pytest

from catalog.search.gateways.port import SearchQuery, Sort
from tests.unit.catalog.search.demo import CATEGORIES, ROWS, TOWNS, name_of

LYCHEES = {"白糖罂荔枝", "妃子笑荔枝", "桂味荔枝", "双肩玉荷包荔枝"}
LYCHEE_GOODS = LYCHEES | {"荔枝干", "荔枝蜜"}


@pytest.fixture
def found(demo_index):
    """The names found, in order."""

    def search(text, **more):
        page = demo_index.search(SearchQuery(text=text, **more))
        return [name_of(product_id) for product_id in page.product_ids]

    return search


@pytest.mark.parametrize(
    "text", ["荔枝", "lizhi", "LiZhi", "ｌｉｚｈｉ", "“荔枝”", "《荔枝》!", "「荔枝」、"]
)
def test_lychees_are_found_and_stand_before_what_is_made_of_them(text, found):
    names = found(text)
    assert set(names) == LYCHEE_GOODS
    assert set(names[:4]) == LYCHEES


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("芥菜", "水东芥菜"),
        ("罗非鱼", "罗非鱼"),
        ("罗非鱼片", "罗非鱼片"),
        ("luofeiyu", "罗非鱼"),
        ("电白水东芥菜", "水东芥菜"),
        ("分界龙眼", "储良龙眼"),
        ("花生油5升", "观珠花生油"),
        ("蚝", "程村蚝"),
    ],
)
def test_a_product_is_found_by_its_name(text, first, found):
    assert found(text)[0] == first


def test_a_part_of_a_name_finds_the_product(found):
    assert set(found("番薯")) == {"冰淇淋番薯", "紫心番薯"}


@pytest.mark.parametrize("text", ["公馆镇", "公馆", "gongguan", "gongguanzhen", "茂南区公馆镇"])
def test_a_town_finds_what_grows_there(text, found):
    assert set(found(text)) == {"罗非鱼", "圣女果", "奶油草莓"}


@pytest.mark.parametrize("text", ["公馆镇塘边渔业专业合作社", "塘边渔业", "塘边合作社"])
def test_a_cooperative_finds_its_products(text, found):
    assert set(found(text)) == {"罗非鱼", "圣女果", "奶油草莓"}


def test_every_word_must_be_there(found):
    assert found("观珠镇番薯") == ["冰淇淋番薯"]


def test_a_description_finds_a_product_last(found):
    names = found("荔枝 蜂蜜")
    assert names == ["荔枝蜜"]
    assert found("番茄") == ["圣女果"]


@pytest.mark.parametrize("text", ["", "   ", "\u3000"])
def test_a_blank_query_shows_everything_that_can_be_bought_first(text, demo_index):
    page = demo_index.search(SearchQuery(text=text, per_page=60))
    assert page.total == len(ROWS)
    assert name_of(page.product_ids[-1]) == "马水桔"
    assert not page.relaxed


@pytest.mark.parametrize(
    "text",
    [
        "🍋",
        "!!!",
        "*",
        "lizh*",
        '"',
        "name:荔枝枝枝xyz",
        "AND",
        "NOT",
        "' OR 1=1 --",
        "[a TO b]",
        "\0",
    ],
)
def test_operators_marks_and_pictures_are_plain_text(text, demo_index):
    assert demo_index.search(SearchQuery(text=text)).total <= len(LYCHEE_GOODS)


def test_an_operator_does_not_exclude(found):
    assert set(found("荔枝 -干")) == {"荔枝干"}


def test_a_very_long_query_is_answered(demo_index):
    assert demo_index.search(SearchQuery(text="荔枝" * 5_000)).total == len(LYCHEE_GOODS)
    assert demo_index.search(SearchQuery(text="龘" * 10_000)).total == 0


def test_nothing_is_found_where_there_is_nothing(demo_index):
    page = demo_index.search(SearchQuery(text="iphone"))
    assert (page.product_ids, page.total, page.page, page.pages) == ((), 0, 1, 1)
    assert page.by_category == {}
    assert not page.relaxed


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("有机芥菜", "水东芥菜"),
        ("程村生蚝", "程村蚝"),
        ("怀乡走地鸡", "走地鸡"),
        ("海水罗非鱼片", "罗非鱼片"),
    ],
)
def test_when_no_product_has_all_words_those_with_most_come_and_it_is_said(text, first, demo_index):
    page = demo_index.search(SearchQuery(text=text))
    assert page.relaxed
    assert name_of(page.product_ids[0]) == first


def test_an_unknown_word_falls_back_to_its_parts(demo_index, found):
    assert set(found("红薯")) == {"冰淇淋番薯", "紫心番薯"}
    assert demo_index.search(SearchQuery(text="水产品")).by_category.keys() == {
        CATEGORIES["水产"],
        CATEGORIES["加工食品"],
    }


def test_filters_that_leave_nothing_do_not_relax_the_words(demo_index):
    page = demo_index.search(SearchQuery(text="荔枝", category_id=CATEGORIES["蔬菜"]))
    assert page.total == 0
    assert not page.relaxed


def test_the_category_and_the_town_narrow(found):
    assert set(found("荔枝", category_id=CATEGORIES["加工食品"])) == {"荔枝干", "荔枝蜜"}
    caojiang = TOWNS["曹江镇"][0]
    assert set(found("荔枝", town_code=caojiang)) == {"白糖罂荔枝", "妃子笑荔枝", "荔枝干"}


@pytest.mark.parametrize("code", ["999999999", "", "x", "１２３", "9" * 100])
def test_a_town_that_does_not_exist_has_nothing(code, found):
    assert found("荔枝", town_code=code) == []


def test_the_season_narrows(found):
    assert set(found("荔枝", in_season_month=7)) == {"双肩玉荷包荔枝", "荔枝干", "荔枝蜜"}
    assert set(found("", in_season_month=8, category_id=CATEGORIES["水果"])) == {"储良龙眼"}


def test_what_is_sold_out_can_be_left_out(found):
    assert found("马水桔") == ["马水桔"]
    assert found("马水桔", in_stock_only=True) == []


def test_facets_count_what_a_click_would_show(demo_index):
    caojiang, hehua = TOWNS["曹江镇"][0], TOWNS["荷花镇"][0]
    fruit, processed = CATEGORIES["水果"], CATEGORIES["加工食品"]
    page = demo_index.search(SearchQuery(text="荔枝"))
    assert page.by_category == {fruit: 4, processed: 2}
    assert page.by_town == {caojiang: 3, hehua: 3}
    page = demo_index.search(SearchQuery(text="荔枝", category_id=processed, town_code=caojiang))
    assert page.total == 1
    assert page.by_category == {fruit: 2, processed: 1}
    assert page.by_town == {caojiang: 1, hehua: 1}


def test_facets_obey_the_other_filters(demo_index):
    page = demo_index.search(SearchQuery(text="荔枝", in_season_month=5))
    assert page.by_category == {CATEGORIES["水果"]: 2, CATEGORIES["加工食品"]: 2}


def test_cheapest_first(found):
    assert found("荔枝", sort=Sort.PRICE) == [
        *("荔枝干", "妃子笑荔枝", "荔枝蜜", "白糖罂荔枝", "双肩玉荷包荔枝", "桂味荔枝"),
    ]


def test_cheapest_by_weight_first_and_goods_without_a_weight_last(found):
    names = found("电城镇", sort=Sort.UNIT_PRICE)
    assert names == ["紫心番薯", "水东芥菜", "架炮飞天稻花鸡"]


def test_newest_first(demo_index):
    ids = demo_index.search(SearchQuery(text="荔枝", sort=Sort.NEWEST)).product_ids
    assert list(ids) == sorted(ids, reverse=True)


@pytest.mark.parametrize("sort", list(Sort))
def test_pages_follow_each_other_without_gap_or_repeat(sort, demo_index):
    ids = []
    for number in range(1, 6):
        page = demo_index.search(SearchQuery(sort=sort, page=number, per_page=6))
        assert (page.page, page.pages, page.total) == (number, 5, len(ROWS))
        ids += page.product_ids
    assert sorted(ids) == list(range(1, len(ROWS) + 1))
    assert tuple(ids) == demo_index.search(SearchQuery(sort=sort, per_page=60)).product_ids


def test_a_page_behind_the_last_is_the_last(demo_index):
    page = demo_index.search(SearchQuery(page=10**9, per_page=20))
    assert (page.page, page.pages, len(page.product_ids)) == (2, 2, 5)


@pytest.mark.parametrize(
    "wrong", [{"per_page": 0}, {"per_page": 61}, {"page": 0}, {"in_season_month": 13}]
)
def test_a_query_out_of_bounds_is_refused(wrong):
    with pytest.raises(ValueError, match=r"."):
        SearchQuery(**wrong)
