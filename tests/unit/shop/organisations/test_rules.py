"""The unified social credit code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.organisations.rules import (
    CHARACTERS,
    canonical_credit_code,
    check_character,
    is_credit_code,
)

DIGITS = "0123456789"
first_seventeen = st.builds(
    "".join,
    st.tuples(
        st.text(CHARACTERS, min_size=2, max_size=2),
        st.text(DIGITS, min_size=6, max_size=6),
        st.text(CHARACTERS, min_size=9, max_size=9),
    ),
)
codes = first_seventeen.map(lambda first: first + check_character(first))


@pytest.mark.parametrize(
    "code",
    [
        # The example in the standard, and codes of well-known companies; two end in a letter, one
        # has a letter inside.
        "91350100M000100Y43",
        "91110000802100433B",
        "91440300708461136T",
        "91330100799655058B",
        "914403001922038216",
    ],
)
def test_known_codes_are_right_and_their_neighbours_are_not(code):
    assert is_credit_code(code)
    for character in set(CHARACTERS) - {code[-1]}:
        assert not is_credit_code(code[:-1] + character)


@given(codes)
def test_a_code_with_its_own_check_digit_is_right(code):
    assert is_credit_code(code)


@given(codes, st.integers(0, 17), st.sampled_from(CHARACTERS))
def test_one_wrong_character_is_noticed(code, place, other):
    wrong = code[:place] + other + code[place + 1 :]
    assert is_credit_code(wrong) == (wrong == code)


@given(codes, st.integers(0, 16))
def test_two_neighbours_that_changed_places_are_noticed(code, place):
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert is_credit_code(swapped) == (swapped == code)


@given(st.text(max_size=40))
def test_no_text_breaks_the_check(text):
    assert is_credit_code(canonical_credit_code(text)) in (True, False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "91350100M000100Y4",
        "91350100M000100Y433",
        "91350100M000100Y44",
        "9135010OM000100Y43",
        "91350100m000100y43",
        "9135A100M000100Y43",
        "９１３５０１００M000100Y43",
        "'; DROP TABLE x;--",
    ],
)
def test_what_is_no_code_in_canonical_form_is_refused(text):
    assert not is_credit_code(text)


@pytest.mark.parametrize(
    "typed",
    [
        "91350100m000100y43",
        " 9135 0100 M000 100Y 43 ",
        "91350100-M000100Y-43",
        "９１３５０１００Ｍ０００１００Ｙ４３",
    ],
)
def test_a_code_is_read_however_it_was_typed(typed):
    assert canonical_credit_code(typed) == "91350100M000100Y43"
