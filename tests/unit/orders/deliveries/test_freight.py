"""What freight costs, and which day is promised."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.deliveries.models import DeliveryZone, FreightTariff
from orders.deliveries.rules import (
    DEFAULT_TARIFF,
    Collection,
    Destination,
    accepted_unasked_before,
    closes_at,
    collected_from,
    freight_fen,
    promised_on,
    short_of_free_fen,
    tracking_number_of,
)
from shop import clock

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


# ── Islands and pick-up points ──────────────────────────────────────────────────────────────────

zones = st.builds(
    DeliveryZone,
    surcharge_fen=fees,
    extra_days=st.integers(0, 30),
    free_from_fen=st.none() | st.integers(1, 1_000_000),
)
collections = st.builds(
    Collection,
    fee_fen=fees,
    cut_off=st.times().map(lambda each: each.replace(second=0, microsecond=0)),
    lead_days=st.integers(0, 30),
)


FIRST = datetime(2021, 1, 1, tzinfo=UTC)


def make_island(**changes):
    given_ = {"surcharge_fen": 1500, "extra_days": 2, "free_from_fen": None}
    return Destination(zone=DeliveryZone(**(given_ | changes)))


def test_an_island_costs_its_fee_more_and_has_a_free_amount_of_its_own():
    tariff = make_tariff()
    assert freight_fen(tariff, goods_fen=20_000, weight_g=100, to=make_island()) == 2500
    free = make_island(free_from_fen=19_900)
    assert freight_fen(tariff, goods_fen=19_899, weight_g=100, to=free) == 2500
    assert freight_fen(tariff, goods_fen=19_900, weight_g=100, to=free) == 0
    assert short_of_free_fen(tariff, 19_000, free) == 900
    assert short_of_free_fen(tariff, 19_000, make_island()) is None


@given(tariffs, amounts, weights, zones)
def test_a_zone_never_makes_what_is_paid_for_freight_cheaper(tariff, goods, weight, zone):
    paid_fen = freight_fen(tariff, goods_fen=goods, weight_g=weight, to=Destination(zone=zone))
    tariff.free_from_fen = None
    assert paid_fen in (
        0,
        freight_fen(tariff, goods_fen=goods, weight_g=weight) + zone.surcharge_fen,
    )


@given(tariffs, amounts, weights, collections)
def test_fetching_costs_the_points_fee_whatever_it_weighs(tariff, goods, weight, collection):
    to = Destination(collection=collection)
    assert freight_fen(tariff, goods_fen=goods, weight_g=weight, to=to) == collection.fee_fen
    assert short_of_free_fen(tariff, goods, to) is None


def test_an_island_takes_its_days_longer():
    at = datetime(2026, 11, 23, 2, tzinfo=UTC)
    assert promised_on(make_tariff(), at, make_island()) == date(2026, 11, 27)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        # On a clock in Zhuhai: 19:59:59, 20:00:00 and 20:01 of the 23rd, and just before midnight.
        (datetime(2026, 11, 23, 11, 59, 59, tzinfo=UTC), date(2026, 11, 24)),
        (datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC), date(2026, 11, 25)),
        (datetime(2026, 11, 23, 12, 1, 0, tzinfo=UTC), date(2026, 11, 25)),
        (datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC), date(2026, 11, 25)),
        # Midnight in Zhuhai, while it is still the 23rd by UTC.
        (datetime(2026, 11, 23, 16, 0, 0, tzinfo=UTC), date(2026, 11, 25)),
        # Ends of a month, of a year, and of a February with a leap day.
        (datetime(2026, 11, 30, 11, 59, tzinfo=UTC), date(2026, 12, 1)),
        (datetime(2026, 12, 31, 12, 0, tzinfo=UTC), date(2027, 1, 2)),
        (datetime(2028, 2, 28, 12, 0, tzinfo=UTC), date(2028, 3, 1)),
        # The same moment told by a clock elsewhere.
        (datetime(2026, 11, 23, 6, 0, tzinfo=ZoneInfo("America/New_York")), date(2026, 11, 24)),
        (datetime(2026, 11, 23, 7, 0, tzinfo=ZoneInfo("America/New_York")), date(2026, 11, 25)),
    ],
)
def test_an_order_from_the_cut_off_on_is_the_next_days(moment, day):
    collection = Collection(fee_fen=0, cut_off=time(20), lead_days=0)
    assert collected_from(collection, moment) == day


@given(
    tariffs,
    st.none() | collections,
    st.integers(0, 15_000_000).map(lambda n: FIRST + timedelta(minutes=n)),
)
def test_a_day_is_closed_from_the_moment_at_which_orders_are_promised_for_the_next(
    tariff, collection, at
):
    to = Destination(collection=collection)
    closed = closes_at(tariff, promised_on(tariff, at, to), to)
    assert at < closed
    assert promised_on(tariff, closed - timedelta(seconds=1), to) == promised_on(tariff, at, to)
    assert promised_on(tariff, closed, to) == promised_on(tariff, at, to) + timedelta(days=1)


@given(collections, st.integers(0, 15_000_000).map(lambda n: FIRST + timedelta(minutes=n)))
def test_goods_lie_ready_after_the_order_and_never_earlier_for_a_later_one(collection, at):
    day = collected_from(collection, at)
    late = (day - clock.day_of(at)).days - 1 - collection.lead_days
    assert late in (0, 1)
    assert (late == 1) == (clock.local(at).time() >= collection.cut_off)
    assert collected_from(collection, at + timedelta(minutes=1)) >= day
