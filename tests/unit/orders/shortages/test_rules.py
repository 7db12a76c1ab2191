"""Who goes without, and what the store and the pre-sale lose, in numbers that anybody can check."""

from datetime import UTC, datetime, timedelta

import pytest

from orders.shortages.rules import (
    Loss,
    Plan,
    Waiting,
    go_without,
    not_ahead,
    not_in_store,
    parts_of,
)

MORNING = datetime(2026, 11, 23, 1, tzinfo=UTC)


def waiting(*units: int) -> list[Waiting]:
    """Lines 1, 2, 3 … of orders that were placed one after the other."""
    return [
        Waiting(place, 10 + place, 20 + place, MORNING + timedelta(minutes=place), count)
        for place, count in enumerate(units, start=1)
    ]


@pytest.mark.parametrize(
    ("missing", "lost"),
    [
        (1, {4: 1}),
        (4, {4: 4}),
        # The next one before gives whole what it can, and only the last one is cut.
        (5, {4: 4, 3: 1}),
        (6, {4: 4, 3: 1, 2: 1}),
        (10, {4: 4, 3: 1, 2: 3, 1: 2}),
        # No more than waits.
        (11, {4: 4, 3: 1, 2: 3, 1: 2}),
        (0, {}),
    ],
)
def test_whoever_ordered_last_goes_without_first(missing: int, lost: dict[int, int]) -> None:
    assert go_without(waiting(2, 3, 1, 4), missing) == lost
    assert go_without(reversed(waiting(2, 3, 1, 4)), missing) == lost


def test_of_two_placed_at_the_same_moment_the_later_line_goes_without() -> None:
    twins = [Waiting(place, 1, 1, MORNING, 2) for place in (7, 8)]
    assert go_without(twins, 3) == {8: 2, 7: 1}


def test_at_most_one_order_is_cut_in_part() -> None:
    lines = waiting(3, 1, 4, 1, 5, 9, 2, 6)
    units = {line.line_id: line.units for line in lines}
    for missing in range(1, 31):
        lost = go_without(lines, missing)
        assert sum(lost.values()) == missing
        assert sum(lost[line_id] < units[line_id] for line_id in lost) <= 1


@pytest.mark.parametrize(
    ("free", "missing", "presold", "gone"),
    [
        (0, 3, False, 3),
        # Whoever can't pack what was paid for has nothing free, whatever was counted.
        (4, 3, False, 7),
        # Promises of a harvest that is not in don't lessen what is missing from the store.
        (-2, 3, False, 3),
        # The harvest is not in: there is nothing to take off.
        (-20, 3, True, 0),
        # Ten promised, eight in the store, five missing: five stay for those who still wait.
        (-2, 5, True, 3),
        (4, 3, True, 7),
    ],
)
def test_what_the_store_still_counts_and_is_not_there(
    free: int, missing: int, presold: bool, gone: int
) -> None:
    assert not_in_store(free, missing, presold=presold) == gone


@pytest.mark.parametrize(
    ("left", "this_harvest", "fewer"),
    [(None, False, 0), (7, True, 10), (0, True, 3), (7, False, 3)],
)
def test_nothing_more_of_a_harvest_that_is_missing_is_sold_in_advance(
    left: int | None, this_harvest: bool, fewer: int
) -> None:
    assert not_ahead(left, 3, is_this_harvest=this_harvest) == fewer


def loss(order_id: int, units: int, goods_fen: int = 100, freight_fen: int = 0) -> Loss:
    ids = (order_id, order_id + 100, order_id + 200)
    return Loss(*ids, "A", MORNING, units, units, goods_fen, freight_fen)


def test_parts_are_called_off_in_the_order_in_which_they_are_locked() -> None:
    assert list(parts_of([loss(3, 1), loss(1, 2), loss(2, 1)]).items()) == [
        (101, {201: 2}),
        (102, {202: 1}),
        (103, {203: 1}),
    ]


@pytest.mark.parametrize(
    "other",
    [[loss(1, 3)], [loss(1, 2, 99)], [loss(1, 2, 100, 1)], [loss(4, 2)], [loss(1, 2), loss(2, 1)]],
)
def test_a_plan_that_concerns_others_or_other_amounts_reads_differently(other: list[Loss]) -> None:
    assert Plan([loss(1, 2)]).fingerprint != Plan(other).fingerprint
    both = [loss(1, 2), loss(2, 1)]
    assert Plan(both).fingerprint == Plan(both[::-1]).fingerprint
