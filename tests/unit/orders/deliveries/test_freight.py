"""What freight costs, and which day is promised."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.deliveries.models import FreightTariff
from orders.deliveries.rules import (
    DEFAULT_TARIFF,
    accepted_unasked_before,
    freight_fen,
    promised_on,
    short_of_free_fen,
    tracking_number_of,
)

grams = st.integers(1, 200_000)
fees = st.integers(0, 20_000)
tariffs = st.builds(
    FreightTariff,
    first_g=grams,
    first_fen=fees,
    step_g=grams,
    step_fen=fees,
    free_from_fen=st.none() | st.integers(1, 1_000_000),
    lead_days=st.integers(1, 30),
)
weights, amounts = st.integers(1, 10_000_000), st.integers(1, 10_000_000)


def make_tariff(**changes):
    return FreightTariff(**(DEFAULT_TARIFF | changes))


@pytest.mark.parametrize(
    ("weight_g", "fen"),
    [(1, 1000), (3000, 1000), (3001, 1200), (4000, 1200), (4001, 1400), (10_000, 2400)],
)
def test_the_first_weight_has_one_price_and_each_begun_step_another(weight_g, fen):
    assert freight_fen(make_tariff(), goods_fen=100, weight_g=weight_g) == fen


@pytest.mark.parametrize(("goods_fen", "fen"), [(9899, 1000), (9900, 0), (20_000, 0)])
def test_freight_is_free_from_the_amount_on(goods_fen, fen):
    assert freight_fen(make_tariff(), goods_fen=goods_fen, weight_g=100) == fen


def test_what_is_missing_for_free_freight_is_told_exactly():
    assert short_of_free_fen(make_tariff(), 8700) == 1200
    assert short_of_free_fen(make_tariff(free_from_fen=None), 8700) is None


@given(tariffs, amounts, weights)
def test_freight_is_never_negative_and_adding_what_is_short_makes_it_free(tariff, goods, weight):
    assert freight_fen(tariff, goods_fen=goods, weight_g=weight) >= 0
    short = short_of_free_fen(tariff, goods)
    if short is not None:
        assert freight_fen(tariff, goods_fen=goods + short, weight_g=weight) == 0


@given(tariffs, amounts, weights, st.integers(0, 100_000))
def test_more_weight_never_costs_less(tariff, goods, weight, more):
    light = freight_fen(tariff, goods_fen=goods, weight_g=weight)
    assert freight_fen(tariff, goods_fen=goods, weight_g=weight + more) >= light


def test_the_promise_counts_days_of_zhuhai():
    late_evening = datetime(2026, 11, 23, 15, 59, tzinfo=UTC)
    after_midnight = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    assert promised_on(make_tariff(), late_evening) == date(2026, 11, 25)
    assert promised_on(make_tariff(), after_midnight) == date(2026, 11, 26)


def test_nothing_is_accepted_unasked_within_seven_days_of_the_promise():
    at = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)  # the first moment of December 1st in Zhuhai
    assert accepted_unasked_before(at) == date(2026, 11, 24)


def test_a_tracking_number_loses_gaps_and_small_letters():
    assert tracking_number_of(" sf 1234 5678\t90 ") == "SF1234567890"
