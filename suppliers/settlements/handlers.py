"""What the ledger learns from orders, and the statements that are made by themselves."""

from datetime import datetime

import structlog
from sqlalchemy.exc import IntegrityError

from orders.records.events import RefundGranted, SubOrderAccepted
from shop.db import db, transaction
from shop.events import on
from shop.jobs import every
from suppliers.settlements.queries.ledger import list_due_cooperatives
from suppliers.settlements.rules import last_period
from suppliers.settlements.services import ledger
from suppliers.settlements.services.statements import make_statement

log = structlog.get_logger()


@on(SubOrderAccepted)
def owe(event: SubOrderAccepted) -> None:
    ledger.owe_for(event.sub_order_id, at=event.at)


@on(RefundGranted)
def take_back(event: RefundGranted) -> None:
    ledger.take_back(event.refund_id, at=event.at)


@every(minutes=60)
def make_statements(at: datetime) -> int:
    """Settle the last period with each cooperative that has none for it yet, each by itself;
    return how many statements were made. Running it again makes none."""
    period = last_period(at)
    due = list_due_cooperatives(period)
    db.session.rollback()
    made = 0
    for cooperative_id in due:
        try:
            with transaction():
                made += make_statement(cooperative_id, period, at=at) is not None
        except IntegrityError:
            continue  # Another worker was faster.
        except Exception:
            # One cooperative that can't be settled must not keep the others waiting.
            log.error("not_settled", cooperative=cooperative_id, exc_info=True)
    return made
