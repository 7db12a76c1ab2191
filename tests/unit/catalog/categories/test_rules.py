"""What a product's name tells of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.categories.rules import EVERY_MONTH, Past, needs_licence, suggest
from catalog.categories.services import DEFAULTS

LAST_YEAR = [
    Past("高州桂味荔枝", "fruit", (6,)),
    Past("观珠番薯", "grain-oil", (10, 11)),
    Past("山里的小珍珠", "herb", (3,)),
]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("白糖罂荔枝", "fruit"),
        ("荔枝蜜", "processed"),
        ("荔枝干", "processed"),
        ("石鼓 龙眼", "fruit"),
        ("水东芥菜", "vegetable"),
        ("冰淇淋番薯", "vegetable"),
        ("甜玉米", "vegetable"),
        ("丝苗米", "grain-oil"),
        ("观珠花生油", "grain-oil"),
        ("罗非鱼", "aquatic"),
        ("罗非鱼片", "processed"),
        ("程村蚝", "aquatic"),
        ("蚝油", "processed"),
        ("怀乡鸡", "poultry"),
        ("土鸡蛋", "poultry"),
        ("鸡枞菌", "vegetable"),
        ("化橘红", "herb"),
        ("春砂仁", "herb"),
        ("阳江豆豉", "processed"),
        ("马水桔 5斤装", "fruit"),
    ],
)
def test_a_name_tells_the_category_by_the_word_at_its_end(name, slug):
    found = suggest(name, [])
    assert found is not None
    assert found.slug == slug


def test_a_name_that_says_nothing_suggests_nothing():
    assert suggest("土特产", []) is suggest("", []) is None


def test_the_months_are_those_of_the_produce():
    assert suggest("妃子笑荔枝", []).months == (5, 6, 7)
    assert suggest("怀乡鸡", []).months == EVERY_MONTH
    assert suggest("青皮冬瓜", []).months == ()


def test_what_the_cooperative_did_the_last_time_comes_first():
    assert suggest("妃子笑荔枝", LAST_YEAR).months == (6,)
    assert suggest("冰淇淋番薯", LAST_YEAR).slug == "grain-oil"
    assert suggest("新收小珍珠", LAST_YEAR).slug == "herb"


def test_something_made_of_it_does_not_follow_it():
    assert suggest("桂味荔枝干", LAST_YEAR).slug == "processed"
    assert suggest("脆皮荔枝蜜", LAST_YEAR).slug == "processed"


@given(st.text(max_size=60), st.lists(st.text(max_size=20), max_size=5))
def test_any_name_can_be_read(name, past):
    found = suggest(name, [Past(each, "fruit", (1,)) for each in past])
    assert found is None or found.slug in {slug for slug, _, _ in DEFAULTS}


def test_only_made_food_needs_a_licence():
    assert [slug for slug, _, _ in DEFAULTS if needs_licence(slug)] == ["processed"]
