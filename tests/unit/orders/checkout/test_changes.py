"""Order numbers, letters of parts, and what changed since the buyer last looked."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.checkout.rules import changes, order_number, sub_order_letter
from orders.payments.rules import ALPHABET
from tests.unit.orders.cart.test_quote import PRESALE, make_line, make_quote


def test_an_order_is_numbered_by_the_day_in_zhuhai():
    assert order_number(datetime(2026, 11, 22, 16, 1, tzinfo=UTC), "7F3K9Q") == "C20261123-7F3K9Q"


def test_the_alphabet_holds_nothing_that_sounds_or_looks_like_something_else():
    assert not set("01OIL") & set(ALPHABET)
    assert len(set(ALPHABET)) == len(ALPHABET)


def test_parts_are_lettered_past_z():
    assert [sub_order_letter(n) for n in (0, 1, 25, 26, 27, 51, 52)] == [
        *("A", "B", "Z", "AA", "AB", "AZ", "BA")
    ]


@given(st.sets(st.integers(0, 5000), max_size=50))
def test_no_two_parts_share_a_letter(positions):
    assert len({sub_order_letter(n) for n in positions}) == len(positions)


def test_nothing_is_told_of_a_quote_that_stayed_the_same(app_context):
    same = make_quote(make_line())
    assert changes(same.facts, same) == []


@pytest.mark.parametrize(
    ("now", "says"),
    [
        ({"price_fen": 5500}, "单价从 ¥50.00 变为 ¥55.00"),
        ({"quantity": 3}, "数量从 1 变为 3"),
        ({"on_hand": 0}, "只剩 0 箱"),
    ],
)
def test_each_change_is_told_in_a_sentence(app_context, now, says):
    sentences = changes(make_quote(make_line()).facts, make_quote(make_line(**now)))
    assert any(says in sentence for sentence in sentences)


@pytest.mark.parametrize(
    ("before", "now", "says"),
    [
        ({"on_hand": 9}, {"on_hand": 1}, "现在是预售，12月5日起发货"),
        ({"on_hand": 1}, {"on_hand": 9}, "现在有货，不用等预售了"),
    ],
)
def test_a_line_that_became_a_presale_or_no_longer_is_one_is_told(app_context, before, now, says):
    first, second = (make_quote(make_line(1, 5, **(PRESALE | each))) for each in (before, now))
    of_line, of_day = changes(first.facts, second)
    assert says in of_line
    assert "送到的日子" in of_day


def test_a_change_of_freight_names_the_cooperative(app_context):
    sentences = changes(make_quote(make_line()).facts, make_quote(make_line(), first_fen=1500))
    assert sentences == ["示例1的运费从 ¥10.00 变为 ¥15.00。"]


@given(
    st.text()
    | st.sampled_from(
        ["[]", "[[1]]", "null", "[[1,2,[[1,2]]]]", "{}", '"x"', "[" * 9999, "[1e999]"]
    )
)
def test_nonsense_from_the_browser_is_no_error(app_context, seen):
    changes(seen, make_quote(make_line()))
