"""One buyer's purchases are never told apart, and can't be had by subtraction."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.results.rules import Cell, tell_months, tell_towns


def cells_of(kinds: str) -> list[Cell]:
    """``m``: many buyers, ``1``: one, ``0``: nothing was sold."""
    return [
        Cell(str(place), str(place), 0 if kind == "0" else 10**place, place, kind == "m", True,
             sold=kind != "0")
        for place, kind in enumerate(kinds)
    ]  # fmt: skip


def told(rows) -> list[str]:
    return ["".join(cell.key for cell in row.cells) for row in rows]


@pytest.mark.parametrize(
    ("kinds", "rows"),
    [
        ("mmm", ["0", "1", "2"]),
        ("1mm", ["01", "2"]),
        ("m1m", ["0", "12"]),
        ("mm1", ["0", "12"]),
        ("11m1", ["0123"]),
        ("0m0m", ["0", "1", "2", "3"]),
        ("1001m", ["01234"]),
        ("m001", ["0123"]),
        ("0m01", ["0", "123"]),
        # Only one buyer in the whole year: there is nothing to tell apart.
        ("1", ["0"]),
        ("010", ["012"]),
        ("000", ["0", "1", "2"]),
        ("", []),
    ],
)
def test_months_of_one_buyer_join_their_neighbours(kinds, rows):
    assert told(tell_months(cells_of(kinds))) == rows


@pytest.mark.parametrize(
    ("kinds", "rows"),
    [
        ("mmm", ["2", "1", "0"]),
        # With the smallest of the others among them: the whole less the rest tells nothing.
        ("m1m", ["2", "01"]),
        ("1m1", ["102"]),
        ("11", ["01"]),
        ("1", ["0"]),
        ("", []),
    ],
)
def test_towns_of_one_buyer_stand_in_one_sum(kinds, rows):
    assert told(tell_towns(cells_of(kinds))) == rows


@given(st.text("m10", max_size=12), st.sampled_from([tell_months, tell_towns]))
def test_every_row_has_a_second_buyer_or_is_all_there_is(kinds, tell):
    cells = cells_of(kinds)
    rows = tell(cells)
    assert sum(row.net_fen for row in rows) == sum(cell.net_fen for cell in cells)
    sold = [row for row in rows if any(cell.sold for cell in row.cells)]
    for row in sold:
        assert any(cell.many for cell in row.cells) or len(sold) == 1
    shown = [cell.key for row in rows for cell in row.cells if cell.sold]
    assert sorted(shown) == sorted(cell.key for cell in cells if cell.sold)
