"""Amounts and text as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import Form

from shop.money import yuan
from shop.web.fields import (
    KilogramField,
    LineField,
    NotANumber,
    ParagraphField,
    TooManyDecimals,
    WholeNumberField,
    YuanField,
    clean_line,
    clean_paragraphs,
    format_decimal,
    parse_decimal,
)

FULL_WIDTH = str.maketrans("0123456789.,", "０１２３４５６７８９．，")
amounts = st.integers(min_value=-(10**12), max_value=10**12)


class Example(Form):
    price = YuanField("价格", minimum=1, maximum=9_999_999)
    weight = KilogramField("净重", minimum=1, maximum=1_000_000)
    count = WholeNumberField("数量", minimum=0, maximum=99)
    name = LineField("名称", max_length=5, min_length=2)
    note = ParagraphField("备注", max_length=20, required=False)


def filled(**typed: str) -> Example:
    usual = {"price": "1", "weight": "1", "count": "1", "name": "荔枝"}
    form = Example(MultiDict(usual | typed))
    form.validate()
    return form


@given(amounts, st.integers(min_value=0, max_value=4))
def test_what_is_written_is_read_back_exactly(amount, decimals):
    assert parse_decimal(format_decimal(amount, decimals), decimals) == amount


@given(st.integers(min_value=0, max_value=10**12))
def test_money_as_the_shop_writes_it_is_read_back_exactly(fen):
    assert parse_decimal(yuan(fen), 2) == fen
    assert parse_decimal(yuan(fen).translate(FULL_WIDTH), 2) == fen


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_is_refused_as_none(text):
    try:
        amount = parse_decimal(text, 2)
    except (NotANumber, TooManyDecimals):
        return
    assert parse_decimal(format_decimal(amount, 2), 2) == amount


@given(st.text(max_size=60))
def test_cleaned_text_is_clean(text):
    for cleaned in (clean_line(text), clean_paragraphs(text)):
        assert "\x00" not in cleaned
        assert cleaned == cleaned.strip()
    assert clean_line(clean_line(text)) == clean_line(text)
    assert "\n" not in clean_line(text)


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("39.9", 3990),
        ("39.90", 3990),
        ("39.900", 3990),
        ("1,234.5", 123450),
        ("１２．５", 1250),
        ("12。5", 1250),
        ("¥39.90", 3990),
        ("39.90元", 3990),
        (" 3 ", 300),
        ("\u202e12", 1200),
        ("0.01", 1),
    ],
)
def test_a_price_is_understood(typed, fen):
    form = filled(price=typed)
    assert (form.price.data, form.price.errors) == (fen, [])


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "",
            " ",
            "39.999",
            "1,23",
            "12,34.5",
            "-5",
            "0",
            "abc",
            "5²",
            "٣",
            "1e3",
            "NaN",
            "∞",
            ".",
        ),
        *("9" * 30, "100000", "0x10", "1 2x", "😀", "<b>", "' OR 1=1", "1.2.3", "\x00"),
    ],
)
def test_a_price_that_is_none_is_refused_and_kept(typed):
    form = filled(price=typed)
    assert len(form.price.errors) == 1
    assert form.price._value() == clean_line(typed)


def test_a_weight_in_kilograms_is_grams():
    assert filled(weight="2.5").weight.data == 2500
    assert filled(weight="0.0005").weight.errors
    assert filled(weight="1000.001").weight.errors


def test_a_count_has_no_decimals_and_keeps_to_its_bounds():
    assert filled(count="９９").count.data == 99
    assert filled(count="0").count.data == 0
    for wrong in ("1.5", "-1", "100"):
        assert filled(count=wrong).count.errors


def test_text_is_cleaned_before_it_is_measured():
    assert filled(name="  白糖\u200b罂\x00 ").name.data == "白糖罂"
    assert filled(name="荔").name.errors
    assert filled(name="一二三四五六").name.errors
    assert filled(name="\u202e\u200f").name.errors


def test_paragraphs_keep_their_lines_and_may_be_left_out():
    assert filled(note="一\r\n\r\n\r\n\r\n二 ").note.data == "一\n\n二"
    assert filled().note.errors == []
    assert filled().note.data == ""


def test_an_emoji_of_several_pictures_stays_whole():
    assert clean_line("👨‍🌾 种的") == "👨‍🌾 种的"
