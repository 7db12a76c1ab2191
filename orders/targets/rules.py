"""Which years can have targets."""

FIRST_YEAR = 2021
LAST_YEAR = 2100
# Ten billion yuan; more is a slip of the finger.
LARGEST_FEN = 10_000_000_000_00


def year_is_sensible(year: int) -> bool:
    return FIRST_YEAR <= year <= LAST_YEAR
