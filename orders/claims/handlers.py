"""What claims stop, and what happens when nobody answers them."""

from datetime import datetime

import structlog
from flask_babel import lazy_gettext as _l

from orders.claims.errors import NotYourTurn
from orders.claims.queries import find_open_claim, list_overdue
from orders.claims.services import let_run_out
from orders.deliveries.errors import NotToBeAccepted
from orders.records.events import AcceptanceDue
from shop.db import transaction
from shop.events import on
from shop.jobs import every

BATCH = 500

log = structlog.get_logger()


@on(AcceptanceDue)
def hold_back(event: AcceptanceDue) -> None:
    """While a claim is open, nobody and no clock accepts what it is about."""
    if find_open_claim(event.sub_order_id) is not None:
        raise NotToBeAccepted(_l("有售后申请还没处理完，处理完再确认收货。"))


@every(minutes=5)
def let_claims_run_out(at: datetime) -> int:
    """Act for those who let their time pass, each claim by itself; return how many."""
    acted = 0
    for claim_id in list_overdue(at, BATCH):
        try:
            with transaction():
                let_run_out(claim_id, at=at)
            acted += 1
        except NotYourTurn:
            continue  # Somebody was faster.
        except Exception:
            # One claim that can't go on must not keep the others waiting.
            log.error("claim_not_moved", claim=claim_id, exc_info=True)
    return acted
