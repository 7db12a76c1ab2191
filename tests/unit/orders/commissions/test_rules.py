"""What the shop keeps of a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.commissions.rules import MOST, commission_fen, percent

fen = st.integers(0, 10**12)
rates = st.integers(0, MOST)


@pytest.mark.parametrize(
    ("kept_fen", "basis_points", "expected"),
    [(10_000, 250, 250), (0, 250, 0), (99, 0, 0), (20, 250, 1), (19, 250, 0), (1999, 333, 67)],
)
def test_a_commission_is_rounded_half_up_once(kept_fen, basis_points, expected):
    assert commission_fen(kept_fen, basis_points) == expected


@given(fen, rates)
def test_a_commission_is_never_more_than_half_a_fen_off_and_never_above_the_goods(kept, rate):
    charged = commission_fen(kept, rate)
    assert abs(charged * 10_000 - kept * rate) <= 5_000
    assert 0 <= charged <= kept


@given(fen, fen, rates)
def test_who_keeps_more_pays_no_less(one, other, rate):
    less, more = sorted((one, other))
    assert commission_fen(less, rate) <= commission_fen(more, rate)


@pytest.mark.parametrize(
    ("basis_points", "text"), [(250, "2.5"), (0, "0"), (300, "3"), (5, "0.05"), (1000, "10")]
)
def test_rates_are_read_in_percent(basis_points, text):
    assert percent(basis_points) == text
