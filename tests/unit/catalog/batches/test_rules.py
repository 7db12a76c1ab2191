"""What leaves with which batch, by weight."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.batches.rules import Lot, certificate_number, fits, lying_there, pick

weights = st.integers(1, 5_000)
left = st.lists(st.integers(0, 50_000), max_size=6)


@given(left, st.integers(0, 60), weights)
def test_what_is_picked_is_there_and_nothing_that_fits_is_left_out(grams, quantity, weight):
    lots = [Lot(number, each) for number, each in enumerate(grams)]
    picked, missing = pick(lots, quantity, weight)
    assert sum(picked.values()) + missing == quantity
    assert fits(lots, picked, weight)
    possible = sum(each // weight for each in grams)
    assert missing == max(0, quantity - possible)


@given(left, st.integers(1, 60), weights)
def test_an_earlier_lot_is_emptied_before_a_later_one_is_touched(grams, quantity, weight):
    lots = [Lot(number, each) for number, each in enumerate(grams)]
    picked, _ = pick(lots, quantity, weight)
    for lot in lots[: max(picked, default=0)]:
        assert picked.get(lot.batch_id, 0) == lot.left_g // weight


@pytest.mark.parametrize("chosen", [{1: 3}, {2: 1}, {1: 0}, {1: -1}])
def test_no_choice_takes_more_than_a_lot_has(chosen):
    assert not fits([Lot(1, 5_000)], chosen, 2_000)


@pytest.mark.parametrize(
    ("left_g", "unheld", "received", "units"),
    [
        (10_000, 9, None, 4),
        (10_000, 3, None, 3),
        (10_000, 9, 2, 2),
        (10_000, 9, 0, 0),
        (0, 9, 9, 0),
    ],
)
def test_what_lies_there_of_a_batch(left_g, unheld, received, units):
    assert lying_there(left_g, 2_500, unheld=unheld, received=received) == units


def test_certificates_of_a_batch_are_numbered_in_their_order():
    assert [certificate_number("ABC", issued) for issued in (0, 1)] == ["ABC-1", "ABC-2"]
