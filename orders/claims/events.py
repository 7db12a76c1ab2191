"""What happens to claims, told to whoever listens."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ClaimMoved:
    """Somebody did something about a claim, or a time ran out."""

    step_id: int
    at: datetime
