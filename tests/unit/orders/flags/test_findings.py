"""What of the ledger looks odd, number by number."""

from datetime import date, timedelta

import pytest

from orders.flags.models import FlagKind
from orders.flags.rules.findings import (
    Crop,
    Limits,
    Proof,
    Sold,
    Taken,
    Tie,
    above_harvest,
    large_refunds,
    median,
    odd_prices,
    related_sales,
    shared_photos,
    spike,
)

LIMITS = Limits(price_lines=5)
TOWN, OTHER_TOWN = "440981127", "441721101"
LAST = date(2026, 10, 31)


@pytest.mark.parametrize(
    ("counts", "middle"),
    [({}, 0), ({7: 1}, 7), ({1: 1, 9: 1}, 1), ({1: 1, 5: 1, 9: 1}, 5), ({1: 2, 1000: 3}, 1000)],
)
def test_the_median_of_counted_values(counts, middle):
    assert median(counts) == middle


@pytest.mark.parametrize(
    ("price_fen", "known", "is_odd"),
    [
        (3_000, {1_000: 5}, True),
        (2_999, {1_000: 5}, False),
        (333, {1_000: 5}, True),
        (334, {1_000: 5}, False),
        (9_000, {1_000: 4}, False),
        (9_000, {}, False),
        # A few wild ones do not move the middle.
        (3_000, {1_000: 4, 90_000: 3}, True),
    ],
)
def test_a_price_is_odd_when_it_is_far_from_the_middle_of_enough_others(price_fen, known, is_odd):
    by_weight = Sold(1, TOWN, 4, "水果", "荔枝", "箱", 99, price_fen * 2, 2_000)
    by_unit = Sold(2, TOWN, 4, "水果", "荔枝", "箱", price_fen, 1, None)
    usual = {("4", "kg"): known, ("荔枝", "箱"): known}
    found = odd_prices([by_weight, by_unit], usual, LIMITS)
    assert [each.entry_ids for each in found] == ([[1], [2]] if is_odd else [])


def test_an_odd_price_comes_with_its_numbers():
    line = Sold(8, TOWN, 4, "水果", "荔枝", "箱", 9_000, 9_000, 2_500)
    (found,) = odd_prices([line], {("4", "kg"): {1_000: 20}}, LIMITS)
    assert (found.kind, found.subject) == (FlagKind.PRICE, "entry:8")
    assert (found.facts["price_fen"], found.facts["norm_fen"], found.facts["lines"]) == (
        3_600,
        1_000,
        20,
    )


@pytest.mark.parametrize(
    ("amount_fen", "refund_fen", "days", "is_odd"),
    [
        (500_000, 250_000, 30, True),
        (499_999, 499_999, 1, False),
        (500_000, 249_999, 1, False),
        (500_000, 500_000, 31, False),
    ],
)
def test_a_large_order_of_which_most_went_back_soon(amount_fen, refund_fen, days, is_odd):
    sold = Taken(1, TOWN, LAST, amount_fen, 0)
    refund = Taken(2, TOWN, LAST + timedelta(days=days), 0, refund_fen)
    found = large_refunds({"CLZ1-1": [sold, refund]}, LIMITS)
    assert [each.entry_ids for each in found] == ([[1, 2]] if is_odd else [])


def test_what_is_taken_back_whole_counts_as_a_refund():
    sold, back = Taken(1, TOWN, LAST, 600_000, 0), Taken(2, TOWN, LAST, -600_000, 0)
    (found,) = large_refunds({"entry:1": [sold, back], "entry:9": [back]}, LIMITS)
    assert (found.facts["percent"], found.facts["refund_fen"]) == (100, 600_000)


def test_all_reasons_of_an_order_make_one_finding():
    def tie(entry_id, reason, order="CLZ1-1"):
        return Tie(entry_id, TOWN, 3, "示例合作社", order, reason, 100)

    found = related_sales(
        [tie(1, "same_person"), tie(2, "same_person"), tie(1, "same_phone"), tie(5, "x", "CLZ2-1")]
    )
    assert [(each.subject, each.entry_ids) for each in found] == [
        ("CLZ1-1", [1, 2]),
        ("CLZ2-1", [5]),
    ]
    assert found[0].facts["reasons"] == ["same_person", "same_phone"]
    assert found[0].facts["amount_fen"] == 200


@pytest.mark.parametrize(
    ("usual_fen", "last_fen", "percent"),
    [
        (100_000, 400_000, 400),
        (100_000, 399_999, None),
        (0, 9_000_000, None),
        # Not worth a word, however many times the usual.
        (1_000, 333_333, None),
    ],
)
def test_the_last_days_of_a_month_against_the_usual_day(usual_fen, last_fen, percent):
    """``usual_fen`` on each of the 90 days before, ``last_fen`` on each of the last three."""
    days = {LAST - timedelta(days=back): last_fen if back < 3 else usual_fen for back in range(95)}
    found = spike(TOWN, LAST, days, LIMITS)
    assert (found and found.facts["percent"]) == percent


def test_a_photo_is_odd_from_its_second_sale_on_and_shows_no_other_towns_line():
    proofs = [
        Proof("a" * 64, "sale:1", 11, TOWN),
        Proof("a" * 64, "sale:2", 12, TOWN),
        Proof("a" * 64, "sale:3", 13, OTHER_TOWN),
        # One sheet's photo proves all its rows.
        Proof("b" * 64, "import:1", 21, TOWN),
        Proof("b" * 64, "import:1", 22, TOWN),
    ]
    found = shared_photos(proofs)
    assert [(each.town_code, each.entry_ids, each.facts["elsewhere"]) for each in found] == [
        (TOWN, [11, 12], False),
        (OTHER_TOWN, [13], True),
    ]
    assert [each.facts["earlier"] for each in found] == [1, 2]


@pytest.mark.parametrize(
    ("harvested_g", "sold_g", "percent"),
    [(100_000, 110_000, None), (100_000, 110_001, 10), (100_000, 250_000, 150), (0, 5, None)],
)
def test_more_was_sold_than_harvested(harvested_g, sold_g, percent):
    crop = Crop(7, "荔枝", date(2026, 6, 1), harvested_g, sold_g)
    found = above_harvest(crop, TOWN, "2026-06", [1], LIMITS)
    assert (found and found.facts["percent"]) == percent
