"""What happens to a batch, told to whoever listens."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BatchCalledBack:
    """A batch was recalled; its row is locked, so that nothing more of it leaves."""

    batch_id: int
    at: datetime
