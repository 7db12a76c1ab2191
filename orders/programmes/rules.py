"""How far a promise is kept, beside how far its year has come."""

from calendar import isleap
from datetime import date

from shop.money import divide

PERMILLE = 1000


def completion_permille(bought_fen: int, promised_fen: int) -> int:
    """In tenths of a percent, rounded once, half up; above 1000 where more was bought."""
    return divide(bought_fen * PERMILLE, promised_fen)


def progress_permille(year: int, today: date) -> int:
    """The elapsed share of a year; the day itself has elapsed. All of a past one, none of one to
    come."""
    if today.year != year:
        return PERMILLE if today.year > year else 0
    return divide(today.timetuple().tm_yday * PERMILLE, 366 if isleap(year) else 365)
