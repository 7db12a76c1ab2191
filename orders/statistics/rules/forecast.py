"""What a year will come to: last year's months, scaled by how this year goes.

Let S be what was sold this year up to a day, and P what the profile (the same scope's months of
last year; where they say nothing, the months of the plan) had by the same day. The pace is S ÷ P,
and what is left of the profile times the pace is what is still to come. How far the completed
months lie from pace times profile says how sure that is: with their standard deviation s, and R
months to come (a begun one counts by its days), the range is twice s × √R to both sides; it never
goes below what is sold already. Integers of fen; each month is rounded once, half up.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import isqrt

from shop.money import divide

MONTHS_IN_YEAR = 12
# Completed months with something to compare: fewer say nothing about the spread.
FEWEST_MONTHS = 3
DEVIATIONS = 2


@dataclass(frozen=True)
class Forecast:
    """A year to its end in fen, and what each month brings or will bring, January first."""

    total_fen: int
    low_fen: int
    high_fen: int
    months: tuple[int, ...]
    # How many months are over; those after them are wholly or partly expected.
    completed: int


@dataclass(frozen=True)
class Profile:
    """How a year lay over its months, and how much of the month of the day lay before its end."""

    months: tuple[int, ...]
    begun_fen: int

    def by(self, day: date) -> int:
        """What lay before the end of the day."""
        return sum(self.months[: day.month - 1]) + self.begun_fen


def profile_of_plan(months: Sequence[int], day: date) -> Profile:
    """A plan as a profile: of the month of the day, as much as has passed of it."""
    _, days = monthrange(day.year, day.month)
    return Profile(tuple(months), divide(months[day.month - 1] * day.day, days))


def forecast(sold: Sequence[int], profile: Profile, day: date) -> Forecast | None:
    """The year of a day to its end, from what was sold in each month of it up to the day.

    None where there is not enough to go by: fewer than three completed months of the profile that
    brought something, or nothing sold to take a pace from.
    """
    _, days = monthrange(day.year, day.month)
    completed = day.month if day.day == days else day.month - 1
    sum_fen, base_fen = sum(sold[: day.month]), profile.by(day)
    comparable = [m for m in range(completed) if profile.months[m] > 0]
    if len(comparable) < FEWEST_MONTHS or sum_fen <= 0 or base_fen <= 0:
        return None
    pace = Fraction(sum_fen, base_fen)
    begun = completed if day.day < days else None
    months = []
    for month in range(MONTHS_IN_YEAR):
        rest = profile.months[month]
        if month == begun:
            rest -= profile.begun_fen
        now = sold[month] if month < day.month else 0
        coming = _rounded(pace * rest) if month >= completed else 0
        months.append(now + coming)
    half = _half_range(sold, profile, pace, comparable, _months_to_come(day, days))
    total_fen = sum(months)
    return Forecast(
        total_fen=total_fen,
        low_fen=max(total_fen - half, min(sum_fen, total_fen)),
        high_fen=total_fen + half,
        months=tuple(months),
        completed=completed,
    )


def _half_range(
    sold: Sequence[int],
    profile: Profile,
    pace: Fraction,
    comparable: Sequence[int],
    to_come: Fraction,
) -> int:
    """Twice the standard deviation of the residuals, for so many months at once."""
    residuals = [sold[month] - pace * profile.months[month] for month in comparable]
    mean = sum(residuals, Fraction(0)) / len(residuals)
    variance = sum(((r - mean) ** 2 for r in residuals), Fraction(0)) / (len(residuals) - 1)
    squared = DEVIATIONS**2 * variance * to_come
    return isqrt(squared.numerator // squared.denominator)


def _months_to_come(day: date, days: int) -> Fraction:
    return MONTHS_IN_YEAR - day.month + Fraction(days - day.day, days)


def _rounded(amount: Fraction) -> int:
    return divide(amount.numerator, amount.denominator)
