"""Which changes of a listing somebody has to look at before they go live."""

from datetime import datetime, timedelta

from catalog.products.models import Prices
from shop.money import divide

# Small steps within so many days count together.
WINDOW = timedelta(days=7)


def is_large(standing: Prices, wanted: Prices, percent: int) -> bool:
    """Whether any number of units would cost more or less by over so many percent than what stood
    at the beginning of the window."""
    return any(
        abs(wanted.at(quantity) - standing.at(quantity)) * 100 > percent * standing.at(quantity)
        for quantity in _breaks(standing, wanted)
    )


def window_start(at: datetime, approved_at: datetime | None) -> datetime:
    """Since when changes count together: what the platform approved begins anew."""
    begin = at - WINDOW
    return begin if approved_at is None else max(begin, approved_at)


def change_percent(old: Prices, new: Prices) -> int:
    """By how many percent the price changes at most, at whatever quantity; below 0 when it falls.
    Rounded once, half away from 0."""
    steps = [(new.at(q) - old.at(q), old.at(q)) for q in _breaks(old, new)]
    change, before = max(steps, key=lambda step: abs(step[0]) * 10_000 // step[1])
    percent = divide(abs(change) * 100, before)
    return percent if change >= 0 else -percent


def _breaks(*several: Prices) -> list[int]:
    """The quantities from which on something costs otherwise: between them nothing changes."""
    return sorted({1} | {tier.from_quantity for prices in several for tier in prices.tiers})
