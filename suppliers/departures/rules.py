"""What stands in the way of leaving, and how long those who left may still read."""

from dataclasses import dataclass
from datetime import datetime

# The E-commerce Law (Art. 31) keeps records of trade for three years.
READS_FOR_YEARS = 3


@dataclass(frozen=True, slots=True)
class Obstacles:
    """What is open of a cooperative; money in fen, of whatever sign."""

    orders: int
    claims: int
    owed_fen: int
    payouts: int
    invoices: int
    account_changes: int

    def __bool__(self) -> bool:
        return any(
            (
                self.orders,
                self.claims,
                self.owed_fen,
                self.payouts,
                self.invoices,
                self.account_changes,
            )
        )


def reads_until(left_at: datetime) -> datetime:
    """Three years later; who left on 29 February reads until 1 March."""
    year = left_at.year + READS_FOR_YEARS
    try:
        return left_at.replace(year=year)
    except ValueError:
        return left_at.replace(year=year, month=3, day=1)
