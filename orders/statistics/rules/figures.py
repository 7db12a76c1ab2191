"""The arithmetic of the tables: integers in, tenths of a percent out, rounded once, half up."""

from calendar import isleap
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from shop.money import divide

PERMILLE = 1000


def completion_permille(net_fen: int, target_fen: int | None) -> int | None:
    """Net cumulative sales against the yearly target (完成率); None without a target."""
    return divide(net_fen * PERMILLE, target_fen) if target_fen else None


def time_progress(day: date) -> int:
    """The elapsed share of the year in permille (时序进度); the day itself has elapsed."""
    return divide(day.timetuple().tm_yday * PERMILLE, 366 if isleap(day.year) else 365)


def gap(completion: int | None, progress: int) -> int | None:
    """How far completion is ahead of the time, in tenths of a percentage point.

    Taken from the two figures as they are shown, so that a reader can subtract them.
    """
    return None if completion is None else completion - progress


def year_on_year(now_fen: int, before_fen: int) -> int | None:
    """The change against the same days last year in permille (同比).

    None where there is nothing to compare with: a base of 0, or one that refunds made negative.
    """
    return divide((now_fen - before_fen) * PERMILLE, before_fen) if before_fen > 0 else None


def tonnes(weight_g: int) -> str:
    """Grams in tonnes with two decimals."""
    return f"{Decimal(divide(weight_g, 10_000)).scaleb(-2):,}"


def ranking(scores: Sequence[Fraction | int | None]) -> list[int | None]:
    """The rank of each score, highest first; equals share a rank, None has none."""
    ranked = sorted((score for score in scores if score is not None), reverse=True)
    return [None if score is None else ranked.index(score) + 1 for score in scores]
