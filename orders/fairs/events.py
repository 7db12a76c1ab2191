"""What happens to an activity that was announced, told to whoever listens. Times are aware UTC."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TakenUp:
    """These cooperatives take part: it was announced, or they joined what was announced before."""

    activity_id: int
    cooperative_ids: tuple[int, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Dropped:
    """These cooperatives take part no more, and had set nothing aside."""

    activity_id: int
    cooperative_ids: tuple[int, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """Its days or its place are others than those that these cooperatives know."""

    activity_id: int
    cooperative_ids: tuple[int, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Nothing of a product is set aside for it any more: a batch of the product was recalled."""

    activity_id: int
    batch_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CalledOff:
    """It does not take place; what these cooperatives had set aside is back in their stores."""

    activity_id: int
    cooperative_ids: tuple[int, ...]
    at: datetime
