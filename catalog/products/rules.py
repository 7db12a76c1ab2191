"""Prices by weight, volume or piece, and seasons."""

from datetime import date

from flask_babel import gettext

from catalog.products.models import MOST_TIERS, Measure, Prices
from shop.money import GRAMS_PER_JIN, divide, yuan

MILLILITRES_PER_LITRE = 1000
MONTHS = 12
# A season that lasts longer is no news.
MOST_WEEKS_TOLD = 8


def unit_price_fen(price_fen: int, measure: Measure, amount: int) -> int:
    """The price in fen of one 斤, litre or piece, rounded once.

    Source: 明码标价 asks that the unit price agree with the net weight.
    """
    per = {
        Measure.WEIGHT: GRAMS_PER_JIN,
        Measure.VOLUME: MILLILITRES_PER_LITRE,
        Measure.PIECE: 1,
    }[measure]
    return divide(price_fen * per, amount)


def unit_price_text(price_fen: int, measure: Measure, amount: int, unit: str) -> str:
    """The unit price as it stands beside the price: ``15.00 元/斤``."""
    price = yuan(unit_price_fen(price_fen, measure, amount))
    if measure is Measure.WEIGHT:
        return str(gettext("%(price)s 元/斤", price=price))
    if measure is Measure.VOLUME:
        return str(gettext("%(price)s 元/升", price=price))
    return str(gettext("%(price)s 元/%(unit)s", price=price, unit=unit))


def tier_fault(prices: Prices) -> int | None:
    """The position from 0 of the first tier that doesn't fit: each begins at more units than the
    one before it, the first at two or more, and costs less each. None if all fit."""
    from_quantity, unit_price_fen = 1, prices.price_fen
    for position, tier in enumerate(prices.tiers):
        ascends = tier.from_quantity > from_quantity
        if not (position < MOST_TIERS and ascends and 0 < tier.unit_price_fen < unit_price_fen):
            return position
        from_quantity, unit_price_fen = tier
    return None


def season_mask(months: list[int]) -> int:
    """Months from 1 to 12 as bits, January lowest."""
    return sum(1 << (month - 1) for month in set(months))


def months_of(mask: int) -> list[int]:
    """The months from 1 to 12 that a season mask holds."""
    return [month for month in range(1, MONTHS + 1) if in_season(mask, month)]


def in_season(mask: int, month: int) -> bool:
    return bool(mask >> (month - 1) & 1)


def months_left(mask: int, month: int) -> int:
    """How many months a season goes on, the given one included; 0 when out of season."""
    left = 0
    while left < MONTHS and in_season(mask, (month - 1 + left) % MONTHS + 1):
        left += 1
    return left


def days_left(mask: int, today: date) -> int:
    """How many days a season goes on, today included; 0 when out of season or without an end."""
    months = months_left(mask, today.month)
    if months in (0, MONTHS):
        return 0
    end = today.month - 1 + months
    first_day_after = date(today.year + end // MONTHS, end % MONTHS + 1, 1)
    return (first_day_after - today).days


def weeks_left(mask: int, today: date) -> int:
    """The same in weeks, rounded up, as long as it is near: 0 beyond eight weeks."""
    weeks = -(-days_left(mask, today) // 7)
    return weeks if weeks <= MOST_WEEKS_TOLD else 0
