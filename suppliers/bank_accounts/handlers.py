"""Confirmed accounts come into use once their day is over."""

from datetime import datetime

from shop.db import db, transaction
from shop.jobs import every
from suppliers.bank_accounts.queries import list_due
from suppliers.bank_accounts.services import apply


@every(minutes=10)
def apply_account_changes(at: datetime) -> int:
    """Each in a transaction of its own; return how many were due."""
    due = list_due(at)
    db.session.rollback()
    for change_id in due:
        with transaction():
            apply(change_id, at=at)
    return len(due)
