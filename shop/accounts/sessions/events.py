"""What others may want to know about people coming in."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class SignedIn:
    """Somebody came in, with the basket they had filled before, if any."""

    account_id: int
    basket_token: str | None
    at: datetime
