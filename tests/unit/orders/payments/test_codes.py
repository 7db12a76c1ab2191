"""Matching codes: what people copy by hand into the remark of a bank transfer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.payments.rules import ALPHABET, RANDOM_LENGTH, codes_in, spoken, transfer_code

codes = st.text(ALPHABET, min_size=RANDOM_LENGTH, max_size=RANDOM_LENGTH).map(transfer_code)
CODE = transfer_code("7F3K9QM")
OTHER = transfer_code("ABCDEFG")


@given(codes, st.integers(0, 7), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_noticed(code: str, place: int, other: str) -> None:
    wrong = code[:place] + other + code[place + 1 :]
    assert codes_in(wrong) == ([code] if wrong == code else [])


@given(codes, st.integers(0, 7), st.integers(0, 7))
def test_two_characters_that_changed_places_are_always_noticed(code: str, a: int, b: int) -> None:
    letters = list(code)
    letters[a], letters[b] = letters[b], letters[a]
    wrong = "".join(letters)
    assert codes_in(wrong) == ([code] if wrong == code else [])


@given(codes)
def test_a_code_is_found_however_it_is_written(code: str) -> None:
    full_width = code.translate({ord(c): ord(c) + 0xFEE0 for c in code})
    for text in (code, code.lower(), spoken(code), spoken(code).replace("-", " "), full_width):
        assert codes_in(f"货款{text}，谢谢") == [code]


@pytest.mark.parametrize(
    ("remark", "found"),
    [
        ("", []),
        (f"{CODE} {CODE.lower()}", [CODE]),
        (f"{CODE}/{OTHER}", [CODE, OTHER]),
        (f"A{CODE}", []),
        (f"{CODE}9", []),
        ("C20261123-7F3K9Q", []),
        ("20261123", []),
    ],
)
def test_only_whole_words_that_check_are_codes(remark: str, found: list[str]) -> None:
    assert codes_in(remark) == found
