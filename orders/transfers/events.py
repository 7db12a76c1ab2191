"""What becomes of transfers, told to whoever listens."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SurplusGranted:
    """A transfer paid for an order and was more than it owed: the rest goes back."""

    refund_id: int
    at: datetime
