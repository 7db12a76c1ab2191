from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.money import allocate, divide, wan, yuan

FEN = st.integers(-(10**15), 10**15)


@given(FEN, st.integers(1, 10**6))
def test_division_rounds_half_away_from_zero(numerator: int, denominator: int) -> None:
    exact = (Decimal(numerator) / denominator).quantize(Decimal(1), ROUND_HALF_UP)
    # Decimal's quotient has 28 digits, more than these need to be told from a tie.
    assert divide(numerator, denominator) == exact


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=30))
def test_allocated_parts_sum_to_the_whole_and_differ_by_less_than_one_fen(
    total: int, weights: list[int]
) -> None:
    parts = allocate(total, weights)
    assert sum(parts) == total
    if any(weights):
        whole = sum(weights)
        assert all(abs(p * whole - total * w) < whole for p, w in zip(parts, weights, strict=True))


def test_nothing_is_allocated_to_nobody() -> None:
    assert allocate(100, []) == []


def test_equal_parts_when_no_weight_is_given() -> None:
    assert allocate(100, [0, 0, 0]) == [34, 33, 33]


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "0.00"),
        (5, "0.05"),
        (123450, "1,234.50"),
        (-1, "-0.01"),
        (-123450, "-1,234.50"),
        (337_500_000_000, "3,375,000,000.00"),
    ],
)
def test_yuan_have_two_decimals_and_thousands_marks(fen: int, text: str) -> None:
    assert yuan(fen) == text


@pytest.mark.parametrize(
    ("fen", "text"),
    [(3_375_000_000, "3,375.00"), (4999, "0.00"), (5000, "0.01"), (-5000, "-0.01"), (0, "0.00")],
)
def test_wan_is_rounded_once_half_up(fen: int, text: str) -> None:
    assert wan(fen) == text
