"""What products announce."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SaleIntended:
    """A cooperative is about to sell something of a category. Whoever knows a reason against it
    raises it, and nothing changes."""

    cooperative_id: int
    category_slug: str
    at: datetime
