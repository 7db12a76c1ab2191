"""Write down what was compared with what."""

from datetime import datetime

from orders.reconciliation.models import Equation, Reconciliation
from orders.reconciliation.queries import Comparison
from shop.db import db


def record_comparison(equation: Equation, found: Comparison, *, at: datetime) -> Reconciliation:
    """Keep a comparison, whether or not both amounts were the same."""
    comparison = Reconciliation(equation=equation, at=at, **found._asdict())
    db.session.add(comparison)
    db.session.flush()
    return comparison
