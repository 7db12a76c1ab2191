"""Codes come with the payment; what was fetched and not complained about is accepted by itself."""

from datetime import datetime, timedelta

import structlog

from orders.deliveries.errors import NotToBeAccepted
from orders.deliveries.services import accept
from orders.pickups.models import Pickup
from orders.pickups.queries import find_pickups, list_fetched_before
from orders.pickups.rules import accepted_unasked_before
from orders.pickups.services import forget_wrong_codes, give_codes
from orders.records.events import AcceptanceDue, OrderPaid
from orders.records.models import AcceptedBy
from shop.db import transaction
from shop.events import on
from shop.jobs import every

BATCH = 1000
_KEPT = timedelta(days=1)

log = structlog.get_logger()


@on(OrderPaid)
def give_codes_of(event: OrderPaid) -> None:
    give_codes(event.order_id)


@on(AcceptanceDue)
def wait_until_fetched(event: AcceptanceDue) -> None:
    """What lies at a point is not accepted by itself; the buyer may, who sees it."""
    if event.accepted_by is not AcceptedBy.SYSTEM:
        return
    pickup = find_pickups([event.sub_order_id]).get(event.sub_order_id)
    if pickup is not None and not _was_fetched_long_ago(pickup, event.at):
        raise NotToBeAccepted


@every(minutes=60)
def accept_fetched(at: datetime) -> int:
    """Accept what was fetched more than 48 hours ago and not complained about, each part by
    itself; return how many."""
    accepted, last_id = 0, 0
    while batch := list_fetched_before(accepted_unasked_before(at), last_id, BATCH):
        accepted += sum(_accept(part_id, at) for part_id in batch)
        last_id = batch[-1]
    with transaction():
        forget_wrong_codes(before=at - _KEPT)
    return accepted


def _was_fetched_long_ago(pickup: Pickup, at: datetime) -> bool:
    fetched = pickup.handed_over_at
    return fetched is not None and fetched < accepted_unasked_before(at)


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
