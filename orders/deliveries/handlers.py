"""What is accepted by itself."""

from datetime import datetime

import structlog

from orders.deliveries.errors import NotToBeAccepted
from orders.deliveries.queries import list_waiting_for_acceptance
from orders.deliveries.rules import accepted_unasked_before
from orders.deliveries.services import accept
from orders.records.models import AcceptedBy
from shop.db import transaction
from shop.jobs import every

BATCH = 1000

log = structlog.get_logger()


@every(minutes=60)
def accept_unasked(at: datetime) -> int:
    """Accept what was promised more than seven days ago and not complained about, each part by
    itself; return how many."""
    accepted, last_id = 0, 0
    # Parts that can't be accepted stay on the list: the next batch begins behind them.
    while batch := list_waiting_for_acceptance(accepted_unasked_before(at), last_id, BATCH):
        accepted += sum(_accept(part_id, at) for part_id in batch)
        last_id = batch[-1]
    return accepted


def _accept(part_id: int, at: datetime) -> bool:
    try:
        with transaction():
            accept(part_id, account_id=None, accepted_by=AcceptedBy.SYSTEM, at=at)
        return True
    except NotToBeAccepted:
        return False  # The buyer was faster, or has complained.
    except Exception:
        # One part that can't be accepted must not keep the others waiting.
        log.error("part_not_accepted", part=part_id, exc_info=True)
        return False
