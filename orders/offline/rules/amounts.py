"""Quantities, prices, amounts and weights of what was sold, each from the others.

Quantities are thousandths of a unit, prices and amounts fen, weights grams.
"""

from shop.money import divide

MILLI = 1000
# Grams in a unit that is a weight itself.
_WEIGHTS = {
    **dict.fromkeys(("斤", "市斤"), 500),
    **dict.fromkeys(("公斤", "千克", "kg", "KG", "Kg"), 1000),
    **dict.fromkeys(("吨", "t"), 1_000_000),
}


def amount_of(quantity_milli: int, unit_price_fen: int) -> int:
    """What so many units cost, rounded once, half up."""
    return divide(quantity_milli * unit_price_fen, MILLI)


def price_of(quantity_milli: int, amount_fen: int) -> int:
    """What one unit costs, rounded half up."""
    return divide(amount_fen * MILLI, quantity_milli)


def agree(quantity_milli: int, unit_price_fen: int, amount_fen: int) -> bool:
    """Whether an amount is that price times that quantity but for rounding: of the price to a
    whole fen, which counts once for each unit, and of the amount."""
    off = abs(amount_fen * MILLI - unit_price_fen * quantity_milli)
    return 2 * off <= quantity_milli + MILLI


def weight_of(quantity_milli: int, unit: str, unit_weight_g: int | None) -> int | None:
    """What so many units weigh: by the unit itself where it is a weight, else by what one unit
    weighs; None where nobody knows."""
    per = _WEIGHTS.get(unit, unit_weight_g)
    return None if per is None else divide(quantity_milli * per, MILLI) or None
