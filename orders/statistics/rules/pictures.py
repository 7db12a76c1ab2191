"""What pictures are drawn from: shades, shares, and lines on a scale."""

from collections.abc import Sequence

from shop.money import allocate

SHADES = 5
PERMILLE = 1000


def shade(value: int, highest: int) -> int:
    """How dark a cell is, 1 to 5 in equal steps of the highest; 0 for nothing and for less."""
    if value <= 0 or highest <= 0:
        return 0
    return min(SHADES, -(-value * SHADES // highest))


def shares(values: Sequence[int]) -> list[int | None]:
    """Each value's part of the whole in permille; they sum to 1,000.

    None where there is no share: of nothing, or of what refunds made negative.
    """
    if any(value < 0 for value in values) or not any(values):
        return [None] * len(values)
    return list(allocate(PERMILLE, values))


def running(values: Sequence[int]) -> list[int]:
    """Each value added to all before it."""
    sums, so_far = [], 0
    for value in values:
        so_far += value
        sums.append(so_far)
    return sums
