"""What happens at a pick-up point. Times are aware UTC."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PickupArrived:
    """Everything of a part lies ready for its buyer."""

    pickup_id: int
    at: datetime
