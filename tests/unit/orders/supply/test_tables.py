"""What lacks of a week, and what nobody knows of it."""

import pytest

from catalog.expectations.rules import Week
from orders.supply.rules.tables import Cell, Known, Supplied, Total, When, table_of, when_is

PRESENT = Week(2026, 53)
PAST, NEXT = PRESENT.after(-1), PRESENT.after(1)
CATEGORIES = [("1", "水果"), ("2", "蔬菜"), ("3", "水产")]


@pytest.mark.parametrize(
    ("when", "ordered", "supplied", "before", "demand"),
    [
        (When.COMING, None, None, None, None),
        (When.COMING, 5, None, None, 5),
        (When.COMING, None, None, 7, 7),
        (When.COMING, 5, None, 7, 7),
        (When.COMING, 9, None, 7, 9),
        # Refunds made last year's week nothing, or less: it says nothing.
        (When.COMING, None, None, 0, None),
        (When.COMING, None, None, -4, None),
        (When.PRESENT, 5, 4, 7, 9),
        (When.PRESENT, None, 4, None, 4),
        (When.PAST, 5, 4, 7, None),
    ],
)
def test_demand_is_the_larger_of_what_is_ordered_and_what_was_bought_a_year_ago(
    when, ordered, supplied, before, demand
):
    cell = Cell(when=when, ordered_g=ordered, supplied_g=supplied, before_g=before)
    assert cell.demand_g == demand
    assert cell.is_untold == (demand is not None)


@pytest.mark.parametrize(
    ("cell", "gap", "lacks"),
    [
        (Cell(when=When.COMING, expected_g=10, ordered_g=12), -2, 2),
        (Cell(when=When.COMING, expected_g=10, ordered_g=7), 3, 0),
        (Cell(when=When.COMING, expected_g=0, ordered_g=7), -7, 7),
        (Cell(when=When.COMING, expected_g=10), None, 0),
        (Cell(when=When.COMING, ordered_g=10), None, 0),
        (Cell(when=When.PRESENT, expected_g=10, ordered_g=8, supplied_g=4), -2, 2),
        # A week that is over lacks nothing any more: it brought less than was thought.
        (Cell(when=When.PAST, expected_g=10, supplied_g=4), -6, 0),
        (Cell(when=When.PAST, supplied_g=4), None, 0),
        (Cell(when=When.PAST, expected_g=10), None, 0),
    ],
)
def test_a_gap_needs_both_of_its_numbers(cell, gap, lacks):
    assert (cell.gap_g, cell.lacks_g) == (gap, lacks)


def test_lines_without_a_weight_are_counted_and_are_not_0():
    assert Supplied(lines=2, unweighed=2).grams is None
    assert Supplied(lines=2, unweighed=1, weight_g=7).grams == 7
    assert Supplied(lines=2, unweighed=0, weight_g=0).grams == 0
    assert Supplied(1, 1) + Supplied(2, 0, 9) == Supplied(3, 1, 9)


def test_a_table_lays_a_long_year_out_and_leaves_out_what_nobody_knows():
    known = Known(
        expected={("1", NEXT): 10, ("1", PAST): 5, ("2", NEXT): 50},
        presold={("1", NEXT): 3},
        supplied={
            ("1", PAST): Supplied(2, 1, 4),
            ("2", PRESENT): Supplied(1, 1, 0),
            ("2", Week(2026, 1)): Supplied(1, 0, 20),
            ("1", Week(2026, 1)): Supplied(1, 0, 30),
        },
        ordered={("1", NEXT): 2, ("2", PRESENT): 8},
    )
    table = table_of([PAST, PRESENT, NEXT], PRESENT, CATEGORIES, known)
    assert [row.label for row in table.rows] == ["水果", "蔬菜"]
    fruit, greens = table.rows
    assert [cell.expected_g for cell in fruit.cells] == [5, None, 13]
    # The week after a 53rd one is the first of its year, and has its counterpart there.
    assert [cell.demand_g for cell in fruit.cells] == [None, None, 30]
    assert [cell.gap_g for cell in fruit.cells] == [-1, None, -17]
    assert [cell.gap_g for cell in greens.cells] == [None, None, 30]
    # Fruit that lacks is no less fruit because there are greens.
    assert table.totals == [
        Total(5, 4, None, 0, 1),
        Total(None, None, 8, 0, 1),
        Total(63, None, 50, 17, 0),
    ]
    row, week, cell = table.worst
    assert (row.label, week, cell.lacks_g) == ("水果", NEXT, 17)
    assert table.untold == ["蔬菜"]
    assert table.unweighed == 2


def test_a_week_is_over_present_or_to_come():
    assert [when_is(week, PRESENT) for week in (PAST, PRESENT, NEXT)] == list(When)
