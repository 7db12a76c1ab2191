"""Which places the pairing is about."""

from datetime import date

# Zhuhai buys; towns of Maoming and Yangjiang are assisted.
ZHUHAI = "440400"
ASSISTED_CITIES = ("440900", "441700")


def may_be_assisted(town_code: str) -> bool:
    """Whether the pairing can cover a town at all."""
    return any(town_code.startswith(city[:4]) for city in ASSISTED_CITIES)


def overlap(since: date, until: date | None, other_since: date, other_until: date | None) -> bool:
    """Whether two spans of days share a day. Both ends count; None is open."""
    begins_in_time = other_until is None or since <= other_until
    ends_late_enough = until is None or until >= other_since
    return begins_in_time and ends_late_enough
