"""Every hour the amounts are compared that must be the same."""

from datetime import datetime

import structlog

from orders.reconciliation.models import Equation
from orders.reconciliation.queries import compare
from orders.reconciliation.services import record_comparison
from shop.db import db, transaction
from shop.jobs import every

log = structlog.get_logger()


@every(minutes=60)
def reconcile(at: datetime) -> int:
    """Compare everything, and write down what came of it; return how many did not hold.

    It reads first and writes after: nobody who sells waits for the comparison.
    """
    failed = 0
    for equation in Equation:
        found = compare(equation)
        db.session.rollback()
        with transaction():
            comparison = record_comparison(equation, found, at=at)
        if not comparison.holds:
            log.error("does_not_reconcile", equation=equation.value, **found._asdict())
            failed += 1
    return failed
