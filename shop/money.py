"""Money in integer fen. The one place that rounds, and it rounds half up."""

from collections.abc import Sequence

FEN_PER_YUAN = 100
GRAMS_PER_JIN = 500


def divide(numerator: int, denominator: int) -> int:
    """Divide two integers, rounding half away from zero (the rule of 四舍五入).

    Raises ZeroDivisionError when the denominator is 0.
    """
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    quotient, remainder = divmod(abs(numerator), abs(denominator))
    return sign * (quotient + (2 * remainder >= abs(denominator)))


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split ``total`` fen by non-negative weights so that the parts sum to it exactly.

    The remainder goes to the largest fractions first, then to the earlier parts.
    All weights zero means equal parts.
    """
    if not weights:
        return []
    shares = list(weights) if any(weights) else [1] * len(weights)
    whole = sum(shares)
    parts = [total * share // whole for share in shares]
    fractions = [total * share % whole for share in shares]
    by_fraction = sorted(range(len(shares)), key=lambda i: (-fractions[i], i))
    for i in by_fraction[: total - sum(parts)]:
        parts[i] += 1
    return parts


def yuan(fen: int) -> str:
    """Fen as yuan with two decimals and thousands marks: ``1,234.50``."""
    return f"{_signed(fen, FEN_PER_YUAN)}.{abs(fen) % FEN_PER_YUAN:02d}"


def wan(fen: int) -> str:
    """Fen as 万元 with two decimals, rounded once: ``3,375.00``."""
    hundredths = divide(fen, FEN_PER_YUAN * 100)
    return f"{_signed(hundredths, 100)}.{abs(hundredths) % 100:02d}"


def _signed(amount: int, unit: int) -> str:
    return f"{'-' if amount < 0 else ''}{abs(amount) // unit:,}"
