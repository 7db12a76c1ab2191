"""What happens to orders that nobody pays, or that are paid too late."""

from datetime import datetime

import structlog

from orders.checkout.errors import NotWaiting
from orders.checkout.queries import list_expired
from orders.checkout.services import close_order, honour_late_money
from orders.records.events import PaidLate
from shop.db import transaction
from shop.events import on
from shop.jobs import every

BATCH = 500

log = structlog.get_logger()


@every(minutes=1)
def expire_unpaid(at: datetime) -> int:
    """Close orders whose time to pay has run out, each by itself; return how many were closed."""
    closed = 0
    for order_id in list_expired(at, BATCH):
        try:
            with transaction():
                close_order(order_id, by=None, at=at)
            closed += 1
        except NotWaiting:
            continue  # Paid or closed while this job was on its way.
        except Exception:
            # One order that can't be closed must not keep the others' stock.
            log.error("order_not_closed", order=order_id, exc_info=True)
    return closed


@on(PaidLate)
def open_again(event: PaidLate) -> None:
    """A buyer who paid keeps the order where that can be."""
    honour_late_money(event.order_id, event.attempt_id, at=event.at)
