"""What happens when goods are missing, told to whoever listens. Times are aware UTC."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ShortageReported:
    """A cooperative lacks goods that it sold: units were called off, and money was granted back."""

    shortage_id: int
    at: datetime
