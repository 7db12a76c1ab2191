"""Photographs that never arrived are forgotten."""

from datetime import datetime, timedelta

from shop.db import transaction
from shop.jobs import nightly
from suppliers.uploads.queries import list_abandoned
from suppliers.uploads.services import forget

# As long as a phone may want to go on with one.
KEPT = timedelta(days=3)


@nightly
def forget_abandoned(at: datetime) -> int:
    """Throw away old pieces of unfinished uploads; return how many."""
    with transaction():
        abandoned = list_abandoned(at - KEPT)
        forget(abandoned)
    return len(abandoned)
