"""Weights in the unit that somebody counts in. 斤 is half a kilogram."""

from decimal import Decimal

from flask_babel import lazy_gettext as _l

JIN, KILOGRAM = "jin", "kg"
UNITS = {JIN: _l("斤"), KILOGRAM: _l("公斤")}


def in_unit(grams: int, unit: str) -> int:
    """Grams as thousandths of a unit."""
    return grams * 2 if unit == JIN else grams


def of_unit(thousandths: int, unit: str) -> int:
    """Thousandths of a unit as grams."""
    return thousandths // 2 if unit == JIN else thousandths


def said_in(grams: int, unit: str) -> str:
    """Grams as a number of a unit: 1,250.5."""
    number = Decimal(in_unit(grams, unit)).scaleb(-3)
    whole, _, part = f"{number:,.3f}".partition(".")
    return f"{whole}.{part.rstrip('0')}".rstrip(".")
