"""How a year's target lies over its months, and how far along it a day should be.

Everything is integer fen; what can't be divided is allocated so that the months sum to the year.
"""

from calendar import isleap, monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import lcm

from flask_babel import lazy_gettext as _l

from orders.targets.models import Spread
from shop.money import allocate, divide

FIRST_YEAR = 2021
LAST_YEAR = 2100
# A billion yuan, more than thirty years of the whole programme; more is a slip of the finger, such
# as yuan typed where 万元 are asked for.
LARGEST_FEN = 1_000_000_000_00
MONTHS_IN_YEAR = 12
PERMILLE = 1000
SPREADS = {
    Spread.EVEN: _l("平均到各月"),
    Spread.SEASON: _l("按产季"),
    Spread.TYPED: _l("逐月填写"),
}
# What a product weighs in a season: divisible by any number of months.
_PRODUCT_WEIGHT = lcm(*range(1, MONTHS_IN_YEAR + 1))


@dataclass(frozen=True)
class Plan:
    """A target that holds, and what each month of it is to bring, if somebody said so; in fen."""

    amount_fen: int
    months: tuple[int, ...] | None = None


def year_is_sensible(year: int) -> bool:
    return FIRST_YEAR <= year <= LAST_YEAR


def spread_over(spread: Spread, amount_fen: int, season: Sequence[int]) -> tuple[int, ...]:
    """The months of a target that was not typed by month; they sum to it."""
    weights = season if spread is Spread.SEASON else [1] * MONTHS_IN_YEAR
    return tuple(allocate(amount_fen, weights))


def season_weights(masks: Mapping[int, int]) -> list[int]:
    """What each month weighs, January first, from how many products have which season (bit 0 of a
    mask is January).

    Every product weighs the same, spread over the months in which it is sold: what is sold all
    year doesn't outweigh what has three weeks. All zero where there is no product.
    """
    weights = [0] * MONTHS_IN_YEAR
    for mask, products in masks.items():
        inside = [month for month in range(MONTHS_IN_YEAR) if mask >> month & 1]
        for month in inside:
            weights[month] += products * _PRODUCT_WEIGHT // len(inside)
    return weights


def missing_fen(amount_fen: int, months: Sequence[int]) -> int:
    """By how much typed months fall short of their year; negative where they exceed it."""
    return amount_fen - sum(months)


def due_by(plan: Plan, day: date) -> Fraction:
    """What a plan wants sold by the end of a day of its year, in fen: the whole months, and of the
    month of the day as much as has passed of it. Without months, as much as of the year."""
    if plan.months is None:
        days = 366 if isleap(day.year) else 365
        return Fraction(plan.amount_fen * day.timetuple().tm_yday, days)
    _, days = monthrange(day.year, day.month)
    passed = sum(plan.months[: day.month - 1])
    return passed + Fraction(plan.months[day.month - 1] * day.day, days)


def pace_by_plan(plans: Iterable[Plan], day: date) -> int | None:
    """How far along its plans a place should be by the end of a day, in permille of their sum.

    None where no plan says anything of its months: the calendar says all there is to say. Source:
    the counting rules in docs/counting.md; it stands beside 时序进度, never instead.
    """
    known = list(plans)
    if not any(plan.months for plan in known):
        return None
    due = sum((due_by(plan, day) for plan in known), Fraction(0))
    of = due / sum(plan.amount_fen for plan in known) * PERMILLE
    return divide(of.numerator, of.denominator)


def months_of(plans: Iterable[Plan]) -> list[int] | None:
    """What all plans together want of each month; those without months count evenly.

    None where no plan has months.
    """
    known = list(plans)
    if not any(plan.months for plan in known):
        return None
    each = [plan.months or spread_over(Spread.EVEN, plan.amount_fen, ()) for plan in known]
    return [sum(months) for months in zip(*each, strict=True)]
